import type { Session } from '../database/session.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/quote-identifier.ts';
import { namedRows, nameRow } from './breaking-rows.ts';
import type { StoredColumn } from './kept.ts';
import { askIfPossible } from './refill-situation.ts';

/** Kept values that are to become values of a type. */
export interface Values {
	readonly column: StoredColumn;
	/** The rows whose values come back: a FROM clause with the store as `s`. */
	readonly from: string;
	/** Columns of the store that say which row it is. */
	readonly describe: readonly string[];
}

export interface RefusedValues {
	readonly count: number;
	readonly examples: readonly string[];
}

/**
 * The kept values that a type does not take, by name. Nothing is locked or changed.
 * @returns `unknown` when there is no such type yet
 */
export async function findRefusedValues(
	session: Session,
	values: Values,
	type: string,
): Promise<RefusedValues | 'unknown'> {
	const value = `s.${quoteIdentifier(values.column.name)}`;
	const other = await askIfPossible(session, async () => {
		const [[row] = []] = await session.run(
			`SELECT count(*) AS other FROM ${values.from} WHERE (${value}::text::${type})::text IS DISTINCT FROM ${value}::text`,
		);
		return row?.other;
	});
	if (other === '0') return { count: 0, examples: [] };
	return (await askIfPossible(session, () => nameRefused(session, values, type))) ?? 'unknown';
}

/**
 * Assigns value by value: a cast would cut off what is too long. What was found comes back in a setting that ends with the
 * statement's transaction.
 */
async function nameRefused(
	session: Session,
	{ column, from, describe }: Values,
	type: string,
): Promise<RefusedValues> {
	const value = `s.${quoteIdentifier(column.name)}`;
	const [, [row] = []] = await session.run(`DO $companion$
		DECLARE tried record; taken ${type}; named text[] := '{}'; refused bigint := 0;
		BEGIN
			FOR tried IN SELECT ${nameRow([...describe, column.name], 's')} AS row, ${value}::text AS value FROM ${from} LOOP
				BEGIN
					taken := tried.value;
				EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
					refused := refused + 1;
					IF refused <= ${namedRows} THEN named := named || (tried.row || ': ' || SQLERRM); END IF;
				END;
			END LOOP;
			PERFORM set_config('companion.refused', json_build_object('count', refused, 'examples', named)::text, true);
		END $companion$; SELECT current_setting('companion.refused') AS refused`);
	return JSON.parse(row?.refused ?? '') as RefusedValues;
}

/** The kept values that are not among the labels of an enum type which the step makes; of arrays, those that hold such a value. */
export async function findUnknownLabels(
	session: Session,
	{ column, from, describe }: Values,
	{
		typeName,
		labels,
		isArray,
	}: { readonly typeName: string; readonly labels: readonly string[]; readonly isArray: boolean },
): Promise<RefusedValues> {
	const value = `s.${quoteIdentifier(column.name)}::text`;
	const known = `ARRAY[${labels.map(quoteLiteral).join(', ')}]::text[]`;
	const values = isArray ? `unnest(${value}::text[])` : `(SELECT ${value})`;
	const unknown = `(SELECT label.value FROM ${values} label(value) WHERE NOT (label.value = ANY (${known})) LIMIT 1)`;
	const [rows = []] = await session.run(
		`SELECT ${nameRow([...describe, column.name], 's')} AS row, found.value, count(*) OVER () AS count
		FROM ${from} CROSS JOIN LATERAL ${unknown} found LIMIT ${namedRows}`,
	);
	return {
		count: Number(rows[0]?.count ?? 0),
		examples: rows.map(
			({ row, value: label }) => `${row}: invalid input value for enum ${typeName}: "${label}"`,
		),
	};
}
