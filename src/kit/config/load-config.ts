import { join, resolve } from 'node:path';
import { CompanionError } from '../errors.ts';
import { checkConfigFile } from './check-config-file.ts';
import type { Config, ConnectionSettings } from './config.ts';
import { isPostgresUrl } from './is-postgres-url.ts';
import { loadConfigFile } from './load-config-file.ts';
import { type Environment, readEnvironment } from './read-environment.ts';

/** What a caller may say beside, or instead of, the configuration file. */
export interface ConfigOptions {
	/** The project's folder; relative paths start here. Default: the working directory. */
	readonly cwd?: string;
	/** The configuration file; default `drizzle.config.ts`, `.js`, `.mjs`, `.json`, the first that exists. */
	readonly config?: string;
	/** PostgreSQL URL; goes before the environment, `.env` and the configuration file. */
	readonly url?: string;
	/** The folder with the migrations, instead of the configuration file's `out`; without either, `drizzle`. */
	readonly folder?: string;
}

/**
 * Reads flags, environment, `.env` and the configuration file, in this order of precedence. Where there is no configuration
 * file, a journal in `folder` (default `drizzle`) is enough, and everything else has drizzle-kit's defaults.
 * @throws CompanionError `CONFIG_INVALID` with every problem found, in `details.problems`
 */
export async function loadConfig(options: ConfigOptions = {}): Promise<Config> {
	const root = resolve(options.cwd ?? process.cwd());
	const { file, environment } = await readProject(root, options.config);
	if (file === undefined && options.folder === undefined && !(await hasJournalIn(root)))
		throw configMissing(root);
	const checked = checkConfigFile(file?.kit ?? {}, file?.companion, { isWritten: file !== undefined });
	const problems = [...checked.problems, ...urlProblems(options, environment, checked.settings.connection)];
	if (problems.length > 0) throw configInvalid(file?.file ?? root, problems);
	const { connection: configured, out, ...settings } = checked.settings;
	const connection = chooseConnection(options, environment, configured);
	const shadowUrl = environment.SHADOW_DATABASE_URL;
	return {
		...settings,
		root,
		folder: resolve(root, options.folder ?? out),
		isProduction: environment.NODE_ENV === 'production',
		...(file === undefined ? {} : { file: file.file }),
		...(connection === undefined ? {} : { connection }),
		...(shadowUrl ? { shadowUrl } : {}),
	};
}

async function hasJournalIn(root: string): Promise<boolean> {
	const { hasJournal } = await import('../journal/read-journal.ts');
	return hasJournal(join(root, defaultFolder));
}

/** drizzle-kit's own default of `out`. */
const defaultFolder = 'drizzle';

/** One at a time: while a file is loaded, the process has that project's environment. */
let turn: Promise<unknown> = Promise.resolve();

async function readProject(root: string, name: string | undefined) {
	const mine = turn.then(async () => {
		const environment = readEnvironment(root);
		const file = await loadConfigFile(root, environment, name);
		return { file, environment: file?.environment ?? environment };
	});
	turn = mine.catch(() => undefined);
	return await mine;
}

function chooseConnection(
	options: ConfigOptions,
	environment: Environment,
	configured: ConnectionSettings | undefined,
): ConnectionSettings | undefined {
	const url = options.url || environment.DATABASE_URL;
	return url ? { url } : configured;
}

function urlProblems(
	options: ConfigOptions,
	environment: Environment,
	configured: ConnectionSettings | undefined,
): string[] {
	const connection = chooseConnection(options, environment, configured);
	const name = options.url ? '--url' : environment.DATABASE_URL ? 'DATABASE_URL' : 'dbCredentials.url';
	const urls = [
		['--url', options.url === '' ? '' : undefined],
		[name, connection !== undefined && 'url' in connection ? connection.url : undefined],
		['SHADOW_DATABASE_URL', environment.SHADOW_DATABASE_URL || undefined],
	] as const;
	return urls
		.filter(([, url]) => url !== undefined && !isPostgresUrl(url))
		.map(
			([where]) =>
				`${where} is not a PostgreSQL URL; it looks like postgres://user:password@host:5432/database, with special characters of the password percent-encoded`,
		);
}

function configMissing(root: string): CompanionError {
	return new CompanionError(
		'CONFIG_INVALID',
		`There is no drizzle.config.ts, .js, .mjs or .json in ${root}, and no journal in ${defaultFolder}/meta either.`,
		{
			hint: 'Run the command in the folder of your drizzle.config.ts, or name the file with --config.',
		},
	);
}

function configInvalid(file: string, problems: readonly string[]): CompanionError {
	return new CompanionError(
		'CONFIG_INVALID',
		`${file} cannot be used:\n${problems.map((each) => `  - ${each}`).join('\n')}`,
		{
			hint: 'Mend what is listed; all problems are listed at once.',
			details: { file, problems },
		},
	);
}
