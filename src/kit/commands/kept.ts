import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { withLock } from '../database/advisory-lock.ts';
import { CompanionError } from '../errors.ts';
import { dropKept } from '../keep/drop-kept.ts';
import { exportKept } from '../keep/export-kept.ts';
import type { Kept, RefillReport } from '../keep/kept.ts';
import { readKept } from '../keep/read-kept.ts';
import { restoreKept } from '../keep/restore.ts';
import type { ProjectOptions } from './project-options.ts';
import { lockOptions } from './run-move.ts';
import { type Project, withProject } from './with-project.ts';

/** What to do with what is kept. */
export type KeptAction =
	| { readonly kind: 'list' }
	| { readonly kind: 'restore'; readonly skipConflicts?: boolean }
	/** COPY's text format, as a script for psql. */
	| { readonly kind: 'export'; readonly file: string }
	| { readonly kind: 'drop' }
	/** What was kept longer ago; milliseconds. */
	| { readonly kind: 'prune'; readonly olderThan: number };

export interface KeptOptions extends ProjectOptions {
	/** Default: list. */
	readonly action?: KeptAction;
	/** An id of the list, a migration's tag or its beginning, or `table`, `table.column`, `column`; default: everything. */
	readonly which?: string;
	/** How long to wait for another run. Milliseconds; default `companion.lockWait`. */
	readonly lockWait?: number;
	/** Agreed beforehand to throwing data away. */
	readonly yes?: boolean;
	/** Asks whether to throw this away; absent where nobody can answer. */
	readonly confirmDrop?: (kept: readonly Kept[]) => Promise<boolean>;
}

export interface KeptListing {
	readonly database: string;
	/** What was listed, exported, restored or thrown away; oldest first. */
	readonly kept: readonly Kept[];
	/** What came back. */
	readonly restored?: readonly RefillReport[];
	/** How many rows were written, and where. */
	readonly exported?: { readonly file: string; readonly rows: number };
	/** True: it is gone for good. */
	readonly isDropped?: boolean;
}

/**
 * Lists what lossy steps set aside, gives it back by hand, writes it to a file, or throws it away.
 * @throws CompanionError `KEPT_NOT_FOUND` when nothing of that name is kept; `KEPT_CONFLICT` when rows are refused;
 * `CONFIRMATION_REQUIRED` when data would be thrown away and nobody said yes
 */
export async function kept(options: KeptOptions = {}): Promise<KeptListing> {
	return await withProject(options, async (project) => {
		const found = await find(project, options);
		const database = project.session.label;
		const action = options.action ?? { kind: 'list' };
		if (action.kind === 'list') return { database, kept: found };
		if (action.kind === 'export' && found.length === 0) return { database, kept: found };
		if (action.kind === 'export')
			return { database, kept: found, exported: await write(project, found, action.file) };
		const chosen = action.kind === 'prune' ? found.filter((each) => isOlder(each, action.olderThan)) : found;
		if (action.kind === 'drop') await seekConsent(chosen, options);
		return await withLock(
			project.session,
			project.config.ledger,
			lockOptions(project, options),
			async (locked) => {
				if (action.kind !== 'restore') {
					await dropKept(locked, chosen);
					return { database, kept: chosen, isDropped: true };
				}
				const { lockTimeout } = project.config.companion;
				const restored = await restoreKept(locked, chosen, {
					skipConflicts: action.skipConflicts ?? false,
					mayMakeTables: true,
					lockTimeout,
				});
				return { database, kept: chosen, restored };
			},
		);
	});
}

async function find({ session }: Project, { which }: KeptOptions): Promise<readonly Kept[]> {
	const all = await readKept(session);
	if (which === undefined) return all;
	const found = all.filter((each) => isNamed(each, which));
	if (found.length > 0) return found;
	throw new CompanionError('KEPT_NOT_FOUND', `Nothing is kept of '${which}'.`, {
		hint: 'Name an id, a migration or a table from the list: pnpm db:kept.',
		details: { which, ids: all.map(({ id }) => id) },
	});
}

function isNamed({ id, tag, place, column, subject }: Kept, which: string): boolean {
	if (/^\d+$/.test(which) && String(id) === which) return true;
	if (tag === which || subject === which || column === which || tag.startsWith(`${which}_`)) return true;
	const names = [place.table, ...(column === undefined ? [] : [column])].join('.');
	return [place.table, names, `${place.schema}.${place.table}`, `${place.schema}.${names}`].includes(which);
}

function isOlder({ at }: Kept, milliseconds: number): boolean {
	return Date.parse(at) < Date.now() - milliseconds;
}

async function seekConsent(chosen: readonly Kept[], { yes, confirmDrop }: KeptOptions): Promise<void> {
	if (yes || chosen.length === 0) return;
	if (confirmDrop !== undefined && (await confirmDrop(chosen))) return;
	throw new CompanionError(
		'CONFIRMATION_REQUIRED',
		`This would throw away for good:\n${chosen.map(({ subject, rows }) => `  ${subject}: ${rows} rows`).join('\n')}`,
		{ hint: 'Nothing was changed. If you mean it, add --yes.', details: { ids: chosen.map(({ id }) => id) } },
	);
}

async function write({ session, config }: Project, found: readonly Kept[], name: string) {
	const file = resolve(config.root, name);
	const stream = createWriteStream(file, { flags: 'wx', mode: 0o600 });
	const opened = new Promise<void>((done, fail) => {
		stream.once('open', () => done());
		stream.once('error', fail);
	});
	await opened.catch((error: NodeJS.ErrnoException) => {
		throw new CompanionError(
			'USAGE',
			`${name} cannot be written: ${error.code === 'EEXIST' ? 'it exists already' : error.message}.`,
			{
				hint: 'Name a file that does not exist yet.',
				cause: error,
			},
		);
	});
	const put = (text: string) =>
		new Promise<void>((done, fail) => stream.write(text, (error) => (error ? fail(error) : done())));
	const rows = await exportKept(session, found, put);
	await new Promise<void>((done, fail) =>
		stream.end((error?: Error | null) => (error ? fail(error) : done())),
	);
	return { file, rows };
}
