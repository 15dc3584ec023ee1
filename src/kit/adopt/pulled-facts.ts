import type { Session } from '../database/session.ts';

/** What a database says about the things that drizzle-kit reads wrongly. */
export interface PulledFacts {
	/** The type of each column as SQL writes it, an array's element for arrays, by `schema.table.column`. */
	readonly types: ReadonlyMap<string, string>;
	/** The default of each column that has one, by `schema.table.column`. */
	readonly defaults: ReadonlyMap<string, string>;
	/** By index name, schema first: what stands behind each of its columns. */
	readonly indexes: ReadonlyMap<string, readonly IndexColumn[]>;
	/** `schema.table` of partitions and of the tables that they belong to. */
	readonly partitions: readonly string[];
	readonly partitioned: readonly string[];
	/** Schemas with tables in them, those of the system apart. */
	readonly schemas: readonly string[];
}

export interface IndexColumn {
	/** Absent: the type's own. */
	readonly operatorClass?: string;
	/** `DESC NULLS LAST` and the like; empty for what holds anyway. */
	readonly order: string;
}

/** Reads them. */
export async function readPulledFacts(session: Session): Promise<PulledFacts> {
	const [columns = [], indexes = [], tables = []] = await session.run(`${COLUMNS}; ${INDEXES}; ${TABLES}`);
	const named = (name: 'type' | 'default') =>
		new Map(columns.flatMap((row) => (row[name] == null ? [] : [[row.column ?? '', row[name]] as const])));
	return {
		types: named('type'),
		defaults: named('default'),
		indexes: new Map(
			indexes.map(({ index, columns: parts }) => [index ?? '', JSON.parse(parts ?? '[]') as IndexColumn[]]),
		),
		partitions: tables.filter(({ partition }) => partition === 't').map(({ name }) => name ?? ''),
		partitioned: tables
			.filter(({ kind, partition }) => kind === 'p' && partition === 'f')
			.map(({ name }) => name ?? ''),
		schemas: [...new Set(tables.map(({ schema }) => schema ?? ''))],
	};
}

const USER_SCHEMA = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;

const COLUMNS = `SELECT concat_ws('.', n.nspname, c.relname, a.attname) AS column,
	CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN format_type(t.typelem, a.atttypmod) ELSE format_type(a.atttypid, a.atttypmod) END AS type,
	CASE a.attgenerated WHEN '' THEN pg_get_expr(d.adbin, d.adrelid) END AS default
	FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
	JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
	WHERE c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped AND ${USER_SCHEMA}`;

const INDEXES = `SELECT concat_ws('.', n.nspname, c.relname) AS index, json_agg(json_strip_nulls(json_build_object(
		'operatorClass', CASE WHEN NOT o.opcdefault THEN o.opcname END,
		'order', CASE k.option::int & 3 WHEN 1 THEN 'DESC NULLS LAST' WHEN 2 THEN 'NULLS FIRST' WHEN 3 THEN 'DESC' ELSE '' END
	)) ORDER BY k.place) AS columns
	FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
	CROSS JOIN LATERAL unnest(i.indclass::oid[], i.indoption::int2[]) WITH ORDINALITY AS k(class, option, place)
	JOIN pg_opclass o ON o.oid = k.class WHERE ${USER_SCHEMA} GROUP BY 1`;

const TABLES = `SELECT n.nspname AS schema, concat_ws('.', n.nspname, c.relname) AS name, c.relkind AS kind, c.relispartition AS partition
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND ${USER_SCHEMA}
	AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 2`;
