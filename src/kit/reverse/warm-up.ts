import type pg from 'pg';
import { extractFacts } from '../catalog/extract-facts.ts';
import { isQuery, keepPlans } from '../catalog/keep-plans.ts';
import { planAhead } from '../catalog/plan-ahead.ts';
import { readObjects } from '../catalog/read-catalog.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import { readShapes } from './fill/read-table-shapes.ts';
import { readOwners } from './restore-owners.ts';

/** A session that is being made ready. */
export interface WarmUp {
	/** Stops before the next query, and gives the session back. Idempotent. */
	end(): Promise<void>;
}

/**
 * Begins to read the objects of a scratch database for nothing but what it leaves, plans in the session that whoever uses the database
 * next will get, and PostgreSQL's own tables in its caches; and to plan what else a proof asks. For the time in which somebody else is
 * waited for; most of what a first reading costs is that.
 */
export function warmUp(database: ScratchDatabase): WarmUp {
	let isEnded = false;
	const working = makeReady(database.pool(), (text) => {
		// What has begun is ended as it would be after any other failure.
		if (isEnded && !/^ROLLBACK$/i.test(text)) throw new Error('Enough is planned.');
	}).catch(ignore);
	return {
		end: async () => {
			isEnded = true;
			await working;
		},
	};
}

type Ask = (text: string, values?: unknown[]) => Promise<Pick<pg.QueryResult, 'rows'>>;

async function makeReady(pool: pg.Pool, refuse: (text: string) => void): Promise<void> {
	const client = await pool.connect();
	const kept = keepPlans(asPool((text, values) => client.query(text, values)));
	const run: Ask = async (text, values) => {
		refuse(text);
		return await kept.query(text, values);
	};
	const plan: Ask = async (text, values) => {
		if (!isQuery(text) || aboutServer.test(text)) return await run(text, values);
		refuse(text);
		await planAhead(client, text, values);
		return { rows: [] };
	};
	try {
		await readObjects(asPool(run));
		await extractFacts(asPool(plan)).catch(ignore);
		await readShapes(plan as Read, []);
		await readOwners(plan as Read);
	} finally {
		client.release();
	}
}

type Read = Parameters<typeof readShapes>[0];

const ignore = () => undefined;

/** Their answers decide which queries follow. */
const aboutServer = /^\s*SELECT\s+(?:current_setting|set_config|has_\w+_privilege|EXISTS)\b/i;

function asPool(query: Ask): pg.Pool {
	return { connect: async () => ({ query, release: ignore }), query } as unknown as pg.Pool;
}
