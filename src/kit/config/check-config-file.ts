import type { KeepOptions } from '../keep/keep-settings.ts';
import { readSize } from '../keep/read-size.ts';
import type { CompanionSettings, Config, ConnectionSettings, DriftSettings, Prefix } from './config.ts';
import { companionDefaults } from './define-companion.ts';

/** What a configuration file says, its defaults filled in. */
export interface CheckedConfig {
	readonly settings: Pick<
		Config,
		| 'schema'
		| 'casing'
		| 'breakpoints'
		| 'prefix'
		| 'ledger'
		| 'schemaFilter'
		| 'tablesFilter'
		| 'extensionsFilters'
		| 'companion'
	> & { readonly out: string; readonly connection?: ConnectionSettings };
	/** One sentence each; empty when the file can be used. */
	readonly problems: readonly string[];
}

const prefixes: readonly Prefix[] = ['index', 'timestamp', 'supabase', 'unix', 'none'];

/**
 * Checks drizzle-kit's settings and the kit's own, and collects every problem.
 * @see drizzle-kit `defineConfig`, whose names and defaults these are
 */
export function checkConfigFile(
	kit: unknown,
	companion: unknown,
	{ isWritten }: { isWritten: boolean },
): CheckedConfig {
	const check = new Checker();
	const values = check.object('the default export', kit) ?? {};
	if (isWritten) check.oneOf('dialect', values.dialect, ['postgresql']);
	if (values.driver !== undefined)
		check.fail(
			`driver '${String(values.driver)}' is not supported: the companion talks to PostgreSQL through pg`,
		);
	const migrations = check.object('migrations', values.migrations ?? {}) ?? {};
	const casing =
		values.casing === undefined
			? undefined
			: check.oneOf('casing', values.casing, ['snake_case', 'camelCase'] as const);
	const connection =
		values.dbCredentials === undefined ? undefined : checkCredentials(check, values.dbCredentials);
	return {
		settings: {
			out: check.string('out', values.out) ?? 'drizzle',
			schema: check.strings('schema', values.schema) ?? [],
			breakpoints: check.boolean('breakpoints', values.breakpoints) ?? true,
			prefix:
				migrations.prefix === undefined
					? 'index'
					: (check.oneOf('migrations.prefix', migrations.prefix, prefixes) ?? 'index'),
			ledger: {
				schema: check.name('migrations.schema', migrations.schema) ?? 'drizzle',
				table: check.name('migrations.table', migrations.table) ?? '__drizzle_migrations',
			},
			schemaFilter: check.strings('schemaFilter', values.schemaFilter) ?? ['public'],
			tablesFilter: check.strings('tablesFilter', values.tablesFilter) ?? [],
			extensionsFilters: check.strings('extensionsFilters', values.extensionsFilters) ?? [],
			companion: checkCompanion(check, companion),
			...(casing === undefined ? {} : { casing }),
			...(connection === undefined ? {} : { connection }),
		},
		problems: check.problems,
	};
}

function checkCompanion(check: Checker, companion: unknown): CompanionSettings {
	if (companion === undefined) return companionDefaults;
	const values = check.object('companion', companion) ?? {};
	for (const name of Object.keys(values)) {
		if (!(name in companionDefaults))
			check.fail(
				`companion.${name} is not a setting; there are ${Object.keys(companionDefaults).join(', ')}`,
			);
	}
	return {
		lockTimeout: check.count('companion.lockTimeout', values.lockTimeout) ?? companionDefaults.lockTimeout,
		lockRetries: check.count('companion.lockRetries', values.lockRetries) ?? companionDefaults.lockRetries,
		lockWait: check.count('companion.lockWait', values.lockWait) ?? companionDefaults.lockWait,
		drift: checkDrift(check, values.drift),
		keep: values.keep === undefined ? companionDefaults.keep : checkKeep(check, values.keep),
	};
}

function checkDrift(check: Checker, drift: unknown): DriftSettings {
	const values = check.object('companion.drift', drift ?? {}) ?? {};
	for (const name of Object.keys(values).filter((each) => each !== 'ignore'))
		check.fail(`companion.drift.${name} is not a setting; there is ignore`);
	return { ignore: check.strings('companion.drift.ignore', values.ignore) ?? [] };
}

function checkKeep(check: Checker, keep: unknown): KeepOptions {
	const values = check.object('companion.keep', keep) ?? {};
	for (const name of Object.keys(values).filter((each) => each !== 'mode' && each !== 'limit'))
		check.fail(`companion.keep.${name} is not a setting; there are mode and limit`);
	const { mode, limit } = values;
	const isSize =
		typeof limit === 'number' ? limit >= 0 : typeof limit === 'string' && readSize(limit) !== undefined;
	if (limit !== undefined && !isSize)
		check.fail(`companion.keep.limit must be a size such as '1GB', or a number of bytes`);
	const checked = mode === undefined ? undefined : check.oneOf('companion.keep.mode', mode, keepModes);
	return {
		...(checked === undefined ? {} : { mode: checked }),
		...(isSize ? { limit: limit as string | number } : {}),
	};
}

const keepModes = ['always', 'ask', 'never'] as const;

function checkCredentials(check: Checker, credentials: unknown): ConnectionSettings | undefined {
	const values = check.object('dbCredentials', credentials);
	if (values === undefined) return undefined;
	if ('url' in values) {
		// `url: process.env.DATABASE_URL!` without the variable: as if no credentials were given.
		if (values.url === undefined || values.url === '') return undefined;
		const url = check.string('dbCredentials.url', values.url);
		return url === undefined ? undefined : { url };
	}
	const host = check.string('dbCredentials.host', values.host ?? '');
	const database = check.string('dbCredentials.database', values.database ?? '');
	if (!host || !database) {
		check.fail('dbCredentials needs url, or host and database');
		return undefined;
	}
	const port = check.count('dbCredentials.port', values.port);
	const user = check.string('dbCredentials.user', values.user);
	const password = check.string('dbCredentials.password', values.password);
	const ssl = values.ssl as boolean | string | object | undefined;
	return {
		host,
		database,
		...(port === undefined ? {} : { port }),
		...(user === undefined ? {} : { user }),
		...(password === undefined ? {} : { password }),
		...(ssl === undefined ? {} : { ssl }),
	};
}

/** Takes values one by one and remembers what was wrong; never repeats a value that may be secret. */
class Checker {
	readonly problems: string[] = [];

	fail(problem: string): undefined {
		this.problems.push(problem);
		return undefined;
	}

	object(name: string, value: unknown): Record<string, unknown> | undefined {
		if (value instanceof Promise)
			return this.fail(`${name} is a promise; drizzle-kit takes a plain object only`);
		if (typeof value === 'object' && value !== null && !Array.isArray(value))
			return value as Record<string, unknown>;
		return this.fail(`${name} must be an object`);
	}

	string(name: string, value: unknown): string | undefined {
		if (value === undefined || typeof value === 'string') return value;
		return this.fail(`${name} must be a string`);
	}

	name(name: string, value: unknown): string | undefined {
		if (value === '') return this.fail(`${name} must not be empty`);
		return this.string(name, value);
	}

	strings(name: string, value: unknown): readonly string[] | undefined {
		if (value === undefined) return undefined;
		const list = Array.isArray(value) ? value : [value];
		if (list.every((item) => typeof item === 'string')) return list as string[];
		return this.fail(`${name} must be a string or an array of strings`);
	}

	boolean(name: string, value: unknown): boolean | undefined {
		if (value === undefined || typeof value === 'boolean') return value;
		return this.fail(`${name} must be true or false`);
	}

	count(name: string, value: unknown): number | undefined {
		if (value === undefined) return undefined;
		if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
		return this.fail(`${name} must be a whole number, zero or more`);
	}

	oneOf<Value extends string>(name: string, value: unknown, allowed: readonly Value[]): Value | undefined {
		if (allowed.includes(value as Value)) return value as Value;
		return this.fail(
			`${name} must be ${allowed.map((each) => `'${each}'`).join(' or ')}${value === undefined ? ', and is missing' : `, not ${JSON.stringify(value)}`}`,
		);
	}
}
