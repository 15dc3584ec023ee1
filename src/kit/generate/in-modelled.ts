import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import { CompanionError } from '../errors.ts';
import { inTrial, isTooMuch, type Trial } from '../reverse/open-trial.ts';
import { isTransactional, MigrationSqlFailed, runMigrationSql } from '../reverse/run-migration-sql.ts';
import { endStatementsAtBreakpoints } from '../sql/end-statements-at-breakpoints.ts';
import { quoteLiteral } from '../sql/quote-identifier.ts';
import { quote } from './apply-rename.ts';
import { listEntities } from './entity.ts';
import { skipExistingRoles } from './skip-existing-roles.ts';
import type { Snapshot } from './snapshot.ts';
import { joinStatements } from './write-migration.ts';

export interface ModelledSchema {
	/** What these know is taken away first. */
	readonly stripped: readonly Snapshot[];
	/** What drizzle-kit makes of the schema, from nothing. */
	readonly statements: readonly string[];
	readonly ignoreSchemas: readonly string[];
}

/**
 * Does something where a schema was made from nothing, by the SQL that drizzle-kit makes of its snapshot. That is the state
 * before without anything that the given snapshots know, so that functions, extensions and types written by hand are there.
 * The state before stays as it is.
 * @throws CompanionError `GENERATE_FAILED` with the statement that does not run
 */
export async function inModelled<Result>(
	before: ScratchDatabase,
	{ stripped, statements, ignoreSchemas }: ModelledSchema,
	work: (trial: Trial) => Promise<Result>,
): Promise<Result> {
	const isOneTransaction = await isTransactional(await toSql(before, statements)).catch(
		explainTo(statements),
	);
	return await inTrial(before, { ignoreSchemas, isTransactional: isOneTransaction }, async (trial) => {
		for (const snapshot of stripped) await trial.query(writeStripping(snapshot));
		const schemas = await listSchemas(trial);
		const missing = statements.filter(
			(statement) => !schemas.has(/^CREATE SCHEMA "(.*)";\n?$/.exec(statement)?.[1] ?? ''),
		);
		await trial.run(await toSql(before, missing)).catch((error: unknown) => {
			if (trial.canUndo && isTooMuch(error)) throw error;
			return explainTo(missing)(error);
		});
		return await work(trial);
	});
}

/** Statements as the text of an up file, with its offsets, as it can be run in the given database. */
export async function toSql(database: ScratchDatabase, statements: readonly string[]): Promise<string> {
	const text = joinStatements(statements, { breakpoints: true });
	return await skipExistingRoles(database, endStatementsAtBreakpoints(text));
}

/** Runs statements as a migration would. @throws MigrationSqlFailed */
export async function runStatements(database: ScratchDatabase, statements: readonly string[]): Promise<void> {
	await runMigrationSql(database.pool(), await toSql(database, statements));
}

/** Schemas in which something written by hand lives stay. */
function writeStripping(snapshot: Snapshot): string {
	const drop = (what: string, names: readonly (readonly string[])[]) =>
		names.map((name) => `DROP ${what} IF EXISTS ${name.map(quote).join('.')} CASCADE;`);
	const views = Object.values(snapshot.views).filter(({ isExisting }) => !isExisting);
	const pick = (isMaterialized: boolean) =>
		views
			.filter(({ materialized }) => materialized === isMaterialized)
			.map(({ schema, name }) => [schema, name]);
	return [
		'SET client_min_messages = error;',
		...drop('VIEW', pick(false)),
		...drop('MATERIALIZED VIEW', pick(true)),
		...drop('TABLE', listEntities('table', snapshot)),
		...drop('SEQUENCE', listEntities('sequence', snapshot)),
		...drop('TYPE', listEntities('enum', snapshot)),
		...listEntities('schema', snapshot).map(([name]) => writeDropIfEmpty(quote(name))),
		'RESET client_min_messages;',
	].join('\n');
}

function writeDropIfEmpty(schema: string): string {
	const block = `BEGIN DROP SCHEMA IF EXISTS ${schema}; EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END`;
	return `DO ${quoteLiteral(block)};`;
}

async function listSchemas(trial: Trial): Promise<ReadonlySet<string>> {
	const { rows } = await trial.query('SELECT nspname FROM pg_namespace');
	return new Set(rows.map(({ nspname }) => nspname as string));
}

function explainTo(statements: readonly string[]): (error: unknown) => never {
	return (error) => {
		throw error instanceof MigrationSqlFailed ? explain(error, statements) : error;
	};
}

function explain(cause: MigrationSqlFailed, statements: readonly string[]): CompanionError {
	const { message, sqlstate = '', offset } = cause.failure;
	const statement = findStatement(statements, offset).trim();
	return new CompanionError(
		'GENERATE_FAILED',
		`The SQL that drizzle-kit makes of the TypeScript schema does not run: ${message}, in\n${statement}`,
		{
			hint: explainRemedy(sqlstate),
			details: { ...cause.failure, statement },
			cause,
		},
	);
}

function explainRemedy(sqlstate: string): string {
	if (THERE_ALREADY.has(sqlstate))
		return 'A migration written by hand made it, and no snapshot knows it: let drizzle-kit record it (npx drizzle-kit generate), and take what is there already out of the file that it writes.';
	return `${sqlstate === '42601' ? UNESCAPED : 'Correct the schema files'}, or write this migration by hand: pnpm db:generate --custom.`;
}

/** A table, a type or another object, a function, a schema. */
const THERE_ALREADY: ReadonlySet<string> = new Set(['42P07', '42710', '42723', '42P06']);

const UNESCAPED =
	'drizzle-kit does not escape names, values and expressions, so that a quote or a semicolon in one of them breaks its SQL: write such a default as sql`…`';

function findStatement(statements: readonly string[], offset: number): string {
	const end = (place: number) => joinStatements(statements.slice(0, place + 1), { breakpoints: true }).length;
	return statements.find((_, place) => offset <= end(place)) ?? '';
}
