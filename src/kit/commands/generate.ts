import { existsSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { type ConfigOptions, loadConfig } from '../config/load-config.ts';
import type { ScratchServer } from '../database/scratch/open-scratch-server.ts';
import { CompanionError } from '../errors.ts';
import { draftCustomFolder } from '../generate/draft-folder.ts';
import { type Draft, draftCustomMigration, draftMigration } from '../generate/draft-migration.ts';
import { chooseName, choosePrefix } from '../generate/name-migration.ts';
import { type DrizzleKit, openDrizzleKit } from '../generate/open-drizzle-kit.ts';
import { type ProvenMigration, proveMigration } from '../generate/prove-migration.ts';
import type { AskRename } from '../generate/resolve-renames.ts';
import { clearStaging } from '../generate/staging.ts';
import type { NewFolder } from '../generate/with-staged-folder.ts';
import {
	CUSTOM_SQL,
	joinStatements,
	type MigrationFiles,
	nextIndex,
	readRawJournal,
	writeMigration,
} from '../generate/write-migration.ts';
import { type NewMigrationFolder, writeMigrationFolder } from '../generate/write-migration-folder.ts';
import { computeChecksum } from '../journal/checksum.ts';
import { readFolderTime } from '../journal/folder-name.ts';
import type { Journal } from '../journal/journal.ts';
import type { Loss, Reversibility } from '../journal/migration.ts';
import { isJournalUnborn, readJournal } from '../journal/read-journal.ts';
import { writeDownFile } from '../journal/write-down-file.ts';
import type { StatementLocks } from '../locks/statement-locks.ts';
import type { OnProgress } from '../progress.ts';

export interface GenerateOptions extends Pick<ConfigOptions, 'cwd' | 'config'> {
	/** The part of the tag after its prefix. */
	readonly name?: string;
	/** A sentence that the name is made from: `add nickname to users`. Without either, the name is made from the change. */
	readonly message?: string;
	/** An empty migration for hand-written SQL. */
	readonly custom?: boolean;
	/** `old=new`; `=new` for what is new and `old=` for what is dropped, where it might be taken for renamed. */
	readonly renames?: readonly string[];
	/** Where drizzle-kit's SQL does not run or does not arrive: write it all the same, and fail. */
	readonly keepUp?: boolean;
	/** Asked about possible renames that `renames` says nothing of. Absent: they are an error. */
	readonly ask?: AskRename;
	readonly onProgress?: OnProgress;
	/** Stops the command before anything is written. */
	readonly signal?: AbortSignal;
}

export type GenerateReport =
	| { readonly kind: 'unchanged'; readonly notices: readonly string[] }
	| CreatedReport;

export interface CreatedReport {
	readonly kind: 'created';
	readonly tag: string;
	/** Absolute paths. */
	readonly files: MigrationFiles;
	/** The up SQL; empty for a custom migration. */
	readonly statements: readonly string[];
	/** Absent for a custom migration, whose way back is derived once its SQL is written. */
	readonly downReversibility?: Reversibility;
	/** Why there is no way back. */
	readonly downReason?: string;
	/** What the way back loses. */
	readonly loses: readonly Loss[];
	/** What the up itself loses, whatever happens later. */
	readonly upLoses: readonly Loss[];
	/** What each statement locks, rewrites and scans; absent for a custom migration. */
	readonly locks?: readonly StatementLocks[];
	/** Sentences: what was wrong with drizzle-kit's SQL, what the proof could not show. */
	readonly notices: readonly string[];
}

/**
 * Makes the next migration from the TypeScript schema: up file, snapshot and journal entry as drizzle-kit writes them, and a
 * down file, both proven in scratch databases. The files appear together or not at all.
 * @throws CompanionError `RENAME_NEEDS_ANSWER`, `GENERATE_FAILED`, `STATEMENT_FAILED` when an existing migration does not run
 */
export async function generate(options: GenerateOptions = {}): Promise<GenerateReport> {
	const config = await loadConfig(options);
	const project = openJournal(config);
	const kit = openDrizzleKit(config.root);
	try {
		return options.custom
			? await generateCustom(project, kit, options)
			: await generateProven(project, kit, options);
	} finally {
		await kit.close();
	}
}

interface Project {
	readonly config: Config;
	readonly journal: Journal;
	/** The journal file as it was read. */
	readonly journalText: string | undefined;
}

function openJournal(config: Config): Project {
	if (existsSync(config.folder)) clearStaging(config.folder);
	const isUnborn = isJournalUnborn(config.folder);
	const journal = isUnborn
		? { folder: config.folder, migrations: [], orphans: [] }
		: readJournal(config.folder);
	return { config, journal, journalText: readRawJournal(config.folder).text };
}

async function generateCustom(
	project: Project,
	kit: DrizzleKit,
	options: GenerateOptions,
): Promise<CreatedReport> {
	if (kit.layout === 'folders') return await generateCustomFolder(project, kit, options);
	const snapshot = await draftCustomMigration(project.journal, kit);
	const place = choosePlace(project, options, { name: 'custom' });
	const files = write(project, { ...place, snapshot, upSql: CUSTOM_SQL }, options);
	return { kind: 'created', tag: place.tag, files, statements: [], loses: [], upLoses: [], notices: [] };
}

async function generateCustomFolder(
	project: Project,
	kit: DrizzleKit,
	options: GenerateOptions,
): Promise<CreatedReport> {
	const folder = await draftCustomFolder(project.journal, kit);
	const place = choosePlace(project, options, { name: 'custom', folder });
	const files = writeFolder(project, { ...place, ...folder, tag: place.tag }, options);
	return { kind: 'created', tag: place.tag, files, statements: [], loses: [], upLoses: [], notices: [] };
}

async function generateProven(
	project: Project,
	kit: DrizzleKit,
	options: GenerateOptions,
): Promise<GenerateReport> {
	const { config, journal } = project;
	options.onProgress?.({ message: 'reading the TypeScript schema' });
	const draft = await draftMigration(config, journal, { kit, ...pickRenameOptions(options) });
	if (draft.isUnchanged) return { kind: 'unchanged', notices: draft.notices };
	const place = choosePlace(project, options, draft);
	const server = await openServer(config, options);
	try {
		const proven = await proveMigration(
			{ server, kit, journal, draft, tag: place.tag },
			pickProofOptions(config, options),
		);
		if (proven === undefined) return { kind: 'unchanged', notices: draft.notices };
		if (proven.isRepaired && options.keepUp) throw keepUp(project, { place, draft, proven, options });
		options.onProgress?.({ message: 'measuring what each statement locks' });
		const locks = await measure(server, journal, proven.upSql);
		return { ...writeProven(project, { place, draft, proven, options }), locks };
	} finally {
		await server.close();
	}
}

async function measure(
	server: ScratchServer,
	journal: Journal,
	upSql: string,
): Promise<readonly StatementLocks[]> {
	const { buildStateBefore } = await import('../generate/build-state-before.ts');
	const { measureLocks } = await import('../locks/measure-locks.ts');
	return await measureLocks({ before: await buildStateBefore(server, journal), upSql });
}

function pickRenameOptions({ renames, ask }: GenerateOptions) {
	return { ...(renames === undefined ? {} : { renames }), ...(ask === undefined ? {} : { ask }) };
}

function pickProofOptions({ breakpoints, ledger }: Config, { onProgress, signal }: GenerateOptions) {
	return {
		breakpoints,
		ignoreSchemas: ledger.schema === 'public' ? [] : [ledger.schema],
		...(onProgress === undefined ? {} : { onProgress }),
		...(signal === undefined ? {} : { signal }),
	};
}

async function openServer(config: Config, { onProgress }: GenerateOptions): Promise<ScratchServer> {
	const { openScratchServer } = await import('../database/scratch/open-scratch-server.ts');
	const { scratchLocation } = await import('../database/scratch/scratch-location.ts');
	return await openScratchServer(scratchLocation(config), onProgress === undefined ? {} : { onProgress });
}

interface Place {
	readonly tag: string;
	readonly when: number;
	readonly breakpoints: boolean;
}

function choosePlace(
	{ config, journal }: Project,
	{ name, message }: GenerateOptions,
	{ name: fallback, folder }: Pick<Draft, 'name' | 'folder'>,
): Place {
	if (folder !== undefined)
		return choosePlaceOfFolder(folder, chooseName({ name, message, fallback }), config);
	const now = Date.now();
	const tags = journal.migrations.map(({ tag }) => tag);
	const index = nextIndex(readRawJournal(config.folder).journal);
	const prefix = choosePrefix({ prefix: config.prefix, now, index, tags });
	// drizzle's migrator skips what is not newer than everything that it has applied.
	const when = Math.max(now, ...journal.migrations.map((migration) => migration.when + 1));
	return {
		tag: `${prefix}_${chooseName({ name, message, fallback })}`,
		when,
		breakpoints: config.breakpoints,
	};
}

/** drizzle-kit 1.0 chooses a time that is after every migration's that this one follows. */
function choosePlaceOfFolder({ tag }: NewFolder, name: string, { breakpoints }: Config): Place {
	const time = tag.slice(0, 14);
	return { tag: `${time}_${name}`, when: readFolderTime(time) ?? 0, breakpoints };
}

interface Finished {
	readonly place: Place;
	readonly draft: Draft;
	readonly proven: ProvenMigration;
	readonly options: GenerateOptions;
}

function writeProven(project: Project, { place, draft, proven, options }: Finished): CreatedReport {
	const { upSql, statements, down } = proven;
	const downText = writeDownFile({ tag: place.tag, upChecksum: computeChecksum(upSql), ...down });
	const files = writeDraft(project, { place, draft, upSql, downText, options });
	return {
		kind: 'created',
		tag: place.tag,
		files,
		statements,
		downReversibility: down.reversibility,
		...(down.reason === undefined ? {} : { downReason: down.reason }),
		loses: down.loses.filter(({ isLostByUp }) => !isLostByUp),
		upLoses: down.loses.filter(({ isLostByUp }) => isLostByUp),
		notices: [...draft.notices, ...proven.notices],
	};
}

function keepUp(project: Project, { place, draft, proven, options }: Finished): CompanionError {
	const upSql = joinStatements(draft.statements, place);
	const files = writeDraft(project, { place, draft, upSql, options });
	return new CompanionError(
		'GENERATE_FAILED',
		`${files.up} holds drizzle-kit's SQL, as you asked. ${proven.notices.join(' ')}`,
		{
			hint: `Correct the file by hand, then derive its way back: pnpm db:reverse ${place.tag}. Without --keep-up the SQL is corrected for you.`,
			details: { tag: place.tag, files, replacement: proven.statements },
		},
	);
}

function write(
	{ config, journalText }: Project,
	migration: Parameters<typeof writeMigration>[1],
	{ signal }: GenerateOptions,
): MigrationFiles {
	refuseIfAborted(signal);
	return writeMigration(config.folder, migration, journalText);
}

interface Written extends Pick<Finished, 'place' | 'draft' | 'options'> {
	readonly upSql: string;
	readonly downText?: string;
}

function writeDraft(project: Project, { place, draft, upSql, downText, options }: Written): MigrationFiles {
	const text = { upSql, ...(downText === undefined ? {} : { downText }) };
	return draft.folder === undefined
		? write(project, { ...place, ...text, snapshot: draft.snapshot }, options)
		: writeFolder(project, { ...draft.folder, ...text, tag: place.tag }, options);
}

function writeFolder(
	{ config, journal }: Project,
	migration: NewMigrationFolder,
	{ signal }: GenerateOptions,
): MigrationFiles {
	refuseIfAborted(signal);
	const known = journal.migrations.map(({ tag }) => tag);
	return writeMigrationFolder(config.folder, migration, known);
}

function refuseIfAborted(signal: AbortSignal | undefined): void {
	if (!signal?.aborted) return;
	throw new CompanionError('INTERRUPTED', 'Stopped on request: nothing was written.', {
		cause: signal.reason,
	});
}
