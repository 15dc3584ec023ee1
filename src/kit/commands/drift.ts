import type { Drift } from '../drift/drift.ts';
import { CompanionError } from '../errors.ts';
import type { History, Problem } from '../history/history.ts';
import type { Journal } from '../journal/journal.ts';
import type { ProjectOptions } from './project-options.ts';
import { readHistory } from './read-history.ts';
import { readJournalOrNoneMeanwhile } from './read-journal-or-none.ts';
import { type Project, withProject } from './with-project.ts';

export interface DriftReport extends Drift {
	/** `app@db.example.com:5432/shop` */
	readonly database: string;
	/** Tags of the migrations that are recorded as applied, oldest first: what the database is compared with. */
	readonly applied: readonly string[];
	/** What makes the comparison less than certain, a sentence each. */
	readonly notices: readonly string[];
}

/**
 * Compares the live database with what its applied migrations make in a scratch database, and gives SQL in both directions.
 * Changes nothing.
 * @throws CompanionError `UNKNOWN_APPLIED` when the database has migrations that the journal lacks: nobody knows what they make
 */
export async function drift(options: ProjectOptions = {}): Promise<DriftReport> {
	const loading = import('../drift/find-drift.ts');
	const work = async ({ session, config }: Project, reading: Promise<Journal>): Promise<DriftReport> => {
		const { findDrift } = await loading;
		const picking = readHistory(session, config, reading, { isBrief: true }).then((history) =>
			pickApplied(history, config.folder),
		);
		// The database is being read meanwhile.
		const found = await findDrift(
			session,
			picking.then(({ journal }) => journal),
			{ config, onProgress: options.onProgress, signal: options.signal },
		);
		const { journal, notices } = await picking;
		const applied = journal.migrations.map(({ tag }) => tag);
		return { database: session.label, applied, ...found, notices };
	};
	return await withProject(options, work, ({ folder }) =>
		readJournalOrNoneMeanwhile(folder, { downs: 'later' }),
	);
}

/**
 * The applied part of a journal.
 * @throws CompanionError `UNKNOWN_APPLIED`
 */
export function pickApplied(
	{ entries, problems, hasLedger }: History,
	folder: string,
): { readonly journal: Journal; readonly notices: readonly string[] } {
	const unknown = entries.filter(({ migration, state }) => state === 'applied' && migration === undefined);
	if (unknown.length > 0)
		throw refuseUnknown(
			problems,
			unknown.map(({ tag }) => tag),
		);
	const migrations = entries
		.filter(({ state }) => state === 'applied')
		.flatMap(({ migration }) => (migration === undefined ? [] : [migration]));
	const edited = problems.filter(({ code }) => code === 'EDITED');
	return {
		journal: { folder, migrations, orphans: [] },
		notices: [
			...(hasLedger ? [] : ['The database has no ledger: compared with an empty one. See pnpm db:baseline.']),
			...edited.map(({ message }) => `${message} It is compared with the file as it stands.`),
		],
	};
}

function refuseUnknown(problems: readonly Problem[], tags: readonly string[]): CompanionError {
	const hint = problems.find(({ code }) => code === 'UNKNOWN_APPLIED')?.hint;
	return new CompanionError(
		'UNKNOWN_APPLIED',
		`The database has ${tags.join(', ')}, which the journal does not: what they make is not known, so nothing can be compared.`,
		{ ...(hint === undefined ? {} : { hint }), details: { tags } },
	);
}
