import type pg from 'pg';
import { keepPlans } from '../catalog/keep-plans.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import { loadParser } from '../sql/parse-statements.ts';
import { readShapes } from './fill/read-table-shapes.ts';

/** A session that is being made ready. */
export interface WarmUp {
	/** Stops before the next query, and gives the session back. Idempotent. */
	end(): Promise<void>;
}

/**
 * Begins to read the catalog of a scratch database for nothing but what it leaves: plans in the session that whoever uses the database
 * next will get, and PostgreSQL's own tables in its caches. For the time in which somebody else is waited for; most of what a
 * first reading costs is that. The parser is loaded meanwhile.
 */
export function warmUp(database: ScratchDatabase): WarmUp {
	let isEnded = false;
	const refuse = (text: string) => {
		// What has begun is ended as it would be after any other failure.
		if (/^ROLLBACK$/i.test(text)) return;
		if (isEnded || takesLong.test(text)) throw new Error('Enough is planned.');
	};
	const reading = readAll(refusing(keepPlans(database.pool()), refuse));
	return {
		end: async () => {
			isEnded = true;
			await reading;
		},
	};
}

/** What a proof reads. */
async function readAll(pool: pg.Pool): Promise<void> {
	await readCatalog(pool).catch(() => undefined);
	await readShapes((text, values) => pool.query(text, values && [...values]), []).catch(() => undefined);
}

/** pg-delta's last query, for what depends on what: it takes long to run, and not to plan. */
const takesLong = /^\s*WITH dep\b/;

/** Ours for all objects, in characters. */
const longQuery = 10_000;

/** The same pool, each of whose queries may be refused. */
function refusing(pool: pg.Pool, refuse: (text: string) => void): pg.Pool {
	const queryOf = (target: pg.Pool | pg.PoolClient) => async (text: string, values?: unknown[]) => {
		refuse(text);
		const asked = target.query(text, values);
		// The server is busy with it for a while; before, loading would only have kept us from asking.
		if (text.length > longQuery) loadParser();
		return await asked;
	};
	const connect = async () => {
		const client = await pool.connect();
		return { query: queryOf(client), release: (destroy?: boolean) => client.release(destroy) };
	};
	return { connect, query: queryOf(pool) } as unknown as pg.Pool;
}
