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
	/** A sequence that belongs to a column and moves with the table. */
	readonly isOwned: boolean;
	/** A constraint with an index of the same name. */
	readonly isKey: boolean;
	/** A routine's arguments, or an operator class's method. */
	readonly signature?: string;
	readonly method?: string;
}

/** Everything in a catalog that can be renamed. */
export function listThings({ objects, parts }: CatalogObjects): readonly NamedThing[] {
	return [
		...[...objects.values()].map(fromObject),
		...parts.map((part) => ({ ...part, isInherited: false, isOwned: false, isKey: false })),
	];
}

const ROUTINES = new Set(['function', 'procedure', 'aggregate']);
const WITH_METHOD = new Set(['operator class', 'operator family']);

function fromObject({ kind, names, identity, parent, attributes }: CatalogObject): NamedThing {
	const isSigned = ROUTINES.has(kind) || WITH_METHOD.has(kind);
	return {
		kind,
		identity,
		...(parent ? { parent } : {}),
		name: (isSigned ? names[1] : names.at(-1)) ?? '',
		isInherited: attributes.inherited !== undefined || attributes['part of'] !== undefined,
		isOwned: attributes['owned by'] !== undefined,
		isKey: /^(PRIMARY KEY|UNIQUE|EXCLUDE)/.test(String(attributes.definition ?? '')) && kind === 'constraint',
		...(isSigned ? { signature: names[2] ?? '' } : {}),
		...(WITH_METHOD.has(kind) && names[2] ? { method: names[2] } : {}),
	};
}
