import type pg from 'pg';

/** What has to be known about a table to make rows for it. */
export interface TableShape {
	readonly identity: string;
	readonly schema: string;
	readonly name: string;
	readonly columns: readonly ColumnShape[];
	/** Conditions of CHECK constraints and of the partition, as SQL over the columns' names. */
	readonly checks: readonly { readonly expression: string; readonly columns: readonly string[] }[];
	readonly foreignKeys: readonly ForeignKeyShape[];
	/** Columns of each primary key, unique constraint and unique index over plain columns. */
	readonly keys: readonly (readonly string[])[];
	/** Sequences that belong to its columns. */
	readonly sequences: readonly string[];
}

export interface ColumnShape {
	readonly name: string;
	/** PostgreSQL's attnum, which a rename leaves alone. */
	readonly number: number;
	/** As PostgreSQL prints it, with its modifier. */
	readonly type: string;
	/** The type's oid, to be looked up among the types. */
	readonly typeId: string;
	readonly isNotNull: boolean;
	readonly hasDefault: boolean;
	readonly isGenerated: boolean;
	readonly isIdentity: boolean;
	/** Another type that its values should fit as well. */
	readonly becomes?: { readonly type: string; readonly typeId: string };
}

export interface ForeignKeyShape {
	readonly columns: readonly string[];
	readonly table: string;
	readonly schema: string;
	/** The other table's identity. */
	readonly identity: string;
	readonly referenced: readonly string[];
}

export interface TypeShape {
	readonly id: string;
	readonly name: string;
	/** PostgreSQL's `typtype`: b, c, d, e, r, m. */
	readonly kind: string;
	/** An array's, or a domain's underlying type. */
	readonly base?: string;
	readonly baseName?: string;
	readonly isArray: boolean;
	readonly values: readonly string[];
	/** A composite type's. */
	readonly attributes: readonly { readonly type: string; readonly typeId: string }[];
	/** A domain's conditions over VALUE. */
	readonly checks: readonly string[];
}

export interface Shapes {
	readonly tables: readonly TableShape[];
	readonly types: ReadonlyMap<string, TypeShape>;
}

/** The shapes of a database's ordinary tables and partitions, and of the types they use. */
export async function readShapes(
	query: (sql: string, values?: readonly unknown[]) => Promise<pg.QueryResult>,
	ignoreSchemas: readonly string[],
): Promise<Shapes> {
	const tables = (await query(TABLES, [ignoreSchemas])).rows;
	const types: readonly TypeShape[] = (await query(TYPES)).rows;
	return { tables, types: new Map(types.map((type) => [type.id, type])) };
}

const namesOf = (table: string, numbers: string) =>
	`(select coalesce(json_agg(a.attname order by u.place), '[]') from unnest(${numbers}) with ordinality u(number, place)
	join pg_attribute a on a.attrelid = ${table} and a.attnum = u.number)`;

const TABLES = `
	select concat('pg_class:', c.oid, ':0') as identity, n.nspname as schema, c.relname as name,
	(select coalesce(json_agg(json_build_object('name', a.attname, 'number', a.attnum, 'type', format_type(a.atttypid, a.atttypmod), 'typeId', a.atttypid::text,
		'isNotNull', a.attnotnull, 'hasDefault', a.atthasdef, 'isGenerated', a.attgenerated <> '', 'isIdentity', a.attidentity <> '') order by a.attnum), '[]')
		from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
	(select coalesce(json_agg(x), '[]') from (
		select pg_get_expr(k.conbin, k.conrelid) as expression, ${namesOf('c.oid', 'k.conkey')} as columns
		from pg_constraint k where k.conrelid = c.oid and k.contype = 'c'
		union all
		select pg_get_partition_constraintdef(c.oid), (select json_agg(a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
			and strpos(pg_get_partition_constraintdef(c.oid), quote_ident(a.attname)) > 0)
		where c.relispartition and pg_get_partition_constraintdef(c.oid) is not null) x) as checks,
	(select coalesce(json_agg(json_build_object('columns', ${namesOf('c.oid', 'k.conkey')}, 'table', f.relname, 'schema', m.nspname,
		'identity', concat('pg_class:', f.oid, ':0'), 'referenced', ${namesOf('f.oid', 'k.confkey')})), '[]')
		from pg_constraint k join pg_class f on f.oid = k.confrelid join pg_namespace m on m.oid = f.relnamespace
		where k.conrelid = c.oid and k.contype = 'f') as "foreignKeys",
	(select coalesce(json_agg(${namesOf('c.oid', 'i.indkey::int2[]')}), '[]') from pg_index i where i.indrelid = c.oid and i.indisunique and i.indexprs is null) as keys,
	(select coalesce(json_agg(d.objid::regclass::text), '[]') from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S'
		where d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and d.refobjsubid > 0 and d.deptype in ('a', 'i')) as sequences
	from pg_class c join pg_namespace n on n.oid = c.relnamespace
	where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_' and n.nspname <> all ($1)
	and not exists (select 1 from pg_depend e where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e')`;

const TYPES = `
	select t.oid::text as id, t.typname as name, t.typtype as kind, t.typcategory = 'A' and t.typelem <> 0 as "isArray",
	case when t.typtype = 'd' then t.typbasetype::text when t.typcategory = 'A' and t.typelem <> 0 then t.typelem::text
		when t.typtype = 'r' then (select r.rngsubtype::text from pg_range r where r.rngtypid = t.oid) end as base,
	case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) when t.typcategory = 'A' and t.typelem <> 0 then format_type(t.typelem, null) end as "baseName",
	case when t.typtype = 'e' then (select coalesce(json_agg(e.enumlabel order by e.enumsortorder), '[]') from pg_enum e where e.enumtypid = t.oid) else '[]' end as values,
	case when t.typtype = 'c' then (select coalesce(json_agg(json_build_object('type', format_type(a.atttypid, a.atttypmod), 'typeId', a.atttypid::text) order by a.attnum), '[]')
		from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped) else '[]' end as attributes,
	case when t.typtype = 'd' then (select coalesce(json_agg(pg_get_expr(k.conbin, 0)), '[]') from pg_constraint k where k.contypid = t.oid and k.contype = 'c') else '[]' end as checks
	from pg_type t where t.typisdefined and t.typtype <> 'p' and (t.oid >= 16384 or t.typtype in ('b', 'r') and t.typnamespace = 'pg_catalog'::regnamespace)
	and not (t.typtype = 'c' and exists (select 1 from pg_class c where c.oid = t.typrelid and c.relkind in ('i', 'I', 't', 'S')))`;
