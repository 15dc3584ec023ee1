import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Catalog } from '../catalog/catalog.ts';
import type { Config } from '../config/config.ts';
import { identifyKit } from '../config/kit-identity.ts';
import { locateCache } from '../config/project-cache.ts';
import { readSerialized, writeSerialized } from '../config/serialized-cache.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import { computeChecksum } from '../journal/checksum.ts';
import { isWhole, takeUp, whatIsRemembered } from './remember-catalog.ts';

/** Where the catalog of a state is kept from one command to the next. */
export interface CatalogStore {
	/** Tells a copy of that state what is in it, so that nobody has to read it. False: it is not known. */
	restore(state: string | undefined, copy: ScratchDatabase): Promise<boolean>;
	/** Keeps what is remembered of a database in that state. */
	keep(state: string | undefined, database: ScratchDatabase): void;
}

interface Stored {
	readonly stamp: string;
	readonly catalog: Catalog;
}

/** Opens the store of a project: some files in its cache. */
export function openCatalogStore(
	{ root, shadowUrl }: Pick<Config, 'root' | 'shadowUrl'>,
	ignoreSchemas: readonly string[],
): CatalogStore {
	const [folder, kit] = [locateCache(root), identifyKit()];
	if (folder === undefined || kit === undefined) return { restore: async () => false, keep: () => undefined };
	const prefix = `catalog-${computeChecksum(root).slice(0, 16)}-`;
	const locate = (state: string) =>
		`${prefix}${computeChecksum(JSON.stringify([kit, shadowUrl, ignoreSchemas, state])).slice(0, 32)}.bin`;
	return {
		restore: async (state, copy) => {
			const stored =
				state === undefined ? undefined : (readSerialized(join(folder, locate(state))) as Stored | undefined);
			if (stored === undefined) return false;
			const { rows } = await copy.query(
				"SELECT rolname::text AS name FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1",
			);
			const roles = rows.map(({ name }) => name as string);
			takeUp(copy, { stamp: stored.stamp, catalog: { ...stored.catalog, roles } });
			return true;
		},
		keep: (state, database) => {
			const { stamp, catalog } = whatIsRemembered(database) ?? {};
			if (state === undefined || stamp === undefined || catalog === undefined || !isWhole(catalog)) return;
			if (catalog.objects.size > mostObjects) return;
			writeSerialized(join(folder, locate(state)), { stamp, catalog } satisfies Stored);
			removeOldest(folder);
		},
	};
}

/** Some ten megabytes. */
const mostObjects = 50_000;

/** Of all projects that share the cache. */
const mostFiles = 40;

function removeOldest(folder: string): void {
	const age = (file: string) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
	const files = readdirSync(folder)
		.filter((name) => /^catalog-.*\.bin$/.test(name))
		.map((name) => join(folder, name));
	for (const file of files.sort((one, other) => age(other) - age(one)).slice(mostFiles))
		rmSync(file, { force: true });
}
