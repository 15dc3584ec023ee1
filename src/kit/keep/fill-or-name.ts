import type { Session } from '../database/session.ts';
import { SqlFailure } from '../database/sql-failure.ts';
import { CompanionError } from '../errors.ts';
import { quoteLiteral } from '../sql/quote-identifier.ts';
import { namedRows, nameRow } from './breaking-rows.ts';
import type { Kept } from './kept.ts';

export interface Fill {
	/** Moves values from the store, aliased `s`, to where they belong; ends in a condition, so that more can be added with AND. */
	readonly statement: string;
	/** Quoted and qualified. */
	readonly store: string;
	readonly kept: readonly Kept[];
	readonly skipConflicts: boolean;
	/** The columns of the store that say which row it is, and which value. */
	readonly describe: readonly string[];
}

/** The column of a store that says why a row cannot go back. */
export const conflictColumn = 'kept_conflict';

/**
 * Runs one statement for all rows; where a row refuses, finds out which ones, row by row.
 * @returns how many rows stay kept: none, unless conflicts are to be skipped
 * @throws CompanionError `KEPT_CONFLICT` that names rows and reasons
 */
export async function fillOrName(session: Session, fill: Fill): Promise<number> {
	await session.run('SAVEPOINT companion_refill');
	try {
		await session.run(`${fill.statement}; RELEASE SAVEPOINT companion_refill`);
		return 0;
	} catch (error) {
		if (!isRefusal(error)) throw error;
		await session.run('ROLLBACK TO SAVEPOINT companion_refill; RELEASE SAVEPOINT companion_refill');
		return await fillRowByRow(session, fill, error);
	}
}

/** Data exceptions and broken constraints. */
function isRefusal(error: unknown): error is SqlFailure {
	return error instanceof SqlFailure && /^(22|23)/.test(error.sqlState);
}

async function fillRowByRow(session: Session, fill: Fill, cause: SqlFailure): Promise<number> {
	const { store, skipConflicts, statement } = fill;
	const limit = skipConflicts ? '' : `EXIT WHEN refused >= ${namedRows};`;
	await session.run(`ALTER TABLE ${store} ADD COLUMN IF NOT EXISTS ${conflictColumn} text;
		DO $companion$
		DECLARE place tid; refused bigint := 0; reason text;
		BEGIN
			FOR place IN SELECT ctid FROM ${store} WHERE ${conflictColumn} IS NULL LOOP
				BEGIN
					${inBlock(`${statement} AND s.ctid = place`)};
				EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
					reason := SQLERRM;
					refused := refused + 1;
					UPDATE ${store} SET ${conflictColumn} = reason WHERE ctid = place;
					${limit}
				END;
			END LOOP;
		END $companion$`);
	const conflicts = await readConflicts(session, fill);
	if (conflicts.count === 0) throw cause;
	if (skipConflicts) return conflicts.count;
	throw keptConflict(fill.kept, conflicts.examples, { cause });
}

/** The block's own quote must not stand in the SQL. */
function inBlock(sql: string): string {
	return `EXECUTE ${quoteLiteral(sql.replace('s.ctid = place', 's.ctid = $1'))} USING place`;
}

async function readConflicts(
	session: Session,
	{ store, describe }: Fill,
): Promise<{ readonly count: number; readonly examples: readonly string[] }> {
	const [rows = [], counted = []] = await session.run(
		`SELECT ${nameRow(describe, 's')} || ': ' || ${conflictColumn} AS example FROM ${store} s WHERE ${conflictColumn} IS NOT NULL LIMIT ${namedRows};
		SELECT count(*) AS count FROM ${store} WHERE ${conflictColumn} IS NOT NULL`,
	);
	return { count: Number(counted[0]?.count), examples: rows.map(({ example }) => example ?? '') };
}

const defaultNext = 'Mend these rows, or leave them kept with --skip-conflicts.';

/** The refusal of a refill; the step is aborted, and everything stays kept. */
export function keptConflict(
	kept: readonly Pick<Kept, 'subject'>[],
	examples: readonly string[],
	{ cause, next = defaultNext }: { readonly cause?: unknown; readonly next?: string } = {},
): CompanionError {
	const subjects = [...new Set(kept.map(({ subject }) => subject))];
	return new CompanionError(
		'KEPT_CONFLICT',
		`What is kept of ${subjects.join(', ')} cannot go back:\n${examples.map((example) => `  ${example}`).join('\n')}`,
		{
			hint: `Nothing was changed and everything stays kept. ${next}`,
			details: { subjects, rows: examples },
			cause,
		},
	);
}
