import type { KeptColumn } from './coming-rows.ts';
import { changedTypes } from './mentioned-tables.ts';
import type { RefillSituation } from './refill-situation.ts';
import { findRefusedValues, findUnknownLabels, type RefusedValues, type Values } from './refused-values.ts';

/** The values of a column that its type will refuse; `unknown` where only the step makes the type what it will be. */
export async function tryType(
	{ session, made, earlier, statements }: RefillSituation,
	values: Values,
	{ stored, type, made: column }: KeptColumn,
): Promise<RefusedValues | 'unknown'> {
	if (type === undefined) return 'unknown';
	if (!stored.isText && type === stored.type) return { count: 0, examples: [] };
	const changed = changedTypes(statements);
	const names = column === undefined ? elementNames(lastName(stored.type)) : [column.typeName];
	if (names.some((name) => earlier.has(name) || changed.has(name))) return 'unknown';
	const typeName = names.find((name) => made.enums.has(name));
	if (typeName === undefined) return await findRefusedValues(session, values, type);
	const labels = made.enums.get(typeName) ?? [];
	const isArray = type.endsWith('[]') || !names[0]?.startsWith(typeName);
	return await findUnknownLabels(session, values, { typeName, labels, isArray });
}

/** PostgreSQL calls the type of arrays of `mood` `_mood`, unless something else has that name. */
function elementNames(name: string): readonly string[] {
	return name.startsWith('_') ? [name, name.replace(/^_+/, '')] : [name];
}

/** `app."Mood"[]` is called `Mood`. */
function lastName(type: string): string {
	const [name = type] = /("(?:[^"]|"")*"|[^".]+)(?=(?:\[\])*$)/.exec(type) ?? [];
	return name.replace(/^"|"$|"(?=")/g, '');
}
