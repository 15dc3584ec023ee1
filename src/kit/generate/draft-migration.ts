import { randomUUID } from 'node:crypto';
import type { Config } from '../config/config.ts';
import { CompanionError } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import type { Rename } from './apply-rename.ts';
import { isSameSchema } from './compare-snapshots.ts';
import { draftFolderMigration } from './draft-folder.ts';
import { generateStatements } from './generate-statements.ts';
import { loadSchema } from './load-schema.ts';
import { nameChange } from './name-change.ts';
import type { DrizzleKit } from './open-drizzle-kit.ts';
import { orderViews } from './order-views.ts';
import { locateSnapshot, readPreviousSnapshot } from './read-previous-snapshot.ts';
import { type RenameOptions, resolveRenames } from './resolve-renames.ts';
import { createEmptySnapshot, type Snapshot } from './snapshot.ts';
import type { NewFolder } from './with-staged-folder.ts';

/** What drizzle-kit makes of the difference between the last snapshot and TypeScript; nothing is written yet. */
export interface Draft {
	/** The last snapshot, as it is in the folder. */
	readonly last: Snapshot;
	readonly snapshot: Snapshot;
	/** Whether the two snapshots say the same. Where they do not and there are no statements, drizzle-kit overlooks something. */
	readonly isUnchanged: boolean;
	readonly statements: readonly string[];
	/** The renames among the statements, which come first. */
	readonly renameStatements: readonly string[];
	readonly renames: readonly Rename[];
	/** Set when drizzle-kit's generator failed on this change: `statements` then holds the renames alone. */
	readonly crash?: CompanionError;
	/** A name made from the change. */
	readonly name: string;
	readonly notices: readonly string[];
	/** Only of drizzle-kit 1.0: the folder as it wrote it. */
	readonly folder?: NewFolder;
}

/** Drafts the next migration. @throws CompanionError when journal, snapshot or schema cannot be used, or a rename needs an answer */
export async function draftMigration(
	config: Pick<Config, 'schema' | 'casing' | 'folder'>,
	journal: Journal,
	{ kit, ...options }: { readonly kit: DrizzleKit } & RenameOptions,
): Promise<Draft> {
	if (kit.layout === 'folders') return await draftFolderMigration(config, journal, { kit, ...options });
	const last = await readPreviousSnapshot(journal, kit);
	const { snapshot, notices } = await loadSchema(config, kit, last.id);
	const { previous, statements: renameStatements, renames } = await resolveRenames(last, snapshot, options);
	const generated = await generateOrCrash(kit, previous, snapshot).catch((error: unknown) => {
		throw nameSnapshot(error, journal);
	});
	return {
		last,
		snapshot,
		isUnchanged: generated.statements.length === 0 && renames.length === 0 && isSameSchema(last, snapshot),
		renames,
		statements: [...renameStatements, ...generated.statements],
		renameStatements,
		...(generated.crash === undefined ? {} : { crash: generated.crash }),
		name: nameChange(previous, snapshot, renames),
		notices,
	};
}

/** Drafts a migration whose SQL is written by hand: the schema stays as the last snapshot has it. */
export async function draftCustomMigration(journal: Journal, kit: DrizzleKit): Promise<Snapshot> {
	const {
		id,
		prevId: _prevId,
		version,
		dialect,
		tables,
		enums,
		schemas,
		views,
		sequences,
		roles,
		policies,
		_meta,
	} = await readPreviousSnapshot(journal, kit);
	// The order in which drizzle-kit writes a snapshot that it has read.
	const rest = { version, dialect, tables, enums, schemas, views, sequences, roles, policies, _meta };
	return { id: randomUUID(), prevId: id, ...rest };
}

/** The SQL that makes the schema from nothing. @throws CompanionError `GENERATE_FAILED` */
export async function generateFromNothing(kit: DrizzleKit, snapshot: Snapshot): Promise<readonly string[]> {
	return await orderViews(await generateStatements(kit, createEmptySnapshot(), snapshot));
}

async function generateOrCrash(
	kit: DrizzleKit,
	previous: Snapshot,
	current: Snapshot,
): Promise<{ statements: readonly string[]; crash?: CompanionError }> {
	try {
		return { statements: await generateStatements(kit, previous, current) };
	} catch (error) {
		if (error instanceof CompanionError && error.code === 'GENERATE_FAILED')
			return { statements: [], crash: error };
		throw error;
	}
}

function nameSnapshot(error: unknown, journal: Journal): unknown {
	const last = journal.migrations.at(-1);
	if (!(error instanceof CompanionError) || error.code !== 'JOURNAL_INVALID' || last === undefined)
		return error;
	const file = locateSnapshot(journal.folder, last);
	return new CompanionError('JOURNAL_INVALID', error.message.replace('The last snapshot', file), {
		...(error.hint === undefined ? {} : { hint: error.hint }),
		details: { ...error.details, file },
		cause: error.cause,
	});
}
