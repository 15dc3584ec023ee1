import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DriftReport, drift } from '../../src/kit/commands/drift.ts';
import { migrate } from '../../src/kit/commands/migrate.ts';
import { aProject, type TestProject } from '../harness/a-project.ts';
import { rejectionOf } from '../harness/error-of.ts';
import { nameRole, useDatabase } from '../harness/test-database.ts';

const live = useDatabase();
const reader = nameRole('reader');

const schema = `
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE SEQUENCE tickets;
CREATE TABLE users (id integer PRIMARY KEY, name varchar(50) NOT NULL, age integer DEFAULT 1, mood mood, CONSTRAINT users_age_check CHECK (age > 0));
CREATE TABLE posts (id serial PRIMARY KEY, author integer REFERENCES users (id) ON DELETE CASCADE, title text UNIQUE);
CREATE INDEX posts_title_idx ON posts (title);
CREATE VIEW authors AS SELECT id, name FROM users;
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n FROM posts;
CREATE FUNCTION double(x integer) RETURNS integer LANGUAGE sql AS 'SELECT 2 * x';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON users USING (id = 1);
COMMENT ON TABLE posts IS 'what they wrote';
CREATE TABLE events (id integer, day date) PARTITION BY RANGE (day);
CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
`;

let project: TestProject;

beforeAll(async () => {
	await live.query(`CREATE ROLE ${reader}`);
	project = aProject({ migrations: [{ tag: '0000_init', up: schema }] });
});

afterAll(() => live.query(`DROP OWNED BY ${reader}; DROP ROLE ${reader}`));

beforeEach(async () => {
	await live.empty();
	await migrate({ cwd: project.root, url: live.url });
});

async function findDrift(root = project.root): Promise<DriftReport> {
	return await drift({ cwd: root, url: live.url });
}

/** What somebody did by hand, and how it is told. Each is found, and its SQL proven in both directions. */
const injected: readonly (readonly [sql: string, words: RegExp])[] = [
	['DROP INDEX posts_title_idx', /^index posts_title_idx is missing$/],
	['CREATE INDEX hot ON posts (author)', /^index hot exists only here$/],
	[
		'ALTER TABLE users ALTER age SET DEFAULT 2',
		/^default of column users\.age differs: 2 here, 1 expected$|^default of users\.age differs/,
	],
	['ALTER TABLE users ALTER age DROP DEFAULT', /^default of .*users\.age differs/],
	['ALTER TABLE users ALTER name DROP NOT NULL', /column users\.name is nullable here, NOT NULL expected/],
	['ALTER TABLE users ADD COLUMN nickname text', /^column users\.nickname exists only here$/],
	['ALTER TABLE users DROP COLUMN mood', /^column users\.mood is missing$/],
	[
		'DROP VIEW authors; ALTER TABLE users ALTER name TYPE varchar(80); CREATE VIEW authors AS SELECT id, name FROM users',
		/type of .*users\.name differs/,
	],
	['CREATE POLICY extra ON users FOR SELECT USING (true)', /^policy extra of users exists only here$/],
	['ALTER POLICY own ON users USING (id = 2)', /^using of policy own of users differs/],
	['ALTER TABLE users DISABLE ROW LEVEL SECURITY', /^row security of table users differs/],
	[
		"CREATE OR REPLACE FUNCTION double(x integer) RETURNS integer LANGUAGE sql AS 'SELECT 3 * x'",
		/^definition of function double\(x integer\) differs/,
	],
	['DROP TRIGGER users_touch ON users', /^trigger users_touch of users is missing$/],
	['ALTER TABLE users DISABLE TRIGGER users_touch', /^enabled of trigger users_touch of users differs/],
	['ALTER TABLE users DROP CONSTRAINT users_age_check', /^constraint users_age_check of users is missing$/],
	[
		'ALTER TABLE posts DROP CONSTRAINT posts_author_fkey',
		/^constraint posts_author_fkey of posts is missing$/,
	],
	[`GRANT SELECT ON users TO ${reader}`, /^privileges of table users differs/],
	[`GRANT EXECUTE ON FUNCTION double(integer) TO ${reader}`, /^privileges of function double/],
	['REVOKE EXECUTE ON FUNCTION double(integer) FROM PUBLIC', /^privileges of function double/],
	["ALTER TYPE mood ADD VALUE 'happy'", /^values of enum mood differs/],
	[
		'CREATE OR REPLACE VIEW authors AS SELECT id, name FROM users WHERE id > 1',
		/^definition of view authors differs/,
	],
	['DROP MATERIALIZED VIEW totals', /^materialized view totals is missing$/],
	['ALTER SEQUENCE tickets INCREMENT 5', /^increment of sequence tickets differs/],
	['CREATE TABLE stray (id integer PRIMARY KEY, n integer)', /^table stray exists only here$/],
	['DROP TABLE posts CASCADE', /^table posts is missing$/],
	["COMMENT ON TABLE posts IS 'changed'", /^comment of table posts differs/],
	['ALTER TABLE posts SET (fillfactor = 70)', /^options of table posts differs/],
	['ALTER TABLE events ADD COLUMN extra integer', /^column events\.extra exists only here$/],
	['ALTER TABLE users FORCE ROW LEVEL SECURITY', /row security of table users differs/],
	["COMMENT ON COLUMN users.name IS 'x'", /^comment of users\.name differs/],
	[
		'ALTER TABLE posts DROP CONSTRAINT posts_author_fkey; ALTER TABLE posts ADD CONSTRAINT posts_author_fkey FOREIGN KEY (author) REFERENCES users (id) ON DELETE SET NULL',
		/constraint posts_author_fkey of posts differs/,
	],
	[
		'DROP INDEX posts_title_idx; CREATE INDEX posts_title_idx ON posts (title DESC)',
		/index posts_title_idx differs/,
	],
	[`GRANT UPDATE (name) ON users TO ${reader}`, /^privileges of users\.name differs/],
	["ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'", /^values of enum mood differs/],
	['ALTER SEQUENCE posts_id_seq MAXVALUE 1000', /sequence posts_id_seq differs/],
	['CREATE RULE nope AS ON DELETE TO posts DO INSTEAD NOTHING', /^rule nope of posts exists only here$/],
	[`ALTER POLICY own ON users TO ${reader}`, /policy own of users differs/],
	['ALTER VIEW authors SET (security_barrier = true)', /view authors differs/],
	['ALTER FUNCTION double(integer) IMMUTABLE', /function double\(x integer\) differs/],
	['ALTER TABLE posts ALTER title SET STORAGE EXTERNAL', /^storage of posts\.title differs/],
	['CREATE DOMAIN short AS text CHECK (length(VALUE) < 9)', /^domain short exists only here$/],
];

describe('what somebody changed by hand', () => {
	it.each(injected)('is reported, with SQL that goes both ways: %s', async (sql, words) => {
		await live.query(sql);
		const report = await findDrift();
		expect(
			report.differences.some((difference) => words.test(difference.words)),
			report.differences.map((each) => each.words).join('; '),
		).toBe(true);
		expect([report.adopt.isProven, report.adopt.reason]).toEqual([true, undefined]);
		expect([report.restore.isProven, report.restore.reason]).toEqual([true, undefined]);
		await live.query(report.restore.statements.join('\n'));
		expect((await findDrift()).differences).toEqual([]);
	});

	it('is reported although no SQL for it is known, which is then not called proven', async () => {
		await live.query('REVOKE ALL ON posts FROM CURRENT_USER');
		const { differences, adopt, restore } = await findDrift();
		expect(differences.map(({ object }) => object)).toEqual(['table posts']);
		expect(adopt.isProven && restore.isProven).toBe(false);
		expect([adopt.reason, restore.reason].some((reason) => reason !== undefined)).toBe(true);
	});

	it('is reported all at once, and SQL for all of it given', async () => {
		await live.query(
			`DROP INDEX posts_title_idx; ALTER TABLE users ADD COLUMN nickname text; CREATE INDEX ON users (nickname); GRANT INSERT ON posts TO ${reader};`,
		);
		const report = await findDrift();
		expect(report.differences.map(({ words }) => words).sort()).toEqual([
			'column users.nickname exists only here',
			'index posts_title_idx is missing',
			'index users_nickname_idx exists only here',
			expect.stringMatching(/^privileges of table posts differs/),
		]);
		expect(report.restore.isProven).toBe(true);
	});
});

describe('what nobody holds against the database', () => {
	const server =
		"CREATE EXTENSION IF NOT EXISTS postgres_fdw; CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'x')";
	const foreign = 'CREATE FOREIGN TABLE far (id integer) SERVER elsewhere';

	it.each([
		[
			'partitions of a partitioned table',
			"CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2021-01-01') TO ('2022-01-01'); CREATE INDEX ON events_new (id)",
			['table events_new'],
		],
		[
			'a partitioned table beside',
			'CREATE TABLE logs (id integer PRIMARY KEY) PARTITION BY LIST (id); CREATE TABLE logs_1 PARTITION OF logs FOR VALUES IN (1)',
			['table logs', 'table logs_1'],
		],
		[
			'another schema',
			'CREATE SCHEMA audit; CREATE TABLE audit.log (id integer); CREATE FUNCTION audit.f() RETURNS integer LANGUAGE sql AS $$SELECT 1$$',
			['schema audit'],
		],
		['a publication', 'CREATE PUBLICATION everything FOR TABLE users', ['publication everything']],
		['the right to create in public', `GRANT CREATE ON SCHEMA public TO ${reader}`, []],
	])('%s', async (_what, sql, leftOut) => {
		await live.query(sql);
		const report = await findDrift();
		expect(report.differences.map(({ words }) => words)).toEqual([]);
		expect(report.leftOut).toEqual(leftOut);
		await live.query('DROP PUBLICATION IF EXISTS everything');
	});

	it('an extension, a foreign server and a foreign table, where the server has them', async () => {
		const [available] = await live.query("SELECT 1 FROM pg_available_extensions WHERE name = 'postgres_fdw'");
		if (available === undefined) return;
		await live.query(`${server}; ${foreign}`);
		expect((await findDrift()).differences).toEqual([]);
		await live.query('DROP EXTENSION postgres_fdw CASCADE');
	});

	it('grants that the database gives to every new table', async () => {
		await live.empty();
		await live.query(
			`ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT ON TABLES TO ${reader}; ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO ${reader}`,
		);
		await migrate({ cwd: project.root, url: live.url });
		expect((await findDrift()).differences.map(({ words }) => words)).toEqual([]);
		await live.query(`GRANT DELETE ON users TO ${reader}`);
		expect((await findDrift()).differences.map(({ object }) => object)).toEqual(['table users']);
	});

	it('what lossy steps set aside', async () => {
		await live.query(
			'CREATE SCHEMA drizzle_kept; CREATE TABLE drizzle_kept.kept_1 (id integer PRIMARY KEY); INSERT INTO drizzle_kept.kept_1 VALUES (1); CREATE INDEX ON drizzle_kept.kept_1 (id); CREATE FUNCTION drizzle_kept.f() RETURNS integer LANGUAGE sql AS $$SELECT 1$$',
		);
		const { differences, leftOut } = await findDrift();
		expect([differences, leftOut]).toEqual([[], []]);
	});

	it('another owner than the one who compares', async () => {
		const owner = nameRole('owner');
		await live.query(`CREATE ROLE ${owner} LOGIN PASSWORD 'x'; GRANT ALL ON SCHEMA public TO ${owner};`);
		try {
			await live.query(
				`ALTER TABLE users OWNER TO ${owner}; ALTER TABLE posts OWNER TO ${owner}; ALTER FUNCTION double(integer) OWNER TO ${owner}; ALTER TYPE mood OWNER TO ${owner}; ALTER VIEW authors OWNER TO ${owner}`,
			);
			expect((await findDrift()).differences.map(({ words }) => words)).toEqual([]);
		} finally {
			await live.empty();
			await live.query(`DROP OWNED BY ${owner}; DROP ROLE ${owner}`);
		}
	});
});

describe('filters', () => {
	it.each([
		['tablesFilter', { config: { tablesFilter: ['!tmp_*'] } }],
		[
			'tablesFilter of names to look at',
			{ config: { tablesFilter: ['users', 'posts', 'events*', 'authors', 'totals'] } },
		],
		['companion.drift.ignore', { companion: { drift: { ignore: ['table tmp_*', 'index never'] } } }],
		['companion.drift.ignore without the kind', { companion: { drift: { ignore: ['tmp_*'] } } }],
	])('%s leaves a table out with all that it holds', async (_name, spec) => {
		const { root } = aProject({ migrations: [{ tag: '0000_init', up: schema }], ...spec });
		await live.query(
			'CREATE TABLE tmp_copy (id integer PRIMARY KEY, n integer); CREATE INDEX ON tmp_copy (n)',
		);
		expect((await findDrift(root)).differences.map(({ words }) => words)).toEqual([]);
		expect((await findDrift()).differences.map(({ words }) => words)).toContain(
			'table tmp_copy exists only here',
		);
	});

	it('ignore leaves out what the migrations make, too', async () => {
		const { root } = aProject({
			migrations: [{ tag: '0000_init', up: schema }],
			companion: { drift: { ignore: ['index posts_*'] } },
		});
		await live.query('DROP INDEX posts_title_idx');
		expect((await findDrift(root)).differences).toEqual([]);
	});

	it('schemaFilter takes another schema in', async () => {
		const { root } = aProject({
			migrations: [{ tag: '0000_init', up: schema }],
			config: { schemaFilter: ['public', 'audit'] },
		});
		await live.query('CREATE SCHEMA audit');
		expect((await findDrift(root)).differences.map(({ words }) => words)).toEqual([
			'schema audit exists only here',
		]);
	});
});

describe('a database that is not at head', () => {
	it('is compared with what is applied, not with what is pending', async () => {
		const { root } = aProject({
			migrations: [
				{ tag: '0000_init', up: schema },
				{ tag: '0001_more', up: 'CREATE TABLE more (id integer);' },
			],
		});
		const report = await findDrift(root);
		expect([report.differences, report.applied]).toEqual([[], ['0000_init']]);
	});

	it('with migrations that the journal lacks is refused', async () => {
		await live.query("INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('x', 1)");
		expect((await rejectionOf(findDrift())).code).toBe('UNKNOWN_APPLIED');
	});
});
