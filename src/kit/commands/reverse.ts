import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import { CompanionError } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import type { DownFile, Loss, Migration, Reversibility, UpFile } from '../journal/migration.ts';
import { nameDownFile } from '../journal/name-files.ts';
import { readJournal } from '../journal/read-journal.ts';
import { type DownFileContent, writeDownFile } from '../journal/write-down-file.ts';
import { resolveTarget } from '../plan/resolve-target.ts';
import { ignoredSchemas } from './ignored-schemas.ts';
import type { ProjectOptions } from './project-options.ts';
import { passMigration, walkMigrations } from './walk-migrations.ts';

export interface ReverseOptions extends Omit<ProjectOptions, 'client' | 'onConnect'> {
	/** Which migrations; without any and without `all`, those that have no down file. */
	readonly targets?: readonly string[];
	/** Every migration. Down files that somebody wrote or edited are proven as they stand and not replaced. */
	readonly all?: boolean;
	/** Prove the down files as they stand and renew their headers; write none anew. */
	readonly prove?: boolean;
	/** Told after each migration. */
	readonly onReversed?: (reversed: Reversed) => void;
}

/** What became of one migration's down file. */
export interface Reversed {
	readonly tag: string;
	/** `written`: derived and proven; `proven`: proven as it stands; `irreversible`: written as having no way back; `failed`: left as it was. */
	readonly result: 'written' | 'proven' | 'irreversible' | 'failed';
	readonly file: string;
	readonly reversibility?: Reversibility;
	readonly loses: readonly Loss[];
	/** Why, for `irreversible` and `failed`. */
	readonly problems: readonly string[];
}

export interface ReverseReport {
	readonly migrations: readonly Reversed[];
}

/**
 * Writes and proves down files for migrations that exist already: hand-written SQL, adopted projects. One scratch database is
 * moved forward through all of them.
 * @throws CompanionError when the journal or a target is wrong, or a migration does not run in a scratch database
 */
export async function reverse(options: ReverseOptions = {}): Promise<ReverseReport> {
	const config = await loadConfig(options);
	const journal = readJournal(config.folder);
	const chosen = chooseMigrations(journal, options);
	const [first, last] = [chosen[0], chosen.at(-1)];
	if (first === undefined || last === undefined) return { migrations: [] };
	const walked = { ...journal, migrations: journal.migrations.slice(0, last.index + 1) };
	const reversed: Reversed[] = [];
	const visit = async (
		migration: Migration & { readonly up: UpFile },
		before: ScratchDatabase,
	): Promise<ScratchDatabase> => {
		if (!chosen.some(({ tag }) => tag === migration.tag)) return await passMigration(migration, before);
		options.onProgress?.({
			message: `${migration.tag}: its way back`,
			current: reversed.length,
			total: chosen.length,
		});
		const { result, after } = await reverseOne(migration, before, { config, options });
		reversed.push(result);
		options.onReversed?.(result);
		return after;
	};
	const { onProgress, signal } = options;
	const walk = { config, journal: walked, from: first.index, onProgress, signal };
	return await walkMigrations(walk, visit, async () => ({ migrations: reversed }));
}

function chooseMigrations(
	{ migrations }: Journal,
	{ targets = [], all, prove }: ReverseOptions,
): readonly Migration[] {
	if (targets.length > 0) {
		const tags = migrations.map(({ tag }) => tag);
		const places = targets.map((target) => resolveTarget(target, { tags, position: tags.length }) - 1);
		const chosen = migrations.filter(({ index }) => places.includes(index));
		return prove ? chosen.map(requireDown) : chosen;
	}
	if (prove) return migrations.filter(({ down }) => down !== undefined && (all || down.proof !== 'proven'));
	return all ? migrations : migrations.filter(({ down }) => down === undefined);
}

function requireDown(migration: Migration): Migration {
	if (migration.down !== undefined) return migration;
	throw new CompanionError('DOWN_FILE_NOT_FOUND', `${migration.tag} has no down file to prove.`, {
		hint: `Derive one: pnpm db:reverse ${migration.tag}.`,
	});
}

interface Circumstances {
	readonly config: Config;
	readonly options: ReverseOptions;
}

interface Outcome {
	readonly result: Reversed;
	readonly after: ScratchDatabase;
}

async function reverseOne(
	migration: Migration & { readonly up: UpFile },
	before: ScratchDatabase,
	circumstances: Circumstances,
): Promise<Outcome> {
	const { down } = migration;
	const { prove, targets = [] } = circumstances.options;
	// A file that somebody wrote is replaced only when it was named.
	const isKept =
		down !== undefined && (prove || (targets.length === 0 && down.proof !== 'proven' && down.sql !== ''));
	return isKept
		? await proveExisting({ ...migration, down }, before, circumstances)
		: await deriveNew(migration, before, circumstances);
}

async function deriveNew(
	migration: Migration & { readonly up: UpFile },
	before: ScratchDatabase,
	{ config }: Circumstances,
): Promise<Outcome> {
	const { reverseMigration } = await import('../reverse/reverse-migration.ts');
	const { tag, up } = migration;
	const { down, after, problems } = await reverseMigration({
		before,
		isBeforeSpent: true,
		upSql: up.sql,
		tag,
		ignoreSchemas: ignoredSchemas(config),
	});
	const serverVersion = await versionOf(before);
	before.refuseIfDisturbed();
	const file = writeDown(config, migration, { tag, upChecksum: up.checksum, ...down, serverVersion });
	const result = down.reversibility === 'irreversible' ? 'irreversible' : 'written';
	return {
		after,
		result: { tag, result, file, reversibility: down.reversibility, loses: down.loses, problems },
	};
}

async function proveExisting(
	migration: Migration & { readonly up: UpFile; readonly down: DownFile },
	before: ScratchDatabase,
	{ config }: Circumstances,
): Promise<Outcome> {
	const { proveDown } = await import('../reverse/prove-down.ts');
	const { tag, up, down } = migration;
	if (down.reversibility === 'irreversible') {
		const after = await passMigration(migration, before);
		return {
			after,
			result: {
				tag,
				result: 'irreversible',
				file: down.file,
				reversibility: 'irreversible',
				loses: [],
				problems: down.reason === undefined ? [] : [down.reason],
			},
		};
	}
	const proof = await proveDown({
		before,
		isBeforeSpent: true,
		upSql: up.sql,
		downSql: down.sql,
		declared: down,
		tag,
		ignoreSchemas: ignoredSchemas(config),
	});
	const { after, measured, failure, differences } = proof;
	const serverVersion = await versionOf(before);
	before.refuseIfDisturbed();
	if (failure !== undefined || differences.length > 0) {
		const problems = [
			...(failure === undefined
				? []
				: [`the ${failure.during} fails: ${failure.message} (${failure.statement.split('\n')[0]})`]),
			...differences.map(({ words }) => words),
		];
		return {
			after,
			result: {
				tag,
				result: 'failed',
				file: down.file,
				reversibility: down.reversibility,
				loses: down.loses,
				problems,
			},
		};
	}
	const file = writeDown(config, migration, {
		tag,
		upChecksum: up.checksum,
		statements: [down.sql],
		...measured,
		serverVersion,
	});
	return {
		after,
		result: {
			tag,
			result: 'proven',
			file,
			reversibility: measured.reversibility,
			loses: measured.loses,
			problems: [],
		},
	};
}

function writeDown({ folder }: Config, migration: Migration, content: DownFileContent): string {
	const file = join(folder, nameDownFile(migration));
	writeFileSync(file, writeDownFile(content));
	return file;
}

async function versionOf(database: ScratchDatabase): Promise<string> {
	const { rows } = await database.query(
		"SELECT split_part(current_setting('server_version'), ' ', 1) AS version",
	);
	return rows[0].version as string;
}
