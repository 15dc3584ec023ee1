import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedServer } from '../src/kit/database/embedded/start-embedded-server.ts';
import { openSession, type Session } from '../src/kit/database/session.ts';
import { nameLostColumn, nameLostTable } from '../src/kit/journal/name-loss.ts';
import type { Step } from '../src/kit/plan/plan.ts';
import { runPlan } from '../src/kit/run/run-plan.ts';

/**
 * What keeping costs: the same migrations with and without it, on tables of 1 and 10 million rows (or the numbers given as
 * arguments). Prints a Markdown table: wall time, bytes kept, how long another session could not read or write the table, and how
 * long PostgreSQL takes for a bare UPDATE of the same column in every row, which no refill of a column can go below.
 */
const sizes = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'companion-bench-'));
const server = await startEmbeddedServer({ folder: join(folder, 'postgres') });

const loses = {
	column: [nameLostColumn('public', 't', 'nickname', true)],
	table: [nameLostTable('public', 't', true)],
	view: [nameLostTable('public', 't', true)],
};
const statements = {
	column: ['ALTER TABLE t DROP COLUMN nickname;', 'ALTER TABLE t ADD COLUMN nickname text;'],
	table: ['DROP TABLE t;', 'CREATE TABLE t (id bigint, name text, nickname text);'],
	view: ['DROP TABLE t CASCADE;', 'CREATE TABLE t (id bigint, name text, nickname text);'],
} as const;
const titles = {
	column: 'drop a column',
	table: 'drop a table (moved)',
	view: 'drop a table (copied: a view depends on it)',
};

console.log(
	'| rows | migration | keep | up | rollback | kept | longest wait to read | longest wait to write | a bare UPDATE |',
);
console.log('|---|---|---|---|---|---|---|---|---|');
try {
	for (const rows of sizes.length > 0 ? sizes : [1_000_000, 10_000_000]) {
		for (const kind of ['column', 'table', 'view'] as const) {
			for (const isKeeping of [false, true]) await measure(rows, kind, isKeeping);
		}
	}
} finally {
	await server.release();
	rmSync(folder, { recursive: true, force: true });
}

async function measure(rows: number, kind: keyof typeof statements, isKeeping: boolean): Promise<void> {
	const session = await openSession(server.connection);
	await session.run(
		`DROP SCHEMA IF EXISTS drizzle_kept CASCADE; DROP SCHEMA IF EXISTS drizzle CASCADE; DROP TABLE IF EXISTS t CASCADE`,
	);
	await session.run(`CREATE TABLE t (id bigint PRIMARY KEY, name text, nickname text);
		INSERT INTO t SELECT i, 'somebody called ' || i, 'nickname ' || i FROM generate_series(1, ${rows}) i`);
	await session.run('VACUUM ANALYZE t');
	if (kind === 'view') await session.run('CREATE VIEW names AS SELECT name FROM t');
	const readers = await Promise.all(
		['SELECT 1 FROM t LIMIT 1', 'UPDATE t SET name = name WHERE id = 1'].map((sql) => watch(sql)),
	);
	const up = await time(() => run(session, kind, { isUp: true, isKeeping }));
	const waits = await Promise.all(readers.map((stop) => stop()));
	const [[size] = []] = isKeeping
		? await session.run(`SELECT pg_size_pretty(sum(bytes)) AS bytes FROM drizzle_kept.kept`)
		: [[{ bytes: '-' }]];
	const back = await time(() => run(session, kind, { isUp: false, isKeeping }));
	const bare = kind === 'column' && isKeeping ? seconds(await timeUpdate(session)) : '-';
	console.log(
		`| ${rows} | ${titles[kind]} | ${isKeeping ? 'yes' : 'no'} | ${seconds(up)} | ${seconds(back)} | ${size?.bytes} | ${waits.map(seconds).join(' | ')} | ${bare} |`,
	);
	await session.close();
}

/** On the table as the refill found it. */
async function timeUpdate(session: Session): Promise<number> {
	await session.run('ALTER TABLE t DROP COLUMN nickname; ALTER TABLE t ADD COLUMN nickname text');
	for (const statement of ['VACUUM FULL t', 'ANALYZE t', 'CHECKPOINT']) await session.run(statement);
	return await time(async () => void (await session.run(`UPDATE t SET nickname = 'nickname ' || id`)));
}

async function run(
	session: Session,
	kind: keyof typeof statements,
	{ isUp, isKeeping }: { isUp: boolean; isKeeping: boolean },
): Promise<void> {
	const [up, down] = statements[kind];
	const common = { index: 0, tag: '0001_bench', when: 1, checksum: 'x' };
	const step = isUp
		? {
				...common,
				kind: 'apply',
				up: { file: 'up', sql: up, checksum: 'x' },
				down: { loses: loses[kind], text: '' },
			}
		: {
				...common,
				kind: 'revert',
				sql: down,
				source: 'down',
				reversibility: 'lossy',
				loses: loses[kind],
				rowId: 1,
				linesAbove: 0,
			};
	await runPlan(
		session,
		{ from: 0, to: 1, steps: [step as unknown as Step] },
		{
			ledger: { schema: 'drizzle', table: '__drizzle_migrations' },
			settings: { lockTimeout: 60_000, lockRetries: 0, lockWait: 0 },
			hasLedger: !isUp,
			hasLog: !isUp,
			...(isKeeping
				? { keep: { tags: new Set([common.tag]), refills: new Set([common.when]), skipConflicts: false } }
				: {}),
		},
	);
}

/** Runs a statement again and again in another session; gives the longest time that one took, until the table is gone. */
async function watch(sql: string): Promise<() => Promise<number>> {
	const session = await openSession(server.connection);
	let isOn = true;
	let longest = 0;
	const loop = (async () => {
		while (isOn) {
			const started = performance.now();
			const isThere = await session.run(sql).then(
				() => true,
				() => false,
			);
			longest = Math.max(longest, performance.now() - started);
			if (!isThere) break;
			await new Promise((resolve) => setTimeout(resolve, 1));
		}
	})();
	return async () => {
		isOn = false;
		await loop;
		await session.close();
		return longest;
	};
}

async function time(work: () => Promise<void>): Promise<number> {
	const started = performance.now();
	await work();
	return performance.now() - started;
}

function seconds(milliseconds: number): string {
	return `${(milliseconds / 1_000).toFixed(2)} s`;
}
