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
	const typeName = column?.typeName ?? lastName(stored.type);
	if (earlier.has(typeName) || changedTypes(statements).has(typeName)) return 'unknown';
	const labels = made.enums.get(typeName);
	if (labels === undefined) return await findRefusedValues(session, values, type);
	return type.endsWith('[]') ? 'unknown' : await findUnknownLabels(session, values, { typeName, labels });
}

/** `app."Mood"[]` is called `Mood`. */
function lastName(type: string): string {
	const [name = type] = /("(?:[^"]|"")*"|[^".]+)(?=(?:\[\])*$)/.exec(type) ?? [];
	return name.replace(/^"|"$|"(?=")/g, '');
}
