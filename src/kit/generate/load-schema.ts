import { randomUUID } from 'node:crypto';
import { stripVTControlCharacters } from 'node:util';
import type { Config } from '../config/config.ts';
import { CompanionError } from '../errors.ts';
import type { DrizzleKitAnswer, DrizzleKitFailure, LoadedSchema } from './drizzle-kit-worker.ts';
import { type DrizzleKit, toError } from './open-drizzle-kit.ts';
import { ORIGIN_ID, type Snapshot } from './snapshot.ts';

/** The TypeScript schema as a snapshot. `notices` is what drizzle-kit or the schema files had to say. */
export interface Schema {
	readonly snapshot: Snapshot;
	readonly notices: readonly string[];
}

/**
 * Loads the project's schema files as drizzle-kit does and turns their exports into a snapshot with a new id.
 * @throws CompanionError `CONFIG_INVALID` when a file is missing or fails, when nothing is exported, and when names collide
 */
export async function loadSchema(
	config: Pick<Config, 'schema' | 'casing'>,
	kit: DrizzleKit,
	previousId: string = ORIGIN_ID,
): Promise<Schema> {
	const answer = await kit.run({ kind: 'load', patterns: config.schema, casing: config.casing });
	const notices = toLines(answer.output);
	const { files, snapshot, duplicates } = takeSchema(answer, notices);
	if (files.length === 0) throw filesMissing(config.schema);
	if (isEmpty(snapshot)) throw nothingExported(files);
	if (duplicates.length > 0) throw namesCollide(duplicates);
	return { snapshot: { id: randomUUID(), prevId: previousId, ...snapshot }, notices };
}

/** Whether `loadSchema` failed because the schema files say nothing of a database. */
export function isNothingExported(error: unknown): boolean {
	return (
		error instanceof CompanionError && error.code === 'CONFIG_INVALID' && 'files' in (error.details ?? {})
	);
}

function takeSchema(answer: DrizzleKitAnswer, notices: readonly string[]): LoadedSchema {
	if (answer.kind === 'done') return answer.value as LoadedSchema;
	const { failure } = answer;
	const reason = failure.isExit && notices.length > 0 ? notices.join(' ') : failure.message;
	const where = failure.file ?? 'The schema';
	if (reason.startsWith('process.exit(')) throw refusedSilently(failure);
	throw new CompanionError('CONFIG_INVALID', `${where} cannot be read: ${reason}`, {
		cause: toError(failure),
		hint:
			failure.file === undefined
				? 'Correct the schema files and run the command again.'
				: explainFailure(reason),
		details: { ...(failure.file === undefined ? {} : { file: failure.file }), reason },
	});
}

/** drizzle-kit 1.0 finds a name that is there twice, says so on a terminal only, and exits. */
function refusedSilently(failure: DrizzleKitFailure): CompanionError {
	return new CompanionError(
		'CONFIG_INVALID',
		'drizzle-kit refuses the schema: a table, a column, an index or a constraint in it has a name that another one has, too.',
		{ hint: 'npx drizzle-kit export prints which.', cause: toError(failure) },
	);
}

function explainFailure(reason: string): string {
	if (reason.includes('Top-level await'))
		return 'drizzle-kit loads schema files as CommonJS, where top-level await does not exist: keep it out of them.';
	if (/Cannot find (module|package)/.test(reason)) return 'Check the import, or install the package.';
	return 'Every file that `schema` in drizzle.config.ts names is loaded: correct this one, or name the files more narrowly.';
}

function filesMissing(patterns: readonly string[]): CompanionError {
	const names = patterns.map((pattern) => JSON.stringify(pattern)).join(', ');
	return new CompanionError('CONFIG_INVALID', `No schema file matches ${names}.`, {
		hint: 'Correct `schema` in drizzle.config.ts; it is relative to the folder in which the command runs.',
		details: { schema: patterns },
	});
}

function nothingExported(files: readonly string[]): CompanionError {
	return new CompanionError('CONFIG_INVALID', `No PostgreSQL table is exported by ${files.join(', ')}.`, {
		hint: 'drizzle-kit sees only what is exported: `export const users = pgTable(…)`. To drop every table, write the SQL with `pnpm db:generate --custom`.',
		details: { files },
	});
}

function namesCollide(duplicates: readonly string[]): CompanionError {
	return new CompanionError(
		'CONFIG_INVALID',
		`The schema defines a name twice, differently: ${duplicates.join('; ')}.`,
		{ hint: 'Keep one of the two, or export only one.', details: { duplicates } },
	);
}

/** Whether a snapshot knows of nothing at all. */
export function isEmpty({
	tables,
	enums,
	schemas,
	sequences,
	roles,
	policies,
	views,
}: LoadedSchema['snapshot']): boolean {
	return [tables, enums, schemas, sequences, roles, policies, views].every(
		(part) => Object.keys(part).length === 0,
	);
}

function toLines(output: string): string[] {
	return stripVTControlCharacters(output)
		.split('\n')
		.map((line) => line.trim())
		.filter((line) => line !== '');
}
