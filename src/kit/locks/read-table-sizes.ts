import type { Session } from '../database/session.ts';
import type { StatementLocks, TableSize } from './statement-locks.ts';

/** How big the tables of a live database are, by `schema.name`, unquoted. Reads estimates: costs nothing. */
export async function readTableSizes(session: Session): Promise<ReadonlyMap<string, TableSize>> {
	const [rows = []] =
		await session.run(`SELECT n.nspname || '.' || c.relname AS name, c.reltuples::bigint AS rows,
		pg_total_relation_size(c.oid) AS bytes
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'm', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`);
	return new Map(
		rows.map(({ name, rows: count, bytes }) => [
			String(name),
			{ bytes: Number(bytes), ...(Number(count) < 0 ? {} : { rows: Number(count) }) },
		]),
	);
}

/** The same locks, each touched table with its size. */
export function addTableSizes(
	locks: readonly StatementLocks[],
	sizes: ReadonlyMap<string, TableSize>,
): readonly StatementLocks[] {
	return locks.map((statement) => ({
		...statement,
		effects: statement.effects.map((effect) => {
			const size = sizes.get(`${effect.schema}.${effect.name}`);
			return size === undefined ? effect : { ...effect, size };
		}),
	}));
}
