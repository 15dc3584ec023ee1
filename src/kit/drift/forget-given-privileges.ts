import type { AttributeValue, CatalogObject } from '../catalog/catalog.ts';
import type { CatalogObjects } from '../catalog/read-catalog.ts';

/**
 * The objects of a live catalog without privileges that the administrator gave and no migration: those that the database's own
 * default privileges give to every new object, and those on schema `public`, which a role needs before it can migrate at all.
 */
export function forgetGivenPrivileges(
	narrowed: Pick<CatalogObjects, 'objects'>,
	{ live, expected }: Record<'live' | 'expected', Pick<CatalogObjects, 'objects'>>,
): ReadonlyMap<string, CatalogObject> {
	const given = readDefaultPrivileges(live);
	const objects = new Map(narrowed.objects);
	for (const [key, object] of objects) {
		if (object.attributes.privileges === undefined) continue;
		const there = expected.objects.get(key);
		if (there === undefined || there.attributes.privileges !== undefined) continue;
		if (isGiven(object, given)) objects.set(key, withoutPrivileges(object));
	}
	return objects;
}

type Privileges = Readonly<Record<string, string>>;

interface DefaultPrivileges {
	/** Absent: for all schemas. */
	readonly schema: string | undefined;
	/** PostgreSQL's letter for what they are about. */
	readonly type: string;
	readonly privileges: Privileges;
}

function readDefaultPrivileges({ objects }: Pick<CatalogObjects, 'objects'>): readonly DefaultPrivileges[] {
	return [...objects.values()]
		.filter(({ kind }) => kind === 'default privileges')
		.map(({ names: [, schema, type = ''], attributes }) => ({
			schema: schema === '(all schemas)' ? undefined : schema,
			type,
			privileges: readPrivileges(attributes.privileges),
		}));
}

function readPrivileges(value: AttributeValue | undefined): Privileges {
	return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Privileges) : {};
}

/** Whether every privilege beside the owner's comes from defaults, or from setting the database up, and none of those is missing. */
function isGiven({ kind, names, attributes }: CatalogObject, given: readonly DefaultPrivileges[]): boolean {
	if (kind === 'schema' && names[0] === 'public') return true;
	const applying = given.filter(
		({ schema, type }) => type === LETTERS[kind] && (schema === undefined || schema === names[0]),
	);
	const { '(owner)': owner, PUBLIC: everybody, ...others } = readPrivileges(attributes.privileges);
	const listGiven = (grantee: string) =>
		applying.flatMap(({ privileges }) => (privileges[grantee] ?? '').split(', ').filter(Boolean));
	return (
		owner === 'ALL' &&
		isPublicGiven(everybody, { isBuiltIn: OPEN.has(kind), applying, given: listGiven('PUBLIC') }) &&
		Object.entries(others).every(([grantee, list]) => isCovered(list, listGiven(grantee)))
	);
}

/** Everybody may use functions and types unless defaults for the whole database say otherwise. */
function isPublicGiven(
	list: string | undefined,
	{
		isBuiltIn,
		applying,
		given,
	}: {
		readonly isBuiltIn: boolean;
		readonly applying: readonly DefaultPrivileges[];
		readonly given: readonly string[];
	},
): boolean {
	if (list !== undefined) return (isBuiltIn && list === 'ALL') || isCovered(list, given);
	return (
		!isBuiltIn ||
		applying.some(({ schema, privileges }) => schema === undefined && privileges.PUBLIC === undefined)
	);
}

function isCovered(list: string, given: readonly string[]): boolean {
	if (list === 'ALL') return given.length >= 1 && !given.some((each) => each.endsWith('with grant option'));
	return list.split(', ').every((each) => given.includes(each));
}

const LETTERS: Readonly<Record<string, string>> = {
	table: 'r',
	view: 'r',
	'materialized view': 'r',
	sequence: 'S',
	function: 'f',
	procedure: 'f',
	aggregate: 'f',
	enum: 'T',
	domain: 'T',
	type: 'T',
	range: 'T',
	schema: 'n',
};

/** Kinds that everybody may use from the beginning. */
const OPEN = new Set(['function', 'procedure', 'aggregate', 'enum', 'domain', 'type', 'range']);

function withoutPrivileges(object: CatalogObject): CatalogObject {
	const { privileges: _given, ...attributes } = object.attributes;
	return { ...object, attributes };
}
