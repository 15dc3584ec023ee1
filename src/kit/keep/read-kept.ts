import type { Row, Session } from '../database/session.ts';
import { quoteLiteral } from '../sql/quote-identifier.ts';
import type { Kept, KeptDetails, KeptDirection, KeptKind } from './kept.ts';
import { keptRegistry, keptSchema } from './kept-schema.ts';

/** Which of the kept things are wanted; everything left out matches all. */
export interface KeptFilter {
	readonly ledger?: string;
	readonly when?: number;
	readonly direction?: KeptDirection;
}

/** What is kept, oldest first; empty when nothing ever was, or when the role may not see it. */
export async function readKept(session: Session, filter: KeptFilter = {}): Promise<readonly Kept[]> {
	if (!(await isReadable(session))) return [];
	const conditions = [
		...(filter.ledger === undefined ? [] : [`ledger = ${quoteLiteral(filter.ledger)}`]),
		...(filter.when === undefined ? [] : [`"when" = ${filter.when}`]),
		...(filter.direction === undefined ? [] : [`direction = ${quoteLiteral(filter.direction)}`]),
	];
	const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
	const [rows = []] = await session.run(
		`SELECT *, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at_utc FROM ${keptRegistry}${where} ORDER BY id`,
	);
	return rows.map(toKept);
}

/** Whether the registry is there and this role may read it. */
async function isReadable(session: Session): Promise<boolean> {
	// One that may not look into the schema would be refused the name of the table.
	const [[row] = []] = await session.run(
		`SELECT CASE WHEN has_schema_privilege(to_regnamespace('${keptSchema}')::oid, 'USAGE') THEN has_table_privilege(to_regclass('${keptRegistry}')::oid, 'SELECT') END AS ok`,
	);
	return row?.ok === 't';
}

function toKept(row: Row): Kept {
	return {
		id: Number(row.id),
		kind: row.kind as KeptKind,
		tag: row.tag ?? '',
		when: Number(row.when),
		direction: row.direction as KeptDirection,
		place: { schema: row.schema_name ?? '', table: row.table_name ?? '' },
		...(row.column_name == null ? {} : { column: row.column_name }),
		subject: row.subject ?? '',
		...(row.store == null ? {} : { store: row.store }),
		rows: Number(row.rows),
		values: Number(row.values),
		bytes: Number(row.bytes),
		at: row.at_utc ?? '',
		by: row.by ?? '',
		details: JSON.parse(row.details ?? '{}') as KeptDetails,
	};
}
