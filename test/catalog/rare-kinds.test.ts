import { expect, test } from 'vitest';
import { readObjects } from '../../src/kit/catalog/read-catalog.ts';
import { useScratch } from '../reverse/use-scratch-server.ts';

const scratch = useScratch();

test.each([
	['extension', 'CREATE EXTENSION pg_trgm'],
	['view', 'CREATE VIEW v AS SELECT 1 AS one'],
	['materialized view', 'CREATE MATERIALIZED VIEW m AS SELECT 1 AS one'],
	['policy', 'CREATE TABLE t (id int); CREATE POLICY p ON t'],
	['rule', 'CREATE TABLE t (id int); CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING'],
	['enum', "CREATE TYPE e AS ENUM ('a')"],
	['domain', 'CREATE DOMAIN d AS int'],
	['range', 'CREATE TYPE r AS RANGE (subtype = int4)'],
	['type', 'CREATE TYPE c AS (a int)'],
	[
		'type',
		`CREATE TYPE base; CREATE FUNCTION base_in(cstring) RETURNS base LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
		CREATE FUNCTION base_out(base) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
		CREATE TYPE base (INPUT = base_in, OUTPUT = base_out, LIKE = int4)`,
	],
	['function', 'CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1'],
	['procedure', "CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'"],
	['aggregate', 'CREATE AGGREGATE total (int) (sfunc = int4pl, stype = int)'],
	[
		'event trigger',
		'CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN END$$; CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION f()',
	],
	[
		'trigger',
		'CREATE TABLE t (id int); CREATE TRIGGER g BEFORE UPDATE ON t EXECUTE FUNCTION suppress_redundant_updates_trigger()',
	],
	['collation', 'CREATE COLLATION own FROM "C"'],
	['statistics', 'CREATE TABLE t (a int, b int); CREATE STATISTICS s ON a, b FROM t'],
	['cast', 'CREATE TYPE c AS (a int); CREATE CAST (c AS text) WITH INOUT'],
	['operator', 'CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq)'],
	['operator family', 'CREATE OPERATOR FAMILY f USING btree'],
	[
		'operator class',
		'CREATE OPERATOR CLASS c FOR TYPE int USING hash AS OPERATOR 1 =, FUNCTION 1 hashint4(int)',
	],
	['text search configuration', 'CREATE TEXT SEARCH CONFIGURATION c (COPY = simple)'],
	['text search dictionary', 'CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple)'],
	['conversion', "CREATE CONVERSION c FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1"],
	['publication', 'CREATE PUBLICATION p'],
	['publication of table', 'CREATE TABLE t (id int); CREATE PUBLICATION p FOR TABLE t'],
	['foreign-data wrapper', 'CREATE FOREIGN DATA WRAPPER w'],
	['server', 'CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w'],
	['default privileges', 'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC'],
])('a database that has a single %s is read with it', async (kind, sql) => {
	const database = await scratch.database([]);
	await database.query(sql);
	const { objects } = await readObjects(database.pool());
	expect([...objects.values()].map((object) => object.kind)).toContain(kind);
	await database.drop();
});

test('what a database does not have is not asked for', async () => {
	const database = await scratch.database(['CREATE TABLE users (id serial PRIMARY KEY)']);
	const asked: string[] = [];
	const client = await database.pool().connect();
	const query = async (text: string, values?: unknown[]) => {
		asked.push(text);
		return await client.query(text, values);
	};
	await readObjects({ connect: async () => ({ query, release: () => client.release() }) } as never);
	expect(asked.join('\n')).toContain('pg_get_indexdef');
	expect(asked.join('\n')).not.toContain('pg_get_functiondef');
	await database.drop();
});
