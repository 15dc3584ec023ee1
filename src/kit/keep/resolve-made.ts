import type { Session } from '../database/session.ts';
import type { KeptConstraint, TablePlace } from './kept.ts';
import type { MadeConstraint, NamedRelation } from './list-made.ts';
import { readTable } from './read-table.ts';

/**
 * The constraints that SQL makes on one table, with the names that PostgreSQL gives them and the columns that they refer to. Foreign
 * keys to a table that is not there are left out.
 */
export async function resolveMade(
	session: Session,
	made: readonly MadeConstraint[],
	place: TablePlace,
): Promise<readonly KeptConstraint[]> {
	const found: KeptConstraint[] = [];
	for (const { relation, target, name, ...constraint } of made) {
		if (!isNamed(relation, place)) continue;
		const common = { ...constraint, name: name ?? chooseName(constraint, place) };
		if (target === undefined) found.push(common);
		else {
			const table = await readTable(session, target);
			const columns = target.columns.length > 0 ? target.columns : table?.keys[0];
			if (table !== undefined && columns !== undefined)
				found.push({ ...common, target: { schema: table.schema, table: table.table, columns } });
		}
	}
	return found;
}

/** Whether SQL that names this relation may mean that table. */
export function isNamed({ schema, table }: NamedRelation, place: TablePlace): boolean {
	return table === place.table && (schema ?? place.schema) === place.schema;
}

/** As PostgreSQL chooses where nothing is in the way: `users_team_slot_key`. */
function chooseName(
	{ columns, isUnique, check }: Pick<MadeConstraint, 'columns' | 'isUnique' | 'check'>,
	{ table }: TablePlace,
): string {
	return [table, ...columns, isUnique ? 'key' : check === undefined ? 'fkey' : 'check'].join('_');
}
