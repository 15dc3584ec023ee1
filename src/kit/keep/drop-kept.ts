import type { Session } from '../database/session.ts';
import { quoteLiteral } from '../sql/quote-identifier.ts';
import type { Kept } from './kept.ts';
import { keptRegistry, storeTable } from './kept-schema.ts';

/** Throws kept data away for good, all of it or nothing. A store that holds something else too loses a part of its columns only. */
export async function dropKept(session: Session, kept: readonly Kept[]): Promise<void> {
	if (kept.length === 0) return;
	await session.run('BEGIN');
	try {
		await session.run(`DELETE FROM ${keptRegistry} WHERE id IN (${kept.map(({ id }) => id).join(', ')})`);
		for (const store of new Set(kept.flatMap((each) => each.store ?? []))) await dropIfUnused(session, store);
		await session.run('COMMIT');
	} catch (error) {
		await session.run('ROLLBACK').catch(() => undefined);
		throw error;
	}
}

async function dropIfUnused(session: Session, store: string): Promise<void> {
	const [[used] = []] = await session.run(
		`SELECT FROM ${keptRegistry} WHERE store = ${quoteLiteral(store)} LIMIT 1`,
	);
	if (used === undefined) await session.run(`DROP TABLE IF EXISTS ${storeTable(store)}`);
}
