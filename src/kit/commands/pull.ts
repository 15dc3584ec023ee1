import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { noticeSchemas } from '../adopt/notice-left-out.ts';
import { placeSchemaFiles, refuseSchemaFiles } from '../adopt/place-schema-files.ts';
import { proveBaseline } from '../adopt/prove-baseline.ts';
import { pullTypeScript } from '../adopt/pull-typescript.ts';
import { type PulledFacts, readPulledFacts } from '../adopt/pulled-facts.ts';
import type { PulledFiles } from '../adopt/run-drizzle-kit-pull.ts';
import { type MadeBaseline, writeBaseline } from '../adopt/write-baseline.ts';
import type { Config } from '../config/config.ts';
import { openScratchServer } from '../database/scratch/open-scratch-server.ts';
import type { Session } from '../database/session.ts';
import { chooseLocation } from '../drift/choose-location.ts';
import { CompanionError } from '../errors.ts';
import { loadSchema } from '../generate/load-schema.ts';
import { type DrizzleKit, openDrizzleKit } from '../generate/open-drizzle-kit.ts';
import type { Snapshot } from '../generate/snapshot.ts';
import { isJournalUnborn, readJournal } from '../journal/read-journal.ts';
import { readLedger } from '../ledger/read-ledger.ts';
import { planBaseline } from '../plan/plan-baseline.ts';
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
		const pulled = await pullTypeScript({
			...{ config, session, facts, stage },
			...(project.target === undefined ? {} : { settings: project.target.settings }),
			...(options.signal === undefined ? {} : { signal: options.signal }),
		});
		const schemaFiles = placeSchemaFiles(config, pulled);
		const snapshot = await loadPulled(config, kit, { stage, pulled });
		const server = await openScratchServer(await chooseLocation(session, config), options);
		try {
			const proven = await proveBaseline({ config, session, kit, server, snapshot, facts }, options);
			return { ...proven, schemaFiles, snapshot };
		} finally {
			await server.close();
		}
	} finally {
		await kit.close();
		rmSync(stage, { recursive: true, force: true });
	}
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

async function stamp(project: Project, options: PullOptions): Promise<MoveReport> {
	const journal = readJournal(project.config.folder);
	const { only: _only, ...rest } = options;
	const readPlan = async () => {
		const history = await readHistory(project.session, project.config, journal);
		return { history, plan: planBaseline(history, { target: 'head', purge: false }) };
	};
	return await move(project, rest, { journal, readPlan });
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
