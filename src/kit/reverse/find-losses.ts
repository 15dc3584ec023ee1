import type { CatalogObject } from '../catalog/catalog.ts';
import { listPartsOf } from '../catalog/index-catalog.ts';
import { nameObject } from '../catalog/name-object.ts';
import type { CatalogObjects } from '../catalog/read-catalog.ts';
import type { Loss } from '../journal/migration.ts';
import { nameLostColumn, nameLostTable, nameLostValues, nameOtherLoss } from '../journal/name-loss.ts';
import { isLossless, readTypeUse } from './compare-types.ts';

/**
 * What is lost between two states of one database: what the up threw away (named as it was before) and what going back
 * throws away (named as it is after). Views, materialized views and generated columns hold no data of their own.
 */
export function findLosses(before: CatalogObjects, after: CatalogObjects): readonly Loss[] {
	const [old, present] = [indexObjects(before), indexObjects(after)];
	const isOldGone = (identity: string | undefined) => !present.has(identity ?? '');
	const isNewHere = (identity: string | undefined) => !old.has(identity ?? '');
	const byUp = [...old.values()]
		.filter((item) => holdsData(item) && isOldGone(item.identity))
		.flatMap((item) => nameGone(item, isOldGone, old, true));
	const byDown = [...present.values()]
		.filter((item) => holdsData(item) && isNewHere(item.identity))
		.flatMap((item) => nameGone(item, isNewHere, present, false));
	const values = [...present.values()].filter(holdsData).flatMap((item) => {
		const was = old.get(item.identity);
		return was?.kind === 'column' ? compareColumn(was, item, before, after) : [];
	});
	return [...byDown, ...byUp, ...values].sort(compareLosses);
}

/** What the rollback itself loses comes first; tables before columns before values. */
function compareLosses(one: Loss, other: Loss): number {
	if (one.isLostByUp !== other.isLostByUp) return one.isLostByUp ? 1 : -1;
	const rank = ({ kind }: Loss) => ['table', 'column', 'values', 'other'].indexOf(kind);
	return rank(one) - rank(other) || (one.subject < other.subject ? -1 : 1);
}

function indexObjects({ objects }: CatalogObjects): ReadonlyMap<string, CatalogObject> {
	return new Map([...objects.values()].map((object) => [object.identity, object]));
}

/** Tables, their columns and free sequences. */
function holdsData({ kind, attributes }: CatalogObject): boolean {
	return (
		kind === 'table' ||
		(kind === 'column' && (attributes.of === 'r' || attributes.of === 'p') && !attributes.inherited) ||
		(kind === 'sequence' && !attributes['owned by'])
	);
}

function nameGone(
	object: CatalogObject,
	isGone: (identity: string | undefined) => boolean,
	side: ReadonlyMap<string, CatalogObject>,
	isLostByUp: boolean,
): readonly Loss[] {
	const [schema = '', table = '', column = ''] = object.names;
	if (object.kind === 'table') return [nameLostTable(schema, table, isLostByUp)];
	if (object.kind === 'sequence') return [nameOtherLoss(`position of ${nameObject(object)}`, isLostByUp)];
	const isPartOfGoneTable = isGone(object.parent) || !side.has(object.parent ?? '');
	if (isPartOfGoneTable || object.attributes.generated) return [];
	return [nameLostColumn(schema, table, column, isLostByUp)];
}

function compareColumn(
	was: CatalogObject,
	is: CatalogObject,
	before: CatalogObjects,
	after: CatalogObjects,
): readonly Loss[] {
	if (was.attributes.generated) return is.attributes.generated ? [] : [lostValues(is, false)];
	const [from, to] = [
		readTypeUse(before, was.identity, String(was.attributes.type)),
		readTypeUse(after, is.identity, String(is.attributes.type)),
	];
	const isRenamedOnly = from.stored?.exact === to.stored?.exact;
	const isUpLossless = isRenamedOnly ? keepsValues(before, after, from.stored?.type) : isLossless(from, to);
	const isDownLossless = isRenamedOnly ? keepsValues(after, before, from.stored?.type) : isLossless(to, from);
	return [
		...(isUpLossless ? [] : [lostValues(was, true)]),
		...(isDownLossless ? [] : [lostValues(is, false)]),
	];
}

function lostValues(
	{ names: [schema = '', table = '', column = ''] }: CatalogObject,
	isLostByUp: boolean,
): Loss {
	return nameLostValues(schema, table, column, isLostByUp);
}

/** Whether an enum that is the same type on both sides still has all its values there, under whatever name. */
function keepsValues(from: CatalogObjects, to: CatalogObjects, type: string | undefined): boolean {
	if (type === undefined) return true;
	const present = new Set(listPartsOf(to, type).map(({ identity }) => identity));
	return listPartsOf(from, type).every(({ identity }) => present.has(identity));
}
