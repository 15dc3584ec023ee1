import type pg from 'pg';
import { computeChecksum } from '../journal/checksum.ts';

/**
 * The same pool, through which each session plans a query once and keeps the plan. Planning is three quarters of what reading a small
 * catalog costs. Not for a pooler, which may give each query another session.
 */
export function keepPlans(pool: pg.Pool): pg.Pool {
	const connect = async () => {
		const client = await pool.connect();
		const query = (text: string, values?: unknown[]) => client.query(keep(text) as string, values);
		return { query, release: (destroy?: boolean) => client.release(destroy) };
	};
	const query = (text: string, values?: unknown[]) => pool.query(keep(text) as string, values);
	return { connect, query } as unknown as pg.Pool;
}

function keep(text: string): string | pg.QueryConfig {
	return isQuery(text) ? nameQuery(text) : text;
}

/** Whether an SQL text has a plan to keep. */
export function isQuery(text: string): boolean {
	return /^\s*(?:select|with)\b/i.test(text);
}

/** A query under a name is planned when a session sees it first. */
export function nameQuery(text: string): { readonly name: string; readonly text: string } {
	const name = names.get(text) ?? `companion_${computeChecksum(text).slice(0, 40)}`;
	names.set(text, name);
	return { name, text };
}

const names = new Map<string, string>();
