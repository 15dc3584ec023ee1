import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameLostColumn, nameLostTable, nameLostValues } from '../../src/kit/journal/name-loss.ts';
import { quoteIdentifier, quoteLiteral } from '../../src/kit/sql/quote-identifier.ts';
import type { MigrationSpec } from '../harness/a-project.ts';
import { useDatabase } from '../harness/test-database.ts';
import { aKeptProject, readStores } from './a-kept-project.ts';

const database = useDatabase();

/** Types with values that read back as they were written, as JSON has them. */
const types = {
	text: { sql: 'text', value: fc.string({ maxLength: 12 }).map((text) => text.replaceAll('\0', '')) },
	integer: { sql: 'integer', value: fc.integer({ min: -1_000, max: 1_000 }).map(String) },
	boolean: { sql: 'boolean', value: fc.boolean().map(String) },
	mood: { sql: 'mood', value: fc.constantFrom('sad', 'ok', 'Ha "p\'py') },
	array: { sql: 'text[]', value: fc.constantFrom('{}', '{a,NULL}', '{"x y","\\\\"}') },
	json: { sql: 'jsonb', value: fc.json({ maxDepth: 2 }).map((text) => text.replaceAll('\\u0000', '')) },
	bytes: {
		sql: 'bytea',
		value: fc.uint8Array({ maxLength: 6 }).map((bytes) => `\\x${Buffer.from(bytes).toString('hex')}`),
	},
} as const;

const names = fc.constantFrom('a', 'B b', 'c"d', 'order', 'é');

interface Column {
	readonly name: string;
	readonly type: keyof typeof types;
	readonly hasDefault: boolean;
}

const columns: fc.Arbitrary<readonly Column[]> = fc.uniqueArray(
	fc.record({
		name: names,
		type: fc.constantFrom(...(Object.keys(types) as (keyof typeof types)[])),
		hasDefault: fc.boolean(),
	}),
	{ minLength: 1, maxLength: 4, selector: ({ name }) => name },
);

type Values = Readonly<Record<string, string | null>>;

const valuesOf = (shape: readonly Column[]): fc.Arbitrary<Values> =>
	fc.record(
		Object.fromEntries(shape.map(({ name, type }) => [name, fc.option(types[type].value, { nil: null })])),
	);

const changes = fc.array(
	fc.record({
		verb: fc.constantFrom('insert', 'update', 'delete'),
		id: fc.integer({ min: 1, max: 8 }),
		w: fc.string({ maxLength: 4 }).map((text) => text.replaceAll('\0', '')),
	}),
	{ maxLength: 6 },
);

const scenario = columns.chain((shape) =>
	fc.record({
		shape: fc.constant(shape),
		rows: fc.array(valuesOf(shape), { maxLength: 6 }),
		dropped: fc.subarray([...shape], { minLength: 1 }),
		loss: fc.constantFrom('columns', 'table', 'narrow', 'again'),
		direction: fc.constantFrom('up', 'down'),
		isKeyed: fc.boolean(),
		changes,
	}),
);

type Scenario = typeof scenario extends fc.Arbitrary<infer Shape> ? Shape : never;

const table = '"T a"';

function define({ name, type, hasDefault }: Column): string {
	const value = {
		text: 'd',
		integer: '7',
		boolean: 'true',
		mood: 'ok',
		array: '{}',
		json: '{}',
		bytes: '\\x01',
	}[type];
	return `${quoteIdentifier(name)} ${types[type].sql}${hasDefault ? ` DEFAULT ${quoteLiteral(value)}` : ''}`;
}

function makeTable({ shape, isKeyed }: Scenario): string {
	return `CREATE TABLE ${table} (id integer ${isKeyed ? 'PRIMARY KEY' : 'NOT NULL'}, w text, ${shape.map(define).join(', ')});`;
}

/** The state with all of it, the way to the state without, and back. */
function lose(given: Scenario): { readonly without: string; readonly with: string } {
	if (given.loss === 'table') return { without: `DROP TABLE ${table};`, with: makeTable(given) };
	if (given.loss === 'narrow')
		return {
			without: `ALTER TABLE ${table} ALTER COLUMN w TYPE varchar(2) USING left(w, 2);`,
			with: `ALTER TABLE ${table} ALTER COLUMN w TYPE text;`,
		};
	// Columns are dropped and made again in one migration: the way back has nothing to do but to give back their values.
	if (given.loss === 'again')
		return {
			without: given.dropped
				.map(
					(column) =>
						`ALTER TABLE ${table} DROP COLUMN ${quoteIdentifier(column.name)};\nALTER TABLE ${table} ADD COLUMN ${define(column)};`,
				)
				.join('\n'),
			with: 'SELECT 1;',
		};
	return {
		without: given.dropped
			.map(({ name }) => `ALTER TABLE ${table} DROP COLUMN ${quoteIdentifier(name)};`)
			.join('\n'),
		with: given.dropped.map((column) => `ALTER TABLE ${table} ADD COLUMN ${define(column)};`).join('\n'),
	};
}

function losses({ loss, dropped }: Scenario, isLostByUp: boolean) {
	if (loss === 'table') return [nameLostTable('public', 'T a', isLostByUp)];
	if (loss === 'narrow') return [nameLostValues('public', 'T a', 'w', isLostByUp)];
	return dropped.map(({ name }) => nameLostColumn('public', 'T a', name, isLostByUp));
}

function migrations(given: Scenario): readonly MigrationSpec[] {
	const init = `CREATE TYPE mood AS ENUM ('sad', 'ok', 'Ha "p''py');\n${given.direction === 'up' || given.loss !== 'table' ? makeTable(given) : ''}`;
	const { without, with: back } = lose(given);
	const isUp = given.direction === 'up';
	const start = isUp || given.loss === 'table' ? init : `${init}\n${without}`;
	return [
		{ tag: '0000_init', up: start },
		{
			tag: '0001_lossy',
			up: isUp ? without : back,
			down: isUp ? back : without,
			reversibility: 'lossy',
			loses: losses(given, isUp),
		},
	];
}

const insert = (id: number, w: string, values: Values = {}) => {
	const set = Object.entries(values);
	return `INSERT INTO ${table} (${['id', 'w', ...set.map(([name]) => quoteIdentifier(name))].join(', ')}) VALUES (${[id, quoteLiteral(w), ...set.map(([, value]) => (value === null ? 'NULL' : quoteLiteral(value)))].join(', ')})`;
};

interface Row {
	readonly id: number;
	w: string;
	readonly [column: string]: unknown;
}

const readTable = async (): Promise<Row[]> =>
	(await database.query<{ row: Row }>(`SELECT to_jsonb(t) AS row FROM ${table} t ORDER BY id`)).map(
		({ row }) => row,
	);

const cut = (text: string) => [...text].slice(0, 2).join('');

/** Makes the changes in the database and in the model: what the row will be once everything is back. */
async function change(given: Scenario, model: Map<number, Row>): Promise<void> {
	const before = new Map(model);
	const isNarrow = given.loss === 'narrow';
	if (isNarrow) for (const [id, row] of before) model.set(id, { ...row, w: cut(row.w) });
	for (const { verb, id, w } of given.changes) {
		const now = isNarrow ? cut(w) : w;
		const row = model.get(id);
		if (verb === 'insert' && row === undefined) {
			await database.query(insert(id, now));
			const [made] = await database.query<{ row: Row }>(
				`SELECT to_jsonb(t) AS row FROM ${table} t WHERE id = ${id}`,
			);
			model.set(id, { ...defaults(given), ...made?.row, ...lostOf(given, before.get(id)), id, w: now });
		} else if (verb === 'update' && row !== undefined) {
			await database.query(`UPDATE ${table} SET w = ${quoteLiteral(now)} WHERE id = ${id}`);
			model.set(id, { ...row, w: now });
		} else if (verb === 'delete') {
			await database.query(`DELETE FROM ${table} WHERE id = ${id}`);
			model.delete(id);
		}
	}
	// A value that is what was left of it cannot be told from one that nobody touched.
	for (const [id, row] of isNarrow ? model : []) {
		const old = before.get(id)?.w ?? row.w;
		if (cut(old) === row.w) model.set(id, { ...row, w: old });
	}
}

/** A row that was deleted and inserted again under its key cannot be told from the old one. */
function lostOf({ loss, dropped }: Scenario, old: Row | undefined): Record<string, unknown> {
	if (old === undefined || loss === 'narrow') return {};
	return Object.fromEntries(dropped.map(({ name }) => [name, old[name]]));
}

const defaultValues = {
	text: 'd',
	integer: 7,
	boolean: true,
	mood: 'ok',
	array: [],
	json: {},
	bytes: '\\x01',
};

function defaults({ shape }: Scenario): Record<string, unknown> {
	return Object.fromEntries(
		shape.map(({ name, type, hasDefault }) => [name, hasDefault ? defaultValues[type] : null]),
	);
}

describe('any rows, any loss, any changes between', () => {
	it('end as the model says, row by row', async () => {
		await fc.assert(
			fc.asyncProperty(scenario, async (given) => {
				await database.empty();
				const app = aKeptProject(database, migrations(given));
				await app.migrate({ target: given.direction === 'up' ? '0000' : 'head' });
				for (const [place, values] of given.rows.entries())
					await database.query(insert(place + 1, `word ${place}`, values));
				const model = new Map((await readTable()).map((row) => [row.id, row]));
				const before = new Map(model);
				await (given.direction === 'up' ? app.migrate() : app.rollback());
				const mayChange = given.loss !== 'table' && given.isKeyed;
				if (mayChange) await change(given, model);
				const between = given.loss === 'again' ? await readTable() : [];
				const { report } = await (given.direction === 'up' ? app.rollback() : app.migrate());
				expect(await readTable()).toEqual([...model.values()].sort((one, other) => one.id - other.id));
				if (given.loss === 'again') {
					await (given.direction === 'up' ? app.migrate() : app.rollback());
					expect(await readTable()).toEqual(between);
				} else expect(await readStores(database)).toEqual([]);
				if (given.loss === 'columns' && mayChange) {
					// A row that was deleted and inserted again under its key is the old one.
					const alive = [...before.keys()].filter((id) => model.has(id)).length;
					for (const refill of report?.steps[0]?.refilled ?? [])
						if (refill.refilled + refill.deletedSince > 0)
							expect(refill.deletedSince).toBe(before.size - alive);
				}
			}),
			{ numRuns: Number(process.env.KEEP_RUNS ?? 25) },
		);
	});
});
