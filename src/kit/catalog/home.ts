import type { StableId } from '@supabase/pg-delta';
import type { CatalogObject } from './catalog.ts';
import type { ObjectDifference } from './compare-objects.ts';

/** What a thing is part of: a column's table. Things of different kinds may share a name, which costs little. */
export interface Home {
	/** Empty for what lives in no schema. */
	readonly schema: string;
	readonly name: string;
}

/** Where objects differ. What lives in a schema is not made anew for what is said of the schema. */
export function listHomes(differences: readonly ObjectDifference[]): readonly Home[] {
	return differences
		.flatMap(({ actual = [], expected = [] }) => [actual, expected].flat())
		.filter(({ kind }) => kind !== 'schema')
		.map(homeOfObject);
}

function homeOfObject({ kind, names }: CatalogObject): Home {
	const [first = '', second] = kind === 'publication of table' ? names.slice(1) : names;
	return second === undefined ? { schema: '', name: first } : { schema: first, name: second };
}

/** The same for what pg-delta calls by such a name. */
export function homeOfFact(id: StableId): Home {
	if ('target' in id) return homeOfFact(id.target);
	const { schema = '', table, type, name = '' } = id as Readonly<Record<string, string | undefined>>;
	return { schema, name: table ?? type ?? name };
}

/** As the key of a map: no name in PostgreSQL holds that character. */
export function writeHome({ schema, name }: Home): string {
	return `${schema}\0${name}`;
}

/** The relations of these homes as `c`, in SQL: `$1` are their schemas, `$2` their names. */
export const NAMED_RELATIONS = `unnest($1::text[], $2::text[]) AS home (schema, name)
		JOIN pg_catalog.pg_namespace n ON n.nspname = home.schema
		JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = home.name`;

/** The values of these parameters. */
export function nameRelations(homes: readonly Home[]): readonly [readonly string[], readonly string[]] {
	return [homes.map(({ schema }) => schema), homes.map(({ name }) => name)];
}
