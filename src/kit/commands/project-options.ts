import type { ConfigOptions } from '../config/load-config.ts';
import type { OnProgress } from '../progress.ts';

/** A `pg.Pool`, a connected `pg.Client`, or a drizzle database over one (its `$client`). */
export type ClientSource = ClientLike | PoolLike | { readonly $client: ClientLike | PoolLike };

/** What a `pg.Client` looks like. Which copy of the package it comes from does not matter. */
export interface ClientLike {
	query(text: string): Promise<{ readonly rows: unknown[] }>;
	readonly host: string;
	readonly port: number;
}

/** What a `pg.Pool` looks like. */
export interface PoolLike {
	connect(): Promise<ClientLike & { release(isBroken?: boolean): void }>;
	readonly totalCount: number;
}

/** What every command takes. */
export interface ProjectOptions extends ConfigOptions {
	/** Connect through this instead of a URL. It stays open. */
	readonly client?: ClientSource;
	/** Told once, when the database is connected: `app@db.example.com:5432/shop`. */
	readonly onConnect?: (database: string) => void;
	readonly onProgress?: OnProgress;
	/** Stops the command: the running statement is cancelled and its transaction aborted. */
	readonly signal?: AbortSignal;
}
