import type { CatalogObject } from '../catalog/catalog.ts';
import { describeObjectDifferences } from '../catalog/compare-catalogs.ts';
import type { ComparedObjects } from '../catalog/read-catalog.ts';
import type { Config } from '../config/config.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import { CompanionError } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import { recallObjects } from '../reverse/remember-catalog.ts';
import { generateFromNothing } from './draft-migration.ts';
import { forgiveKeptNames } from './forgive-kept-names.ts';
import { inModelled } from './in-modelled.ts';
import { isEmpty, isNothingExported, loadSchema } from './load-schema.ts';
import { nameUnrecorded } from './name-unrecorded.ts';
import { openDrizzleKit } from './open-drizzle-kit.ts';
import { readPreviousSnapshot } from './read-previous-snapshot.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * The TypeScript schema, for `compareWithTypeScript`: loaded before a walk through all migrations, since a file that does not
 * load is better known before. Undefined where there is nothing to compare: neither the schema files nor the last snapshot know of anything.
 * @throws CompanionError `CONFIG_INVALID`
 */
export async function loadTypeScript(
	config: Pick<Config, 'root' | 'schema' | 'casing'>,
	journal: Journal,
): Promise<Snapshot | undefined> {
	const kit = openDrizzleKit(config.root);
	try {
		return (await loadSchema(config, kit)).snapshot;
	} catch (error) {
		if (isNothingExported(error) && isEmpty(await readPreviousSnapshot(journal, kit))) return undefined;
		throw error;
	} finally {
		await kit.close();
	}
}

export interface TypeScriptComparison {
	readonly config: Pick<Config, 'root'>;
	readonly journal: Journal;
	/** What `loadTypeScript` gave. */
	readonly snapshot: Snapshot;
	readonly ignoreSchemas: readonly string[];
}

/**
 * How the state that all migrations lead to differs from the TypeScript schema made from nothing, one sentence each; empty
 * when it does not. What was written by hand, which TypeScript cannot say, is no difference, and neither is a constraint
 * or sequence that kept its name when its table was renamed. What drizzle-kit cannot make from nothing is a difference, too.
 * @throws CompanionError `JOURNAL_INVALID`
 */
export async function compareWithTypeScript(
	state: ScratchDatabase,
	{ config, journal, snapshot, ignoreSchemas }: TypeScriptComparison,
): Promise<readonly string[]> {
	const kit = openDrizzleKit(config.root);
	const build = (stripped: readonly Snapshot[], statements: readonly string[]) =>
		inModelled(state, { stripped, statements, ignoreSchemas }, (trial) => trial.readCompared());
	try {
		const last = await readPreviousSnapshot(journal, kit);
		const wanted = await build([last, snapshot], await generateFromNothing(kit, snapshot));
		const known = await build([last], await generateFromNothing(kit, last));
		const actual = await recallObjects(state, { ignoreSchemas });
		const unrecorded = await nameUnrecorded(journal, { actual, last, snapshot });
		const differences = await describeObjectDifferences(
			withoutHandWritten(actual, { known, wanted }),
			wanted,
		);
		return [...unrecorded, ...differences.map(({ words }) => words)];
	} catch (error) {
		if (!(error instanceof CompanionError) || error.code !== 'GENERATE_FAILED') throw error;
		return [`${error.message}${error.hint === undefined ? '' : ` ${error.hint}`}`];
	} finally {
		await kit.close();
	}
}

/** The objects of a database without those that neither snapshot knows, and with kept names as TypeScript has them. */
function withoutHandWritten(
	actual: ComparedObjects,
	{ known, wanted }: { readonly known: ComparedObjects; readonly wanted: ComparedObjects },
): ComparedObjects {
	const renamed = forgiveKeptNames(actual, wanted);
	const isOfModel = ([key]: readonly [string, CatalogObject]) =>
		known.objects.has(key) || wanted.objects.has(key);
	return { ...renamed, objects: new Map([...renamed.objects].filter(isOfModel)) };
}
