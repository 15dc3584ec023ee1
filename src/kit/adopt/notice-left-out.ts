import type { Config } from '../config/config.ts';
import type { PulledFacts } from './pulled-facts.ts';

/** The schemas of a database that `schemaFilter` leaves out, in a sentence; none where there are none. */
export function noticeSchemas({ schemaFilter, ledger }: Config, { schemas }: PulledFacts): readonly string[] {
	const left = schemas.filter((schema) => !schemaFilter.includes(schema) && schema !== ledger.schema);
	if (left.length === 0) return [];
	return [
		`Left out: schema ${left.join(', ')}; schemaFilter in drizzle.config.ts names ${schemaFilter.join(', ')} only.`,
	];
}

/** The partitioned tables, which TypeScript cannot say, a sentence each. */
export function noticePartitions({ partitioned }: PulledFacts): readonly string[] {
	return partitioned.map(
		(name) =>
			`drizzle-kit cannot read the partitioned table ${name.replace(/^public\./, '')}: the first migration makes it, the TypeScript tables lack it.`,
	);
}
