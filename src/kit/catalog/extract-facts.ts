import type { FactBase } from '@supabase/pg-delta';
import type pg from 'pg';
import { type Home, NAMED_RELATIONS, nameRelations } from './home.ts';

/**
 * What pg-delta says of a database, for which it is told of less than there is: of nothing that is PostgreSQL's own where it asks for all
 * dependencies, and of no other relations than these, composite types apart, where there are any given. A query that names
 * PostgreSQL's tables by themselves finds those that are put before it instead.
 */
export async function extractFacts(pool: pg.Pool, only?: readonly Home[]): Promise<FactBase> {
	const { extract } = await import('./pg-delta.ts');
	const shown = only && (await listShown(pool, only));
	const connect = async () => {
		const client = await pool.connect();
		const query = async (text: string, values?: unknown[]) =>
			ASKS_WHAT_WE_READ.test(text) ? { rows: [] } : await client.query(narrow(text, shown), values);
		return { query, release: (destroy?: boolean) => client.release(destroy) };
	};
	const { factBase } = await extract({ connect } as unknown as pg.Pool);
	return factBase;
}

async function listShown(pool: pg.Pool, relations: readonly Home[]): Promise<readonly number[]> {
	const { rows } = await pool.query(SHOWN, [...nameRelations(relations)]);
	return rows.map(({ oid }) => oid);
}

const SHOWN = `
	WITH relation AS (
		SELECT c.oid FROM ${NAMED_RELATIONS}
	)
	SELECT oid FROM relation
	UNION SELECT indexrelid FROM pg_catalog.pg_index JOIN relation ON relation.oid = indrelid
	UNION SELECT oid FROM pg_catalog.pg_class WHERE relkind = 'c'`;

function narrow(text: string, shown: readonly number[] | undefined): string {
	const [, start = '', rest = text] = /^\s*(WITH(?: RECURSIVE)?)\s(.*)$/is.exec(text) ?? [];
	if (start === '' && !/^\s*SELECT\b/i.test(text)) return text;
	const isShown = (oid: string) =>
		shown === undefined ? isOurs(oid) : `${oid} IN (${['NULL', ...shown].join(', ')})`;
	const asked = ASKS_DEPENDENCIES.test(text)
		? { pg_class: isShown('oid'), ...hideDependencies(isShown) }
		: shown !== undefined && /\bpg_class\b/.test(text)
			? { pg_class: isShown('oid') }
			: {};
	const tables = Object.entries(asked).map(
		([name, condition]) => `${name} AS MATERIALIZED (SELECT * FROM pg_catalog.${name} WHERE ${condition})`,
	);
	if (tables.length === 0) return text;
	return start === '' ? `WITH ${tables.join(', ')} ${text}` : `${start} ${tables.join(', ')}, ${rest}`;
}

/** PostgreSQL's own objects have smaller oids. */
const isOurs = (oid: string) => `${oid} >= 16384`;

/** The query for all dependencies, in which it builds a name for each of PostgreSQL's functions. */
const ASKS_DEPENDENCIES = /^\s*WITH dep AS/i;

function hideDependencies(isShown: (oid: string) => string): Readonly<Record<string, string>> {
	const isNoneHidden = (side: string) =>
		`(${side}classid <> 'pg_class'::regclass OR ${isShown(`${side}objid`)})`;
	return {
		pg_depend: `${isOurs('objid')} AND ${isNoneHidden('')} AND ${isNoneHidden('ref')}`,
		pg_proc: isOurs('oid'),
		pg_type: isOurs('oid'),
	};
}

/** Whether there is anything that it does not know, of which it would only warn. */
const ASKS_WHAT_WE_READ = /^SELECT 'cast'::text AS kind,/;
