import type pg from 'pg';
import type { Trial } from '../reverse/open-trial.ts';
import { type LockMode, readLockMode } from './lock-mode.ts';
import type { RelationKind } from './statement-locks.ts';

/** A relation as one session sees it at one moment. */
export interface ObservedRelation {
	readonly oid: string;
	readonly schema: string;
	readonly name: string;
	readonly kind: RelationKind;
	/** Changes when the relation is written anew. */
	readonly file: string;
	/** For an index, the table's. */
	readonly tableOid?: string;
	/** How often the relation was read from beginning to end by this session. */
	readonly scans: number;
}

/** Every relation of a database that is not PostgreSQL's own, and the locks that the session holds. */
export interface Observation {
	readonly relations: ReadonlyMap<string, ObservedRelation>;
	/** Modes by the relation's oid. */
	readonly locks: LocksByRelation;
}

export type LocksByRelation = ReadonlyMap<string, ReadonlySet<LockMode>>;

/** Looks at relations and locks from within the session, in one round trip. @param only the oids of those to look at; default all */
export async function observeRelations(
	client: Pick<Trial, 'query'>,
	only?: ReadonlySet<string>,
): Promise<Observation> {
	const among = (oid: string) =>
		only === undefined ? '' : `AND ${oid} = ANY ('{${[...only].join()}}'::oid[])`;
	const results = (await client.query(
		`${RELATIONS} ${among('c.oid')}; ${locksOf('pg_backend_pid()')} ${among('l.relation')}`,
	)) as unknown as readonly [pg.QueryResult<RelationRow>, pg.QueryResult<LockRow>];
	return { relations: indexRelations(results[0].rows), locks: groupLocks(results[1].rows) };
}

/** The locks that another session holds or waits for, and whether it waits. */
export async function observeSession(
	client: pg.ClientBase,
	pid: number,
): Promise<{ readonly locks: LocksByRelation; readonly isWaiting: boolean }> {
	// Asked first: what it holds while it waits is then read for certain.
	const { rows } = await client.query<{ waits: boolean }>(
		"SELECT coalesce(bool_or(wait_event_type = 'Lock'), false) AS waits FROM pg_stat_activity WHERE pid = $1",
		[pid],
	);
	const locks = await client.query<LockRow>(locksOf(String(pid)));
	return { locks: groupLocks(locks.rows), isWaiting: rows[0]?.waits ?? false };
}

interface RelationRow {
	readonly oid: string;
	readonly schema: string;
	readonly name: string;
	readonly relkind: string;
	readonly file: string;
	readonly table: string | null;
	readonly scans: string;
}

interface LockRow {
	readonly relation: string;
	readonly mode: string;
}

/** Counters of scans are the session's own: those of its transaction, and those it has reported already. */
const RELATIONS = `SELECT c.oid::text AS oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS relkind,
	c.relfilenode::text AS file, i.indrelid::text AS table,
	(pg_stat_get_numscans(c.oid) + pg_stat_get_xact_numscans(c.oid))::text AS scans
	FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid
	WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'i', 'I') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;

function locksOf(pid: string): string {
	return `SELECT DISTINCT l.relation::text AS relation, l.mode FROM pg_locks l
	WHERE l.pid = ${pid} AND l.locktype = 'relation' AND l.relation >= 16384
	AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
}

const KINDS: Readonly<Record<string, RelationKind>> = {
	r: 'table',
	p: 'partitioned table',
	v: 'view',
	m: 'materialized view',
	f: 'foreign table',
	S: 'sequence',
	i: 'index',
	I: 'index',
};

function indexRelations(rows: readonly RelationRow[]): ReadonlyMap<string, ObservedRelation> {
	return new Map(
		rows.map(({ oid, schema, name, relkind, file, table, scans }) => [
			oid,
			{
				...{ oid, schema, name, file },
				kind: KINDS[relkind] ?? 'table',
				scans: Number(scans),
				...(table === null ? {} : { tableOid: table }),
			},
		]),
	);
}

function groupLocks(rows: readonly LockRow[]): LocksByRelation {
	const grouped = new Map<string, Set<LockMode>>();
	for (const { relation, mode: name } of rows) {
		const mode = readLockMode(name);
		if (mode !== undefined) grouped.set(relation, (grouped.get(relation) ?? new Set()).add(mode));
	}
	return grouped;
}
