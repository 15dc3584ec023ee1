/**
 * Says whether a value from a snapshot file has what a table of drizzle-kit's has, down to the lists that are walked: whoever reads a
 * snapshot after this meets no `undefined` in it. Snapshots of version 5 and 6 pass, too.
 */
export function isSnapshotTable(table: unknown): boolean {
	return (
		isRecord(table) &&
		typeof table.name === 'string' &&
		isRecordOf(table.columns, isColumn) &&
		isRecordOf(table.indexes, isIndex) &&
		isRecordOf(table.foreignKeys, isForeignKey) &&
		isRecordOf(table.compositePrimaryKeys, isKey) &&
		isRecordOf(table.uniqueConstraints, isKey)
	);
}

function isColumn({ name, type }: UnknownRecord): boolean {
	return typeof name === 'string' && typeof type === 'string';
}

/** Before version 7 the columns of an index were names. */
function isIndex({ columns }: UnknownRecord): boolean {
	return (
		Array.isArray(columns) &&
		columns.every(
			(each) => typeof each === 'string' || (isRecord(each) && typeof each.expression === 'string'),
		)
	);
}

function isForeignKey({ tableTo, columnsFrom, columnsTo }: UnknownRecord): boolean {
	return typeof tableTo === 'string' && areNames(columnsFrom) && areNames(columnsTo);
}

function isKey({ columns }: UnknownRecord): boolean {
	return areNames(columns);
}

function areNames(value: unknown): boolean {
	return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

type UnknownRecord = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is UnknownRecord {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRecordOf(value: unknown, isMember: (member: UnknownRecord) => boolean): boolean {
	return isRecord(value) && Object.values(value).every((each) => isRecord(each) && isMember(each));
}
