import { describeObjectDifferences } from '../../../src/kit/catalog/compare-catalogs.ts';
import { type CatalogObjects, readObjects } from '../../../src/kit/catalog/read-catalog.ts';
import { generate } from '../../../src/kit/commands/generate.ts';
import type { CreatedReport } from '../../../src/kit/commands/generate-report.ts';
import type { ScratchDatabase } from '../../../src/kit/database/scratch/open-scratch-server.ts';
import { CompanionError } from '../../../src/kit/errors.ts';
import { readJournal } from '../../../src/kit/journal/read-journal.ts';
import { runMigrationSql } from '../../../src/kit/reverse/run-migration-sql.ts';
import type { TestProject } from '../../harness/a-project.ts';
import type { Scratch } from '../../reverse/use-scratch-server.ts';
import { buildFresh } from './build-fresh.ts';
import { tryWithRows } from './try-with-rows.ts';

/** One step from a schema to the next, as `generate` saw it. */
export interface Step {
	readonly source: string;
	readonly renames: readonly string[];
}

/** What became of one step; a refusal is right when it left nothing behind. */
export type Outcome =
	| { readonly kind: 'written'; readonly isRepaired: boolean; readonly wrong: readonly string[] }
	| { readonly kind: 'unchanged'; readonly wrong: readonly string[] }
	| { readonly kind: 'refused'; readonly because: string; readonly wrong: readonly string[] };

/** A project that goes from schema to schema, and a database that follows it. */
export interface SchemaWalk {
	/** Generates the migration to this schema and proves it anew, without what `generate` knows. */
	take(step: Step): Promise<Outcome>;
	close(): Promise<void>;
}

/** Begins with no migration and an empty database. */
export async function startWalk(project: TestProject, scratch: Scratch): Promise<SchemaWalk> {
	const state = await scratch.database();
	const walk = { project, scratch, state };
	return { take: (step) => take(walk, step), close: () => state.drop() };
}

interface Walk {
	readonly project: TestProject;
	readonly scratch: Scratch;
	readonly state: ScratchDatabase;
}

async function take(walk: Walk, { source, renames }: Step): Promise<Outcome> {
	const { project, state } = walk;
	const fresh = await readFresh(walk, source);
	project.write('schema.ts', source);
	const files = project.listFiles();
	const report = await generate({ cwd: project.root, renames, ask: async () => undefined }).catch(
		(error: unknown) => {
			if (error instanceof CompanionError) return error;
			throw error;
		},
	);
	if (report instanceof CompanionError) {
		const isUntouched = JSON.stringify(project.listFiles()) === JSON.stringify(files);
		const wrong = isUntouched ? [] : ['it refused and changed files'];
		return { kind: 'refused', because: describeRefusal(report), wrong };
	}
	if (typeof fresh === 'string')
		return { kind: 'unchanged', wrong: [`it took a schema that cannot be made from nothing: ${fresh}`] };
	if (report.kind === 'unchanged') {
		const wrong = await compare(await readObjects(state.pool()), fresh);
		return { kind: 'unchanged', wrong: wrong.map((words) => `nothing was written: ${words}`) };
	}
	if (report.kind === 'split') throw new Error('nobody asked for several migrations');
	const wrong = await proveAnew(walk, report, fresh);
	return { kind: 'written', isRepaired: isRepaired(report), wrong };
}

async function readFresh({ scratch, project }: Walk, source: string): Promise<CatalogObjects | string> {
	const database = await scratch.database();
	try {
		return (await buildFresh(database, project, source)) ?? (await readObjects(database.pool()));
	} finally {
		await database.drop();
	}
}

function describeRefusal({ code, message }: CompanionError): string {
	return `${code}: ${message}`;
}

function isRepaired({ notices }: CreatedReport): boolean {
	return notices.some((notice) => notice.includes('by comparing the two catalogs'));
}

/** The files' own SQL: up, down, with rows, and up again, where the database stays. */
async function proveAnew(
	{ project, state }: Walk,
	report: CreatedReport,
	fresh: CatalogObjects,
): Promise<readonly string[]> {
	const migration = readJournal(`${project.root}/drizzle`).migrations.at(-1);
	const { up, down } = migration ?? {};
	if (up === undefined || down === undefined || migration?.tag !== report.tag) return ['a file is missing'];
	if (down.reversibility === 'irreversible') return [`irreversible: ${down.reason}`];
	const before = await readObjects(state.pool());
	await runMigrationSql(state.pool(), up.sql);
	const forward = await compare(await readObjects(state.pool()), fresh);
	await runMigrationSql(state.pool(), down.sql);
	const back = await compare(await readObjects(state.pool()), before);
	const rows = await tryWithRows(state, { up: up.sql, down });
	await runMigrationSql(state.pool(), up.sql);
	return [
		...(down.proof === 'proven' ? [] : [`the proof is ${down.proof}`]),
		...(/\bCASCADE\b/.test(down.sql.replaceAll(/ON (?:DELETE|UPDATE) CASCADE/gi, ''))
			? ['the down says CASCADE']
			: []),
		...forward.map((words) => `after the up: ${words}`),
		...back.map((words) => `after the down: ${words}`),
		...rows,
	];
}

async function compare(actual: CatalogObjects, expected: CatalogObjects): Promise<readonly string[]> {
	return (await describeObjectDifferences(actual, expected)).map(({ words }) => words);
}
