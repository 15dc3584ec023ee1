import { existsSync } from 'node:fs';
import { loadPlanner } from '../catalog/read-catalog.ts';
import type { Config } from '../config/config.ts';
import { type ConfigOptions, loadConfig } from '../config/load-config.ts';
import type { ScratchDatabase, ScratchServer } from '../database/scratch/open-scratch-server.ts';
import { CompanionError } from '../errors.ts';
import { buildStateBefore, identifyNext } from '../generate/build-state-before.ts';
import { choosePlaces, type Place } from '../generate/choose-places.ts';
import { draftCustomFolder } from '../generate/draft-folder.ts';
import { type Draft, draftCustomMigration, draftMigration } from '../generate/draft-migration.ts';
import { type KnownStates, type NextState, openKnownStates } from '../generate/known-states.ts';
import { chooseName } from '../generate/name-migration.ts';
import { type DrizzleKit, openDrizzleKit } from '../generate/open-drizzle-kit.ts';
import { type ProvenMigration, proveMigration } from '../generate/prove-migration.ts';
import { openModelMemory } from '../generate/remember-models.ts';
import type { AskRename } from '../generate/resolve-renames.ts';
import { clearStaging } from '../generate/staging.ts';
import {
	CUSTOM_SQL,
	joinStatements,
	type MigrationFiles,
	readRawJournal,
	writeMigration,
} from '../generate/write-migration.ts';
import { type NewMigrationFolder, writeMigrationFolder } from '../generate/write-migration-folder.ts';
import { computeChecksum } from '../journal/checksum.ts';
import type { Journal } from '../journal/journal.ts';
import { isJournalUnborn, readJournal } from '../journal/read-journal.ts';
import { writeDownFile } from '../journal/write-down-file.ts';
import type { StatementLocks } from '../locks/statement-locks.ts';
import type { OnProgress } from '../progress.ts';
import { warmUp } from '../reverse/warm-up.ts';
import { loadParser } from '../sql/parse-statements.ts';
import {
	type CreatedReport,
	describeDown,
	type GenerateReport,
	type SplitReport,
} from './generate-report.ts';
import { ignoredSchemas } from './ignored-schemas.ts';

export interface GenerateOptions extends Pick<ConfigOptions, 'cwd' | 'config'> {
	/** The part of the tag after its prefix. */
	readonly name?: string;
	/** A sentence that the name is made from: `add nickname to users`. Without either, the name is made from the change. */
	readonly message?: string;
	/** An empty migration for hand-written SQL. */
	readonly custom?: boolean;
	/** `old=new`; `=new` for what is new and `old=` for what is dropped, where it might be taken for renamed. */
	readonly renames?: readonly string[];
	/**
	 * Write what would stop the application in its safe form, as several migrations: an index is built CONCURRENTLY in one of its own, a
	 * constraint is added NOT VALID and validated later, NOT NULL comes by way of a validated check, rows are filled in batches.
	 * Where nothing is unsafe, one ordinary migration is written.
	 */
	readonly safe?: boolean;
	/** Where drizzle-kit's SQL does not run or does not arrive: write it all the same, and fail. */
	readonly keepUp?: boolean;
	/** Asked about possible renames that `renames` says nothing of. Absent: they are an error. */
	readonly ask?: AskRename;
	readonly onProgress?: OnProgress;
	/** Stops the command before anything is written. */
	readonly signal?: AbortSignal;
}

/**
 * Makes the next migration from the TypeScript schema: up file, snapshot and journal entry as drizzle-kit writes them, and a
 * down file, both proven in scratch databases. The files appear together or not at all.
 * @throws CompanionError `RENAME_NEEDS_ANSWER`, `GENERATE_FAILED`, `STATEMENT_FAILED` when an existing migration does not run
 */
export async function generate(options: GenerateOptions = {}): Promise<GenerateReport> {
	refuseContradictions(options);
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

function refuseContradictions({ safe, custom, keepUp }: GenerateOptions): void {
	const other = custom ? '--custom' : keepUp ? '--keep-up' : undefined;
	if (!safe || other === undefined) return;
	throw new CompanionError(
		'USAGE',
		custom
			? '--safe rewrites what drizzle-kit makes, and a --custom migration is written by hand.'
			: "--safe rewrites drizzle-kit's SQL, and --keep-up keeps it.",
	);
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
	// Starting it takes as long as reading the schema. Where nothing has changed, nobody asks whether it could be started.
	const opening = openServer(config, options);
	const known = openKnownStates(config, ignoredSchemas(config));
	const takeBefore = prepareState(known, opening, journal);
	try {
		const draft = await draftMigration(config, journal, { kit, ...pickRenameOptions(options) });
		if (draft.isUnchanged) {
			await giveBack(known, { server: opening, journal, before: takeBefore() });
			return { kind: 'unchanged', notices: draft.notices };
		}
		const place = choosePlace(project, options, draft);
		const server = await opening;
		const memory = openModelMemory(config, { kit, ignoreSchemas: ignoredSchemas(config) });
		const proven = await proveMigration(
			{ server, kit, journal, draft, tag: place.tag, before: await takeBefore(), memory },
			pickProofOptions(config, options),
		);
		if (proven === undefined) return { kind: 'unchanged', notices: draft.notices };
		server.refuseIfDisturbed();
		if (proven.isRepaired && options.keepUp) throw keepUp(project, { place, draft, proven, options });
		if (options.safe) {
			const split = await splitSafely(project, { kit, server, draft, proven, options });
			if (split !== undefined) return split;
		}
		options.onProgress?.({ message: 'measuring what each statement locks' });
		const { locks, next } = await measure(server, journal, proven);
		const report = { ...writeProven(project, { place, draft, proven, options }), locks };
		if (proven.isModel) memory.remember(identifyNext(server, journal, proven.upSql), draft.snapshot);
		// The files are written: what cannot be kept costs the next command time, and this one nothing.
		if (next !== undefined) await known.keepNext(server, journal, next).catch(() => undefined);
		return options.safe ? await addUnsafe(report) : report;
	} finally {
		await takeBefore();
		const server = await opening.catch(() => undefined);
		// drizzle-kit's thread ends while the server stops.
		await Promise.all([server?.close(), kit.close()]);
	}
}

/**
 * Makes the state before ready while the schema is read. Gives how to take it: undefined where it is not known, and has to be built. What
 * fails here fails again, and is told, when it is needed.
 */
function prepareState(
	known: KnownStates,
	opening: Promise<ScratchServer>,
	journal: Journal,
): () => Promise<ScratchDatabase | undefined> {
	const preparing = opening.then((server) => known.take(server, journal)).catch(() => undefined);
	const warming = preparing.then((database) => (database === undefined ? undefined : warmUp(database)));
	return async () => {
		await (await warming)?.end();
		return await preparing;
	};
}

interface Splitting extends Omit<Finished, 'place'> {
	readonly kit: DrizzleKit;
	readonly server: ScratchServer;
}

/** Undefined: there is nothing to make safe. */
async function splitSafely(
	project: Project,
	{ kit, server, draft, proven, options }: Splitting,
): Promise<SplitReport | undefined> {
	const { makeSafe } = await import('../lint/make-safe.ts');
	const safe = await makeSafe(proven.statements);
	if (safe.changes.length === 0) return undefined;
	const { generateSafely } = await import('./generate-safely.ts');
	const { name, message, signal } = options;
	const report = await generateSafely({
		...project,
		...{ kit, server, draft, safe, statements: proven.statements },
		name: chooseName({ name, message, fallback: draft.name }),
		...pickProofOptions(project.config, options),
		refuseIfAborted: () => {
			refuseIfAborted(signal);
			server.refuseIfDisturbed();
		},
	});
	const repair = proven.isRepaired ? proven.notices : [];
	return { ...report, notices: [...repair, ...report.notices] };
}

async function addUnsafe(report: CreatedReport): Promise<CreatedReport> {
	const { listUnsafe } = await import('./generate-safely.ts');
	return { ...report, notices: [...report.notices, ...(await listUnsafe([report]))] };
}

/** `next` is of use to whoever makes the next migration. */
async function measure(
	server: ScratchServer,
	journal: Journal,
	{ before, upSql, catalogAfter }: ProvenMigration,
): Promise<{ readonly locks: readonly StatementLocks[]; readonly next?: NextState }> {
	const { measureInPlace, measureInTrial, measureLocks } = await import('../locks/measure-locks.ts');
	const tried = await measureInTrial(before, upSql);
	const locks = tried ?? (await measureInPlace(before, upSql));
	if (locks.at(-1)?.failure === undefined) {
		const isThere = tried === undefined;
		return { locks, next: { database: before, isThere, upSql, catalog: catalogAfter } };
	}
	return { locks: await measureLocks({ before: await buildStateBefore(server, journal), upSql }) };
}

interface Unused {
	readonly server: Promise<ScratchServer>;
	readonly journal: Journal;
	readonly before: Promise<ScratchDatabase | undefined>;
}

/** What cannot be given back costs the next command time. */
async function giveBack(known: KnownStates, { server, journal, before }: Unused): Promise<void> {
	const database = await before;
	if (database !== undefined) await known.giveBack(await server, journal, database).catch(() => undefined);
}

function pickRenameOptions({ renames, ask }: GenerateOptions) {
	return { ...(renames === undefined ? {} : { renames }), ...(ask === undefined ? {} : { ask }) };
}

function pickProofOptions(config: Config, { onProgress, signal }: GenerateOptions) {
	return {
		breakpoints: config.breakpoints,
		ignoreSchemas: ignoredSchemas(config),
		...(onProgress === undefined ? {} : { onProgress }),
		...(signal === undefined ? {} : { signal }),
	};
}

async function openServer(config: Config, { onProgress, signal }: GenerateOptions): Promise<ScratchServer> {
	const { openScratchServer } = await import('../database/scratch/open-scratch-server.ts');
	const { scratchLocation } = await import('../database/scratch/scratch-location.ts');
	// Later, it would keep us from asking a server that is ready.
	const whileStarting = () => {
		loadPlanner();
		loadParser();
	};
	return await openScratchServer(scratchLocation(config), { onProgress, signal, whileStarting });
}

function choosePlace(
	{ config, journal }: Project,
	{ name, message }: GenerateOptions,
	{ name: fallback, folder }: Pick<Draft, 'name' | 'folder'>,
): Place {
	const names = [chooseName({ name, message, fallback })];
	return choosePlaces(config, journal, { names, now: Date.now(), folder })[0] as Place;
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
		...describeDown(down),
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
