import type { Trial } from '../reverse/open-trial.ts';
import { quote, type Rename, writeTableName } from './apply-rename.ts';
import { type NameChange, orderNameChanges } from './order-name-changes.ts';

/**
 * SQL that lets the names which PostgreSQL made up itself (`users_pkey`, `users_id_seq`) follow a table's or column's
 * rename, so that a migrated database and a new one are the same. Nothing of this is in a snapshot: both databases are asked.
 * @param actual of a database after the renames
 * @param wanted of the TypeScript schema made from nothing
 */
export function followImplicitNames(
	actual: readonly ImplicitName[],
	wanted: readonly ImplicitName[],
	renames: readonly Rename[],
): readonly string[] {
	const tables = new Set(renames.flatMap(nameTable));
	const settled = new Set(wanted.map(({ schema, table, name }) => JSON.stringify([schema, table, name])));
	const changes = actual
		.filter(
			({ schema, table, name }) =>
				tables.has(`${schema}.${table}`) && !settled.has(JSON.stringify([schema, table, name])),
		)
		.flatMap((named) => {
			const match = wanted.filter((other) => describe(other) === describe(named));
			return match[0] === undefined || match.length > 1 ? [] : [changeName(named, match[0].name)];
		});
	return orderNameChanges(changes);
}

/** A constraint or a sequence, and what it is but for its name. */
export interface ImplicitName {
	readonly kind: 'constraint' | 'sequence';
	readonly schema: string;
	readonly table: string;
	readonly definition: string;
	readonly name: string;
}

function nameTable({ kind, to }: Rename): string[] {
	return kind === 'table' || kind === 'column' ? [to.slice(0, 2).join('.')] : [];
}

function describe({ kind, schema, table, definition }: ImplicitName): string {
	return JSON.stringify([kind, schema, table, definition]);
}

function changeName({ kind, schema, table, name }: ImplicitName, to: string): NameChange {
	const write = (from: string, into: string) =>
		kind === 'constraint'
			? `ALTER TABLE ${writeTableName(schema, table)} RENAME CONSTRAINT ${quote(from)} TO ${quote(into)};`
			: `ALTER SEQUENCE ${writeTableName(schema, from)} RENAME TO ${quote(into)};`;
	return { schema, from: name, to, write };
}

/** The constraints and sequences of a database. */
export async function listImplicitNames(query: Trial['query']): Promise<readonly ImplicitName[]> {
	return (await query(NAMES)).rows;
}

/** NOT NULL constraints have names since PostgreSQL 18, which mean nothing. */
const NAMES = `SELECT 'constraint' AS kind, n.nspname AS schema, t.relname AS table, pg_get_constraintdef(c.oid) AS definition, c.conname AS name
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE c.contype IN ('p', 'u', 'f', 'c', 'x')
UNION ALL
SELECT 'sequence', n.nspname, t.relname, a.attname, s.relname
FROM pg_class s JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
JOIN pg_class t ON t.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE s.relkind = 'S'`;
