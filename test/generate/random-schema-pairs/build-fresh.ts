import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ScratchDatabase } from '../../../src/kit/database/scratch/open-scratch-server.ts';
import type { TestProject } from '../../harness/a-project.ts';

const require = createRequire(import.meta.url);

interface DrizzleKitApi {
	generateDrizzleJson(exports: Record<string, unknown>): unknown;
	generateMigration(previous: unknown, current: unknown): Promise<readonly string[]>;
}

let modules = 0;

/**
 * Makes a schema from nothing by what drizzle-kit itself makes of it, without anything of ours in between.
 * @returns why its SQL does not run; undefined when all of it did
 */
export async function buildFresh(
	database: ScratchDatabase,
	project: TestProject,
	source: string,
): Promise<string | undefined> {
	const { generateDrizzleJson, generateMigration } = require('drizzle-kit/api') as DrizzleKitApi;
	modules += 1;
	const path = `fresh/schema${modules}.mjs`;
	project.write(path, source);
	const exports = require(join(project.root, path)) as Record<string, unknown>;
	const statements = await generateMigration(generateDrizzleJson({}), generateDrizzleJson({ ...exports }));
	return await runInAnyOrder(database, statements);
}

/** drizzle-kit does not always write a view after the view that it is made of. */
async function runInAnyOrder(
	database: ScratchDatabase,
	statements: readonly string[],
): Promise<string | undefined> {
	const failed: string[] = [];
	let failure: string | undefined;
	for (const statement of statements) {
		await database.query(statement).catch((error: Error) => {
			failed.push(statement);
			failure = `${statement}: ${error.message}`;
		});
	}
	return failed.length === 0 || failed.length === statements.length
		? failure
		: runInAnyOrder(database, failed);
}
