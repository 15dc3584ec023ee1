import { CompanionError } from '../errors.ts';
import { applyRenames, quote, type Rename } from './apply-rename.ts';
import {
	ENTITY_KINDS,
	type EntityKind,
	type EntityPath,
	isSamePath,
	listEntities,
	toKey,
	writePath,
} from './entity.ts';
import { followRenames } from './follow-renames.ts';
import { type MatchedAnswers, matchAnswers, refuseUnknown, refuseUnused } from './match-answers.ts';
import { parseRename, type RenameAnswer } from './parse-rename.ts';
import type { Snapshot } from './snapshot.ts';

/** Is this new, or one of the vanished ones under another name? Names are written as `--rename` takes them. */
export interface RenameQuestion {
	readonly kind: EntityKind;
	/** What TypeScript has and the last snapshot has not. */
	readonly created: string;
	/** What the last snapshot has and TypeScript has not; at least one. */
	readonly candidates: readonly string[];
}

/** Answers with one of the candidates, or with `undefined` when it is new. */
export type AskRename = (question: RenameQuestion) => Promise<string | undefined>;

export interface RenameOptions {
	/** `--rename` as typed. */
	readonly renames?: readonly string[];
	/** Absent where nobody can be asked. */
	readonly ask?: AskRename;
}

/** The last snapshot with every rename in it, and the SQL of the renames. What differs from TypeScript now is created, dropped or altered. */
export interface ResolvedRenames {
	readonly previous: Snapshot;
	readonly statements: readonly string[];
	readonly renames: readonly Rename[];
}

/**
 * Finds out what was renamed between two snapshots, kind by kind in drizzle-kit's order. A question is due only where
 * things of one kind (columns, policies: of one table) both appeared and vanished, and no answer is given.
 * @throws CompanionError `RENAME_NEEDS_ANSWER` with every open question, `USAGE` for an answer that cannot be read
 */
export async function resolveRenames(
	last: Snapshot,
	current: Snapshot,
	{ renames = [], ask }: RenameOptions,
): Promise<ResolvedRenames> {
	const previous = structuredClone(last);
	const statements: string[] = [];
	const done: Rename[] = [];
	const open: RenameQuestion[] = [];
	let unused = renames.map(parseRename);
	for (const kind of ENTITY_KINDS) {
		const matched = matchAnswers(withRenamedOwners(unused, kind, done), kind, { previous, current });
		unused = unused.filter(({ text }) => !matched.used.some((answer) => answer.text === text));
		const answered = await answerQuestions(kind, { previous, current, matched, ask, open });
		statements.push(...createTargetSchemas(answered, previous, current), ...applyRenames(previous, answered));
		done.push(...answered);
		if (kind === 'schema' && open.length > 0) throw answersMissing(open);
	}
	refuseUnknown(unused, { previous: last, current });
	if (open.length > 0) throw answersMissing(open);
	refuseUnused(unused, { previous: last, current });
	if (done.length > 0) statements.push(...followRenames(previous, current));
	return { previous, statements, renames: done };
}

/**
 * `users.name=people.full_name`, `auth.users=login.people`: the left side says what the last snapshot has, where table and
 * schema have their old names.
 */
function withRenamedOwners(
	answers: readonly RenameAnswer[],
	kind: EntityKind,
	done: readonly Rename[],
): RenameAnswer[] {
	const isMember = kind === 'column' || kind === 'policy';
	return answers.map((answer) => {
		const from = answer.from && withRenamedSchema(answer.from, isMember ? 3 : 2, done);
		if (from === undefined) return answer;
		if (!isMember || from.length < 2) return { ...answer, from };
		const table = from.length === 2 ? ['public', ...from.slice(0, 1)] : from.slice(0, 2);
		const renamed = done.find((rename) => rename.kind === 'table' && isSamePath(rename.from, table));
		return { ...answer, from: renamed === undefined ? from : [...renamed.to, from.at(-1) as string] };
	});
}

/** Only a whole path names a schema. */
function withRenamedSchema(
	from: readonly string[],
	wholeLength: number,
	done: readonly Rename[],
): readonly string[] {
	const renamed = done.find((rename) => rename.kind === 'schema' && rename.from[0] === from[0]);
	return renamed === undefined || from.length < wholeLength ? from : [...renamed.to, ...from.slice(1)];
}

interface QuestionContext {
	readonly previous: Snapshot;
	readonly current: Snapshot;
	readonly matched: MatchedAnswers;
	readonly ask: AskRename | undefined;
	/** Takes the questions that nobody answers. */
	readonly open: RenameQuestion[];
}

async function answerQuestions(kind: EntityKind, context: QuestionContext): Promise<Rename[]> {
	const { previous, current, matched, ask, open } = context;
	const renames: Rename[] = matched.renames.map((rename) => ({ kind, ...rename }));
	refuseCollisions(renames, kind, previous);
	const before = listEntities(kind, previous);
	const after = listEntities(kind, current);
	const created = without(after, [...before, ...renames.map(({ to }) => to), ...matched.created]);
	// A renamed thing whose old name TypeScript uses again is a new one.
	const deleted = without(before, [...after, ...renames.map(({ from }) => from), ...matched.deleted]);
	for (const path of created) {
		const candidates = deleted.filter(
			(other) =>
				isSameOwner(path, other, previous, current) && !renames.some(({ from }) => isSamePath(from, other)),
		);
		if (candidates.length === 0) continue;
		const question = { kind, created: writePath(path), candidates: candidates.map(writePath) };
		if (ask === undefined) open.push(question);
		else {
			const answer = await ask(question);
			const from = candidates.find((candidate) => writePath(candidate) === answer);
			if (from !== undefined) renames.push({ kind, from, to: path });
		}
	}
	return renames;
}

function without(paths: readonly EntityPath[], others: readonly EntityPath[]): EntityPath[] {
	const keys = new Set(others.map(toKey));
	return paths.filter((path) => !keys.has(toKey(path)));
}

/** Columns and policies are compared within a table that is there before and after. */
function isSameOwner(path: EntityPath, other: EntityPath, previous: Snapshot, current: Snapshot): boolean {
	if (path.length < 3) return true;
	const key = path.slice(0, 2).join('.');
	return isSamePath(path.slice(0, 2), other.slice(0, 2)) && key in previous.tables && key in current.tables;
}

function refuseCollisions(renames: readonly Rename[], kind: EntityKind, previous: Snapshot): void {
	const before = listEntities(kind, previous);
	for (const { from, to } of renames) {
		const isThere = before.some((path) => isSamePath(path, to)) && !isSamePath(from, to);
		if (!isThere || renames.some((rename) => isSamePath(rename.from, to))) continue;
		throw new CompanionError(
			'RENAME_NEEDS_ANSWER',
			`${writePath(from)} cannot become ${writePath(to)}: the last snapshot has a ${kind} of that name already.`,
			{ hint: 'Say what becomes of that one with another --rename, or drop it in a migration before.' },
		);
	}
}

/** A table can only move into a schema that is there. */
function createTargetSchemas(renames: readonly Rename[], previous: Snapshot, current: Snapshot): string[] {
	const targets = new Set(renames.flatMap(({ to }) => (to.length > 1 ? [to[0] as string] : [])));
	return [...targets]
		.filter((schema) => schema in current.schemas && !(schema in previous.schemas))
		.map((schema) => {
			previous.schemas[schema] = schema;
			return `CREATE SCHEMA ${quote(schema)};\n`;
		});
}

function answersMissing(questions: readonly RenameQuestion[]): CompanionError {
	const lines = questions.map(
		({ kind, created, candidates }) =>
			`  - ${kind} ${created}: new, or renamed from ${candidates.join(' or ')}?`,
	);
	const commands = questions.flatMap(({ created, candidates }) => [
		...candidates.map(
			(candidate) => `  --rename ${writeArgument(`${candidate}=${created}`)}   it was renamed`,
		),
		`  --rename ${writeArgument(`=${created}`)}   it is new`,
	]);
	return new CompanionError(
		'RENAME_NEEDS_ANSWER',
		`Something may have been renamed, and only you know:\n${lines.join('\n')}`,
		{
			hint: `Answer each with one of these after \`pnpm db:generate\`:\n${commands.join('\n')}`,
			details: { questions },
		},
	);
}

function writeArgument(text: string): string {
	return /^[\w.=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
