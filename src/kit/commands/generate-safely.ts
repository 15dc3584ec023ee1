import type { Config } from '../config/config.ts';
import type { ScratchServer } from '../database/scratch/open-scratch-server.ts';
import { chainFolderSnapshots, chainSnapshots } from '../generate/chain-snapshots.ts';
import { choosePlaces, type Place } from '../generate/choose-places.ts';
import { draftCustomFolder } from '../generate/draft-folder.ts';
import { type Draft, draftCustomMigration } from '../generate/draft-migration.ts';
import { nameSteps } from '../generate/name-migration.ts';
import type { DrizzleKit } from '../generate/open-drizzle-kit.ts';
import type { ProvenStep } from '../generate/prove-steps.ts';
import { joinStatements, type MigrationFiles, writeMigrations } from '../generate/write-migration.ts';
import { writeMigrationFolders } from '../generate/write-migration-folder.ts';
import { computeChecksum } from '../journal/checksum.ts';
import type { Journal } from '../journal/journal.ts';
import { writeDownFile } from '../journal/write-down-file.ts';
import type { SafeChange } from '../lint/make-safe.ts';
import type { OnProgress } from '../progress.ts';
import { type CreatedReport, describeDown, type SplitReport } from './generate-report.ts';

/** A change that is to be written as several migrations. */
export interface SafeSubject {
	readonly config: Config;
	readonly journal: Journal;
	/** The journal file as it was read. */
	readonly journalText: string | undefined;
	readonly kit: DrizzleKit;
	readonly server: ScratchServer;
	readonly draft: Draft;
	/** The plain statements, which arrive. */
	readonly statements: readonly string[];
	readonly safe: SafeChange;
	/** The part of the tags after their prefix, to begin with. */
	readonly name: string;
	readonly ignoreSchemas: readonly string[];
	readonly onProgress?: OnProgress;
	/** Throws when the command is to stop. Called before anything is written. */
	readonly refuseIfAborted: () => void;
}

/**
 * Writes a change as several migrations that do not stop the application, each with its snapshot and its proven way back: all of
 * them or none.
 * @throws CompanionError `GENERATE_FAILED` when they do not arrive where the plain statements do
 */
export async function generateSafely(subject: SafeSubject): Promise<SplitReport> {
	const { config, journal, draft, safe, name, ignoreSchemas, onProgress } = subject;
	const names = nameSteps(
		name,
		safe.migrations.map(({ purpose }) => purpose),
	);
	const places = choosePlaces(config, journal, { names, now: Date.now(), folder: draft.folder });
	const steps = places.map(({ tag }, place) => ({
		tag,
		statements: safe.migrations[place]?.statements ?? [],
	}));
	const { proveSteps } = await import('../generate/prove-steps.ts');
	const proven = await proveSteps(
		{ server: subject.server, journal, plain: subject.statements, steps },
		{ ignoreSchemas, ...(onProgress === undefined ? {} : { onProgress }) },
	);
	const texts = places.map((place, step) => writeTexts(place, proven[step] as ProvenStep));
	const files = await write(subject, places, texts);
	const migrations = proven.map(
		({ statements, down, locks, notices }, step): CreatedReport => ({
			kind: 'created',
			tag: places[step]?.tag ?? '',
			files: files[step] as MigrationFiles,
			statements,
			...describeDown(down),
			locks,
			notices,
		}),
	);
	const left = await listUnsafe(migrations);
	return { kind: 'split', migrations, changes: safe.changes, notices: [...draft.notices, ...left] };
}

interface Texts {
	readonly upSql: string;
	readonly downText: string;
}

function writeTexts({ tag, breakpoints }: Place, { statements, down }: ProvenStep): Texts {
	const upSql = joinStatements(statements, { breakpoints });
	return { upSql, downText: writeDownFile({ tag, upChecksum: computeChecksum(upSql), ...down }) };
}

async function write(
	subject: SafeSubject,
	places: readonly Place[],
	texts: readonly Texts[],
): Promise<readonly MigrationFiles[]> {
	const { config, journal, journalText, draft, kit, refuseIfAborted } = subject;
	if (draft.folder === undefined) {
		const ends = { before: await draftCustomMigration(journal, kit), after: draft.snapshot };
		const snapshots = chainSnapshots(ends, places.length);
		const migrations = places.map((place, step) => ({
			...place,
			...(texts[step] as Texts),
			snapshot: snapshots[step] ?? draft.snapshot,
		}));
		refuseIfAborted();
		return writeMigrations(config.folder, migrations, journalText);
	}
	const ends = { before: await draftCustomFolder(journal, kit), after: draft.folder };
	const snapshots = chainFolderSnapshots(ends, places.length);
	const migrations = places.map(({ tag }, step) => ({
		tag,
		...(texts[step] as Texts),
		snapshotText: snapshots[step] ?? '',
	}));
	refuseIfAborted();
	const known = journal.migrations.map(({ tag }) => tag);
	return writeMigrationFolders(config.folder, migrations, known);
}

/** What the linter still calls an error, a sentence each: there is no mechanical form for it. */
export async function listUnsafe(
	migrations: readonly Pick<CreatedReport, 'tag' | 'files' | 'statements' | 'locks'>[],
): Promise<readonly string[]> {
	const { lintMigration } = await import('../lint/lint-migration.ts');
	const { prepareMigration } = await import('../lint/prepare-migration.ts');
	const found = migrations.map(async ({ tag, files, statements, locks }, index) => {
		const sql = joinStatements(statements, { breakpoints: true });
		const up = { file: files.up, sql, checksum: computeChecksum(sql) };
		const migration = { index, tag, when: 0, hasSnapshot: true, up };
		const linted = await prepareMigration(migration, locks === undefined ? {} : { locks });
		return lintMigration(linted)
			.findings.filter(({ severity }) => severity === 'error')
			.map(({ code, what, how }) => `${tag}: ${what} No safe form of it is known (${code}). ${how}`);
	});
	return (await Promise.all(found)).flat();
}
