import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aProject, type TestProject } from '../harness/a-project.ts';
import { repository } from '../harness/repository.ts';
import { runProgram, runScript, runSource } from '../harness/run-script.ts';
import { useDatabase } from '../harness/test-database.ts';

const schemaFiles = ['comments', 'index', 'posts', 'users'].map((name) => `src/db/schema/${name}.ts`);

/** A project as it was before anybody thought of nicknames. */
function aTeamsProject(): TestProject {
	const files = schemaFiles.map((path) => [path, readFileSync(join(repository, path), 'utf8')] as const);
	return aProject({
		config: { schema: './src/db/schema' },
		companion: { keep: { limit: '1GB' } },
		files: Object.fromEntries(files.map(([path, text]) => [path, text.replace(/^.*nickname.*\n/m, '')])),
	});
}

function addNickname(project: TestProject): void {
	project.write('src/db/schema/users.ts', readFileSync(join(repository, 'src/db/schema/users.ts'), 'utf8'));
}

async function run(
	project: TestProject,
	name: string,
	args: readonly string[] = [],
	env: Readonly<Record<string, string>> = {},
) {
	return await runScript(name, args, { cwd: project.root, env });
}

describe('a team with tables made long ago adopts migrations', () => {
	const database = useDatabase();
	const project = aTeamsProject();
	const url = () => database.url;
	const script = async (name: string, ...args: string[]) => await run(project, name, args);
	const columns = async () =>
		(
			await database.query(
				"SELECT column_name FROM information_schema.columns WHERE table_name = 'users' ORDER BY 1",
			)
		).map(({ column_name }) => column_name);
	const ledger = async () =>
		await database.query('SELECT hash, created_at FROM drizzle.__drizzle_migrations ORDER BY id');

	it('reads the URL from .env, and says that nothing is recorded, creating nothing', async () => {
		project.write('.env', `DATABASE_URL=${url()}\n`);
		const pushed = await runProgram(
			join(repository, 'node_modules/.bin/drizzle-kit'),
			['push', '--force', `--url=${url()}`, '--dialect=postgresql', '--schema=./src/db/schema'],
			{ cwd: project.root },
		);
		expect(pushed.exitCode, pushed.stderr).toBe(0);
		await database.query(
			"INSERT INTO users (email, password) SELECT 'user' || i || '@example.com', 'secret' FROM generate_series(1, 12) i",
		);
		const { stdout, exitCode } = await script('current');
		expect(exitCode).toBe(0);
		expect(stdout).toContain('nothing is recorded');
		expect((await database.query("SELECT nspname FROM pg_namespace WHERE nspname = 'drizzle'")).length).toBe(
			0,
		);
	});

	it('generates 0000_init with its way back, snapshot and entry', async () => {
		const { exitCode, stderr } = await script('generate', '-m', 'init');
		expect(exitCode, stderr).toBe(0);
		expect(project.read('drizzle/0000_init.down.sql')).toContain('-- down of 0000_init: lossy');
		expect(JSON.parse(project.read('drizzle/meta/_journal.json')).entries).toMatchObject([
			{ idx: 0, tag: '0000_init' },
		]);
		expect(JSON.parse(project.read('drizzle/meta/0000_snapshot.json'))).toHaveProperty('tables');
	});

	it('names a difference and records nothing', async () => {
		await database.query('DROP INDEX posts_author_id_idx');
		const { exitCode, stderr } = await script('baseline');
		expect(exitCode).toBe(1);
		expect(stderr).toContain('error[BASELINE_DIFFERS]');
		expect(stderr).toContain('posts_author_id_idx');
		expect(
			(await database.query("SELECT to_regclass('drizzle.__drizzle_migrations') AS ledger"))[0]?.ledger,
		).toBeNull();
		await database.query('CREATE INDEX posts_author_id_idx ON posts USING btree (author_id)');
	});

	it('records 0000 without running it, once the database is equal', async () => {
		const { exitCode, stderr } = await script('baseline');
		expect(exitCode, stderr).toBe(0);
		const [entry] = JSON.parse(project.read('drizzle/meta/_journal.json')).entries;
		expect(await ledger()).toMatchObject([{ created_at: String(entry.when) }]);
		expect((await database.query('SELECT id FROM users')).length).toBe(12);
	});

	it('adds a column and keeps every row', async () => {
		addNickname(project);
		const generated = await script('generate', '-m', 'add nickname to users');
		expect(generated.exitCode, generated.stderr).toBe(0);
		expect(project.listFiles()).toHaveProperty('drizzle/0001_add_nickname_to_users.sql');
		expect(project.listFiles()).toHaveProperty('drizzle/0001_add_nickname_to_users.down.sql');
		const migrated = await script('migrate');
		expect(migrated.exitCode, migrated.stderr).toBe(0);
		expect(await columns()).toContain('nickname');
		expect((await database.query('SELECT id FROM users')).length).toBe(12);
	});

	it('keeps what going back throws away, without a question, and gives it back', async () => {
		await database.query("UPDATE users SET nickname = 'nick' || id WHERE id <= 3");
		const back = await script('rollback', '-1');
		expect(back.exitCode, back.stderr).toBe(0);
		expect(back.stdout).toContain('users.nickname: 3 of 12 values kept');
		expect(await columns()).not.toContain('nickname');
		expect((await script('kept')).stdout).toContain('column users.nickname');
		const forth = await script('migrate');
		expect(forth.exitCode, forth.stderr).toBe(0);
		expect(forth.stdout).toContain('users.nickname: 3 values back');
		expect(await database.query('SELECT id, nickname FROM users WHERE id <= 4 ORDER BY id')).toEqual([
			{ id: 1, nickname: 'nick1' },
			{ id: 2, nickname: 'nick2' },
			{ id: 3, nickname: 'nick3' },
			{ id: 4, nickname: null },
		]);
		expect((await script('kept')).stdout).toContain('Nothing is kept.');
	});

	it('says how many rows would lose a value that is not kept, and wants a yes', async () => {
		const inProduction = await run(project, 'rollback', ['-1', '--yes'], { NODE_ENV: 'production' });
		expect(inProduction.stderr).toContain('error[DATA_LOSS]');
		expect(inProduction.stderr).toContain('pnpm db:rollback -1 --keep');
		const refused = await script('rollback', '-1', '--no-keep');
		expect(refused.exitCode).toBe(1);
		expect(refused.stderr).toContain('error[DATA_LOSS]');
		expect(refused.stderr).toContain('users.nickname: 3 of 12 rows hold a value');
		expect(await columns()).toContain('nickname');
		const accepted = await script('rollback', '-1', '--no-keep', '--accept-data-loss');
		expect(accepted.exitCode, accepted.stderr).toBe(0);
		expect(await columns()).not.toContain('nickname');
		expect(await ledger()).toHaveLength(1);
		expect((await script('kept')).stdout).toContain('Nothing is kept.');
	});

	it('goes forth and back through every kind of target', async () => {
		const moves: readonly (readonly [string, readonly string[], number])[] = [
			['migrate', ['+1'], 2],
			['rollback', ['0000_init'], 1],
			['rollback', ['base'], 0],
			['migrate', ['head'], 2],
		];
		for (const [name, args, applied] of moves) {
			const { exitCode, stderr } = await script(name, ...args);
			expect(exitCode, `${name} ${args.join(' ')}: ${stderr}`).toBe(0);
			expect(await ledger(), `${name} ${args.join(' ')}`).toHaveLength(applied);
		}
		expect((await database.query('SELECT id FROM users')).length).toBe(12);
	});

	it('shows the history in words, in part and as JSON', async () => {
		const plain = await script('history');
		expect(plain.stdout).toMatch(
			/0000_init +applied .*lossless \(kept\)\n.*0001_add_nickname_to_users +applied/,
		);
		const part = await script('history', '-r', '0000:0000', '--verbose');
		expect(part.stdout).toContain('checksum');
		expect(part.stdout).not.toContain('0001');
		const { entries, position, head } = JSON.parse((await script('history', '--json')).stdout);
		expect({ position, head }).toEqual({ position: 2, head: 2 });
		expect(entries).toMatchObject([
			{
				index: 0,
				tag: '0000_init',
				state: 'applied',
				how: 'apply',
				reversibility: 'lossless (kept)',
				problems: [],
			},
			{
				index: 1,
				tag: '0001_add_nickname_to_users',
				state: 'applied',
				how: 'apply',
				loses: ['column users.nickname'],
			},
		]);
	});
});

describe('without any database', () => {
	it('migrates, rolls back and verifies on the embedded one', async () => {
		const project = aTeamsProject();
		// As in a clone: the sources themselves, by tsx.
		const embedded = async (name: string, ...args: string[]) =>
			await runSource(name, args, { cwd: project.root });
		for (const [name, ...args] of [
			['generate', '-m', 'init'],
			['migrate'],
			['rollback', '-1'],
			['migrate', 'head'],
			['verify'],
		] as const) {
			const { exitCode, stderr } = await embedded(name, ...args);
			expect(exitCode, `${name}: ${stderr}`).toBe(0);
		}
		const { stdout, stderr } = await embedded('current');
		expect(stdout).toContain('0000_init (1 of 1), head');
		expect(stderr.split('\n')[0]).toMatch(/^postgres@127\.0\.0\.1:\d+\/app$/);
	});

	it('is refused in production', async () => {
		const { exitCode, stderr } = await run(aTeamsProject(), 'current', [], { NODE_ENV: 'production' });
		expect(exitCode).toBe(1);
		expect(stderr).toContain('error[DATABASE_URL_MISSING]');
	});
});
