import { CompanionError } from '../errors.ts';
import {
	ENTITY_KINDS,
	type EntityKind,
	type EntityPath,
	isSamePath,
	listEntities,
	toKey,
	writePath,
} from './entity.ts';
import type { RenameAnswer } from './parse-rename.ts';
import type { Snapshot } from './snapshot.ts';

/** What the given answers say about things of one kind. */
export interface MatchedAnswers {
	readonly renames: readonly { readonly from: EntityPath; readonly to: EntityPath }[];
	/** Said to be new: `=users.full_name`. */
	readonly created: readonly EntityPath[];
	/** Said to be dropped: `users.name=`. */
	readonly deleted: readonly EntityPath[];
	/** The answers that found their place. */
	readonly used: readonly RenameAnswer[];
}

/** The answers that are about one kind of thing, with whole names. */
export function matchAnswers(
	answers: readonly RenameAnswer[],
	kind: EntityKind,
	{ previous, current }: { previous: Snapshot; current: Snapshot },
): MatchedAnswers {
	const sides = { before: listEntities(kind, previous), after: listEntities(kind, current) };
	const matched = answers
		.filter((answer) => answer.kind === undefined || answer.kind === kind)
		.flatMap((answer) => matchAnswer(answer, sides));
	refuseContradictions(matched);
	return {
		renames: matched.flatMap(({ from, to }) => (from && to ? [{ from, to }] : [])),
		created: matched.flatMap(({ from, to }) => (to && !from ? [to] : [])),
		deleted: matched.flatMap(({ from, to }) => (from && !to ? [from] : [])),
		used: matched.map(({ answer }) => answer),
	};
}

interface Match {
	readonly answer: RenameAnswer;
	readonly from?: EntityPath;
	readonly to?: EntityPath;
}

function matchAnswer(
	answer: RenameAnswer,
	{ before, after }: { before: readonly EntityPath[]; after: readonly EntityPath[] },
): Match[] {
	const gone = before.filter((path) => !after.some((other) => isSamePath(path, other)));
	const fresh = after.filter((path) => !before.some((other) => isSamePath(path, other)));
	const pick = (parts: readonly string[], [preferred, all]: [readonly EntityPath[], readonly EntityPath[]]) =>
		choose(answer, matchPaths(parts, preferred)) ?? choose(answer, matchPaths(parts, all));
	const from = answer.from && pick(answer.from, [gone, before]);
	const to = answer.to && pick(completeTarget(answer.to, from), [fresh, after]);
	if (answer.from && answer.to) return from && to && isSibling(from, to) ? [{ answer, from, to }] : [];
	if (from && isIn(from, gone)) return [{ answer, from }];
	return to && isIn(to, fresh) ? [{ answer, to }] : [];
}

/** `users.name=full_name` means a column of the same table. */
function completeTarget(parts: readonly string[], from: EntityPath | undefined): readonly string[] {
	return parts.length === 1 && from?.length === 3 ? [...from.slice(0, 2), ...parts] : parts;
}

/** Columns and policies stay in their table; their table may be called otherwise by now. */
function isSibling(from: EntityPath, to: EntityPath): boolean {
	return from.length < 3 || isSamePath(from.slice(0, 2), to.slice(0, 2));
}

function isIn(path: EntityPath, paths: readonly EntityPath[]): boolean {
	return paths.some((other) => isSamePath(path, other));
}

/** Paths that the written parts may stand for: without a schema they mean `public`, or else whatever schema has it. */
function matchPaths(parts: readonly string[], paths: readonly EntityPath[]): EntityPath[] {
	const ends = paths
		.filter((path) => parts.length <= path.length && path.length - parts.length <= 1)
		.filter((path) => isSamePath(path.slice(-parts.length), parts));
	const exact = ends.filter((path) => path.length === parts.length);
	if (exact.length > 0) return exact;
	const inPublic = ends.filter((path) => path[0] === 'public');
	return inPublic.length > 0 ? inPublic : ends;
}

function choose(answer: RenameAnswer, paths: readonly EntityPath[]): EntityPath | undefined {
	if (paths.length < 2) return paths[0];
	const names = paths.map(writePath);
	throw refuse(`--rename ${answer.text} is ambiguous: it may mean ${names.join(' or ')}.`, {
		hint: 'Write the schema before the name.',
		candidates: names,
	});
}

function refuseContradictions(matched: readonly Match[]): void {
	for (const side of ['from', 'to'] as const) {
		const seen = new Map<string, Match>();
		for (const match of matched) {
			const path = match[side];
			if (path === undefined) continue;
			const other = seen.get(toKey(path));
			if (
				other !== undefined &&
				!(
					match.from &&
					other.from &&
					match.to &&
					other.to &&
					isSamePath(match.from, other.from) &&
					isSamePath(match.to, other.to)
				)
			)
				throw refuse(
					`--rename ${other.answer.text} and --rename ${match.answer.text} contradict each other.`,
					{
						hint: `Keep one answer for ${writePath(path)}.`,
						candidates: [other.answer.text, match.answer.text],
					},
				);
			seen.set(toKey(path), match);
		}
	}
}

interface Snapshots {
	readonly previous: Snapshot;
	readonly current: Snapshot;
}

/**
 * Refuses answers with a name that is nowhere.
 * @throws CompanionError `RENAME_NEEDS_ANSWER` listing what could be renamed
 */
export function refuseUnknown(unused: readonly RenameAnswer[], snapshots: Snapshots): void {
	for (const answer of unused) {
		const { from, to } = answer;
		if (from && !isKnown(from, snapshots.previous))
			throw misfit(answer, `the last snapshot has no ${writePath(from)}`, snapshots);
		if (to && !isKnown(to, snapshots.current))
			throw misfit(answer, `TypeScript has no ${writePath(to)}`, snapshots);
	}
}

/**
 * Refuses answers that mean nothing in this schema although their names are there.
 * @throws CompanionError `RENAME_NEEDS_ANSWER` listing what could be renamed
 */
export function refuseUnused(unused: readonly RenameAnswer[], snapshots: Snapshots): void {
	const [answer] = unused;
	if (answer === undefined) return;
	const { from, to } = answer;
	const names = [from, to].flatMap((name) => (name === undefined ? [] : [writePath(name)]));
	const reason =
		names.length === 2
			? `${names.join(' and ')} are not of one kind and place, or one of them is there before and after`
			: `${names[0]} is there before and after`;
	throw misfit(answer, reason, snapshots);
}

function isKnown(parts: readonly string[], snapshot: Snapshot): boolean {
	const paths = ENTITY_KINDS.flatMap((kind) => listEntities(kind, snapshot));
	// A name alone may stand for a column: `users.name=full_name`.
	return (
		matchPaths(parts, paths).length > 0 ||
		(parts.length === 1 && paths.some((path) => path.at(-1) === parts[0]))
	);
}

function misfit({ text }: RenameAnswer, reason: string, { previous, current }: Snapshots): CompanionError {
	const { gone, fresh } = listChanges(previous, current);
	return refuse(`--rename ${text} does not fit: ${reason}.`, {
		hint: `In the last snapshot only: ${gone.join(', ') || 'nothing'}. In TypeScript only: ${fresh.join(', ') || 'nothing'}.`,
		candidates: [...gone, ...fresh],
	});
}

function listChanges(previous: Snapshot, current: Snapshot): { gone: string[]; fresh: string[] } {
	const list = (one: Snapshot, other: Snapshot) =>
		ENTITY_KINDS.flatMap((kind) => {
			const keys = new Set(listEntities(kind, other).map(toKey));
			return listEntities(kind, one).filter((path) => !keys.has(toKey(path)));
		}).map(writePath);
	return { gone: list(previous, current), fresh: list(current, previous) };
}

function refuse(
	message: string,
	{ hint, candidates }: { hint: string; candidates: readonly string[] },
): CompanionError {
	return new CompanionError('RENAME_NEEDS_ANSWER', message, { hint, details: { candidates } });
}
