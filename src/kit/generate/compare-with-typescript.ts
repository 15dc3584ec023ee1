import type { CatalogObject } from '../catalog/catalog.ts';
import { describeObjectDifferences } from '../catalog/compare-catalogs.ts';
import { type CatalogObjects, readObjects } from '../catalog/read-catalog.ts';
import type { Config } from '../config/config.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import type { Journal } from '../journal/journal.ts';
import { buildModelled } from './build-modelled.ts';
import { generateFromNothing } from './draft-migration.ts';
import { forgiveKeptNames } from './forgive-kept-names.ts';
import { loadSchema } from './load-schema.ts';
import { openDrizzleKit } from './open-drizzle-kit.ts';
import { readPreviousSnapshot } from './read-previous-snapshot.ts';

export interface TypeScriptComparison {
	readonly config: Pick<Config, 'root' | 'schema' | 'casing'>;
	readonly journal: Journal;
	readonly ignoreSchemas: readonly string[];
}

/**
 * How the state that all migrations lead to differs from the TypeScript schema made from nothing, one sentence each; empty
 * when it does not. What was written by hand, which TypeScript cannot say, is no difference, and neither is a constraint
 * or sequence that kept its name when its table was renamed.
 * @throws CompanionError `CONFIG_INVALID`, `JOURNAL_INVALID`, `GENERATE_FAILED` when the TypeScript schema cannot be made
 */
export async function compareWithTypeScript(
	state: ScratchDatabase,
	{ config, journal, ignoreSchemas }: TypeScriptComparison,
): Promise<readonly string[]> {
	const kit = openDrizzleKit(config.root);
	const built: ScratchDatabase[] = [];
	const build = async (statements: readonly string[]) => {
		const database = await buildModelled(state, last, statements);
		built.push(database);
		return await readObjects(database.pool(), { ignoreSchemas });
	};
	const last = await readPreviousSnapshot(journal, kit);
	try {
		const { snapshot } = await loadSchema(config, kit, last.id);
		const wanted = await build(await generateFromNothing(kit, snapshot));
		const known = await build(await generateFromNothing(kit, last));
		const actual = await readObjects(state.pool(), { ignoreSchemas });
		const differences = await describeObjectDifferences(
			withoutHandWritten(actual, { known, wanted }),
			wanted,
		);
		return differences.map(({ words }) => words);
	} finally {
		await kit.close();
		for (const database of built) await database.drop();
	}
}

/** The objects of a database without those that neither snapshot knows, and with kept names as TypeScript has them. */
function withoutHandWritten(
	actual: CatalogObjects,
	{ known, wanted }: { readonly known: CatalogObjects; readonly wanted: CatalogObjects },
): CatalogObjects {
	const renamed = forgiveKeptNames(actual, wanted);
	const isOfModel = ([key]: readonly [string, CatalogObject]) =>
		known.objects.has(key) || wanted.objects.has(key);
	return { ...renamed, objects: new Map([...renamed.objects].filter(isOfModel)) };
}
