import { keyOf } from '../catalog/catalog.ts';
import { nameObject } from '../catalog/name-object.ts';
import type { ComparedObjects } from '../catalog/read-catalog.ts';
import type { Journal } from '../journal/journal.ts';
import type { Migration } from '../journal/migration.ts';
import { nameUpFile } from '../journal/name-files.ts';
import { parseStatements } from '../sql/parse-statements.ts';
import { findNodes } from '../sql/walk-nodes.ts';
import { type EntityKind, listEntities, toKey } from './entity.ts';
import type { Snapshot } from './snapshot.ts';

export interface Recorded {
	/** What all migrations lead to. */
	readonly actual: ComparedObjects;
	/** The last snapshot. */
	readonly last: Snapshot;
	/** The TypeScript schema. */
	readonly snapshot: Snapshot;
}

/**
 * Names what TypeScript has and a migration written by hand made, without a snapshot that knows it, one sentence each:
 * drizzle-kit would make it a second time.
 */
export async function nameUnrecorded(
	journal: Journal,
	{ actual, last, snapshot }: Recorded,
): Promise<readonly string[]> {
	const sentences: string[] = [];
	for (const kind of KINDS) {
		const known = new Set(listEntities(kind, last).map(toKey));
		for (const path of listEntities(kind, snapshot)) {
			const isThere =
				actual.objects.has(keyOf(kind, path)) || actual.objects.has(keyOf(`materialized ${kind}`, path));
			if (known.has(toKey(path)) || !isThere) continue;
			const maker = await findMaker(journal.migrations, path.at(-1) as string);
			sentences.push(writeSentence(nameObject({ kind, names: path }), maker));
		}
	}
	return sentences;
}

const KINDS: readonly EntityKind[] = ['enum', 'sequence', 'table', 'view'];

function writeSentence(object: string, maker: Migration | undefined): string {
	const where = maker === undefined ? 'a migration' : nameUpFile(maker);
	return `${object} was made by hand in ${where}, and no snapshot knows it, so that the next migration would make it again: let drizzle-kit record it (npx drizzle-kit generate), take what is there already out of the file that it writes, and derive that file's way back (pnpm db:reverse).`;
}

const MAKERS = new Set(['CreateStmt', 'CreateTableAsStmt', 'CreateEnumStmt', 'CreateSeqStmt', 'ViewStmt']);

/** The last migration that says it, which is the one that made it: a name that was taken before was free again. */
async function findMaker(migrations: readonly Migration[], name: string): Promise<Migration | undefined> {
	for (const migration of migrations.toReversed()) {
		const statements = await parseStatements(migration.up?.sql ?? '');
		const made = statements.filter(({ kind }) => MAKERS.has(kind)).map(({ node }) => nameMade(node));
		if (made.includes(name)) return migration;
	}
	return undefined;
}

/** Without its schema. */
function nameMade(node: Readonly<Record<string, unknown>>): string | undefined {
	const { relation, sequence, view, into, typeName } = node as Record<
		string,
		{ readonly relname?: string; readonly rel?: { readonly relname?: string } }
	>;
	const made = relation ?? sequence ?? view ?? into?.rel;
	if (made?.relname !== undefined) return made.relname;
	return findNodes(typeName, 'String').at(-1)?.sval as string | undefined;
}
