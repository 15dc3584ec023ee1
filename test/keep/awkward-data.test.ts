import { beforeEach, describe, expect, it } from 'vitest';
import type { Loss } from '../../src/kit/journal/migration.ts';
import {
	nameLostColumn,
	nameLostTable,
	nameLostValues,
	nameOtherLoss,
} from '../../src/kit/journal/name-loss.ts';
import { nameRole, useDatabase } from '../harness/test-database.ts';
import { aKeptProject, readRows, readStores } from './a-kept-project.ts';

const database = useDatabase();
beforeEach(() => database.empty());

interface Case {
	readonly name: string;
	/** Makes the objects and their rows. */
	readonly before: string;
	readonly up: string;
	readonly down: string;
	readonly loses: readonly Loss[];
	/** Asked before and after, beside all rows. */
	readonly ask?: string;
}

const types = `CREATE TYPE mood AS ENUM ('sad', 'it''s "ok"'); CREATE TYPE pair AS (a integer, b text); CREATE DOMAIN short AS varchar(10) CHECK (VALUE <> '');`;
const odd = 'We"ird; -- "tab\\le"'.replaceAll('"', '""');

const cases: readonly Case[] = [
	{
		name: 'a table with columns of every kind, whose types are dropped with it',
		before: `${types} CREATE TABLE t (id integer PRIMARY KEY, m mood, ms mood[], p pair, ps pair[], s short, j jsonb, x json, b bytea, f float8, r real,
			ts timestamptz, i interval, n numeric, a text[][], c char(5), u uuid, bits bit(3), rng int4range, ip inet, nothing text);
			INSERT INTO t VALUES (1, 'sad', '{sad,NULL}', '(1,"x,\\"y")', ARRAY[ROW(2, NULL)::pair], 'abc', '{"a": [1, null]}', '{"a" :1}', '\\x00ff', 0.1::float8 + 0.2, 'NaN',
			'infinity', '1 mon -3 days 04:05:06.7', 'NaN', '{{a,"b c"},{NULL,"\\\\"}}', 'ab', '9d8f2d0c-1111-4222-8333-444455556666', B'101', '[1,5)', '10.0.0.0/8', NULL); INSERT INTO t (id) VALUES (2);`,
		up: 'DROP TABLE t; DROP TYPE mood; DROP TYPE pair; DROP DOMAIN short;',
		down: `${types} CREATE TABLE t (id integer PRIMARY KEY, m mood, ms mood[], p pair, ps pair[], s short, j jsonb, x json, b bytea, f float8, r real,
			ts timestamptz, i interval, n numeric, a text[][], c char(5), u uuid, bits bit(3), rng int4range, ip inet, nothing text);`,
		loses: [nameLostTable('public', 't', true)],
	},
	{
		name: 'columns of those kinds',
		before: `${types} CREATE TABLE t (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), m mood, ms mood[], p pair, s short, j json, b bytea);
			INSERT INTO t (m, ms, p, s, j, b) VALUES ('sad', '{sad,NULL}', '(1,"x,\\"y")', 'abc', '{"a" :1}', '\\x00ff'), ('it''s "ok"', NULL, NULL, NULL, NULL, NULL);`,
		up: 'ALTER TABLE t DROP COLUMN m, DROP COLUMN ms; ALTER TABLE t DROP COLUMN p; ALTER TABLE t DROP COLUMN s; ALTER TABLE t DROP j; ALTER TABLE t DROP b; DROP TYPE mood; DROP TYPE pair; DROP DOMAIN short;',
		down: `${types} ALTER TABLE t ADD COLUMN m mood, ADD COLUMN ms mood[]; ALTER TABLE t ADD COLUMN p pair; ALTER TABLE t ADD COLUMN s short; ALTER TABLE t ADD j json; ALTER TABLE t ADD b bytea;`,
		loses: ['m', 'ms', 'p', 's', 'j', 'b'].map((name) => nameLostColumn('public', 't', name, true)),
	},
	{
		name: 'generated, identity and serial columns, with the positions of their sequences',
		before: `CREATE TABLE t (id integer GENERATED ALWAYS AS IDENTITY (START 10 INCREMENT 5) PRIMARY KEY, n serial, twice integer GENERATED ALWAYS AS (n * 2) STORED, w text);
			INSERT INTO t (w) VALUES ('a'), ('b'); DELETE FROM t WHERE w = 'b'; INSERT INTO t (w) VALUES ('c');`,
		up: 'DROP TABLE t CASCADE;',
		down: `CREATE TABLE t (id integer GENERATED ALWAYS AS IDENTITY (START 10 INCREMENT 5) PRIMARY KEY, n serial, twice integer GENERATED ALWAYS AS (n * 2) STORED, w text);`,
		loses: [nameLostTable('public', 't', true)],
		ask: `SELECT last_value, is_called FROM t_id_seq UNION ALL SELECT last_value, is_called FROM t_n_seq`,
	},
	{
		name: 'a partitioned table',
		before: `CREATE TABLE t (id integer, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
			CREATE TABLE t1 PARTITION OF t FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
			CREATE TABLE t2 PARTITION OF t FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
			INSERT INTO t VALUES (1, '2020-05-05'), (2, '2021-05-05');`,
		up: 'DROP TABLE t;',
		down: `CREATE TABLE t (id integer, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
			CREATE TABLE t1 (id integer NOT NULL, at date NOT NULL); ALTER TABLE t ATTACH PARTITION t1 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
			CREATE TABLE t2 PARTITION OF t FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');`,
		loses: [
			nameLostTable('public', 't', true),
			nameLostTable('public', 't1', true),
			nameLostTable('public', 't2', true),
		],
	},
	{
		name: 'a column of a partitioned table',
		before: `CREATE TABLE t (id integer, at date, w text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
			CREATE TABLE t1 PARTITION OF t FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
			CREATE TABLE t2 PARTITION OF t FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
			INSERT INTO t VALUES (1, '2020-05-05', 'a'), (1, '2021-05-05', 'b');`,
		up: 'ALTER TABLE t DROP COLUMN w;',
		down: 'ALTER TABLE t ADD COLUMN w text;',
		loses: [nameLostColumn('public', 't', 'w', true)],
	},
	{
		name: 'a column of an inherited table',
		before: `CREATE TABLE t (id integer PRIMARY KEY, w text); CREATE TABLE child (x integer, PRIMARY KEY (id)) INHERITS (t);
			INSERT INTO t VALUES (1, 'parent'); INSERT INTO child VALUES (1, 'child', 5);`,
		up: 'ALTER TABLE t DROP COLUMN w;',
		down: 'ALTER TABLE t ADD COLUMN w text;',
		loses: [nameLostColumn('public', 't', 'w', true)],
	},
	{
		name: 'tables that refer to themselves and to each other in a circle',
		before: `CREATE TABLE a (id integer PRIMARY KEY, up integer REFERENCES a, b integer); CREATE TABLE b (id integer PRIMARY KEY, a integer REFERENCES a);
			INSERT INTO a VALUES (1, 2, 1), (2, 1, 1); INSERT INTO b VALUES (1, 1); ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b;`,
		up: 'DROP TABLE a CASCADE; DROP TABLE b CASCADE;',
		down: `CREATE TABLE a (id integer PRIMARY KEY, up integer REFERENCES a, b integer); CREATE TABLE b (id integer PRIMARY KEY, a integer REFERENCES a);
			ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b;`,
		loses: [nameLostTable('public', 'a', true), nameLostTable('public', 'b', true)],
	},
	{
		name: 'a column whose foreign key is checked at the end of the transaction',
		before: `CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE t (id integer PRIMARY KEY, p integer REFERENCES p DEFERRABLE INITIALLY DEFERRED); INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 1);`,
		up: 'ALTER TABLE t DROP COLUMN p;',
		down: 'ALTER TABLE t ADD COLUMN p integer REFERENCES p DEFERRABLE INITIALLY DEFERRED; ALTER TABLE t ALTER COLUMN p SET NOT NULL;',
		loses: [nameLostColumn('public', 't', 'p', true)],
	},
	{
		name: 'odd names in another schema',
		before: `CREATE SCHEMA "S 1"; CREATE TABLE "S 1"."${odd}" ("I D" integer PRIMARY KEY, "${odd}" text, "kept_row" text); INSERT INTO "S 1"."${odd}" VALUES (1, 'x', 'y');`,
		up: `ALTER TABLE "S 1"."${odd}" DROP COLUMN "${odd}"; ALTER TABLE "S 1"."${odd}" DROP COLUMN "kept_row";`,
		down: `ALTER TABLE "S 1"."${odd}" ADD COLUMN "${odd}" text; ALTER TABLE "S 1"."${odd}" ADD COLUMN "kept_row" text;`,
		loses: [nameLostColumn('S 1', 'We"ird; -- "tab\\le"', 'We"ird; -- "tab\\le"', true)],
	},
	{
		name: 'a whole schema',
		before: `CREATE SCHEMA s; CREATE TABLE s.t (id integer); INSERT INTO s.t VALUES (1), (1), (NULL);`,
		up: 'DROP SCHEMA s CASCADE;',
		down: 'CREATE SCHEMA s; CREATE TABLE s.t (id integer);',
		loses: [nameLostTable('s', 't', true)],
	},
	{
		name: 'a column of a table without a key, with equal rows',
		before: `CREATE TABLE t (a integer, b text, w text); INSERT INTO t VALUES (1, 'x', 'w1'), (1, 'x', 'w1'), (2, NULL, 'w3'), (NULL, NULL, NULL);`,
		up: 'ALTER TABLE t DROP COLUMN w;',
		down: 'ALTER TABLE t ADD COLUMN w text;',
		loses: [nameLostColumn('public', 't', 'w', true)],
	},
	{
		name: 'the column of a primary key',
		before: `CREATE TABLE t (id serial PRIMARY KEY, a text NOT NULL UNIQUE); INSERT INTO t (id, a) VALUES (5, 'a'), (1, 'b'), (9, 'c');`,
		up: 'ALTER TABLE t DROP COLUMN id;',
		down: 'ALTER TABLE t ADD COLUMN id serial PRIMARY KEY NOT NULL;',
		loses: [nameLostColumn('public', 't', 'id', true)],
	},
	{
		name: 'an identity column',
		before: `CREATE TABLE t (id integer GENERATED ALWAYS AS IDENTITY, a text PRIMARY KEY); INSERT INTO t (a) VALUES ('z'), ('b'), ('c');`,
		up: 'ALTER TABLE t DROP COLUMN id;',
		down: 'ALTER TABLE t ADD COLUMN id integer GENERATED ALWAYS AS IDENTITY;',
		loses: [nameLostColumn('public', 't', 'id', true)],
		ask: `SELECT last_value FROM t_id_seq`,
	},
	{
		name: 'NULLs of a column with a default',
		before: `CREATE TABLE t (id integer PRIMARY KEY, w text DEFAULT 'd'); INSERT INTO t VALUES (1, NULL), (2, 'x');`,
		up: 'ALTER TABLE t DROP COLUMN w;',
		down: `ALTER TABLE t ADD COLUMN w text DEFAULT 'd';`,
		loses: [nameLostColumn('public', 't', 'w', true)],
	},
	{
		name: 'the position of a sequence of its own',
		before: `CREATE SEQUENCE s START 7; SELECT nextval('s'), nextval('s');`,
		up: 'DROP SEQUENCE s;',
		down: 'CREATE SEQUENCE s START 7;',
		loses: [nameOtherLoss('position of sequence s', true)],
		ask: 'SELECT last_value, is_called FROM s',
	},
	{
		name: 'a table that is renamed before it is dropped, and one that was touched before',
		before: `CREATE TABLE a (id integer); CREATE TABLE b (id integer PRIMARY KEY, w text); INSERT INTO a VALUES (1); INSERT INTO b VALUES (1, 'w');`,
		up: 'ALTER TABLE a RENAME TO aa; DROP TABLE aa; UPDATE b SET w = NULL; ALTER TABLE b DROP COLUMN w; DROP TABLE b;',
		down: 'CREATE TABLE a (id integer); CREATE TABLE b (id integer PRIMARY KEY, w text);',
		loses: [nameLostTable('public', 'a', true), nameLostTable('public', 'b', true)],
	},
	{
		name: 'values of an enum that are removed, once the rows have been given others',
		before: `CREATE TYPE mood AS ENUM ('a', 'b', 'c'); CREATE TABLE t (id integer PRIMARY KEY, m mood DEFAULT 'a', ms mood[]); INSERT INTO t VALUES (1, 'a', '{a,b}'), (2, 'b', '{c}'), (3, NULL, NULL);`,
		up: `UPDATE t SET m = 'a', ms = '{a}' WHERE 'b' IN (SELECT m UNION SELECT unnest(ms)); ALTER TABLE t ALTER m DROP DEFAULT, ALTER m TYPE text, ALTER ms TYPE text[]; DROP TYPE mood;
			CREATE TYPE mood AS ENUM ('a', 'c'); ALTER TABLE t ALTER m TYPE mood USING m::mood, ALTER ms TYPE mood[] USING ms::mood[], ALTER m SET DEFAULT 'a';`,
		down: `ALTER TABLE t ALTER m DROP DEFAULT, ALTER m TYPE text, ALTER ms TYPE text[]; DROP TYPE mood; CREATE TYPE mood AS ENUM ('a', 'b', 'c');
			ALTER TABLE t ALTER m TYPE mood USING m::mood, ALTER ms TYPE mood[] USING ms::mood[], ALTER m SET DEFAULT 'a';`,
		loses: [nameLostValues('public', 't', 'm', true), nameLostValues('public', 't', 'ms', true)],
	},
	{
		name: 'a table in whose place another one stands',
		before: `CREATE TABLE t (id integer PRIMARY KEY, w text); INSERT INTO t VALUES (1, 'w');`,
		up: 'DROP TABLE t; CREATE TABLE t (other text);',
		down: 'DROP TABLE t; CREATE TABLE t (id integer PRIMARY KEY, w text);',
		loses: [nameLostTable('public', 't', true), nameLostTable('public', 't', false)],
	},
];

describe('comes back as it was', () => {
	it.each(cases.map((each) => [each.name, each] as const))(
		'%s',
		async (_, { before, up, down, loses, ask }) => {
			const app = aKeptProject(database, [
				{ tag: '0000_init', up: before },
				{ tag: '0001_lossy', up, down, reversibility: 'lossy', loses },
			]);
			await app.migrate({ target: '0000' });
			const [rows, answer] = [await readRows(database), ask && (await database.query(ask))];
			await app.migrate();
			await app.rollback();
			expect(await readRows(database)).toEqual(rows);
			if (ask) expect(await database.query(ask)).toEqual(answer);
			expect(await readStores(database)).toEqual([]);
		},
	);
});

describe('without anybody noticing', () => {
	it('no trigger fires, and each is on as before', async () => {
		const app = aKeptProject(database, [
			{
				tag: '0000_init',
				up: `CREATE TABLE t (id integer PRIMARY KEY, w text, at text DEFAULT 'old'); CREATE TABLE heard (w text);
				CREATE FUNCTION hear() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO heard VALUES (TG_NAME); NEW.at := 'new'; RETURN NEW; END $$;
				INSERT INTO t VALUES (1, 'a'), (2, 'b');
				CREATE TRIGGER one BEFORE UPDATE OR INSERT ON t FOR EACH ROW EXECUTE FUNCTION hear();
				CREATE TRIGGER two BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION hear(); ALTER TABLE t DISABLE TRIGGER two;
				CREATE TRIGGER three BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION hear(); ALTER TABLE t ENABLE ALWAYS TRIGGER three;
				CREATE RULE four AS ON UPDATE TO t DO ALSO INSERT INTO heard VALUES ('rule');`,
			},
			{
				tag: '0001_lossy',
				up: 'ALTER TABLE t DROP COLUMN w;',
				down: 'ALTER TABLE t ADD COLUMN w text;',
				reversibility: 'lossy',
				loses: [nameLostColumn('public', 't', 'w', true)],
			},
		]);
		await app.migrate();
		await app.rollback();
		expect(await database.query('SELECT id, w, at FROM t ORDER BY id')).toEqual([
			{ id: 1, w: 'a', at: 'old' },
			{ id: 2, w: 'b', at: 'old' },
		]);
		expect(await database.query('SELECT * FROM heard')).toEqual([]);
		expect(
			await database.query(
				`SELECT tgname AS n, tgenabled AS e FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1`,
			),
		).toEqual([
			{ n: 'one', e: 'O' },
			{ n: 'three', e: 'A' },
			{ n: 'two', e: 'D' },
		]);
		expect(await database.query(`SELECT ev_enabled AS e FROM pg_rewrite WHERE rulename = 'four'`)).toEqual([
			{ e: 'O' },
		]);
	});

	it('row-level security that binds the owner too hides nothing, and stays forced', async () => {
		const role = nameRole('owner');
		await database.query(
			`CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT CREATE ON DATABASE ${database.name} TO ${role}; GRANT ALL ON SCHEMA public TO ${role}`,
		);
		const app = aKeptProject(
			database,
			[
				{
					tag: '0000_init',
					up: `CREATE TABLE t (id integer PRIMARY KEY, w text); INSERT INTO t VALUES (1, 'a'), (2, 'b'); CREATE TABLE gone (id integer); INSERT INTO gone VALUES (1);
					ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (false);
					ALTER TABLE gone ENABLE ROW LEVEL SECURITY; ALTER TABLE gone FORCE ROW LEVEL SECURITY;`,
				},
				{
					tag: '0001_lossy',
					up: 'ALTER TABLE t DROP COLUMN w; DROP TABLE gone;',
					down: 'ALTER TABLE t ADD COLUMN w text; CREATE TABLE gone (id integer); ALTER TABLE gone ENABLE ROW LEVEL SECURITY;',
					reversibility: 'lossy',
					loses: [nameLostColumn('public', 't', 'w', true), nameLostTable('public', 'gone', true)],
				},
			],
			{ url: database.urlFor(role, 'x') },
		);
		await app.migrate();
		expect(
			await database.query(`SELECT has_schema_privilege('public', 'drizzle_kept', 'USAGE') AS ok`),
		).toEqual([{ ok: false }]);
		await app.rollback();
		expect(await database.query('SELECT id, w FROM t ORDER BY id')).toEqual([
			{ id: 1, w: 'a' },
			{ id: 2, w: 'b' },
		]);
		expect(await database.query('SELECT * FROM gone')).toEqual([{ id: 1 }]);
		expect(await database.query(`SELECT relforcerowsecurity AS f FROM pg_class WHERE relname = 't'`)).toEqual(
			[{ f: true }],
		);
		await database.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
	});
});
