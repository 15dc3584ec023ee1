import { join } from 'node:path';
import type { CatalogObjects } from '../catalog/read-catalog.ts';
import type { Config } from '../config/config.ts';
import { identifyKit } from '../config/kit-identity.ts';
import { locateCache, readCached, writeCached } from '../config/project-cache.ts';
import { resolveConnection } from '../database/scratch/resolve-connection.ts';
import type { Session } from '../database/session.ts';
import { computeChecksum } from '../journal/checksum.ts';
import type { Journal } from '../journal/journal.ts';
import type { RememberedCatalog } from '../reverse/remember-catalog.ts';

/** Where what migrations make on a server is remembered, so that a database that is as it should be is known without making it again. */
export interface ObjectsMemory {
	/** What they made when they were run last; undefined when that is not known. */
	recall(): RememberedCatalog | undefined;
	remember(made: RememberedCatalog): void;
}

interface Remembered {
	readonly key: string;
	readonly stamp: string;
	readonly made: Omit<CatalogObjects, 'objects' | 'types'> & {
		readonly objects: readonly (readonly [string, unknown])[];
		readonly types: readonly (readonly [string, unknown])[];
	};
}

/**
 * Opens the memory of a project. The key is everything that decides what the migrations make: their text, the server, its
 * version, the role, and this kit's way of reading; which of the server's databases is asked about does not. What is recalled may say that
 * nothing differs; a difference is looked into anew, in a scratch database that has the stamp which it had, or is read again.
 * @returns undefined where something else has a say: the version of an extension is the server's choice
 */
export async function openObjectsMemory(
	session: Session,
	journal: Journal,
	{ config, ignoreSchemas }: { readonly config: Config; readonly ignoreSchemas: readonly string[] },
): Promise<ObjectsMemory | undefined> {
	const [folder, kit] = [locateCache(config.root), identifyKit()];
	const texts = journal.migrations.map(({ up }) => up?.sql ?? '');
	if (folder === undefined || kit === undefined || texts.some((sql) => /extension/i.test(sql)))
		return undefined;
	const [[server] = []] = await session.run(
		"SELECT current_setting('server_version') AS version, current_user AS role",
	);
	const checksums = journal.migrations.map(({ up }) => up?.checksum);
	const { host, port } = resolveConnection(session.connection);
	const known = [kit, host, port, server, config.shadowUrl, ignoreSchemas, checksums];
	const key = computeChecksum(JSON.stringify(known));
	// One for a project: every state that it ever was in would fill the cache.
	const name = computeChecksum(config.root).slice(0, 16);
	const objectsFile = join(folder, `objects-${name}.json`);
	return {
		recall: () => {
			const last = readCached(objectsFile) as Remembered | undefined;
			return last?.key === key ? { catalog: revive(last.made), stamp: last.stamp } : undefined;
		},
		remember: ({ catalog: made, stamp }) => {
			if (made.objects.size <= mostObjects)
				writeCached(objectsFile, {
					key,
					stamp,
					made: { ...made, objects: [...made.objects], types: [...made.types] },
				});
		},
	};
}

/** Some hundred megabytes. */
const mostObjects = 200_000;

function revive({ objects, types, ...rest }: Remembered['made']): CatalogObjects {
	return {
		...rest,
		objects: new Map(objects) as CatalogObjects['objects'],
		types: new Map(types) as CatalogObjects['types'],
	};
}
