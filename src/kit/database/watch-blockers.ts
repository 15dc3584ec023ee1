import { setTimeout as sleep } from 'node:timers/promises';
import { quoteLiteral } from '../sql/quote-identifier.ts';
import type { Row, Session } from './session.ts';

/** A session that holds a lock which another waits for, as far as the role may see it. */
export interface Blocker {
	readonly pid: number;
	readonly application: string;
	readonly role: string;
	/** `active`, `idle in transaction`, …; empty where the role may not see it. */
	readonly state: string;
	/** Its query, or its last one. */
	readonly query: string;
	/** How long that query, or the transaction that is idle, has been open. */
	readonly seconds: number;
}

export interface BlockerWatch {
	/** Stops looking, and gives who was in the way when it was last seen waiting. */
	end(): Promise<readonly Blocker[]>;
}

export interface WatchOptions {
	/** What the session runs at the moment: behind a pooler its server process is found by it. */
	readonly readStatement?: () => string;
	/** Told each time that the session is seen waiting, with how long it has been seen so without a break. Milliseconds. */
	readonly onWait?: (milliseconds: number) => Promise<void>;
	/** Told once when nothing can be seen: no second connection is to be had, or a pooler does not serve it. */
	readonly onBlind?: () => void;
}

/** A pooler without a free server connection is silent. */
const blindMilliseconds = 1_000;

/**
 * Looks through a second connection whom a session waits for, while it does. Sees nothing where no second connection is to be had.
 * @param lockTimeout how long a wait lasts, in milliseconds: it is looked for several times in that
 */
export function watchBlockers(
	session: Session,
	lockTimeout: number,
	{ readStatement = () => '', onWait, onBlind }: WatchOptions = {},
): BlockerWatch {
	const stop = new AbortController();
	const interval = lockTimeout === 0 ? 1_000 : Math.min(Math.max(lockTimeout / 5, 20), 1_000);
	let seen: readonly Blocker[] = [];
	const blind = setTimeout(() => onBlind?.(), interval + blindMilliseconds);
	const look = async () => {
		await sleep(interval, undefined, { signal: stop.signal });
		const other = await session.openAnother();
		try {
			let since: number | undefined;
			for (; !stop.signal.aborted; await sleep(interval, undefined, { signal: stop.signal })) {
				const found = await findBlockers(other, session.pid, readStatement());
				clearTimeout(blind);
				since = found.length === 0 ? undefined : (since ?? performance.now());
				if (since === undefined) continue;
				seen = found;
				await onWait?.(performance.now() - since);
			}
		} finally {
			await other.close();
		}
	};
	// Knowing who it was is a courtesy: where it cannot be known, the wait itself is what matters.
	const looking = look().catch(() => {});
	return {
		end: async () => {
			clearTimeout(blind);
			stop.abort();
			await looking;
			return seen;
		},
	};
}

async function findBlockers(session: Session, pid: number, statement: string): Promise<readonly Blocker[]> {
	// Behind a pooler the process is not known, and found as one of ours that waits.
	const [rows = []] = await session.run(
		`SELECT DISTINCT b.pid, a.application_name AS application, a.usename AS role, a.state, left(a.query, 500) AS query,
			extract(epoch FROM clock_timestamp() - CASE WHEN a.state = 'active' THEN a.query_start ELSE a.xact_start END)::numeric(12, 1) AS seconds
		FROM pg_stat_activity w, unnest(pg_blocking_pids(w.pid)) AS b (pid) LEFT JOIN pg_stat_activity a ON a.pid = b.pid
		WHERE w.wait_event_type = 'Lock' AND b.pid <> 0 AND w.datname = current_database()
			AND (w.pid = ${pid} OR (w.application_name = current_setting('application_name') AND starts_with(w.query, ${quoteLiteral(statement.slice(0, 200))})
			AND NOT EXISTS (SELECT FROM pg_stat_activity s WHERE s.pid = ${pid}))) ORDER BY b.pid`,
	);
	return rows.map(readBlocker);
}

function readBlocker({ pid, application, role, state, query, seconds }: Row): Blocker {
	return {
		pid: Number(pid),
		application: application ?? '',
		role: role ?? '',
		state: state ?? '',
		query: query ?? '',
		seconds: Number(seconds ?? 0),
	};
}

/** `pid 4711 (psql as app), idle in transaction for 12.3 s: SELECT * FROM users` */
export function describeBlocker({ pid, application, role, state, query, seconds }: Blocker): string {
	const who = [application, role === '' ? '' : `as ${role}`].filter(Boolean).join(' ');
	const doing = state === '' ? 'at work' : `${state} for ${seconds} s`;
	const what = query.replace(/\s+/g, ' ').trim();
	return `pid ${pid}${who === '' ? '' : ` (${who})`}, ${doing}${what === '' ? '' : `: ${what.slice(0, 120)}`}`;
}
