import type pg from 'pg';
import type { Home } from './home.ts';

/**
 * The same pool for pg-delta's queries, as if its database had no other relations than these, composite types apart: what it asks of
 * thousands of tables is asked of a few. A query that names PostgreSQL's own tables by themselves finds those of this text instead.
 */
export async function hideOthers(pool: pg.Pool, relations: readonly Home[]): Promise<pg.Pool> {
	const { rows } = await pool.query(SHOWN, [
		relations.map(({ schema }) => schema),
		relations.map(({ name }) => name),
	]);
	const shown = rows.map(({ oid }) => oid as number);
	const connect = async () => {
		const client = await pool.connect();
		const query = (text: string, values?: unknown[]) => client.query(hideIn(text, shown), values);
		return { query, release: (destroy?: boolean) => client.release(destroy) };
	};
	return { connect } as unknown as pg.Pool;
}

const SHOWN = `
	WITH relation AS (
		SELECT c.oid FROM unnest($1::text[], $2::text[]) AS home (schema, name)
		JOIN pg_catalog.pg_namespace n ON n.nspname = home.schema
		JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = home.name
	)
	SELECT oid FROM relation
	UNION SELECT indexrelid FROM pg_catalog.pg_index JOIN relation ON relation.oid = indrelid
	UNION SELECT oid FROM pg_catalog.pg_class WHERE relkind = 'c'`;

function hideIn(text: string, shown: readonly number[]): string {
	if (!/^\s*(?:select|with)\b/i.test(text) || !/\bpg_class\b/.test(text)) return text;
	const isShown = (oid: string) => `${oid} IN (${['NULL', ...shown].join(', ')})`;
	const tables = { pg_class: isShown('oid'), ...(ASKS_DEPENDENCIES.test(text) ? dependencies(isShown) : {}) };
	const list = Object.entries(tables).map(
		([name, condition]) => `${name} AS MATERIALIZED (SELECT * FROM pg_catalog.${name} WHERE ${condition})`,
	);
	const [, start = '', rest = text] = /^\s*(WITH(?: RECURSIVE)?)\s(.*)$/is.exec(text) ?? [];
	return start === '' ? `WITH ${list.join(', ')} ${text}` : `${start} ${list.join(', ')}, ${rest}`;
}

/** The query for all dependencies, which no index helps. PostgreSQL's own functions depend on nothing, and nothing is said to depend on them. */
const ASKS_DEPENDENCIES = /^\s*WITH dep AS/i;

function dependencies(isShown: (oid: string) => string) {
	const isNone = (side: string) => `(${side}classid <> 'pg_class'::regclass OR ${isShown(`${side}objid`)})`;
	return {
		pg_depend: `objid >= 16384 AND ${isNone('')} AND ${isNone('ref')}`,
		pg_proc: 'oid >= 16384',
	};
}
