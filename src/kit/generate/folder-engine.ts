import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { type DdlState, EMPTY_STATE, toSnapshot } from './ddl-state.ts';
import type { DrizzleKitJob, LoadedSchema } from './drizzle-kit-worker.ts';
import type { EntityPath } from './entity.ts';
import { findSchemaFiles } from './find-schema-files.ts';

/** What only drizzle-kit 1.0 is asked to do. */
export type FolderJob =
	| {
			/** Writes the next migration's folder into `out`, which holds the snapshots so far. Answers with a `FolderOutcome`. */
			readonly kind: 'generate-folder';
			readonly out: string;
			readonly patterns: readonly string[];
			readonly hints: readonly Hint[];
			readonly isCustom: boolean;
	  }
	/** The whole schema after the last of these snapshots. Answers with a `Snapshot`. */
	| { readonly kind: 'reconstruct'; readonly files: Readonly<Record<string, unknown>> };

/** An answer to a question that drizzle-kit 1.0 would ask on a terminal. */
export type Hint =
	| { readonly type: 'rename'; readonly kind: string; readonly from: EntityPath; readonly to: EntityPath }
	| { readonly type: 'create'; readonly kind: string; readonly entity: EntityPath };

/** A question that no hint answers. */
export interface MissingHint {
	readonly type: string;
	readonly kind: string;
	readonly entity: EntityPath;
}

export type FolderOutcome =
	| { readonly kind: 'written' }
	| { readonly kind: 'unchanged' }
	| { readonly kind: 'missing-hints'; readonly missing: readonly MissingHint[] };

interface Surroundings {
	/** Finds the project's packages. */
	readonly require: NodeJS.Require;
	readonly root: string;
}

/** Does a job with drizzle-kit 1.0, in the thread. @throws Error with drizzle-kit's own message */
export async function runFolderJob(job: DrizzleKitJob, surroundings: Surroundings): Promise<unknown> {
	switch (job.kind) {
		case 'load':
			return await load(job.patterns, surroundings);
		case 'generate':
			return await generateStatements(
				job.previous.state ?? EMPTY_STATE,
				job.current.state ?? EMPTY_STATE,
				surroundings,
			);
		case 'generate-folder':
			return await generateFolder(job, surroundings);
		case 'reconstruct':
			return toSnapshot(await openApi(surroundings).reconstruct(job.files));
		case 'upgrade':
			throw new Error('drizzle-kit up brings snapshots of an older version to the present one');
	}
}

interface Api {
	reconstruct(files: Readonly<Record<string, unknown>>): Promise<DdlState>;
	generateMigration(
		previous: DdlState,
		current: DdlState,
		options: { readonly hints: readonly Hint[] },
	): Promise<string[]>;
}

function openApi({ require }: Surroundings): Api {
	return require('drizzle-kit/api-postgres') as Api;
}

/** The TypeScript schema is what drizzle-kit would make of it in an empty folder. */
async function load(patterns: readonly string[], surroundings: Surroundings): Promise<LoadedSchema> {
	const files = findSchemaFiles(patterns, surroundings.root);
	const out = mkdtempSync(join(tmpdir(), 'companion-schema-'));
	try {
		const isKnown = files.length > 0;
		const job = { kind: 'generate-folder', out, patterns, hints: [], isCustom: false } as const;
		if (isKnown) await generateFolder(job, surroundings);
		const [folder] = readdirSync(out);
		const state = folder === undefined ? EMPTY_STATE : toState(readSnapshot(join(out, folder)));
		const { id: _id, prevId: _prevId, ...snapshot } = toSnapshot(state);
		return { files, snapshot, duplicates: [] };
	} finally {
		rmSync(out, { recursive: true, force: true });
	}
}

function readSnapshot(folder: string): Record<string, unknown> {
	return JSON.parse(readFileSync(join(folder, 'snapshot.json'), 'utf8'));
}

/** A folder's first snapshot holds the whole schema. */
function toState({ version, dialect, id, prevIds, ddl, footprints }: Record<string, unknown>): DdlState {
	return { version, dialect, id, prevIds, ddl, footprints } as DdlState;
}

type Envelope =
	| { readonly status: 'ok' | 'no_changes' }
	| { readonly status: 'missing_hints'; readonly unresolved: readonly MissingHint[] }
	| { readonly status: 'error'; readonly error: Readonly<Record<string, unknown>> };

async function generateFolder(
	{ out, patterns, hints, isCustom }: Extract<FolderJob, { kind: 'generate-folder' }>,
	{ require, root }: Surroundings,
): Promise<FolderOutcome> {
	const { generate } = require('drizzle-kit/cli') as {
		generate(options: Readonly<Record<string, unknown>>): Promise<Envelope>;
	};
	const schema = patterns.map((pattern) => (isAbsolute(pattern) ? pattern : join(root, pattern)));
	const settings = { dialect: 'postgresql', breakpoints: true, name: 'next', schema, out };
	const envelope = await generate({ ...settings, hints, custom: isCustom });
	switch (envelope.status) {
		case 'ok':
			return { kind: 'written' };
		case 'no_changes':
			return { kind: 'unchanged' };
		case 'missing_hints':
			return { kind: 'missing-hints', missing: envelope.unresolved };
		case 'error':
			throw toError(envelope.error);
	}
}

/** drizzle-kit gives the error's text alone, in which node has written who required a module that is not there. */
function toError(error: Readonly<Record<string, unknown>>): Error {
	const message =
		typeof error.message === 'string' ? error.message : (describeConflicts(error) ?? JSON.stringify(error));
	const [first = message, required = ''] = message.split('\nRequire stack:');
	return Object.assign(new Error(first), {
		name: `drizzle-kit ${String(error.code ?? 'error')}`,
		requireStack: [...required.matchAll(/^\s*- (.+)$/gm)].map(([, file]) => file),
	});
}

interface Conflict {
	readonly branches: readonly { readonly statementDescription: string }[];
}

/** drizzle-kit says in data what it prints on a terminal; its paths are those of a copy. */
function describeConflicts({ kind, details }: Readonly<Record<string, unknown>>): string | undefined {
	if (kind !== 'conflicts' || !Array.isArray(details)) return undefined;
	const conflicts = (details as readonly Conflict[]).map(({ branches }) =>
		branches.map(({ statementDescription }) => statementDescription).join(' and '),
	);
	return `two branches change the same thing: ${conflicts.join('; ')}`;
}

async function generateStatements(
	previous: DdlState,
	current: DdlState,
	surroundings: Surroundings,
): Promise<readonly string[]> {
	const hints: Hint[] = [];
	for (let round = 0; ; round += 1) {
		try {
			return await openApi(surroundings).generateMigration(strip(previous), strip(current), { hints });
		} catch (error) {
			const missing = (error as { missingHints?: readonly MissingHint[] }).missingHints;
			if (missing === undefined || missing.length === 0 || round > 100) throw error;
			// Renames are looked for elsewhere: what is asked about here is new.
			hints.push(...missing.map(({ kind, entity }) => ({ type: 'create' as const, kind, entity })));
		}
	}
}

function strip({ footprints: _footprints, ...state }: DdlState): DdlState {
	return state;
}
