import type pg from 'pg';
import type { CatalogObject } from '../catalog/catalog.ts';
import type { ComparedObjects } from '../catalog/read-catalog.ts';
import { quoteIdentifier } from '../sql/quote-identifier.ts';

/** The owner of each object, by identity; objects without one belong to whoever runs the migrations. */
export type Owners = ReadonlyMap<string, string>;

/** The owners of a database's objects, as far as they are others than the role that asks. */
export async function readOwners(
	query: (sql: string, values?: readonly unknown[]) => Promise<pg.QueryResult>,
): Promise<Owners> {
	const { rows } = await query(OWNERS);
	return new Map(rows.map(({ identity, owner }) => [identity, owner]));
}

const OWNERS = `SELECT concat(classid::regclass, ':', objid, ':0') AS identity, pg_get_userbyid(refobjid)::text AS owner
	FROM pg_shdepend WHERE deptype = 'o' AND pg_get_userbyid(refobjid) <> current_user
	AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`;

interface OwnedState {
	readonly catalog: ComparedObjects;
	readonly owners: Owners;
}

/** The statements that give every object of the state before its owner back; whoever runs them stands for the one who ran the migrations. */
export function restoreOwners(from: OwnedState, before: OwnedState): readonly string[] {
	return [...before.catalog.objects].flatMap(([key, object]) => {
		const now = from.catalog.objects.get(key);
		const keyword = object.attributes['owned by'] ? undefined : KEYWORDS[object.kind];
		if (now === undefined || keyword === undefined) return [];
		const [here, wanted] = [from.owners.get(now.identity), before.owners.get(object.identity)];
		if (here === wanted) return [];
		const owner = wanted === undefined ? 'CURRENT_USER' : quoteIdentifier(wanted);
		return [`ALTER ${keyword} ${addressOf(object)} OWNER TO ${owner};`];
	});
}

const KEYWORDS: Readonly<Record<string, string>> = {
	...Object.fromEntries(
		[
			...['schema', 'table', 'view', 'materialized view', 'foreign table', 'sequence', 'type', 'domain'],
			...['aggregate', 'collation', 'conversion', 'statistics', 'publication', 'server', 'event trigger'],
			...['text search configuration', 'text search dictionary', 'operator class', 'operator family'],
		].map((kind) => [kind, kind.toUpperCase()]),
	),
	enum: 'TYPE',
	range: 'TYPE',
	function: 'ROUTINE',
	procedure: 'ROUTINE',
	'foreign-data wrapper': 'FOREIGN DATA WRAPPER',
};

function addressOf({ kind, names }: CatalogObject): string {
	const [first = '', second = '', third = ''] = names;
	const name = names.length === 1 ? quoteIdentifier(first) : [first, second].map(quoteIdentifier).join('.');
	if (kind === 'function' || kind === 'procedure' || kind === 'aggregate') return `${name}(${third})`;
	return kind === 'operator class' || kind === 'operator family' ? `${name} USING ${third}` : name;
}
