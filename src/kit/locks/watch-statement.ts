import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { quoteIdentifier } from '../sql/quote-identifier.ts';
import type { LockMode } from './lock-mode.ts';
import { type LocksByRelation, type Observation, observeSession } from './observe-relations.ts';

export interface WatchedStatement {
	/** Runs the statement, in autocommit. */
	readonly subject: pg.PoolClient;
	/** Looks on. */
	readonly watcher: pg.PoolClient;
	readonly text: string;
	readonly before: Observation;
	/** Whether it gives way only to those who lock against vacuum. */
	readonly isVacuum: boolean;
}

/**
 * Runs a statement that cannot run inside a transaction block and gives every lock that another session saw it hold or wait for.
 * The watcher keeps weak locks on all tables first, for which such statements wait in the middle of their work: so the shortest of
 * them holds still long enough to be seen.
 * @throws PostgreSQL's error when the statement fails
 */
export async function watchStatement({
	subject,
	watcher,
	text,
	before,
	isVacuum,
}: WatchedStatement): Promise<LocksByRelation> {
	const seen = new Map<string, Set<LockMode>>();
	await holdTables(watcher, before, isVacuum ? 'SHARE UPDATE EXCLUSIVE' : 'ROW EXCLUSIVE');
	const pid = (subject as unknown as { processID: number }).processID;
	let isHolding = true;
	const release = async () => {
		if (isHolding) await watcher.query('COMMIT');
		isHolding = false;
	};
	let isDone = false;
	const running = subject.query(text).finally(() => {
		isDone = true;
	});
	running.catch(() => undefined); // whoever awaits it below gets the error
	try {
		while (!isDone) {
			const { locks, isWaiting } = await observeSession(watcher, pid);
			remember(seen, locks);
			if (isWaiting) await release();
			else await Promise.race([running.catch(() => undefined), sleep(1)]);
		}
	} finally {
		await release();
	}
	await running;
	return seen;
}

async function holdTables(watcher: pg.PoolClient, { relations }: Observation, mode: LockMode): Promise<void> {
	const tables = [...relations.values()]
		.filter(({ kind }) => kind === 'table' || kind === 'partitioned table')
		.map(({ schema, name }) => `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`);
	await watcher.query('BEGIN');
	if (tables.length > 0) await watcher.query(`LOCK TABLE ONLY ${tables.join(', ONLY ')} IN ${mode} MODE`);
}

function remember(seen: Map<string, Set<LockMode>>, locks: LocksByRelation): void {
	for (const [relation, modes] of locks) {
		const known = seen.get(relation) ?? new Set();
		for (const mode of modes) known.add(mode);
		seen.set(relation, known);
	}
}
