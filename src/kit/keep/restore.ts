import type { Session } from '../database/session.ts';
import { quoteIdentifier } from '../sql/quote-identifier.ts';
import { beginRefill } from './begin-refill.ts';
import { finishRefill } from './finish-refill.ts';
import type { Kept, RefillReport } from './kept.ts';
import { quoteTable } from './kept-schema.ts';
import { readTable } from './read-table.ts';
import { refillReady } from './refill-ready.ts';
import type { RefillState } from './refill-state.ts';
import { withPlainFormats } from './with-plain-formats.ts';

export interface RestoreOptions {
	readonly skipConflicts: boolean;
	/** Milliseconds. */
	readonly lockTimeout: number;
	/** A table that is gone is made again, with its columns and nothing else. */
	readonly mayMakeTables: boolean;
	/** What has just been made, and holds nothing yet that anybody wrote; default: none of it. */
	readonly isNew?: (kept: Kept) => boolean;
}

/**
 * Gives kept data back by hand, in one transaction: rows into their table, which is made again where it is gone; values onto the rows
 * that have none.
 * @throws CompanionError `KEPT_CONFLICT` that names rows which are refused, unless conflicts are to be skipped
 */
export async function restoreKept(
	session: Session,
	kept: readonly Kept[],
	{ skipConflicts, lockTimeout, mayMakeTables, isNew = () => false }: RestoreOptions,
): Promise<readonly RefillReport[]> {
	await session.run(`BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = ${lockTimeout}`);
	try {
		const reports = await withPlainFormats(session, async () => {
			for (const each of mayMakeTables ? kept : []) await makeTable(session, each);
			const begun = await beginRefill(session, kept, { skipConflicts, mayReplace: false });
			const state: RefillState = {
				...begun,
				isInUse: (each) => !isNew(each),
				pending: begun.pending.map(asNew),
			};
			await refillReady(session, state);
			return await finishRefill(session, state);
		});
		await session.run('COMMIT');
		return reports;
	} catch (error) {
		await session.run('ROLLBACK').catch(() => undefined);
		throw error;
	}
}

/** What stands there now counts as made for this. */
function asNew(pending: RefillState['pending'][number]): RefillState['pending'][number] {
	const { kept, stays, narrowed } = pending;
	return {
		kept,
		start: undefined,
		...(stays === undefined ? {} : { stays }),
		...(narrowed === undefined ? {} : { narrowed: { ...narrowed, typeIdentity: '' } }),
	};
}

async function makeTable(session: Session, { details, place }: Kept): Promise<void> {
	if (details.kind !== 'table' || (await readTable(session, place)) !== undefined) return;
	const columns = details.columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`);
	await session.run(
		`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(place.schema)}; CREATE TABLE ${quoteTable(place)} (${columns.join(', ')})`,
	);
}
