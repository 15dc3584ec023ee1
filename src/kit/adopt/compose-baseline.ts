import { type Catalog, type Difference, keyOf, type PlannedStatement } from '../catalog/catalog.ts';
import { compareCatalogs } from '../catalog/compare-catalogs.ts';
import { planCatalogChange } from '../catalog/plan-catalog-change.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import type { ScratchDatabase, ScratchServer } from '../database/scratch/open-scratch-server.ts';
import { CompanionError } from '../errors.ts';
import { runStatements } from '../generate/in-modelled.ts';
import { MigrationSqlFailed } from '../reverse/run-migration-sql.ts';

export interface BaselineSubject {
	readonly server: ScratchServer;
	/** What drizzle-kit makes of the pulled TypeScript from nothing; absent where it can make nothing of it. */
	readonly modelled: readonly string[] | undefined;
	readonly live: Catalog;
	readonly ignoreSchemas: readonly string[];
}

/** SQL that makes a database like the live one, proven. */
export interface ComposedBaseline {
	readonly statements: readonly string[];
	/** Whether drizzle-kit's statements are its first part; otherwise all of it is made from PostgreSQL's own catalog. */
	readonly isModelled: boolean;
}

/**
 * Composes the first migration of a database that is there already. drizzle-kit's SQL, with what TypeScript cannot express behind
 * it, where that arrives; otherwise SQL from PostgreSQL's own catalog.
 * @throws CompanionError `BASELINE_DIFFERS` when neither arrives
 */
export async function composeBaseline(given: BaselineSubject): Promise<ComposedBaseline> {
	const subject = { ...given, live: await takeSchemaPublic(given) };
	const planned = await planFromCatalog(subject);
	const completed = await completeModelled(
		subject,
		planned.filter((sql) => foundation.test(sql)),
	);
	if (completed !== undefined && (await proveEqual(subject, completed)).length === 0)
		return { statements: completed, isModelled: true };
	const differences = await proveEqual(subject, planned);
	if (differences.length > 0) throw differs(differences);
	return { statements: planned, isModelled: false };
}

/**
 * The schema `public` itself, its privileges and its comment, is the server's affair: whoever dropped and made it again gave
 * away the privileges that a new database has.
 */
async function takeSchemaPublic({ server, live, ignoreSchemas }: BaselineSubject): Promise<Catalog> {
	const key = keyOf('schema', ['public']);
	const mine = live.objects.get(key);
	const nothing = await server.create();
	try {
		const fresh = (await read(nothing, ignoreSchemas)).objects.get(key);
		if (mine === undefined || fresh === undefined) return live;
		return { ...live, objects: new Map(live.objects).set(key, { ...mine, attributes: fresh.attributes }) };
	} finally {
		await nothing.drop();
	}
}

/** What TypeScript tables stand on and cannot make. */
const foundation = /^CREATE (?:EXTENSION|DOMAIN|COLLATION|TYPE \S+ AS (?:\(|RANGE))/;

/** Undefined where drizzle-kit's statements do not run, or make something that the database does not have. */
async function completeModelled(
	{ server, modelled, live, ignoreSchemas }: BaselineSubject,
	foundations: readonly string[],
): Promise<readonly string[] | undefined> {
	if (modelled === undefined || modelled.length === 0) return undefined;
	const first = [...foundations, ...modelled.map(trim)];
	const database = await server.create();
	try {
		await runStatements(database, first);
		const made = await read(database, ignoreSchemas);
		const differences = await compareCatalogs(made, live);
		if (differences.some(({ kind }) => kind === 'extra')) return undefined;
		const rest = await planCatalogChange(made, live);
		return rest.some(({ isDestructive }) => isDestructive)
			? undefined
			: [...first, ...rest.map(({ sql }) => sql)];
	} catch (error) {
		if (error instanceof MigrationSqlFailed) return undefined;
		throw error;
	} finally {
		await database.drop();
	}
}

/** drizzle-kit ends some statements with a line break. */
function trim(statement: string): string {
	return statement.trim();
}

async function planFromCatalog({ server, live, ignoreSchemas }: BaselineSubject): Promise<readonly string[]> {
	const nothing = await server.create();
	try {
		const planned = await planChange(await read(nothing, ignoreSchemas), live);
		return planned.map(({ sql }) => sql);
	} finally {
		await nothing.drop();
	}
}

async function planChange(from: Catalog, to: Catalog): Promise<readonly PlannedStatement[]> {
	try {
		return await planCatalogChange(from, to);
	} catch (cause) {
		throw new CompanionError(
			'BASELINE_DIFFERS',
			`No SQL is known that makes this database from nothing: ${(cause as Error).message}`,
			{ hint: byHand, cause },
		);
	}
}

const byHand =
	'Nothing was written. Write the first migration by hand (pnpm db:generate --custom -m baseline, with the text of pg_dump --schema-only), then run pnpm db:baseline.';

/** How a database made by the statements differs from the live one. */
async function proveEqual(
	{ server, live, ignoreSchemas }: BaselineSubject,
	statements: readonly string[],
): Promise<readonly Difference[]> {
	const database = await server.create();
	try {
		await runStatements(database, statements);
		return await compareCatalogs(await read(database, ignoreSchemas), live);
	} catch (error) {
		if (error instanceof MigrationSqlFailed) throw doesNotRun(error);
		throw error;
	} finally {
		await database.drop();
	}
}

async function read(database: ScratchDatabase, ignoreSchemas: readonly string[]): Promise<Catalog> {
	return await readCatalog(database.pool(), { ignoreSchemas });
}

function doesNotRun(cause: MigrationSqlFailed): CompanionError {
	const { message, statement } = cause.failure;
	return new CompanionError(
		'BASELINE_DIFFERS',
		`The SQL that makes this database does not run in a scratch database: ${message}, at\n${statement}`,
		{
			hint: `Where an extension or a role is missing there, set SHADOW_DATABASE_URL to a server that has it. ${byHand}`,
			details: { ...cause.failure },
			cause,
		},
	);
}

function differs(differences: readonly Difference[]): CompanionError {
	return new CompanionError(
		'BASELINE_DIFFERS',
		`The SQL for the first migration would not make this database, in ${differences.length === 1 ? 'one thing' : `${differences.length} things`}:\n${differences.map(({ words }) => `  - ${words}`).join('\n')}`,
		{ hint: byHand, details: { differences } },
	);
}
