import type { ScratchDatabase } from '../../../src/kit/database/scratch/open-scratch-server.ts';

/** What an operation can be about: the names in a database at this moment. */
export interface Present {
	readonly schemas: readonly string[];
	readonly tables: readonly Relation[];
	readonly views: readonly Relation[];
	readonly enums: readonly (Named & { readonly values: readonly string[] })[];
	readonly domains: readonly Named[];
	/** Without those that belong to a column. */
	readonly sequences: readonly Named[];
	/** Without those of constraints. */
	readonly indexes: readonly Named[];
	readonly policies: readonly OnTable[];
	readonly triggers: readonly OnTable[];
	readonly functions: readonly (Named & { readonly parameters: string })[];
}

export interface Named {
	readonly schema: string;
	readonly name: string;
}

/** Something without a schema of its own. */
export interface OnTable extends Named {
	readonly table: string;
}

export interface Relation extends Named {
	readonly isMaterialized: boolean;
	/** In order. */
	readonly columns: readonly Column[];
	readonly constraints: readonly string[];
}

export interface Column {
	readonly name: string;
	/** As `format_type` writes it. */
	readonly type: string;
}

/** Reads the names of the schemas that random schemas are made of. */
export async function readPresent(database: ScratchDatabase): Promise<Present> {
	const lists = Object.entries(LISTS).map(
		([name, rows]) => `(SELECT coalesce(json_agg(listed), '[]') FROM (${rows}) listed) AS "${name}"`,
	);
	const { rows } = await database.query(`SELECT ${lists.join(', ')},
		(SELECT json_agg(nspname) FROM pg_namespace WHERE nspname IN ${SCHEMAS}) AS schemas`);
	return rows[0];
}

const SCHEMAS = "('public', 's1', 's2')";

const inSchema = (oid: string) => `JOIN pg_namespace n ON n.oid = ${oid} AND n.nspname IN ${SCHEMAS}`;

const listRelations = (kinds: string) => `
	SELECT n.nspname AS schema, c.relname AS name, c.relkind = 'm' AS "isMaterialized",
		(SELECT coalesce(json_agg(json_build_object('name', attname, 'type', format_type(atttypid, atttypmod))
			ORDER BY attnum), '[]')
			FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns,
		(SELECT coalesce(json_agg(conname ORDER BY conname), '[]')
			FROM pg_constraint WHERE conrelid = c.oid AND contype <> 'n') AS constraints
	FROM pg_class c ${inSchema('c.relnamespace')} WHERE c.relkind IN (${kinds}) ORDER BY 1, 2`;

const LISTS: Readonly<Record<Exclude<keyof Present, 'schemas'>, string>> = {
	tables: listRelations("'r'"),
	views: listRelations("'v', 'm'"),
	enums: `SELECT n.nspname AS schema, t.typname AS name,
			(SELECT json_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid) AS values
		FROM pg_type t ${inSchema('t.typnamespace')} WHERE t.typtype = 'e' ORDER BY 1, 2`,
	domains: `SELECT n.nspname AS schema, t.typname AS name
		FROM pg_type t ${inSchema('t.typnamespace')} WHERE t.typtype = 'd' ORDER BY 1, 2`,
	sequences: `SELECT n.nspname AS schema, c.relname AS name FROM pg_class c ${inSchema('c.relnamespace')}
		WHERE c.relkind = 'S' AND NOT EXISTS (SELECT FROM pg_depend d
			WHERE d.objid = c.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0) ORDER BY 1, 2`,
	indexes: `SELECT n.nspname AS schema, c.relname AS name
		FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid ${inSchema('c.relnamespace')}
		WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid) ORDER BY 1, 2`,
	policies: `SELECT n.nspname AS schema, c.relname AS table, p.polname AS name
		FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid ${inSchema('c.relnamespace')} ORDER BY 1, 2, 3`,
	triggers: `SELECT n.nspname AS schema, c.relname AS table, g.tgname AS name
		FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid ${inSchema('c.relnamespace')}
		WHERE NOT g.tgisinternal ORDER BY 1, 2, 3`,
	functions: `SELECT n.nspname AS schema, p.proname AS name,
			pg_get_function_identity_arguments(p.oid) AS parameters
		FROM pg_proc p ${inSchema('p.pronamespace')} ORDER BY 1, 2, 3`,
};
