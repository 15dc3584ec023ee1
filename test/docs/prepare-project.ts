import { mkdtempSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { projects, type Surroundings } from './projects.ts';
import { type } from './type.ts';
import { writeFiles } from './write-files.ts';

/** A folder in which a page's blocks run one after the other. */
export interface Prepared {
	readonly root: string;
	/** What the blocks find in their environment. */
	readonly env: Readonly<Record<string, string>>;
}

/** Makes a project of this name in a new folder, and its database anew. */
export async function prepareProject(name: string, surroundings: Surroundings): Promise<Prepared> {
	const prepare = projects[name];
	if (prepare === undefined)
		throw new Error(`there is no project ${name}: ${Object.keys(projects).join(', ')}`);
	const { database, shims, folder } = surroundings;
	await database.empty();
	const { files, sql, hasDatabase = true, commands } = await prepare(surroundings);
	const root = realpathSync(mkdtempSync(join(folder, `${name}-`)));
	symlinkSync(join(folder, 'node_modules'), join(root, 'node_modules'));
	const settings = {
		SHADOW_DATABASE_URL: inject('serverUrl'),
		...(hasDatabase ? { DATABASE_URL: database.url } : {}),
	};
	const lines = Object.entries(settings).map(([variable, value]) => `${variable}=${value}\n`);
	writeFiles(root, { '.env': lines.join(''), ...files });
	if (sql !== undefined) await database.query(sql);
	const project = {
		root,
		env: {
			PATH: `${shims}:${process.env.PATH}`,
			DOCS_LOG: join(root, '.log'),
			// A server of an example takes any port that is free.
			PORT: '0',
			DRIZZLE_ONE_MODULES: join(folder, 'one/node_modules'),
			...(hasDatabase ? { DATABASE_URL: database.url } : {}),
		},
	};
	if (commands !== undefined) await type(commands, project);
	return project;
}
