import type { Difference } from '../catalog/catalog.ts';

/** How a live database differs from what its migrations make. */
export interface Drift {
	/** Empty: it does not. */
	readonly differences: readonly Difference[];
	/** What would bring the database back to what the migrations make. */
	readonly restore: DriftSql;
	/** What migration would adopt the change. */
	readonly adopt: DriftSql;
	/** What the live database has and the migrations do not own: `extension postgis`, `table events_2026_01`. */
	readonly leftOut: readonly string[];
}

export interface DriftSql {
	/** In order, each with its closing semicolon. */
	readonly statements: readonly string[];
	/** Whether it was run in a scratch database and arrived. */
	readonly isProven: boolean;
	/** Why it is not proven. */
	readonly reason?: string;
}
