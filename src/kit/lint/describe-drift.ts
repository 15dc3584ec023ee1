import type { Drift } from '../drift/drift.ts';
import type { Finding } from './finding.ts';

/** Each difference of a live database from its migrations as a finding. */
export function describeDrift({ differences }: Drift, database: string): readonly Finding[] {
	return differences.map(({ words, sql }) => ({
		code: 'DRIFT',
		severity: 'error',
		what: `${database}: ${words}.`,
		why: 'Somebody changed the database by hand: new databases differ from it, and the next migration may fail on it.',
		how: 'Bring it back with the SQL, or adopt the change in a migration: pnpm db:drift shows both.',
		...(sql.length === 0 ? {} : { sql }),
	}));
}
