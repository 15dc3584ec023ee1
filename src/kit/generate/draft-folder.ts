import type { Config } from '../config/config.ts';
import { CompanionError } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import type { DdlEntity } from './ddl-state.ts';
import type { Draft } from './draft-migration.ts';
import type { EntityPath } from './entity.ts';
import type { FolderOutcome, Hint, MissingHint } from './folder-engine.ts';
import { loadSchema } from './load-schema.ts';
import { nameChange } from './name-change.ts';
import { type DrizzleKit, toError } from './open-drizzle-kit.ts';
import { readFolderSnapshots, reconstructSchema } from './read-folder-snapshots.ts';
import { readPreviousSnapshot } from './read-previous-snapshot.ts';
import { type RenameOptions, resolveRenames } from './resolve-renames.ts';
import type { Snapshot } from './snapshot.ts';
import { type NewFolder, type StagedFolder, withStagedFolder } from './with-staged-folder.ts';
import { explainConflict } from './write-merge.ts';

type DraftConfig = Pick<Config, 'schema' | 'casing' | 'folder'>;

/**
 * Drafts the next migration with drizzle-kit 1.0, which does renames itself: it is told of them by hints.
 * @throws CompanionError when snapshots or schema cannot be used, or a rename needs an answer
 */
export async function draftFolderMigration(
	config: DraftConfig,
	journal: Journal,
	{ kit, ...options }: { readonly kit: DrizzleKit } & RenameOptions,
): Promise<Draft> {
	const last = await readPreviousSnapshot(journal, kit);
	const { snapshot: wanted, notices } = await loadSchema(config, kit, last.id);
	const { previous, renames } = await resolveRenames(last, wanted, options);
	const files = readFolderSnapshots(journal);
	return await withStagedFolder(files, async (staged) => {
		const hints: Hint[] = renames.map((rename) => ({ type: 'rename', ...rename }));
		const folder = await generateWithHints(kit, { config, staged, hints, last, wanted });
		if (folder === undefined) return { ...unchanged(last), notices };
		const snapshot = await reconstructSchema(kit, { ...files, [folder.tag]: folder.snapshot });
		const statements = splitStatements(folder.upSql);
		return {
			...{ last, snapshot, isUnchanged: false, statements, renames, notices, folder },
			renameStatements: statements.slice(0, statements.findLastIndex(isRename) + 1),
			name: nameChange(previous, wanted, renames),
		};
	});
}

/** Drafts a migration whose SQL is written by hand. @throws CompanionError `JOURNAL_INVALID` when branches contradict each other */
export async function draftCustomFolder(journal: Journal, kit: DrizzleKit): Promise<NewFolder> {
	return await withStagedFolder(readFolderSnapshots(journal), async (staged) => {
		const { out, emptySchema } = staged;
		const job = { kind: 'generate-folder', out, patterns: [emptySchema], hints: [], isCustom: true } as const;
		const answer = await kit.run(job);
		if (answer.kind === 'failed') throw explainConflict(toError(answer.failure));
		return staged.readNew() as NewFolder;
	});
}

function unchanged(last: Snapshot): Omit<Draft, 'notices'> {
	return {
		...{ last, snapshot: last, isUnchanged: true, statements: [], renameStatements: [], renames: [] },
		name: 'change',
	};
}

interface Generation {
	readonly config: DraftConfig;
	readonly staged: StagedFolder;
	/** Is added to. */
	readonly hints: Hint[];
	readonly last: Snapshot;
	readonly wanted: Snapshot;
}

/** Answers what drizzle-kit asks until it asks nothing more. Undefined: there is nothing to do. */
async function generateWithHints(
	kit: DrizzleKit,
	{ config, staged, hints, last, wanted }: Generation,
): Promise<NewFolder | undefined> {
	for (let round = 0; round < 100; round += 1) {
		const patterns = config.schema;
		const answer = await kit.run({
			kind: 'generate-folder',
			out: staged.out,
			patterns,
			hints,
			isCustom: false,
		});
		if (answer.kind === 'failed') throw explainConflict(toError(answer.failure));
		const outcome = answer.value as FolderOutcome;
		if (outcome.kind === 'unchanged') return undefined;
		if (outcome.kind === 'written') return staged.readNew();
		hints.push(...outcome.missing.map((missing) => answerHint(missing, { hints, last, wanted })));
	}
	throw new CompanionError('GENERATE_FAILED', 'drizzle-kit asks about renames without end.', {
		hint: 'Make the change in smaller steps, or write its SQL by hand: pnpm db:generate --custom.',
		details: { hints },
	});
}

/**
 * Tables, columns and their like were asked about before: what is asked about now is new. Of an index or a constraint nobody wants to be
 * asked: one that vanished and is the same in all but its name is taken for renamed.
 */
function answerHint(
	{ kind, entity }: MissingHint,
	{ hints, last, wanted }: Pick<Generation, 'hints' | 'last' | 'wanted'>,
): Hint {
	const type = NAMED_PARTS[kind];
	const created = type === undefined ? undefined : findPart(wanted, type, entity);
	if (type === undefined || created === undefined) return { type: 'create', kind, entity };
	const twin = listParts(last, type).find(
		(part) =>
			findPart(wanted, type, pathOf(part)) === undefined &&
			!hints.some((hint) => hint.type === 'rename' && isSame(hint.from, pathOf(part))) &&
			define(part) === define(created),
	);
	return twin === undefined
		? { type: 'create', kind, entity }
		: { type: 'rename', kind, from: pathOf(twin), to: entity };
}

/** drizzle-kit's words in hints, and in its snapshots. */
const NAMED_PARTS: Readonly<Record<string, string>> = {
	index: 'indexes',
	unique: 'uniques',
	check: 'checks',
	primary_key: 'pks',
	'foreign key': 'fks',
};

function listParts({ state }: Snapshot, type: string): readonly DdlEntity[] {
	return state?.ddl.filter(({ entityType }) => entityType === type) ?? [];
}

function findPart(snapshot: Snapshot, type: string, path: EntityPath): DdlEntity | undefined {
	return listParts(snapshot, type).find((part) => isSame(pathOf(part), path));
}

function pathOf({ schema = '', table = '', name }: DdlEntity): EntityPath {
	return [schema, table, name];
}

function isSame(one: EntityPath, other: EntityPath): boolean {
	return JSON.stringify(one) === JSON.stringify(other);
}

function define({ name: _name, nameExplicit: _nameExplicit, ...rest }: DdlEntity): string {
	return JSON.stringify(Object.entries(rest).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** @see drizzle-kit 1.0 `writeResult` */
function splitStatements(sql: string): readonly string[] {
	return sql === '' ? [] : sql.split('--> statement-breakpoint\n');
}

function isRename(statement: string): boolean {
	return /^ALTER [^']*? RENAME /.test(statement);
}
