import type { Session } from '../database/session.ts';
import { quoteLiteral } from '../sql/quote-identifier.ts';
import type { KeptConstraint, KeptPosition, TablePlace } from './kept.ts';

/** A column, as far as keeping and refilling need to know it. */
export interface ColumnFacts {
	readonly name: string;
	readonly number: number;
	/** As SQL: schema-qualified unless PostgreSQL's own. */
	readonly type: string;
	/** What text is cast to before it is assigned to the column, so that what is too long is refused and not cut off. */
	readonly strictType: string;
	/** Changes whenever the type changes, be it to another of the same name. */
	readonly typeIdentity: string;
	/** Type and collation are PostgreSQL's own: no migration can drop them. */
	readonly isBuiltIn: boolean;
	readonly isGenerated: boolean;
	/** `a` always, `d` by default; empty: no identity column. */
	readonly identity: '' | 'a' | 'd';
	readonly hasDefault: boolean;
	/** As SQL; null without one. */
	readonly default: string | null;
	/** Comes from a parent table and from nowhere else. */
	readonly isInherited: boolean;
	/** The sequence that belongs to it, quoted and qualified. */
	readonly sequence: string | null;
}

/** A table, as far as keeping and refilling need to know it. */
export interface TableFacts extends TablePlace {
	readonly oid: string;
	readonly isPartitioned: boolean;
	/** A partition, or a child in PostgreSQL's inheritance. */
	readonly hasParents: boolean;
	/** Leaves of a partitioned table, descendants of any other. */
	readonly descendants: readonly TablePlace[];
	/** Row-level security would hide rows from this role. */
	readonly isFiltered: boolean;
	/** Can go to another schema and leave everything else behind, unless something depends on it. */
	readonly isMovable: boolean;
	readonly columns: readonly ColumnFacts[];
	/** Unique keys without NULLs, the primary key first. */
	readonly keys: readonly (readonly string[])[];
	/** Foreign keys, checks and unique keys. */
	readonly constraints: readonly KeptConstraint[];
	/** Statements that turn triggers and rules off, and on again as they were. */
	readonly quiet: readonly string[];
	readonly loud: readonly string[];
	/** Constraints whose check waits for the end of the transaction, quoted and qualified. */
	readonly deferred: readonly string[];
	readonly bytes: number;
	/** PostgreSQL's own estimate; negative: never counted. */
	readonly rowEstimate: number;
}

/**
 * A table of that name; without a schema, the one that an unqualified name finds. Views and foreign tables hold no rows of their own.
 */
export async function readTable(
	session: Session,
	place: { readonly schema?: string | undefined; readonly table: string },
): Promise<TableFacts | undefined> {
	const isThere =
		place.schema === undefined ? 'pg_table_is_visible(c.oid)' : `n.nspname = ${quoteLiteral(place.schema)}`;
	const [[row] = []] = await session.run(
		`${TABLE} AND c.relname = ${quoteLiteral(place.table)} AND ${isThere}`,
	);
	return row === undefined ? undefined : (JSON.parse(row.facts ?? '') as TableFacts);
}

/** Where a sequence stands; undefined when there is none of that name. `name` is quoted and qualified. */
export async function readPosition(session: Session, name: string): Promise<KeptPosition | undefined> {
	const [[found] = []] = await session.run(
		`SELECT to_regclass(${quoteLiteral(name)}) IS NOT NULL AND (SELECT relkind FROM pg_class WHERE oid = to_regclass(${quoteLiteral(name)})) = 'S' AS found`,
	);
	if (found?.found !== 't') return undefined;
	const [[row] = []] = await session.run(`SELECT last_value, is_called FROM ${name}`);
	return { lastValue: row?.last_value ?? '1', isCalled: row?.is_called === 't' };
}

const TYPE_NAME = `CASE WHEN y.typnamespace = 'pg_catalog'::regnamespace THEN format_type(a.atttypid, a.atttypmod) ELSE quote_ident(yn.nspname) || '.' || quote_ident(y.typname) END`;

/** A cast to `varchar(3)`, or to a domain over it, cuts off; an assignment of `text` refuses. */
const STRICT_TYPE = `coalesce((WITH RECURSIVE base AS (SELECT y.typname AS name, y.typbasetype AS next
	UNION ALL SELECT b.typname, b.typbasetype FROM base JOIN pg_type b ON b.oid = base.next)
	SELECT CASE WHEN name IN ('varchar', 'bpchar') THEN 'text' WHEN name IN ('_varchar', '_bpchar') THEN 'text[]' WHEN name = 'bit' THEN 'varbit' WHEN name = '_bit' THEN 'varbit[]'
		WHEN name = 'varbit' THEN 'varbit' WHEN name = '_varbit' THEN 'varbit[]' END FROM base WHERE next = 0), ${TYPE_NAME})`;

const COLUMNS = `(SELECT coalesce(json_agg(json_build_object(
	'name', a.attname, 'number', a.attnum, 'type', ${TYPE_NAME}, 'strictType', ${STRICT_TYPE}, 'typeIdentity', concat(a.atttypid, ':', a.atttypmod),
	'isBuiltIn', y.typnamespace = 'pg_catalog'::regnamespace AND coalesce(l.collnamespace = 'pg_catalog'::regnamespace, true),
	'isGenerated', a.attgenerated <> '', 'identity', a.attidentity, 'hasDefault', a.atthasdef AND a.attgenerated = '',
	'default', (SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d WHERE d.adrelid = c.oid AND d.adnum = a.attnum AND a.attgenerated = ''),
	'isInherited', a.attinhcount > 0 AND NOT a.attislocal,
	'sequence', pg_get_serial_sequence(quote_ident(n.nspname) || '.' || quote_ident(c.relname), a.attname)) ORDER BY a.attnum), '[]')
	FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid JOIN pg_namespace yn ON yn.oid = y.typnamespace
		LEFT JOIN pg_collation l ON l.oid = a.attcollation
	WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)`;

const namesOf = (relation: string, numbers: string) =>
	`(SELECT json_agg(k.attname ORDER BY u.place) FROM unnest(${numbers}) WITH ORDINALITY u(number, place) JOIN pg_attribute k ON k.attrelid = ${relation} AND k.attnum = u.number)`;

const KEYS = `(SELECT coalesce(json_agg(${namesOf('c.oid', '(i.indkey::int2[])[0:i.indnkeyatts - 1]')} ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid), '[]')
	FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
		AND NOT EXISTS (SELECT FROM unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) k(number) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number WHERE NOT a.attnotnull))`;

const CONSTRAINTS = `(SELECT coalesce(json_agg(made), '[]') FROM (
	SELECT json_strip_nulls(json_build_object('name', o.conname, 'columns', ${namesOf('c.oid', 'o.conkey')},
		'target', CASE WHEN o.contype = 'f' THEN json_build_object('schema', fn.nspname, 'table', f.relname, 'columns', ${namesOf('o.confrelid', 'o.confkey')}) END,
		'check', CASE WHEN o.contype = 'c' THEN pg_get_expr(o.conbin, o.conrelid) END)) AS made
	FROM pg_constraint o LEFT JOIN pg_class f ON f.oid = o.confrelid LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
	WHERE o.conrelid = c.oid AND o.contype IN ('c', 'f') AND o.convalidated AND cardinality(o.conkey) > 0
	UNION ALL
	SELECT json_build_object('name', ic.relname, 'columns', ${namesOf('c.oid', '(i.indkey::int2[])[0:i.indnkeyatts - 1]')}, 'isUnique', true)
	FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
	WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
		AND coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) = false) m)`;

/** The table itself and everything that inherits from it: an update of a parent fires the triggers of its partitions. */
const FAMILY = `(WITH RECURSIVE family(oid) AS (SELECT c.oid UNION SELECT h.inhrelid FROM pg_inherits h JOIN family ON family.oid = h.inhparent) SELECT oid FROM family)`;

const switches = (trigger: string, rule: string) => `(SELECT coalesce(json_agg(statement), '[]') FROM (
	SELECT format('ALTER TABLE ONLY %s ${trigger} %I', t.tgrelid::regclass, t.tgname) AS statement FROM pg_trigger t
		WHERE NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgrelid IN ${FAMILY}
	UNION ALL
	SELECT format('ALTER TABLE %s ${rule} %I', r.ev_class::regclass, r.rulename) FROM pg_rewrite r
		WHERE r.rulename <> '_RETURN' AND r.ev_enabled <> 'D' AND r.ev_class IN ${FAMILY}) s)`;

const QUIET = switches('DISABLE TRIGGER', 'DISABLE RULE');
const mode = (column: string) =>
	`' || CASE ${column} WHEN 'A' THEN 'ALWAYS ' WHEN 'R' THEN 'REPLICA ' ELSE '' END || '`;
const LOUD = switches(`ENABLE ${mode('t.tgenabled')}TRIGGER`, `ENABLE ${mode('r.ev_enabled')}RULE`);

const DEFERRED = `(SELECT coalesce(json_agg(DISTINCT quote_ident(on_.nspname) || '.' || quote_ident(o.conname)), '[]')
	FROM pg_constraint o JOIN pg_namespace on_ ON on_.oid = o.connamespace
	WHERE o.condeferred AND (o.conrelid IN ${FAMILY} OR o.confrelid IN ${FAMILY}))`;

const DESCENDANTS = `(SELECT coalesce(json_agg(json_build_object('schema', dn.nspname, 'table', d.relname) ORDER BY d.oid), '[]')
	FROM pg_class d JOIN pg_namespace dn ON dn.oid = d.relnamespace WHERE d.oid IN ${FAMILY} AND d.oid <> c.oid AND d.relkind = 'r')`;

const IS_MOVABLE = `c.relkind = 'r' AND NOT c.relispartition AND c.reloftype = 0 AND c.relam = 2 AND c.relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)
	AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = c.oid OR h.inhparent = c.oid)
	AND NOT EXISTS (SELECT FROM pg_rewrite r WHERE r.ev_class = c.oid)
	AND NOT EXISTS (SELECT FROM pg_publication_rel p WHERE p.prrelid = c.oid)
	AND NOT EXISTS (SELECT FROM pg_statistic_ext e WHERE e.stxrelid = c.oid)
	AND NOT EXISTS (SELECT FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid LEFT JOIN pg_collation l ON l.oid = a.attcollation
		WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
			AND (y.typnamespace <> 'pg_catalog'::regnamespace OR l.collnamespace <> 'pg_catalog'::regnamespace OR a.attgenerated <> ''))`;

const TABLE = `SELECT json_build_object('oid', c.oid::text, 'schema', n.nspname, 'table', c.relname, 'isPartitioned', c.relkind = 'p',
	'hasParents', EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = c.oid), 'descendants', ${DESCENDANTS},
	'isFiltered', row_security_active(c.oid), 'isMovable', ${IS_MOVABLE}, 'columns', ${COLUMNS}, 'keys', ${KEYS}, 'constraints', ${CONSTRAINTS},
	'quiet', ${QUIET}, 'loud', ${LOUD}, 'deferred', ${DEFERRED},
	'bytes', (SELECT coalesce(sum(pg_table_size(f.oid)), 0) FROM ${FAMILY} f), 'rowEstimate', c.reltuples) AS facts
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'drizzle_kept'`;
