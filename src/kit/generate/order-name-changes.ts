/** A constraint, index or sequence that gets another name. */
export interface NameChange {
	readonly schema: string;
	readonly from: string;
	readonly to: string;
	/** The SQL that renames it. */
	readonly write: (from: string, to: string) => string;
}

/**
 * The SQL of renames that are done one after the other: one that takes the name of another waits until that has its new name, and
 * where they wait for each other one of them goes through a name in between. Tables, indexes and sequences of a schema share their names.
 */
export function orderNameChanges(changes: readonly NameChange[]): string[] {
	const statements: string[] = [];
	const waiting = [...changes];
	while (waiting.length > 0) {
		const isFree = ({ schema, to }: NameChange) =>
			!waiting.some((other) => other.schema === schema && other.from === to);
		const place = Math.max(waiting.findIndex(isFree), 0);
		const [change] = waiting.splice(place, 1) as [NameChange];
		const isBlocked = waiting.some(({ schema, from }) => schema === change.schema && from === change.to);
		const to = isBlocked ? `${change.from}__swap` : change.to;
		statements.push(change.write(change.from, to));
		if (isBlocked) waiting.push({ ...change, from: to });
	}
	return statements;
}
