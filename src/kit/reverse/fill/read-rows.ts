import { quoteIdentifier, quoteLiteral } from '../../sql/quote-identifier.ts';
import type { Trial } from '../open-trial.ts';

export interface TableToRead {
	readonly schema: string;
	readonly name: string;
	/** Columns that do not count. */
	readonly without: readonly string[];
}

/** The rows of tables as texts, sorted, in the order of the tables. Meant for the few of a scratch database. */
export async function readRows(
	trial: Trial,
	tables: readonly TableToRead[],
): Promise<readonly (readonly string[])[]> {
	if (tables.length === 0) return [];
	const { rows } = await trial.query(tables.map(writeSelect).join('\nUNION ALL\n'));
	const byPlace = new Map<number, readonly string[]>(rows.map(({ place, content }) => [place, content]));
	return tables.map((_, place) => [...(byPlace.get(place) ?? [])].sort());
}

function writeSelect({ schema, name, without }: TableToRead, place: number): string {
	const table = `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
	const columns = `ARRAY[${without.map(quoteLiteral).join(', ')}]::text[]`;
	return `SELECT ${place} AS place, ARRAY(SELECT (to_jsonb(t.*) - ${columns})::text FROM ONLY ${table} t LIMIT 1000) AS content`;
}
