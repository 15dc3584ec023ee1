import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { composeBaseline } from '../adopt/compose-baseline.ts';
import { mendPulledSchema } from '../adopt/mend-pulled-schema.ts';
import { type NewFile, placeSchemaFiles, refuseSchemaFiles } from '../adopt/place-schema-files.ts';
import { type PulledFacts, readPulledFacts } from '../adopt/pulled-facts.ts';
import { type PulledFiles, runDrizzleKitPull } from '../adopt/run-drizzle-kit-pull.ts';
import { compareCatalogs } from '../catalog/compare-catalogs.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import type { Config, ConnectionSettings } from '../config/config.ts';
import { loadConfigFile } from '../config/load-config-file.ts';
import { readEnvironment } from '../config/read-environment.ts';
import { openPool } from '../database/open-pool.ts';
import { openScratchServer, type ScratchServer } from '../database/scratch/open-scratch-server.ts';
import type { Session } from '../database/session.ts';
import { chooseLocation } from '../drift/choose-location.ts';
import { CompanionError } from '../errors.ts';
import { buildModelled } from '../generate/build-modelled.ts';
import { writeBaseSnapshot } from '../generate/ddl-state.ts';
import { generateFromNothing } from '../generate/draft-migration.ts';
import { loadSchema } from '../generate/load-schema.ts';
import { choosePrefix } from '../generate/name-migration.ts';
import { type DrizzleKit, openDrizzleKit } from '../generate/open-drizzle-kit.ts';
import type { Snapshot } from '../generate/snapshot.ts';
import {
	joinStatements,
	type MigrationFiles,
	readRawJournal,
	writeMigration,
} from '../generate/write-migration.ts';
import { writeMigrationFolder } from '../generate/write-migration-folder.ts';
import { computeChecksum } from '../journal/checksum.ts';
import { isJournalUnborn, readJournal } from '../journal/read-journal.ts';
import { writeDownFile } from '../journal/write-down-file.ts';
import { readLedger } from '../ledger/read-ledger.ts';
import { planBaseline } from '../plan/plan-baseline.ts';
import { reverseMigration } from '../reverse/reverse-migration.ts';
import { type MoveOptions, type MoveReport, move } from './move.ts';
import { readHistory } from './read-history.ts';
import { type Project, withProject } from './with-project.ts';

/** `only: 'plan'` stops before anything is written, with the SQL in the report. */
export interface PullOptions extends Omit<MoveOptions, 'only'> {
	readonly only?: 'plan';
}

export interface PullReport {
	readonly database: string;
	/** Absent where the database has no tables: there was nothing to do. */
	readonly tag?: string;
	/** What was, or would be, written; absolute paths. */
	readonly files: readonly string[];
	/** The SQL of the first migration. */
	readonly upSql: string;
	/** What TypeScript does not say, or says differently, and what else is worth knowing. */
	readonly notices: readonly string[];
	/** The recording; absent where nothing was recorded. */
	readonly move?: MoveReport;
}

/**
 * Takes over a database that has no migrations: its tables become TypeScript, a first migration that makes exactly this
 * database is written with its way back, and the database is recorded as having it.
 * @throws CompanionError `JOURNAL_INVALID` when there are migrations, `UNKNOWN_APPLIED` when the database has recorded some,
 * `CONFIG_INVALID` when there are schema files, `BASELINE_DIFFERS` when no SQL makes this database
 */
export async function pull(options: PullOptions = {}): Promise<PullReport> {
	return await withProject(options, async (project) => {
		const { config, session } = project;
		await refuseMigrations(project);
		refuseSchemaFiles(config);
		const facts = await readPulledFacts(session);
		const isEmpty = !facts.schemas.some((schema) => config.schemaFilter.includes(schema));
		if (isEmpty)
			return { database: session.label, files: [], upSql: '', notices: noticeSchemas(config, facts) };
		const made = await makeBaseline(project, facts, options);
		if (options.only === 'plan') return report(session, made, []);
		const written = writeBaseline(config, made);
		return { ...report(session, made, written), move: await stamp(project, options) };
	});
}

async function refuseMigrations({ config, session }: Project): Promise<void> {
	if (!isJournalUnborn(config.folder) && readJournal(config.folder).migrations.length > 0)
		throw new CompanionError(
			'JOURNAL_INVALID',
			`${config.folder} holds migrations already: there is nothing to pull.`,
			{
				hint: 'To record them for this database: pnpm db:baseline. To begin anew, move the folder away first.',
				details: { folder: config.folder },
			},
		);
	const { applied } = await readLedger(session, config.ledger);
	if (applied.length > 0)
		throw new CompanionError(
			'UNKNOWN_APPLIED',
			`${session.label} has recorded ${applied.length} ${applied.length === 1 ? 'migration' : 'migrations'}, and none is in ${config.folder}.`,
			{
				hint: 'Restore the migrations from version control. If they are gone for good, forget them first: pnpm db:repair.',
				details: { applied: applied.length },
			},
		);
}

interface MadeBaseline {
	readonly tag: string;
	readonly when: number;
	readonly schemaFiles: readonly NewFile[];
	readonly snapshot: Snapshot;
	readonly upSql: string;
	readonly downText: string;
	readonly notices: readonly string[];
}

async function makeBaseline(
	project: Project,
	facts: PulledFacts,
	options: PullOptions,
): Promise<MadeBaseline> {
	const { config, session } = project;
	const stage = mkdtempSync(join(config.root, '.companion-pull-'));
	const kit = openDrizzleKit(config.root);
	try {
		options.onProgress?.({ message: 'drizzle-kit reads the database' });
		const pulled = await pullTypeScript(project, { facts, stage, options });
		const schemaFiles = placeSchemaFiles(config, pulled);
		const snapshot = await loadPulled(config, kit, { stage, pulled });
		const server = await openScratchServer(await chooseLocation(session, config), pickProgress(options));
		try {
			const proven = await proveBaseline({ project, kit, server, snapshot, facts }, options);
			return { ...proven, schemaFiles, snapshot };
		} finally {
			await server.close();
		}
	} finally {
		await kit.close();
		rmSync(stage, { recursive: true, force: true });
	}
}

function pickProgress({ onProgress }: PullOptions) {
	return onProgress === undefined ? {} : { onProgress };
}

interface PullPlace {
	readonly facts: PulledFacts;
	readonly stage: string;
	readonly options: PullOptions;
}

async function pullTypeScript(project: Project, { facts, stage, options }: PullPlace): Promise<PulledFiles> {
	const { config, session, target } = project;
	const left = [
		...facts.partitions.map((name) => name.slice(name.indexOf('.') + 1)),
		...ledgerTables(config),
	];
	const tablesFilter = [
		...(config.tablesFilter.length === 0 ? ['*'] : config.tablesFilter),
		...left.map((name) => `!${name}`),
	];
	const pulled = await runDrizzleKitPull({
		config: { ...config, tablesFilter },
		settings: target?.settings ?? settingsOf(session),
		introspect: await readIntrospect(config),
		folder: stage,
		...(options.signal === undefined ? {} : { signal: options.signal }),
	});
	return { ...pulled, schema: mendPulledSchema(pulled.schema, facts) };
}

function ledgerTables({ ledger }: Config): readonly string[] {
	return [ledger.table, `${ledger.table}_*`];
}

/** A client that the caller gave knows what it was made with. */
function settingsOf({ connection }: Session): ConnectionSettings {
	const { connectionString, host = 'localhost', port, user, password, database = '', ssl } = connection;
	if (connectionString !== undefined) return { url: connectionString };
	return {
		host,
		database,
		...(port === undefined ? {} : { port }),
		...(user === undefined ? {} : { user }),
		...(typeof password === 'string' ? { password } : {}),
		...(ssl === undefined ? {} : { ssl }),
	};
}

async function readIntrospect({ root, file }: Config): Promise<unknown> {
	const loaded = file === undefined ? undefined : await loadConfigFile(root, readEnvironment(root), file);
	return (loaded?.kit as { introspect?: unknown } | undefined)?.introspect;
}

async function loadPulled(
	config: Config,
	kit: DrizzleKit,
	{ stage, pulled }: { readonly stage: string; readonly pulled: PulledFiles },
): Promise<Snapshot> {
	const file = join(stage, 'schema.ts');
	writeFileSync(file, pulled.schema);
	const { snapshot } = await loadSchema({ ...config, schema: [file] }, kit);
	return snapshot;
}

interface ProofSubject {
	readonly project: Project;
	readonly kit: DrizzleKit;
	readonly server: ScratchServer;
	readonly snapshot: Snapshot;
	readonly facts: PulledFacts;
}

type ProvenBaseline = Omit<MadeBaseline, 'schemaFiles' | 'snapshot'>;

async function proveBaseline(subject: ProofSubject, options: PullOptions): Promise<ProvenBaseline> {
	const { project, kit, server, snapshot, facts } = subject;
	const { config, session } = project;
	const ignoreSchemas = listIgnored(config, facts);
	const live = openPool(session);
	try {
		const catalog = await readCatalog(live, { ignoreSchemas });
		const modelled = await generateFromNothing(kit, snapshot).catch(() => undefined);
		options.onProgress?.({ message: 'proving that the first migration makes this database' });
		const { statements } = await composeBaseline({ server, modelled, live: catalog, ignoreSchemas });
		refuseIfAborted(options.signal);
		const when = Date.now();
		const prefix = kit.layout === 'folders' ? 'timestamp' : config.prefix;
		const tag = `${choosePrefix({ prefix, now: when, index: 0, tags: [] })}_baseline`;
		const upSql = `${joinStatements(
			statements.map((sql) => `${sql}\n`),
			config,
		)}`;
		const { down, after } = await reverseMigration({
			before: await server.create(),
			upSql,
			tag,
			ignoreSchemas,
			...pickProgress(options),
		});
		const downText = writeDownFile({
			tag,
			...down,
			upChecksum: computeChecksum(upSql),
			serverVersion: server.serverVersion,
		});
		const unsaid = await compareModel({ after, snapshot, modelled, catalog, ignoreSchemas });
		return {
			tag,
			when,
			upSql,
			downText,
			notices: [...noticeSchemas(config, facts), ...noticePartitions(facts), ...unsaid],
		};
	} finally {
		await live.end();
	}
}

/** Everything outside `schemaFilter`: drizzle-kit leaves it alone, and so does the first migration. */
function listIgnored({ schemaFilter, ledger }: Config, { schemas }: PulledFacts): readonly string[] {
	return [...new Set([...schemas, ledger.schema])].filter((schema) => !schemaFilter.includes(schema));
}

function refuseIfAborted(signal: AbortSignal | undefined): void {
	if (signal?.aborted)
		throw new CompanionError('INTERRUPTED', 'Stopped on request: nothing was written.', {
			cause: signal.reason,
		});
}

interface Model {
	readonly after: Awaited<ReturnType<typeof reverseMigration>>['after'];
	readonly snapshot: Snapshot;
	readonly modelled: readonly string[] | undefined;
	readonly catalog: Awaited<ReturnType<typeof readCatalog>>;
	readonly ignoreSchemas: readonly string[];
}

/** What the TypeScript schema, built beside what it does not know, has otherwise than the database. */
async function compareModel({
	after,
	snapshot,
	modelled,
	catalog,
	ignoreSchemas,
}: Model): Promise<readonly string[]> {
	try {
		const database = await buildModelled(after, snapshot, modelled ?? []);
		const differences = await compareCatalogs(await readCatalog(database.pool(), { ignoreSchemas }), catalog);
		return differences.map(
			({ words }) => `Not in TypeScript, but in the first migration: ${words.replace(' is missing', '')}.`,
		);
	} catch (error) {
		if (!(error instanceof CompanionError)) throw error;
		return [`The TypeScript tables cannot be built by themselves, so look them over: ${error.message}`];
	}
}

function noticeSchemas({ schemaFilter, ledger }: Config, { schemas }: PulledFacts): readonly string[] {
	const left = schemas.filter((schema) => !schemaFilter.includes(schema) && schema !== ledger.schema);
	if (left.length === 0) return [];
	return [
		`Left out: schema ${left.join(', ')}; schemaFilter in drizzle.config.ts names ${schemaFilter.join(', ')} only.`,
	];
}

function noticePartitions({ partitioned }: PulledFacts): readonly string[] {
	return partitioned.map(
		(name) =>
			`drizzle-kit cannot read the partitioned table ${name.replace(/^public\./, '')}: the first migration makes it, the TypeScript tables lack it.`,
	);
}

/** Schema files first: what is left of a run that is killed in between is refused by the next, by name. */
function writeBaseline(config: Config, made: MadeBaseline): readonly string[] {
	const { schemaFiles } = made;
	for (const { file, text } of schemaFiles) {
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(file, text, { flag: 'wx' });
	}
	try {
		return Object.values(writeFirst(config, made));
	} catch (error) {
		for (const { file } of schemaFiles) rmSync(file, { force: true });
		throw error;
	}
}

function writeFirst(config: Config, { tag, when, snapshot, upSql, downText }: MadeBaseline): MigrationFiles {
	if (snapshot.state !== undefined) {
		const snapshotText = writeBaseSnapshot(snapshot.state);
		return writeMigrationFolder(config.folder, { tag, upSql, downText, snapshotText }, []);
	}
	const migration = { tag, when, breakpoints: config.breakpoints, snapshot, upSql, downText };
	return writeMigration(config.folder, migration, readRawJournal(config.folder).text);
}

async function stamp(project: Project, options: PullOptions): Promise<MoveReport> {
	const journal = readJournal(project.config.folder);
	const { only: _only, ...rest } = options;
	return await move(project, rest, async () => {
		const history = await readHistory(project.session, project.config, journal);
		return { history, plan: planBaseline(history, { target: 'head', purge: false }) };
	});
}

function report(session: Session, made: MadeBaseline, written: readonly string[]): PullReport {
	const { tag, upSql, notices, schemaFiles } = made;
	return {
		database: session.label,
		tag,
		files: [...schemaFiles.map(({ file }) => file), ...written],
		upSql,
		notices,
	};
}
