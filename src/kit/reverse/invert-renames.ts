import { keyOf } from '../catalog/catalog.ts';
import type { CatalogObjects } from '../catalog/read-catalog.ts';
import { quoteIdentifier } from '../sql/quote-identifier.ts';
import { listThings, type NamedThing } from './list-things.ts';
import { RENAMES, writeMove } from './rename-statements.ts';

/**
 * The statements that give everything its old name and schema back, in order. What was renamed is told by PostgreSQL's
 * own row numbers, which survive a rename and are the same in copies of one database; so it does not matter how the
 * migration did it. Names that are taken by something new are freed first.
 */
export function invertRenames(before: CatalogObjects, after: CatalogObjects): readonly string[] {
	const wanted = new Map(listThings(before).map((thing) => [thing.identity, thing]));
	const state: State = {
		things: new Map(listThings(after).map((thing) => [thing.identity, thing])),
		wanted,
		statements: [],
	};
	for (const identity of listImpostors(before, after)) {
		const { name } = state.things.get(identity) as NamedThing;
		rename(state, identity, makeName(state, name));
	}
	for (const kinds of STAGES) {
		for (const thing of [...state.things.values()].filter(({ kind }) => kinds.includes(kind))) {
			const target = wanted.get(thing.identity);
			if (target && !thing.isInherited && target.kind === thing.kind) restore(state, thing.identity, target);
		}
	}
	return state.statements;
}

/**
 * New columns that have the name of one that was dropped, with another type: the values are not those of the old column, and
 * the planner would cast them.
 */
function listImpostors(before: CatalogObjects, after: CatalogObjects): readonly string[] {
	const present = new Set([...after.objects.values()].map(({ identity }) => identity));
	const tables = new Map([...after.objects.values()].map((object) => [object.identity, object]));
	return [...before.objects.values()].flatMap((was) => {
		if (was.kind !== 'column' || present.has(was.identity) || !/^[rp]$/.test(String(was.attributes.of)))
			return [];
		const table = tables.get(was.parent ?? '');
		if (table === undefined) return [];
		const is = after.objects.get(keyOf('column', [...table.names, was.names[2] ?? '']));
		return is && !is.attributes.inherited && is.attributes.type !== was.attributes.type ? [is.identity] : [];
	});
}

/** From the inside out: what names an object is addressed by changes last. */
const STAGES: readonly (readonly string[])[] = [
	['function', 'procedure', 'aggregate'],
	['column', 'attribute', 'value'],
	['constraint', 'trigger', 'policy', 'rule'],
	Object.keys(RENAMES).filter(
		(kind) =>
			!/^(function|procedure|aggregate|column|attribute|value|constraint|trigger|policy|rule|schema)$/.test(
				kind,
			),
	),
	['schema'],
];

/** Names as they are after the statements so far. */
interface State {
	readonly things: Map<string, NamedThing>;
	readonly wanted: ReadonlyMap<string, NamedThing>;
	readonly statements: string[];
}

function restore(state: State, identity: string, target: NamedThing): void {
	const now = state.things.get(identity) as NamedThing;
	const schema = isMoved(now, target) ? findSchema(state, target) : undefined;
	if (now.name === target.name && schema === undefined) return;
	free(state, { ...now, name: target.name, ...(schema === undefined ? {} : { parent: schema }) });
	const isNameFree = now.name === target.name || !findOccupant(state, { ...now, name: target.name });
	if (schema !== undefined && !isNameFree) rename(state, identity, makeName(state, target.name));
	if (schema !== undefined && isNameFree && now.name !== target.name) rename(state, identity, target.name);
	if (schema !== undefined) move(state, identity, schema);
	if (state.things.get(identity)?.name !== target.name) rename(state, identity, target.name);
}

function isMoved(now: NamedThing, target: NamedThing): boolean {
	return now.parent !== target.parent && now.owner === undefined && writeMove(now.kind, '', '') !== undefined;
}

/** The schema's identity; the schema is made where the migration dropped it. */
function findSchema(state: State, target: NamedThing): string {
	const wanted = state.wanted.get(target.parent ?? '');
	if (wanted === undefined || state.things.has(wanted.identity)) return target.parent ?? '';
	const sameName = [...state.things.values()].find(
		({ kind, name }) => kind === 'schema' && name === wanted.name,
	);
	if (sameName) return sameName.identity;
	state.statements.push(`CREATE SCHEMA ${quoteIdentifier(wanted.name)};`);
	state.things.set(wanted.identity, wanted);
	return wanted.identity;
}

/** Whatever has the name now gets a temporary one. */
function free(state: State, place: NamedThing): void {
	const occupant = findOccupant(state, place);
	if (occupant) rename(state, occupant.identity, makeName(state, occupant.name));
}

function findOccupant(state: State, place: NamedThing): NamedThing | undefined {
	const wanted = new Set(listSlots(state, place));
	for (const thing of state.things.values()) {
		if (thing.identity !== place.identity && listSlots(state, thing).some((slot) => wanted.has(slot)))
			return thing;
	}
	return undefined;
}

/** The names that a thing takes: a table's is taken among tables, indexes and sequences, and among types. */
function listSlots(state: State, thing: NamedThing): readonly string[] {
	const { kind, name, parent } = thing;
	const schema = schemaOf(state, thing);
	if (['function', 'procedure', 'aggregate'].includes(kind))
		return [`routine ${schema} ${name}(${thing.signature})`];
	const slots: string[] = [];
	if (RELATIONS.has(kind) || thing.isKey) slots.push(`relation ${schema} ${name}`);
	if (TYPES.has(kind)) slots.push(`type ${schema} ${name}`);
	if (slots.length === 0 || kind === 'constraint') slots.push(`${kind} ${parent} ${name}`);
	return slots;
}

const RELATIONS = new Set([
	'table',
	'view',
	'materialized view',
	'foreign table',
	'sequence',
	'index',
	'type',
]);
const TYPES = new Set([
	'table',
	'view',
	'materialized view',
	'foreign table',
	'enum',
	'domain',
	'range',
	'type',
]);

function schemaOf(state: State, thing: NamedThing): string {
	if (thing.parent === undefined || thing.parent.startsWith('pg_namespace:')) return thing.parent ?? '';
	const parent = state.things.get(thing.parent);
	return parent ? schemaOf(state, parent) : '';
}

function rename(state: State, identity: string, newName: string): void {
	const thing = state.things.get(identity) as NamedThing;
	const owner = state.things.get(thing.parent ?? '');
	const statement = RENAMES[thing.kind]?.({
		address: addressOf(state, thing),
		owner: owner ? addressOf(state, owner) : '',
		ownerKind: owner?.kind ?? '',
		name: thing.name,
		quotedName: quoteIdentifier(thing.name),
		newName,
		quotedNewName: quoteIdentifier(newName),
	});
	if (statement === undefined) return;
	state.statements.push(statement);
	state.things.set(identity, { ...thing, name: newName });
}

function move(state: State, identity: string, schema: string): void {
	const thing = state.things.get(identity) as NamedThing;
	const quotedSchema = quoteIdentifier(state.things.get(schema)?.name ?? 'public');
	state.statements.push(writeMove(thing.kind, addressOf(state, thing), quotedSchema) as string);
	const moved = [...state.things.values()].filter(({ owner }) => owner === identity);
	for (const each of [thing, ...moved]) state.things.set(each.identity, { ...each, parent: schema });
}

function addressOf(state: State, thing: NamedThing): string {
	const name = quoteIdentifier(thing.name);
	const schema = schemaOf(state, thing);
	const schemaName = thing.kind === 'schema' ? undefined : state.things.get(schema)?.name;
	const address = schemaName === undefined ? name : `${quoteIdentifier(schemaName)}.${name}`;
	if (thing.signature === undefined) return address;
	return thing.method ? `${address} USING ${thing.method}` : `${address}(${thing.signature})`;
}

function makeName(state: State, name: string): string {
	const taken = new Set([...state.things.values(), ...state.wanted.values()].map((thing) => thing.name));
	for (let number = 1; ; number++) {
		const suffix = number === 1 ? '__new' : `__new${number}`;
		const candidate = `${clip(name, 63 - suffix.length)}${suffix}`;
		if (!taken.has(candidate)) return candidate;
	}
}

/** PostgreSQL keeps 63 bytes of a name. */
function clip(name: string, bytes: number): string {
	let clipped = name;
	while (Buffer.byteLength(clipped) > bytes) clipped = clipped.slice(0, -1);
	return clipped;
}
