import { describe, expect, test } from 'vitest';
import { planMigrate } from '../../src/kit/plan/plan-migrate.ts';
import type { Paint } from '../../src/kit/report/paint.ts';
import { renderCurrent } from '../../src/kit/report/render-current.ts';
import { renderError } from '../../src/kit/report/render-error.ts';
import { formatDuration, renderHistory } from '../../src/kit/report/render-history.ts';
import { errorJson, historyJson, moveJson } from '../../src/kit/report/render-json.ts';
import { renderKeepPlan } from '../../src/kit/report/render-kept.ts';
import { renderMove, renderPlan } from '../../src/kit/report/render-move.ts';
import { renderTable } from '../../src/kit/report/render-table.ts';
import { aHistory, aJournal } from '../harness/a-migration.ts';

const same = (text: string) => text;
const paint: Paint = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same };
const history = aHistory(aJournal(3, { 2: { down: false } }), [0, 1]);

describe('renderError', () => {
	test('shows the place, a caret, what was kept and what comes next', () => {
		const details = {
			tag: '0001_x',
			kind: 'apply',
			line: 12,
			column: 8,
			text: 'SELECT\tnope;',
			statement: 'SELECT\tnope',
			statementNumber: 2,
			sqlState: '42703',
			postgresHint: 'Perhaps you meant "name".',
			finished: ['0000_init'],
			notRun: ['0002_y'],
		};
		const message = 'drizzle/0001_x.sql:12:8: column "nope" does not exist';
		expect(renderError({ code: 'STATEMENT_FAILED', message, hint: 'Mend the file.', details }, paint)).toBe(
			`error[STATEMENT_FAILED]: drizzle/0001_x.sql:12:8: column "nope" does not exist
  12 | SELECT nope;
     |        ^
  statement 2
  SQLSTATE 42703
  PostgreSQL's hint: Perhaps you meant "name".
  applied and kept: 0000_init
  aborted, nothing of it kept: 0001_x
  did not run: 0002_y
hint: Mend the file.`,
		);
	});

	test('cuts a very long line around the caret', () => {
		const text = `${'x'.repeat(500)}HERE${'y'.repeat(500)}`;
		const [, line = '', caret = ''] = renderError(
			{ code: 'STATEMENT_FAILED', message: 'm', hint: undefined, details: { line: 1, column: 501, text } },
			paint,
		).split('\n');
		expect(line.length).toBeLessThan(180);
		expect(line.slice(caret.indexOf('^'), caret.indexOf('^') + 4)).toBe('HERE');
	});

	test('shows a statement that has no number in a file', () => {
		const statement = 'CREATE TABLE a (\n);';
		const shown = (text?: string) =>
			renderError(
				{ code: 'GENERATE_FAILED', message: 'm', hint: undefined, details: { statement, text } },
				paint,
			);
		expect(shown()).toBe('error[GENERATE_FAILED]: m\n  statement:\n    CREATE TABLE a (\n    );');
		expect(shown(statement)).not.toMatch(/NaN|undefined/);
	});

	test('gives a hint that is absent as null in JSON', () => {
		expect(errorJson({ code: 'USAGE', message: 'm', hint: undefined, details: {} })).toEqual({
			error: { code: 'USAGE', message: 'm', hint: null, details: {} },
		});
	});
});

describe('a history', () => {
	test('is a table', () => {
		expect(renderHistory({ ...history, problems: [] }, { paint })).toBe(
			`#  migration       state                 applied  took  by  way back
0  0000_init       applied (other tool)                     lossless
1  0001_add_users  applied (other tool)                     lossless
2  0002_add_posts  pending                                  none`,
		);
	});

	test('has the keys that its contract names', () => {
		const json = JSON.parse(JSON.stringify(historyJson({ ...history, database: 'u@h:1/d' })));
		expect(Object.keys(json)).toEqual(['database', 'position', 'head', 'entries', 'problems']);
		expect(json).toMatchObject({ position: 2, head: 3 });
		expect(json.entries[2]).toMatchObject({
			index: 2,
			tag: '0002_add_posts',
			state: 'pending',
			problems: ['DOWN_MISSING'],
		});
		expect(json.problems[0]).toEqual({
			code: 'DOWN_MISSING',
			tag: '0002_add_posts',
			message: expect.any(String),
			hint: expect.any(String),
		});
	});

	test.each([
		[0, '0 ms'],
		[999, '999 ms'],
		[3_400, '3.4 s'],
		[59_999, '60.0 s'],
		[125_000, '2 min 5 s'],
		[179_900, '3 min 0 s'],
	])('says %i milliseconds as %s', (milliseconds, text) => {
		expect(formatDuration(milliseconds)).toBe(text);
	});
});

describe('a move', () => {
	const plan = planMigrate(history, { target: 'head', outOfOrder: false });

	test('is planned and done in words', () => {
		expect(renderPlan({ plan, history }, { paint })).toBe('0002_add_posts will be applied');
		const report = {
			steps: [{ kind: 'apply' as const, tag: '0002_add_posts', durationMilliseconds: 12 }],
			position: 3,
		};
		expect(renderMove({ plan, report }, paint)).toBe(
			'0002_add_posts applied in 12 ms\nThe database is at 0002_add_posts.'.replace(
				'0002_add_posts.',
				'migration 2.',
			),
		);
		expect(moveJson({ plan, report })).toMatchObject({
			plan: { from: 2, to: 3, steps: [{ kind: 'apply', tag: '0002_add_posts' }] },
			report: { steps: [{ kind: 'apply', tag: '0002_add_posts', durationMilliseconds: 12 }], position: 3 },
		});
	});

	test('says so when there is nothing to do', () => {
		const nothing = { ...plan, steps: [], from: 2, to: 2 };
		expect(renderMove({ plan: nothing, history }, paint)).toBe(
			'Nothing to do: the database is at 0001_add_users (2 of 3).',
		);
	});
});

test('a place is a sentence or two', () => {
	const shown = { position: 0, head: 2, pending: ['0000_a', '0001_b'], hasLedger: false, problems: [] };
	expect(renderCurrent(shown, paint)).toBe(
		'base: nothing is recorded in this database yet.\n2 pending: 0000_a, 0001_b',
	);
	expect(renderCurrent({ ...shown, tag: '0001_b', position: 2, pending: [] }, paint)).toBe(
		'0001_b (2 of 2), head',
	);
});

test('a table pads by characters, and leaves no blanks at the end', () => {
	expect(
		renderTable([
			[{ text: 'ä😀' }, { text: '1', align: 'right' }],
			[{ text: 'abc' }, { text: '22', align: 'right' }],
			[{ text: 'x' }, { text: '' }],
		]),
	).toBe('ä😀    1\nabc  22\nx');
});

describe('a plan for what is kept', () => {
	test('says what comes back, what is gone or new, and what cannot go back', () => {
		const kept = {
			id: 1,
			kind: 'column',
			tag: '0001_x',
			when: 1,
			direction: 'apply',
			place: { schema: 'public', table: 't' },
			column: 'p',
			subject: 'column t.p',
			store: 'k1_t',
			rows: 4,
			values: 3,
			bytes: 8192,
			at: '',
			by: 'app',
			details: { kind: 'sequence', positions: [] },
		} as const;
		const plan = {
			settings: { mode: 'always', limit: 1 },
			tags: new Set<string>(),
			keeps: [],
			refills: [{ ...kept, gone: 1, added: 2 }],
			conflicts: [
				{
					tag: '0001_x',
					subject: 'column t.p',
					count: 11,
					examples: ['id 2, p 2: breaks t_p', 'and 10 more'],
				},
			],
			bytes: 0,
			problems: [],
			estimateMilliseconds: 20,
		} as const;
		expect(renderKeepPlan(plan, paint)).toEqual([
			'This comes back from drizzle_kept (about 20 ms):',
			'  t.p: 3 of 4 values; 1 row is not there any more, or under another key; 2 rows are new',
			'11 rows of column t.p cannot go back:',
			'  id 2, p 2: breaks t_p',
			'  and 10 more',
		]);
	});
});
