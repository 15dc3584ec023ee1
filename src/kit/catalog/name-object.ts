import { quoteIdentifier, quoteQualified } from '../sql/quote-identifier.ts';
import type { CatalogObject } from './catalog.ts';

/** An object as a sentence names it: `column users.email`, `policy p1 of posts`, `cast (text as mood)`. */
export function nameObject({ kind, names }: Pick<CatalogObject, 'kind' | 'names'>): string {
	const [first = '', second = '', third = '', fourth = ''] = names;
	switch (kind) {
		case 'column':
			return `column ${quoteQualified(first, second, third)}`;
		case 'constraint':
		case 'trigger':
		case 'policy':
		case 'rule':
			return `${kind} ${quoteIdentifier(third)} of ${quoteQualified(first, second)}`;
		case 'function':
		case 'procedure':
		case 'aggregate':
			return `${kind} ${quoteQualified(first, second)}(${third})`;
		case 'cast':
			return `cast (${first} as ${second})`;
		case 'operator':
			return `operator ${first}.${second} (${third}, ${fourth})`;
		case 'default privileges':
			return `default privileges of ${first} in ${second} on ${DEFAULT_PRIVILEGE_TYPES[third] ?? third}`;
		case 'publication of table':
			return `table ${quoteQualified(second, third)} in publication ${quoteIdentifier(first)}`;
		case 'security label':
			return `security label of ${second} ${third}`;
		default:
			return `${kind} ${names.length === 1 ? quoteIdentifier(first) : quoteQualified(first, second)}`;
	}
}

/** The same, for "… of users.email": a column goes without its kind. */
export function nameOwner(object: Pick<CatalogObject, 'kind' | 'names'>): string {
	return object.kind === 'column' ? nameObject(object).slice('column '.length) : nameObject(object);
}

const DEFAULT_PRIVILEGE_TYPES: Readonly<Record<string, string>> = {
	r: 'tables',
	S: 'sequences',
	f: 'functions',
	T: 'types',
	n: 'schemas',
};
