import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import type { Journal } from '../journal/journal.ts';
import type { Migration, UpFile } from '../journal/migration.ts';
import { nameDownFile } from '../journal/name-files.ts';
import { readJournal } from '../journal/read-journal.ts';
import { resolveTarget } from '../plan/resolve-target.ts';
import { ignoredSchemas } from './ignored-schemas.ts';
import type { ProjectOptions } from './project-options.ts';
import { passMigration, walkMigrations } from './walk-migrations.ts';

export interface VerifyOptions extends Omit<ProjectOptions, 'client' | 'onConnect'> {
	/** Verify this migration and those after it; default all. */
	readonly since?: string;
	/** Told after each migration. */
	readonly onVerified?: (verified: Verified) => void;
}

/** What became of one migration: up, down, up again. */
export interface Verified {
	readonly tag: string;
	readonly isRight: boolean;
	/** Sentences; empty when it is right. */
	readonly problems: readonly string[];
}

export interface VerifyReport {
	readonly isRight: boolean;
	/** Oldest first; ends at the first one that failed. */
	readonly migrations: readonly Verified[];
	/** How the end differs from the TypeScript schema; empty when they are equal, absent when a migration failed before. */
	readonly differences?: readonly string[];
	/** What else is worth knowing. */
	readonly notices?: readonly string[];
}

const NOTHING_TO_COMPARE =
	'The schema files export no table and no snapshot knows one: there was nothing to compare the end with.';

/**
 * Replays the history in a scratch database: each migration up, down, up again, with rows, the catalogs compared; at the end
 * the catalog must be that of the TypeScript schema. Touches no other database.
 * @throws CompanionError when the journal is wrong, the schema files do not load or a migration does not run at all
 */
export async function verify(options: VerifyOptions = {}): Promise<VerifyReport> {
	const config = await loadConfig(options);
	const journal = readJournal(config.folder);
	const from = firstOf(journal, options.since);
	const { compareWithTypeScript, loadTypeScript } = await import('../generate/compare-with-typescript.ts');
	const snapshot = await loadTypeScript(config, journal);
	const migrations: Verified[] = [];
	const visit = async (
		migration: Migration & { readonly up: UpFile },
		before: ScratchDatabase,
	): Promise<ScratchDatabase> => {
		if (migrations.some(({ isRight }) => !isRight)) return before;
		options.onProgress?.({
			message: `verifying ${migration.tag}`,
			current: migrations.length,
			total: journal.migrations.length - from,
		});
		const { verified, after } = await verifyOne(migration, before, config);
		before.refuseIfDisturbed();
		migrations.push(verified);
		options.onVerified?.(verified);
		return after;
	};
	const { onProgress, signal } = options;
	return await walkMigrations({ config, journal, from, onProgress, signal }, visit, async (state) => {
		if (migrations.some(({ isRight }) => !isRight)) return { isRight: false, migrations };
		if (snapshot === undefined)
			return { isRight: true, migrations, differences: [], notices: [NOTHING_TO_COMPARE] };
		onProgress?.({ message: 'comparing the end with the TypeScript schema' });
		const differences = await compareWithTypeScript(state, {
			config,
			journal,
			snapshot,
			ignoreSchemas: ignoredSchemas(config),
		});
		return { isRight: differences.length === 0, migrations, differences };
	});
}

function firstOf({ migrations }: Journal, since: string | undefined): number {
	if (since === undefined) return 0;
	const tags = migrations.map(({ tag }) => tag);
	return Math.max(resolveTarget(since, { tags, position: tags.length }) - 1, 0);
}

async function verifyOne(
	migration: Migration & { readonly up: UpFile },
	before: ScratchDatabase,
	config: Config,
): Promise<{ readonly verified: Verified; readonly after: ScratchDatabase }> {
	const { tag, up, down } = migration;
	const standing = standingProblems(migration);
	if (down === undefined || down.reversibility === 'irreversible') {
		const after = await passMigration(migration, before);
		return { after, verified: { tag, isRight: standing.length === 0, problems: standing } };
	}
	const { proveDown } = await import('../reverse/prove-down.ts');
	const proof = await proveDown({
		before,
		isBeforeSpent: true,
		upSql: up.sql,
		downSql: down.sql,
		declared: down,
		tag,
		ignoreSchemas: ignoredSchemas(config),
	});
	const failure =
		proof.failure === undefined
			? []
			: [
					`the ${proof.failure.during} fails: ${proof.failure.message} (${proof.failure.statement.split('\n')[0]})`,
				];
	const problems = [
		...standing,
		...failure,
		...proof.differences.map(({ words }) => `after the way back: ${words}`),
		...proof.problems,
	];
	return { after: proof.after, verified: { tag, isRight: problems.length === 0, problems } };
}

function standingProblems(migration: Migration): readonly string[] {
	const { tag, down, hasSnapshot } = migration;
	const problems: string[] = [];
	if (!hasSnapshot) problems.push(`The snapshot of ${tag} is missing.`);
	if (down === undefined) problems.push(`${tag} has no down file: pnpm db:reverse ${tag}.`);
	else if (down.proof !== 'proven' && down.reversibility !== 'irreversible')
		problems.push(
			`${nameDownFile(migration)} is not proven (${down.proof}): pnpm db:reverse --prove ${tag}.`,
		);
	return problems;
}
