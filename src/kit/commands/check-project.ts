import type { Config } from '../config/config.ts';
import type { Session } from '../database/session.ts';
import { CompanionError } from '../errors.ts';
import { compareHistory } from '../history/compare-history.ts';
import type { History } from '../history/history.ts';
import { isChecksumOfSameMigration } from '../journal/allowance-comments.ts';
import type { Journal } from '../journal/journal.ts';
import { checkOrder } from '../lint/check-order.ts';
import { checkSnapshots } from '../lint/check-snapshots.ts';
import { describeDrift } from '../lint/describe-drift.ts';
import { describeError } from '../lint/describe-error.ts';
import { describeProblems } from '../lint/describe-problems.ts';
import type { Finding } from '../lint/finding.ts';
import type { UnindexedForeignKey } from '../lint/rule.ts';
import type { MeasuredMigration } from '../locks/measure-migrations.ts';
import { addTableSizes } from '../locks/read-table-sizes.ts';
import { resolveTarget } from '../plan/resolve-target.ts';
import type { CheckOptions, CheckReport } from './check.ts';
import { pickApplied } from './drift.ts';
import { measureProject } from './measure-project.ts';
import { readHistory } from './read-history.ts';
import { readJournalOrNone } from './read-journal-or-none.ts';
import { withProject } from './with-project.ts';

/** What `check` finds where a database is asked, too. */
export async function checkDatabase(options: CheckOptions): Promise<CheckReport> {
	return await withProject(options, ({ config, session }) => checkProject(config, options, session));
}

/** What `check` finds: made anew, whatever is remembered. */
export async function checkProject(
	config: Config,
	options: CheckOptions,
	session?: Session,
): Promise<CheckReport> {
	const opened = openJournal(config);
	if ('code' in opened) return report({ findings: [opened], migrations: 0 }, session);
	const history = await compare(opened, config, session);
	const problems = describeProblems(history, opened);
	const chain = checkSnapshots(opened);
	const isChainWhole = !chain.findings.some(({ severity }) => severity === 'error');
	const schema = isChainWhole ? await compareSchema(config, opened, options) : [];
	const linted = await lint(
		config,
		{ journal: opened, history, snapshots: chain.snapshots },
		{ options, session },
	);
	const live = session === undefined ? [] : await findLive(session, config, history, options);
	return report(
		{
			findings: [
				...problems.findings,
				...checkOrder(opened),
				...chain.findings,
				...schema,
				...linted.findings,
				...live,
			],
			allowed: [...problems.allowed, ...linted.allowed],
			migrations: opened.migrations.length,
			linted: linted.linted,
			notices: linted.notices,
		},
		session,
	);
}

/** The journal; what keeps it from being read is a finding. */
function openJournal({ folder }: Config): Journal | Finding {
	try {
		return readJournalOrNone(folder);
	} catch (error) {
		if (error instanceof CompanionError) return describeError(error);
		throw error;
	}
}

async function compare(journal: Journal, config: Config, session: Session | undefined): Promise<History> {
	if (session !== undefined) return await readHistory(session, config, journal);
	const ledger = { exists: false, hasLog: false, applied: [], events: [] };
	return compareHistory(journal, ledger, { isSameText: isChecksumOfSameMigration });
}

async function compareSchema(
	config: Config,
	journal: Journal,
	{ onProgress }: CheckOptions,
): Promise<readonly Finding[]> {
	onProgress?.({ message: 'comparing the TypeScript schema with the last snapshot' });
	const { checkSchema } = await import('../lint/check-schema.ts');
	return await checkSchema(config, journal);
}

interface Subject {
	readonly journal: Journal;
	readonly history: History;
	readonly snapshots: ReturnType<typeof checkSnapshots>['snapshots'];
}

interface Surroundings {
	readonly options: CheckOptions;
	readonly session: Session | undefined;
}

type Linted = Pick<CheckReport, 'findings' | 'allowed' | 'linted' | 'notices'>;

async function lint(
	config: Config,
	{ journal, history, snapshots }: Subject,
	{ options, session }: Surroundings,
): Promise<Linted> {
	const indexes = chooseMigrations(journal, history, { options, session });
	const from = indexes[0];
	if (from === undefined) return { findings: [], allowed: [], linted: [], notices: [] };
	const measuring = options.measure === false ? NOT_MEASURED : await measure(config, journal, from, options);
	const { lintJournal } = await import('../lint/lint-journal.ts');
	const isGuessing = journal.layout === 'folders' && measuring.measured === undefined;
	const { findings, allowed } = await lintJournal(journal, {
		...{ indexes, snapshots },
		...(isGuessing ? { schemasBefore: await readSchemasBefore(config, journal, indexes) } : {}),
		...(measuring.measured === undefined ? {} : { measured: measuring.measured }),
	});
	const sizes = await readSizes(session);
	return {
		findings: [...measuring.findings, ...findings],
		allowed,
		linted: indexes.map((index) => describeLinted(journal, index, { measured: measuring.measured, sizes })),
		notices: measuring.notices,
	};
}

async function readSchemasBefore(config: Config, journal: Journal, indexes: readonly number[]) {
	const { readFolderSchemas } = await import('../lint/read-folder-schemas.ts');
	return await readFolderSchemas(config.root, journal, indexes);
}

function chooseMigrations(
	journal: Journal,
	history: History,
	{ options, session }: Surroundings,
): readonly number[] {
	const tags = journal.migrations.map(({ tag }) => tag);
	const all = tags.map((_, index) => index);
	if (options.since !== undefined) {
		const position = session === undefined ? tags.length : history.position;
		return all.slice(resolveTarget(options.since, { tags, position: Math.min(position, tags.length) }));
	}
	const pending = new Set(history.entries.filter(({ state }) => state === 'pending').map(({ tag }) => tag));
	return all.filter(
		(index) => index === tags.length - 1 || (session !== undefined && pending.has(tags[index] ?? '')),
	);
}

interface Measuring {
	readonly measured?: readonly MeasuredMigration<readonly UnindexedForeignKey[]>[];
	readonly findings: readonly Finding[];
	readonly notices: readonly string[];
}

const NOT_MEASURED: Measuring = { findings: [], notices: ['Locks were not measured, as you asked.'] };

async function measure(
	config: Config,
	journal: Journal,
	from: number,
	{ onProgress, signal }: CheckOptions,
): Promise<Measuring> {
	const { findUnindexedForeignKeys } = await import('../lint/find-unindexed-foreign-keys.ts');
	const result = await measureProject(config, journal, {
		...{ from, inspect: findUnindexedForeignKeys, signal },
		...(onProgress === undefined ? {} : { onProgress }),
	});
	if ('measured' in result) return { ...result, findings: [], notices: [] };
	const { failure } = result;
	if (failure.code === 'STATEMENT_FAILED') return { findings: [describeError(failure)], notices: [] };
	return { findings: [], notices: [`Locks were not measured: ${failure.message}`] };
}

async function readSizes(session: Session | undefined) {
	if (session === undefined) return undefined;
	const { readTableSizes } = await import('../locks/read-table-sizes.ts');
	return await readTableSizes(session);
}

type Sizes = Awaited<ReturnType<typeof readSizes>>;

function describeLinted(
	journal: Journal,
	index: number,
	{ measured, sizes }: { readonly measured: Measuring['measured']; readonly sizes: Sizes },
): CheckReport['linted'][number] {
	const tag = journal.migrations[index]?.tag ?? '';
	const locks = measured?.find(({ migration }) => migration.index === index)?.locks;
	if (locks === undefined) return { tag };
	return { tag, locks: sizes === undefined ? locks : addTableSizes(locks, sizes) };
}

async function findLive(
	session: Session,
	config: Config,
	history: History,
	{ onProgress, signal }: CheckOptions,
): Promise<readonly Finding[]> {
	const { findDrift } = await import('../drift/find-drift.ts');
	try {
		const { journal } = pickApplied(history, config.folder);
		return describeDrift(await findDrift(session, journal, { config, onProgress, signal }), session.label);
	} catch (error) {
		// Migrations that nobody knows are a finding of their own already.
		if (error instanceof CompanionError && error.code === 'UNKNOWN_APPLIED') return [];
		if (error instanceof CompanionError && error.code !== 'INTERRUPTED') return [describeError(error)];
		throw error;
	}
}

function report(
	{
		findings = [],
		allowed = [],
		migrations = 0,
		linted = [],
		notices = [],
	}: Partial<Pick<CheckReport, 'findings' | 'allowed' | 'migrations' | 'linted' | 'notices'>>,
	session: Session | undefined,
): CheckReport {
	const unique = removeRepeated(findings);
	const errors = unique.filter(({ severity }) => severity === 'error').length;
	return {
		...(session === undefined ? {} : { database: session.label }),
		...{ findings: unique, allowed, migrations, linted, notices, errors },
		warnings: unique.length - errors,
	};
}

/** What two checks found in the same words is one finding. */
function removeRepeated(findings: readonly Finding[]): readonly Finding[] {
	const seen = new Set<string>();
	return findings.filter(({ code, tag, what }) => {
		const key = JSON.stringify([code, tag, what]);
		return seen.has(key) ? false : seen.add(key);
	});
}
