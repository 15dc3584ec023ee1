import type { Snapshot, SnapshotTable } from './snapshot.ts';

/**
 * The checks, indexes and policies whose SQL holds what drizzle-kit separates its own fields with (`;`, `--`): it cuts them
 * there, and then writes broken SQL or fails. One clause each: `';' in check positive of orders`.
 */
export function findRiskyExpressions(snapshot: Snapshot): readonly string[] {
	return Object.values(snapshot.tables).flatMap(findInTable);
}

function findInTable(table: SnapshotTable): string[] {
	const checks = Object.values(table.checkConstraints ?? {}).map(({ name, value }) =>
		describe('check', name, [value]),
	);
	const indexes = Object.values(table.indexes).map(({ name, where, columns }) =>
		describe('index', name, [where, ...columns.map(({ expression }) => expression)]),
	);
	const policies = Object.values(table.policies ?? {}).map(({ name, using, withCheck }) =>
		describe('policy', name, [using, withCheck]),
	);
	return [...checks, ...indexes, ...policies].flatMap((words) =>
		words === undefined ? [] : [`${words} of ${table.name}`],
	);
}

function describe(
	kind: string,
	name: string,
	expressions: readonly (string | undefined)[],
): string | undefined {
	const separator = [';', '--'].find((each) => expressions.some((expression) => expression?.includes(each)));
	return separator === undefined ? undefined : `'${separator}' in ${kind} ${name}`;
}
