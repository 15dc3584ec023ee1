import type { LedgerName } from '../config/config.ts';
import { nameInLedger } from '../journal/folder-name.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/quote-identifier.ts';
import type { EventKind } from './ledger.ts';
import { ledgerTable, logTable } from './ledger-name.ts';
import type { LedgerTable } from './ledger-table.ts';

/** What one row of the ledger and one event of the log say of a migration. */
export interface LedgerEntry {
	readonly tag: string;
	readonly when: number;
	readonly checksum: string;
	/** The down file as it was, kept so that an older checkout can still go back. */
	readonly down?: string;
}

/**
 * The statements that make the ledger exactly as drizzle-orm makes it.
 * @see drizzle-orm 0.x `PgDialect.migrate`, drizzle-orm 1.0 `migrate` of `pg-core/async/session`
 */
export function createLedgerStatements(ledger: LedgerTable): readonly [schema: string, table: string] {
	const added = ledger.hasNames ? ',\n\tname text,\n\tapplied_at timestamp with time zone DEFAULT now()' : '';
	return [
		`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(ledger.schema)}`,
		`CREATE TABLE IF NOT EXISTS ${ledgerTable(ledger)} (\n\tid SERIAL PRIMARY KEY,\n\thash text NOT NULL,\n\tcreated_at bigint${added}\n)`,
	];
}

/**
 * The statements that bring drizzle-orm 0.x's table to 1.0, one transaction. Empty where nothing is to be done.
 * @see drizzle-orm 1.0 `upToV1`
 */
export function upgradeLedgerStatements(ledger: LedgerTable): readonly string[] {
	if (ledger.upgrade === undefined) return [];
	const table = ledgerTable(ledger);
	return [
		`ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS "name" text`,
		`ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS "applied_at" timestamp with time zone DEFAULT now()`,
		...ledger.upgrade.map(
			({ id, name }) =>
				`UPDATE ${table} SET "name" = ${quoteLiteral(name)}, "applied_at" = NULL WHERE "id" = ${id}`,
		),
	];
}

/** The statement that makes the kit's log. Rows are only ever added to it. */
export function createLogStatement(ledger: LedgerName): string {
	return `CREATE TABLE IF NOT EXISTS ${logTable(ledger)} (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind text NOT NULL,
	tag text NOT NULL,
	"when" bigint NOT NULL,
	checksum text NOT NULL,
	down text,
	statements integer,
	at timestamptz NOT NULL DEFAULT clock_timestamp(),
	duration_milliseconds integer NOT NULL,
	by text NOT NULL DEFAULT session_user,
	application text DEFAULT current_setting('application_name')
)`;
}

/** Records a migration as applied: the row that drizzle's migrator would write. */
export function insertAppliedStatement(ledger: LedgerTable, entry: LedgerEntry): string {
	const { when, checksum } = entry;
	return insertRow(ledger, {
		checksum: quoteLiteral(checksum),
		when: String(when),
		name: quoteLiteral(nameRow(ledger, entry)),
	});
}

/** The same, of values that are SQL: literals, or the parameters of a prepared statement. `name` is left out where the table has none. */
export function insertRow(
	ledger: LedgerTable,
	values: { readonly checksum: string; readonly when: string; readonly name: string },
): string {
	const { checksum, when, name } = values;
	return ledger.hasNames
		? `INSERT INTO ${ledgerTable(ledger)} ("hash", "created_at", "name") VALUES (${checksum}, ${when}, ${name})`
		: `INSERT INTO ${ledgerTable(ledger)} ("hash", "created_at") VALUES (${checksum}, ${when})`;
}

/** What the column `name` says of a migration. */
export function nameRow(ledger: LedgerTable, { tag, when }: LedgerEntry): string {
	return ledger.hasNames ? nameInLedger({ tag, when, ...layoutOf(ledger) }) : '';
}

/**
 * Forgets a migration: its row by id, and the rows that repeat it, which drizzle's migrator writes when several processes run it at
 * once; left behind, they would make drizzle's tools believe that it is still applied.
 */
export function deleteAppliedStatement(
	ledger: LedgerTable,
	{ rowId, ...entry }: LedgerEntry & { readonly rowId: number },
): string {
	return `${deleteRowStatement(ledger, String(rowId))} OR ${matchRepeats(ledger, literalsOf(entry))}`;
}

/** What names a migration in the ledger, as SQL: literals, or the parameters of a prepared statement. */
export interface EntryValues {
	readonly tag: string;
	readonly when: string;
	readonly checksum: string;
}

/** The values as literals. */
export function literalsOf({ tag, when, checksum }: LedgerEntry): EntryValues {
	return { tag: quoteLiteral(tag), when: String(when), checksum: quoteLiteral(checksum) };
}

/**
 * The condition for the rows that say that a migration is applied. Rows that drizzle-orm 0.x wrote keep the milliseconds that a folder's
 * name has lost.
 */
export function matchRepeats(ledger: LedgerTable, { tag, when, checksum }: EntryValues): string {
	const hash = `"hash" = ${checksum}`;
	if (ledger.layout !== 'folders') return `("created_at" = ${when} AND ${hash})`;
	const sameSecond = `"created_at" BETWEEN ${when} AND ${when} + 999 AND ${hash}`;
	if (!ledger.hasNames) return `(${sameSecond})`;
	return `"name" = ${tag} OR ("name" IS NULL AND ${sameSecond})`;
}

/** Removes one row and no other. @param rowId as SQL */
export function deleteRowStatement(ledger: LedgerName, rowId: string): string {
	return `DELETE FROM ${ledgerTable(ledger)} WHERE id = ${rowId}`;
}

/** Makes a row say what the journal says. */
export function updateAppliedStatement(
	ledger: LedgerTable,
	{ rowId, tag, when, checksum }: LedgerEntry & { readonly rowId: number },
): string {
	const name = quoteLiteral(nameRow(ledger, { tag, when, checksum }));
	const added = ledger.hasNames ? `, "name" = ${name}` : '';
	return `UPDATE ${ledgerTable(ledger)} SET "hash" = ${quoteLiteral(checksum)}, "created_at" = ${when}${added} WHERE id = ${rowId}`;
}

function layoutOf({ layout }: LedgerTable): Pick<LedgerTable, 'layout'> {
	return layout === undefined ? {} : { layout };
}

export interface EventOptions {
	/** How many statements of a migration that runs outside a transaction are done. */
	readonly statements?: number;
	/** Default: what the server's clock says since the transaction began. */
	readonly durationMilliseconds?: number;
}

/** Adds an event to the log. */
export function insertEventStatement(
	ledger: LedgerName,
	kind: EventKind,
	{ tag, when, checksum, down }: LedgerEntry,
	{ statements, durationMilliseconds }: EventOptions = {},
): string {
	return insertEvent(ledger, {
		kind: quoteLiteral(kind),
		tag: quoteLiteral(tag),
		when: String(when),
		checksum: quoteLiteral(checksum),
		down: down === undefined ? 'NULL' : quoteLiteral(down),
		statements: statements === undefined ? 'NULL' : String(statements),
		duration: durationMilliseconds === undefined ? sinceBegin : String(durationMilliseconds),
	});
}

/** What the server's clock says since the transaction began. Milliseconds, rounded up. */
export const sinceBegin =
	'ceil(extract(epoch FROM clock_timestamp() - transaction_timestamp()) * 1000)::integer';

/**
 * The same for transactions that were sent in one text, which for the server all begin when it comes: what its clock says since the
 * last event, where that is later. Clocks may be put back.
 */
export function sinceLastEvent(ledger: LedgerName): string {
	const last = `SELECT at FROM ${logTable(ledger)} ORDER BY id DESC LIMIT 1`;
	return `greatest(0, ceil(extract(epoch FROM clock_timestamp() - greatest(transaction_timestamp(), (${last}))) * 1000))::integer`;
}

/**
 * Brings to disk what was committed before, by a transaction that writes and leaves nothing. Takes no right but that of adding to the
 * log, of which it uses up a number.
 */
export function flushStatements(ledger: LedgerName): string {
	const event = insertEventStatement(ledger, 'apply', { tag: '', when: 0, checksum: '' });
	return `BEGIN; SAVEPOINT companion_flush; ${event}; ROLLBACK TO SAVEPOINT companion_flush; COMMIT`;
}

/** Lets the INSERT of an event give how long the log says that it took. */
export const returnDuration = 'RETURNING duration_milliseconds AS duration';

/** How long the last migrations took, the latest first. Milliseconds. */
export function selectDurations(ledger: LedgerName, count: number): string {
	return `SELECT duration_milliseconds AS duration FROM ${logTable(ledger)} ORDER BY id DESC LIMIT ${count}`;
}

/** The values of an event, as SQL: literals, or the parameters of a prepared statement. */
export interface EventValues {
	readonly kind: string;
	readonly tag: string;
	readonly when: string;
	readonly checksum: string;
	readonly down: string;
	readonly statements: string;
	readonly duration: string;
}

/** The same, of values that are SQL. */
export function insertEvent(ledger: LedgerName, values: EventValues): string {
	const { kind, tag, when, checksum, down, statements, duration } = values;
	return `INSERT INTO ${logTable(ledger)} (kind, tag, "when", checksum, down, statements, duration_milliseconds) VALUES (${[kind, tag, when, checksum, down, statements, duration].join(', ')})`;
}
