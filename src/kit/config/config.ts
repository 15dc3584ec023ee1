import type { KeepOptions } from '../keep/keep-settings.ts';

/** Everything the commands need to know, resolved and checked. Paths are absolute. */
export interface Config {
	/** The folder that relative paths start from: the working directory, as in drizzle-kit. */
	readonly root: string;
	/** The configuration file; absent when the caller of the library gave everything itself. */
	readonly file?: string;
	/** `out`: the folder with the SQL files and `meta/`. */
	readonly folder: string;
	/** `schema`: paths or globs as written. */
	readonly schema: readonly string[];
	readonly casing?: 'snake_case' | 'camelCase';
	readonly breakpoints: boolean;
	readonly prefix: Prefix;
	readonly ledger: LedgerName;
	/** Absent: the embedded server is used. */
	readonly connection?: ConnectionSettings;
	/** `SHADOW_DATABASE_URL`: the server on which scratch databases are made instead of the embedded one. */
	readonly shadowUrl?: string;
	readonly isProduction: boolean;
	readonly schemaFilter: readonly string[];
	readonly tablesFilter: readonly string[];
	readonly extensionsFilters: readonly string[];
	readonly companion: CompanionSettings;
}

/** How drizzle-kit begins the names of migration files. */
export type Prefix = 'index' | 'timestamp' | 'supabase' | 'unix' | 'none';

/** Schema and table of the ledger: drizzle-kit's `migrations.schema` and `migrations.table`. */
export interface LedgerName {
	readonly schema: string;
	readonly table: string;
}

/** A URL, or the parts that drizzle-kit's `dbCredentials` may hold. */
export type ConnectionSettings =
	| { readonly url: string }
	| {
			readonly host: string;
			readonly port?: number;
			readonly user?: string;
			readonly password?: string;
			readonly database: string;
			readonly ssl?: boolean | string | object;
	  };

/** The kit's own settings: the named export `companion` of the configuration file. */
export interface CompanionSettings {
	/** How long a statement may wait for a lock before its transaction is aborted and tried again. Milliseconds. */
	readonly lockTimeout: number;
	/** How often a migration is tried again after a lock timeout or a deadlock. */
	readonly lockRetries: number;
	/** How long to wait for another run to finish. Milliseconds. */
	readonly lockWait: number;
	readonly drift?: DriftSettings;
	/** What is done with data that a migration or a rollback throws away. */
	readonly keep?: KeepOptions;
}

/** What the comparison of a live database with its migrations leaves alone. */
export interface DriftSettings {
	/**
	 * Objects that the migrations do not own, named as `db:drift` names them, with `*` and `?`: `table audit.*`, `index tmp_*`,
	 * `extension pg_stat_statements`. What lives in an ignored object is ignored too. Default: none.
	 */
	readonly ignore: readonly string[];
}
