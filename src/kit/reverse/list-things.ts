import type { CatalogObject } from '../catalog/catalog.ts';
import type { CatalogObjects } from '../catalog/read-catalog.ts';

/** Something that has a name and can be given another. */
export interface NamedThing {
	readonly kind: string;
	readonly identity: string;
	/** The identity of its schema, table or type. */
	readonly parent?: string;
	readonly name: string;
	/** Renamed with its parent's column or constraint, never by itself. */
	readonly isInherited: boolean;
	/** Of a sequence that belongs to a column: the identity of the table, with which it moves. */
	readonly owner?: string;
	/** A constraint with an index of the same name. */
	readonly isKey: boolean;
	/** A routine's arguments, or an operator class's method. */
	readonly signature?: string;
	readonly method?: string;
}

/** Everything in a catalog that can be renamed. */
export function listThings({ objects, parts }: CatalogObjects): readonly NamedThing[] {
	const tables = listOwners(objects);
	return [
		...[...objects.values()].map((object) => fromObject(object, tables)),
		...parts.map((part) => ({ ...part, isInherited: false, isKey: false })),
	];
}

/** The tables by their columns' names, without quotes. */
function listOwners(objects: CatalogObjects['objects']): ReadonlyMap<string, string> {
	return new Map(
		[...objects.values()].flatMap(({ kind, names, parent }) =>
			kind === 'column' && parent !== undefined
				? [[names.join('.').replaceAll('"', ''), parent] as const]
				: [],
		),
	);
}

const ROUTINES = new Set(['function', 'procedure', 'aggregate']);
const WITH_METHOD = new Set(['operator class', 'operator family']);

function fromObject(
	{ kind, names, identity, parent, attributes }: CatalogObject,
	tables: ReadonlyMap<string, string>,
): NamedThing {
	const owned = attributes['owned by'];
	const isSigned = ROUTINES.has(kind) || WITH_METHOD.has(kind);
	return {
		kind,
		identity,
		...(parent ? { parent } : {}),
		name: (isSigned ? names[1] : names.at(-1)) ?? '',
		isInherited: attributes.inherited !== undefined || attributes['part of'] !== undefined,
		...(owned === undefined ? {} : { owner: findOwner(String(owned), tables) }),
		isKey: /^(PRIMARY KEY|UNIQUE|EXCLUDE)/.test(String(attributes.definition ?? '')) && kind === 'constraint',
		...(isSigned ? { signature: names[2] ?? '' } : {}),
		...(WITH_METHOD.has(kind) && names[2] ? { method: names[2] } : {}),
	};
}

/** `public."order".id (identity)`, as PostgreSQL prints it. */
function findOwner(column: string, tables: ReadonlyMap<string, string>): string {
	return tables.get(column.replace(/ \(identity\)$/, '').replaceAll('"', '')) ?? '';
}
