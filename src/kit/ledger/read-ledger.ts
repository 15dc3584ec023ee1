import type { LedgerName } from '../config/config.ts';
import type { Row, Session } from '../database/session.ts';
import { SqlFailure } from '../database/sql-failure.ts';
import { CompanionError } from '../errors.ts';
import { quoteLiteral } from '../sql/quote-identifier.ts';
import type { AppliedMigration, EventKind, Ledger, LogEvent } from './ledger.ts';
import { ledgerTable, logTable } from './ledger-name.ts';

export interface ReadLedgerOptions {
	/** False: the events of the log are left where they are. Default true. */
	readonly hasEvents?: boolean;
	/** Whether it was there a moment ago: where it was not, what there is is asked for first. Default true. */
	readonly wasThere?: boolean;
}

/**
 * Reads drizzle's table and the kit's log. Creates nothing; both may be missing.
 * One round trip where both are there, two more where one is not.
 * @throws CompanionError `LEDGER_UNREADABLE` when the columns are not drizzle-orm's, or the role may not read them
 * @see drizzle-orm `PgDialect.migrate`, which writes the table
 */
export async function readLedger(
	session: Session,
	name: LedgerName,
	{ hasEvents = true, wasThere = true }: ReadLedgerOptions = {},
): Promise<Ledger> {
	if (!wasThere) return await readWhatExists(session, name, { hasEvents });
	try {
		const selects = [selectApplied(name), selectShape(name), ...(hasEvents ? [selectEvents(name)] : [])];
		const [applied, shape, events] = await session.run(selects.join('; '));
		return {
			exists: true,
			...readShape(shape),
			applied: readApplied(applied, name),
			events: readEvents(events),
		};
	} catch (error) {
		if (isMissing(error)) return await readWhatExists(session, name, { hasEvents });
		throw unreadable(name, error);
	}
}

async function readWhatExists(
	session: Session,
	name: LedgerName,
	{ hasEvents }: ReadLedgerOptions,
): Promise<Ledger> {
	try {
		const [[found] = []] = await session.run(
			`SELECT to_regclass(${quoteLiteral(ledgerTable(name))}) AS ledger, to_regclass(${quoteLiteral(logTable(name))}) AS log`,
		);
		const exists = found?.ledger != null;
		const hasLog = found?.log != null;
		const [applied, shape] = exists ? await session.run(`${selectApplied(name)}; ${selectShape(name)}`) : [];
		const [events] = hasLog && hasEvents ? await session.run(selectEvents(name)) : [];
		return {
			...{ exists, ...readShape(shape), hasLog },
			...{ applied: readApplied(applied, name), events: readEvents(events) },
		};
	} catch (error) {
		throw unreadable(name, error);
	}
}

/** A row of the ledger, its values as text. */
type AppliedRow = readonly [
	id: string | null,
	hash: string | null,
	createdAt: string | null,
	name: string | null,
	appliedAt: string | null,
];

/** The columns of drizzle-orm 1.0 are read where they are there; a table of 0.x gives NULL for them. */
function selectApplied(name: LedgerName): string {
	return `SELECT json_agg(json_build_array(id::text, hash::text, created_at::text, to_jsonb(ledger)->>'name', to_jsonb(ledger)->>'applied_at') ORDER BY id) AS all FROM ${ledgerTable(name)} AS ledger`;
}

/** Whether the table has the column `name` of drizzle-orm 1.0, and whether there is a log. */
function selectShape(name: LedgerName): string {
	return `SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(${quoteLiteral(ledgerTable(name))}) AND attname = 'name' AND NOT attisdropped) AS names, to_regclass(${quoteLiteral(logTable(name))}) IS NOT NULL AS log`;
}

function readShape(result: readonly Row[] | undefined): {
	readonly hasNames: boolean;
	readonly hasLog: boolean;
} {
	const { names, log } = result?.[0] ?? {};
	return { hasNames: names === 't', hasLog: log === 't' };
}

type EventRow = readonly [
	kind: EventKind,
	tag: string,
	when: number,
	durationMilliseconds: number,
	by: string,
	at: string,
];

/** How far a migration came that runs outside a transaction is read where it is resumed. */
function selectEvents(name: LedgerName): string {
	return `SELECT json_agg(json_build_array(kind, tag, "when", duration_milliseconds, by, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY id) AS all FROM ${logTable(name)} WHERE kind NOT IN ('progress', 'attempt')`;
}

/** Thousands of rows come as one document: taking apart each value of each would take several times as long. */
function readAll<Shape>(result: readonly Row[] | undefined): readonly Shape[] {
	return JSON.parse(result?.[0]?.all ?? '[]') as readonly Shape[];
}

function readApplied(result: readonly Row[] | undefined, ledger: LedgerName): readonly AppliedMigration[] {
	const rows = readAll<AppliedRow>(result);
	if (rows.some(isForeign)) throw foreign(ledger);
	return rows.map(toApplied);
}

function toApplied([id, hash, createdAt, name, appliedAt]: AppliedRow): AppliedMigration {
	// Properties are set one by one: thousands of rows are read at every start.
	const row: { -readonly [Key in keyof AppliedMigration]: AppliedMigration[Key] } = {
		id: Number(id),
		checksum: hash ?? '',
	};
	if (createdAt !== null) row.when = Number(createdAt);
	if (name !== null) row.name = name;
	const time = readTime(appliedAt);
	if (time !== undefined) row.appliedAt = time;
	return row;
}

/** Columns of the same names with values that drizzle never writes: a time, a UUID. */
function isForeign([id, , createdAt]: AppliedRow): boolean {
	return id === null || !isWhole(id) || !isWhole(createdAt);
}

function isWhole(value: string | null): boolean {
	return value === null || /^-?\d{1,19}$/.test(value);
}

/** `infinity` is no time. */
function readTime(text: string | null): string | undefined {
	const time = text === null ? Number.NaN : Date.parse(text);
	return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}

function readEvents(result: readonly Row[] | undefined): readonly LogEvent[] {
	return readAll<EventRow>(result).map(([kind, tag, when, durationMilliseconds, by, at]) => ({
		kind,
		tag,
		when,
		at,
		durationMilliseconds,
		by,
	}));
}

/** undefined_table, invalid_schema_name. */
function isMissing(error: unknown): boolean {
	return error instanceof SqlFailure && ['42P01', '3F000'].includes(error.sqlState);
}

function foreign(name: LedgerName): CompanionError {
	return new CompanionError(
		'LEDGER_UNREADABLE',
		`${ledgerTable(name)} is not drizzle's ledger: its rows have no whole numbers in id and created_at, so another tool owns it.`,
		{ hint: ownedByAnother, details: { table: ledgerTable(name) } },
	);
}

const ownedByAnother =
	"The table must have drizzle's columns id, hash and created_at. If it belongs to another tool, choose another name with migrations.table in drizzle.config.ts.";

function unreadable(name: LedgerName, error: unknown): unknown {
	if (!(error instanceof SqlFailure) || error.isConnectionLost) return error;
	const isForbidden = error.sqlState === '42501';
	return new CompanionError(
		'LEDGER_UNREADABLE',
		`The ledger ${ledgerTable(name)} cannot be read: ${error.message}.`,
		{
			hint: isForbidden
				? `Grant the role USAGE on schema ${name.schema} and SELECT on ${ledgerTable(name)} and ${logTable(name)}.`
				: ownedByAnother,
			details: { table: ledgerTable(name), sqlState: error.sqlState },
			cause: error,
		},
	);
}

/**
 * The down file that was kept when the migration was applied or stamped last; undefined when none was. One that another tag left
 * with the same time counts only where there is no other: in 1.0's layout two migrations may be of one second, and
 * `drizzle-kit up` gives a migration another tag.
 */
export async function readKeptDown(
	session: Session,
	name: LedgerName,
	{ when, tag }: { readonly when: number; readonly tag: string },
): Promise<string | undefined> {
	const [[row] = []] = await session.run(
		`SELECT down FROM ${logTable(name)} WHERE "when" = ${when} AND kind IN ('apply', 'stamp', 'accept') ORDER BY tag = ${quoteLiteral(tag)} DESC, id DESC LIMIT 1`,
	);
	return row?.down ?? undefined;
}
