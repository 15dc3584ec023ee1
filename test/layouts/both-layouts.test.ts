import { beforeEach, describe, expect, test } from 'vitest';
import { baseline } from '../../src/kit/commands/baseline.ts';
import { current, history } from '../../src/kit/commands/history.ts';
import { migrate } from '../../src/kit/commands/migrate.ts';
import { repair } from '../../src/kit/commands/repair.ts';
import { reverse } from '../../src/kit/commands/reverse.ts';
import { rollback } from '../../src/kit/commands/rollback.ts';
import { show } from '../../src/kit/commands/show.ts';
import { computeChecksum } from '../../src/kit/journal/checksum.ts';
import { floorToSecond, toFolderName } from '../../src/kit/journal/folder-name.ts';
import { nameDownFile, nameUpFile } from '../../src/kit/journal/name-files.ts';
import { aProject, firstWhen, type MigrationSpec, type ProjectSpec } from '../harness/a-project.ts';
import { rejectionOf } from '../harness/error-of.ts';
import { readSchema } from '../harness/ledger-rows.ts';
import { useDatabase } from '../harness/test-database.ts';

const database = useDatabase();
beforeEach(() => database.empty());

const init: MigrationSpec = { tag: '0000_init', up: 'CREATE TABLE a (id int);\n', down: 'DROP TABLE a;' };
const second: MigrationSpec = { tag: '0001_add_b', up: 'CREATE TABLE b (id int);\n', down: 'DROP TABLE b;' };
const third: MigrationSpec = { tag: '0002_add_c', up: 'CREATE TABLE c (id int);\n', down: 'DROP TABLE c;' };
const migrations = [init, second, third];

interface LedgerRow {
	readonly hash: string;
	readonly created_at: string;
	readonly name?: string;
}

describe.each(['journal', 'folders'] as const)('in the layout `%s`', (layout) => {
	const isOfFolders = layout === 'folders';
	const whenOf = (index: number) =>
		isOfFolders ? floorToSecond(firstWhen) + index * 1_000 : firstWhen + index * 1_000;
	const tagOf = ({ tag }: MigrationSpec, index: number) =>
		isOfFolders ? toFolderName(tag, whenOf(index)) : tag;
	const tags = migrations.map(tagOf) as [string, string, string];
	const upOf = (index: number) => `drizzle/${nameUpFile({ tag: tags[index] as string, layout })}`;
	const downOf = (index: number) => `drizzle/${nameDownFile({ tag: tags[index] as string, layout })}`;

	/** The row that drizzle's migrator of this layout writes. */
	const rowOf = (index: number): LedgerRow => ({
		hash: computeChecksum(migrations[index]?.up as string),
		created_at: String(whenOf(index)),
		...(isOfFolders ? { name: tags[index] as string } : {}),
	});

	function open(spec: ProjectSpec = {}) {
		const project = aProject({ layout, migrations, ...spec });
		return { ...project, options: { cwd: project.root, url: database.url } };
	}

	async function readRows(): Promise<readonly LedgerRow[]> {
		const columns = isOfFolders ? 'hash, created_at, name' : 'hash, created_at';
		return await database.query(`SELECT ${columns} FROM drizzle.__drizzle_migrations ORDER BY id`);
	}

	test('reads the history before anything is applied', async () => {
		const { options } = open();
		const report = await history(options);
		expect(report.entries.map(({ tag, state, when }) => [tag, state, when])).toEqual(
			tags.map((tag, index) => [tag, 'pending', whenOf(index)]),
		);
		expect(report).toMatchObject({ position: 0, head: 3, problems: [] });
	});

	test('applies what is pending and writes the rows that drizzle would write', async () => {
		const { options } = open();
		const { report } = await migrate(options);
		expect(report?.steps.map(({ kind, tag }) => [kind, tag])).toEqual(tags.map((tag) => ['apply', tag]));
		expect(await readRows()).toEqual([rowOf(0), rowOf(1), rowOf(2)]);
		const { isAtHead, tag } = await current(options);
		expect([isAtHead, tag]).toEqual([true, tags[2]]);
		expect((await migrate(options)).report?.steps).toEqual([]);
	});

	test('says how and by whom a migration was applied', async () => {
		const { options } = open();
		await migrate({ ...options, target: tags[0] });
		const { entries } = await history(options);
		expect(entries[0]).toMatchObject({ how: 'apply', appliedBy: 'postgres', reversibility: 'lossless' });
		expect(entries[1]).toMatchObject({ state: 'pending' });
	});

	test.each([
		['the whole tag', (tag: string) => tag],
		['a beginning that is unambiguous', (tag: string) => tag.slice(0, -3)],
		['an index', () => '1'],
		['steps', () => '+2'],
	])('finds a target by %s', async (_, write) => {
		const { options } = open();
		const { report } = await migrate({ ...options, target: write(tags[1]) });
		expect(report?.position).toBe(2);
	});

	test('goes back and forward again, and leaves no trace in the ledger', async () => {
		const { options } = open();
		await migrate(options);
		const schema = await readSchema(database);
		await rollback({ ...options, target: '-2' });
		expect(await readRows()).toEqual([rowOf(0)]);
		await rollback({ ...options, target: 'base' });
		expect([await readSchema(database), await readRows()]).toEqual([[], []]);
		await migrate(options);
		expect(await readSchema(database)).toEqual(schema);
	});

	test('rolls back with the down SQL that the log kept, when the checkout is an older one', async () => {
		const { options } = open();
		await migrate(options);
		const older = aProject({ layout, migrations: [init, second] });
		const { report } = await rollback({ ...options, cwd: older.root, target: '-1' });
		expect(report?.steps).toMatchObject([{ kind: 'revert', tag: tags[2] }]);
		expect(await readRows()).toEqual([rowOf(0), rowOf(1)]);
	});

	test('forgets the rows that racing migrators wrote twice', async () => {
		const { options } = open();
		await migrate(options);
		const columns = isOfFolders ? 'hash, created_at, name' : 'hash, created_at';
		await database.query(
			`INSERT INTO drizzle.__drizzle_migrations (${columns}) SELECT ${columns} FROM drizzle.__drizzle_migrations`,
		);
		expect((await history(options)).problems).toEqual([]);
		await rollback({ ...options, target: '-1' });
		expect((await readRows()).filter(({ hash }) => hash === rowOf(2).hash)).toEqual([]);
		const { repairs } = await repair({ ...options, yes: true });
		expect(repairs).toHaveLength(2);
		expect(await readRows()).toEqual([rowOf(0), rowOf(1)]);
	});

	test('refuses a rollback without a down file, before anything runs, and names the file', async () => {
		const { options, remove } = open();
		remove(downOf(2));
		await migrate({ ...options });
		const error = await rejectionOf(rollback({ ...options, target: 'base' }));
		expect(error.code).toBe('DOWN_FILE_NOT_FOUND');
		expect(error.message).toContain(nameDownFile({ tag: tags[2], layout }));
		expect(await readRows()).toHaveLength(3);
	});

	test('refuses a pending migration that is older than an applied one by name, and applies it when told to', async () => {
		const { options } = open({ migrations: [init, third] });
		await migrate(options);
		const merged = aProject({
			layout,
			migrations: [init, { ...second, when: firstWhen + 500 }, { ...third, when: firstWhen + 1_000 }],
		});
		const late = { ...options, cwd: merged.root };
		const error = await rejectionOf(migrate(late));
		expect([error.code, error.message]).toEqual(['OUT_OF_ORDER', expect.stringContaining('add_b')]);
		expect((await current(late)).isAtHead).toBe(false);
		const { report } = await migrate({ ...late, outOfOrder: true });
		expect(report?.steps).toMatchObject([{ kind: 'apply', tag: expect.stringContaining('add_b') }]);
	});

	test('refuses an edited migration, and accepts it after repair', async () => {
		const { options, write } = open();
		await migrate({ ...options, target: tags[1] });
		write(upOf(0), 'CREATE TABLE a (id bigint);\n');
		const error = await rejectionOf(migrate(options));
		expect([error.code, error.message]).toEqual([
			'EDITED',
			expect.stringContaining(nameUpFile({ tag: tags[0], layout })),
		]);
		const { repairs } = await repair({ ...options, yes: true });
		expect(repairs.map(({ step }) => step.kind)).toEqual(['accept']);
		expect((await migrate(options)).report?.steps).toHaveLength(1);
		expect((await readRows())[0]?.hash).toBe(computeChecksum('CREATE TABLE a (id bigint);\n'));
	});

	test('takes another kind of line ends for no edit', async () => {
		const { options, write } = open();
		await migrate(options);
		write(upOf(0), 'CREATE TABLE a (id int);\r\n');
		expect((await history(options)).problems.filter(({ code }) => code === 'EDITED')).toEqual([]);
	});

	test('names what only the database has, and forgets it after repair', async () => {
		const { options } = open();
		await migrate(options);
		const shorter = aProject({ layout, migrations: [init, second] });
		const other = { ...options, cwd: shorter.root };
		const { problems } = await history(other);
		expect(problems.map(({ code, tag }) => [code, tag])).toEqual([['UNKNOWN_APPLIED', tags[2]]]);
		expect((await rejectionOf(migrate(other))).code).toBe('UNKNOWN_APPLIED');
		await repair({ ...other, yes: true });
		expect(await readRows()).toEqual([rowOf(0), rowOf(1)]);
	});

	test('says of missing up files, snapshots and downs, with their names', async () => {
		const { options, remove } = open();
		remove(upOf(2));
		remove(downOf(1));
		remove(`drizzle/${isOfFolders ? `${tags[0]}/snapshot.json` : 'meta/0000_snapshot.json'}`);
		const { problems } = await history(options);
		expect(problems.map(({ code, tag, message }) => [code, tag, message.split(' ')[0]])).toEqual([
			['SNAPSHOT_MISSING', tags[0], expect.stringContaining('snapshot.json,')],
			['DOWN_MISSING', tags[1], tags[1]],
			['FILE_MISSING', tags[2], nameUpFile({ tag: tags[2], layout })],
			['DOWN_UNPROVEN', tags[2], nameDownFile({ tag: tags[2], layout })],
		]);
		expect((await rejectionOf(migrate(options))).code).toBe('MIGRATION_FILE_NOT_FOUND');
	});

	test('records what a database has already, row for row as drizzle would have', async () => {
		const { options } = open();
		await database.query('CREATE TABLE a (id int); CREATE TABLE b (id int)');
		expect((await rejectionOf(baseline(options))).code).toBe('BASELINE_DIFFERS');
		const { report } = await baseline({ ...options, target: tags[1] });
		expect(report?.steps).toMatchObject([{ kind: 'stamp' }, { kind: 'stamp' }]);
		expect(await readRows()).toEqual([rowOf(0), rowOf(1)]);
		expect((await history(options)).entries[0]).toMatchObject({ how: 'stamp' });
		await migrate(options);
		await baseline({ ...options, purge: true });
		expect(await readRows()).toEqual([rowOf(0), rowOf(1), rowOf(2)]);
	});

	test('shows one migration with its files and its row', async () => {
		const { options, root } = open();
		await migrate(options);
		const { entry } = await show({ ...options, target: '1' });
		expect(entry).toMatchObject({
			tag: tags[1],
			applied: { checksum: computeChecksum(second.up as string) },
			migration: {
				up: { file: `${root}/${upOf(1)}` },
				down: { file: `${root}/${downOf(1)}`, proof: 'proven' },
			},
		});
	});

	test('derives and proves a missing down, beside its up', async () => {
		const { options, remove, read } = open();
		const proven = read(downOf(1));
		remove(downOf(1));
		const { migrations: reversed } = await reverse({ cwd: options.cwd });
		expect(reversed).toMatchObject([
			{ tag: tags[1], result: 'written', file: expect.stringContaining(downOf(1)) },
		]);
		expect(read(downOf(1))).toContain(`-- down of ${tags[1]}: `);
		expect(read(downOf(1))).not.toBe(proven);
		expect((await history(options)).problems).toEqual([]);
	});

	test('plans and writes a script without touching anything', async () => {
		const { options } = open();
		const { script = '' } = await migrate({ ...options, only: 'sql' });
		expect(await readSchema(database)).toEqual([]);
		await database.query(script);
		expect(await readRows()).toEqual([rowOf(0), rowOf(1), rowOf(2)]);
		expect((await current(options)).isAtHead).toBe(true);
	});

	test('resumes a migration that cannot run in one transaction at the statement that failed', async () => {
		const up =
			'CREATE INDEX CONCURRENTLY i ON a (id);\n--> statement-breakpoint\nCREATE TABLE d (id missing);\n';
		const { options, add, write } = open({ migrations: [init] });
		add({ tag: '0001_index', up });
		const tag = (await history(options)).entries[1]?.tag as string;
		expect((await rejectionOf(migrate(options))).code).toBe('STATEMENT_FAILED');
		write(`drizzle/${nameUpFile({ tag, layout })}`, up.replace('missing', 'int'));
		expect((await migrate(options)).report?.steps).toMatchObject([{ tag }]);
		expect(await readSchema(database)).toEqual(expect.arrayContaining([expect.stringContaining('public.d')]));
	});
});
