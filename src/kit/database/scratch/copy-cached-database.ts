import type pg from 'pg';
import { whenUnused } from './copy-database.ts';
import type { ScratchDatabase } from './open-scratch-server.ts';
import { quoteIdentifier } from './quote-identifier.ts';
import { nameCacheDatabase } from './scratch-names.ts';
import type { ScratchRun } from './scratch-run.ts';

/** How many cached databases a role keeps on a server: some 8 MB each, the newest ones. */
const keptDatabases = 8;

export interface CacheKey {
	readonly key: string;
	readonly role: string;
}

export interface CachedDatabase extends CacheKey {
	/** Keys of databases that it may be built from, the best first. */
	readonly bases?: readonly string[];
	/** Fills an empty database, or a copy of the cached database of `base`. */
	build(database: ScratchDatabase, base: string | undefined): Promise<void>;
}

/**
 * A copy of the cached database, which is built when there is none.
 *
 * It is built as an ordinary scratch database and renamed when complete, so that what a killed build leaves is swept with the
 * other scratch databases. Of several processes that build the same one, the first to rename wins; the others use what
 * they built.
 */
export async function copyCachedDatabase(run: ScratchRun, cached: CachedDatabase): Promise<ScratchDatabase> {
	const name = nameCacheDatabase(cached.key, cached.role);
	const copy = await copyIfPresent(run, name);
	if (copy !== undefined) return copy;
	const built = await buildDatabase(run, cached);
	if (!(await keepAs(run, built, name))) return built;
	return (await copyIfPresent(run, name)) ?? copyCachedDatabase(run, cached);
}

/** The cached database itself, cached no more, or built where there is none: for whoever has no need of a copy, and caches it again. */
export async function borrowCachedDatabase(
	run: ScratchRun,
	cached: CachedDatabase,
): Promise<ScratchDatabase> {
	return (await takeCached(run, cached)) ?? (await buildDatabase(run, cached));
}

export async function isCached(run: ScratchRun, { key, role }: CacheKey): Promise<boolean> {
	const { rows } = await run.admin.run('SELECT FROM pg_database WHERE datname = $1', [
		nameCacheDatabase(key, role),
	]);
	return rows.length > 0;
}

/** A copy of the cached database, where there is one. */
export function copyIfCached(run: ScratchRun, { key, role }: CacheKey): Promise<ScratchDatabase | undefined> {
	return copyIfPresent(run, nameCacheDatabase(key, role));
}

/** The cached database itself, where there is one: it is cached no more. */
export async function takeCached(
	run: ScratchRun,
	{ key, role }: CacheKey,
): Promise<ScratchDatabase | undefined> {
	try {
		return await run.adopt(nameCacheDatabase(key, role));
	} catch (error) {
		if ((error as pg.DatabaseError).code === '3D000') return undefined;
		throw error;
	}
}

/** Makes a scratch database the cached one; false when there is one already. */
export async function cacheDatabase(
	run: ScratchRun,
	database: ScratchDatabase,
	{ key, role }: CacheKey,
): Promise<boolean> {
	await database.disconnect();
	return await keepAs(run, database, nameCacheDatabase(key, role));
}

async function copyIfPresent(run: ScratchRun, name: string): Promise<ScratchDatabase | undefined> {
	try {
		return await run.create(name, { isClosed: true });
	} catch (error) {
		if ((error as pg.DatabaseError).code === '3D000') return undefined;
		throw error;
	}
}

async function buildDatabase(run: ScratchRun, cached: CachedDatabase): Promise<ScratchDatabase> {
	const { database, base } = await startFromBase(run, cached);
	try {
		await cached.build(database, base);
		await database.disconnect();
		return database;
	} catch (error) {
		await database.drop();
		throw error;
	}
}

async function startFromBase(
	run: ScratchRun,
	{ bases = [], role }: CachedDatabase,
): Promise<{ readonly database: ScratchDatabase; readonly base: string | undefined }> {
	const { rows } = bases.length === 0 ? { rows: [] } : await run.admin.run(ownCachedDatabases);
	const present = new Set(rows.map(({ datname }) => datname));
	const base = bases.find((key) => present.has(nameCacheDatabase(key, role)));
	const copy = base === undefined ? undefined : await copyIfPresent(run, nameCacheDatabase(base, role));
	return copy === undefined
		? { database: await run.create('template0', { isClosed: true }), base: undefined }
		: { database: copy, base };
}

/** Makes the database the cached one, in the place of the oldest; false when there is one of that name already. */
async function keepAs(run: ScratchRun, built: ScratchDatabase, name: string): Promise<boolean> {
	const database = quoteIdentifier(built.name);
	// Copies need a source without sessions: from now on nobody can open one.
	await run.admin.run(`ALTER DATABASE ${database} ALLOW_CONNECTIONS false`);
	try {
		await whenUnused(run.admin, built.name, () =>
			run.admin.run(`ALTER DATABASE ${database} RENAME TO ${quoteIdentifier(name)}`),
		);
		run.forget(built);
		await dropOldest(run);
		return true;
	} catch (error) {
		// duplicate_database; unique_violation, when another process renames its own at the same instant
		if (!['42P04', '23505'].includes((error as pg.DatabaseError).code ?? '')) throw error;
		await run.admin.run(`ALTER DATABASE ${database} ALLOW_CONNECTIONS true`);
		return false;
	}
}

async function dropOldest(run: ScratchRun): Promise<void> {
	const { rows } = await run.admin.run(ownCachedDatabases);
	for (const { datname } of rows.slice(keptDatabases)) {
		await run.admin.run(`DROP DATABASE IF EXISTS ${quoteIdentifier(datname)}`);
	}
}

// Newest first: the server numbers databases in the order in which they are made.
const ownCachedDatabases = `SELECT datname FROM pg_database
WHERE datname LIKE 'companion\\_cache\\_%' AND datdba = (SELECT oid FROM pg_roles WHERE rolname = current_user)
ORDER BY oid DESC`;
