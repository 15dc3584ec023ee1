import { type Dependent, findDependents } from '../database/find-dependents.ts';
import type { Session } from '../database/session.ts';
import { CompanionError } from '../errors.ts';
import type { RevertStep } from '../plan/plan.ts';
import { type DroppedObject, listDropped, listPlainlyDropped } from '../sql/list-dropped.ts';

/**
 * Refuses to revert what somebody else's object depends on: no down drops more than its migration made. Left to PostgreSQL
 * itself is what cannot be known before: SQL that is put together while it runs, and an object that a down speaks of.
 * @throws CompanionError `DEPENDENTS_FOUND`, before anything runs
 */
export async function refuseDependents(
	session: Session,
	steps: readonly RevertStep[],
	drops: readonly Drop[],
): Promise<void> {
	const dependents = await findDependents(session, drops);
	const found = leaveOutSpoken(dependents, steps);
	if (found.length > 0) throw refuse(found);
}

/** What a step of a rollback drops. */
export interface Drop extends DroppedObject {
	/** Which step drops it. */
	readonly place: number;
}

/** What the steps drop, as far as `refuseDependents` has to ask about it; nothing, where a step runs SQL that nobody can see. */
export async function listDrops(steps: readonly RevertStep[]): Promise<readonly Drop[]> {
	const drops: Drop[] = [];
	const given = new Set<string>();
	for (const [place, { sql }] of steps.entries()) {
		for (const name of listGiven(sql)) given.add(name);
		if (!MAY_DROP.test(sql)) continue;
		const listed = listPlainlyDropped(sql) ?? (await listParsed(sql));
		if (listed === undefined) return [];
		for (const dropped of listed) if (isOwnName(dropped, given)) drops.push({ ...dropped, place });
	}
	return drops;
}

interface InTheWay extends Dependent {
	readonly tag: string;
}

const MAY_DROP = /\bdrop\b|\btype\b/i;

const RUNS_OTHER_SQL: ReadonlySet<string> = new Set(['DoStmt', 'CallStmt']);

/** Undefined where other SQL is run than what stands there. SQL that does not parse is refused where it runs, with the place. */
async function listParsed(sql: string): Promise<readonly DroppedObject[] | undefined> {
	const { parseStatements, SqlSyntaxError } = await import('../sql/parse-statements.ts');
	const statements = await parseStatements(sql).catch((error: unknown) => {
		if (error instanceof SqlSyntaxError) return [];
		throw error;
	});
	return statements.some(({ kind }) => RUNS_OTHER_SQL.has(kind))
		? undefined
		: statements.flatMap(listDropped);
}

/** The names that SQL gives to something that had another. */
function listGiven(sql: string): readonly string[] {
	return [...sql.matchAll(/\brename\s+(?:to|(?:column\s+)?\S+\s+to)\s+("(?:[^"]|"")+"|\w+)/gi)].map(
		([, name = '']) => name.replace(/^"|"$/g, '').replaceAll('""', '"'),
	);
}

/** A name that is given on the way is another object's now. */
function isOwnName({ name, part }: DroppedObject, given: ReadonlySet<string>): boolean {
	const last = /"((?:[^"]|"")*)"$/.exec(name)?.[1]?.replaceAll('""', '"') ?? name;
	return !given.has(last) && (part === undefined || !given.has(part));
}

/**
 * What a step or one before it speaks of will have been dropped or let go by then. Whether SQL speaks of something that has no name of its
 * own (a cast, an operator class) cannot be told: that is left to PostgreSQL.
 * @param dependents in the order of the steps
 */
function leaveOutSpoken(
	dependents: readonly (Dependent & Pick<Drop, 'place'>)[],
	steps: readonly RevertStep[],
): readonly InTheWay[] {
	const words = new Set<string>();
	let spoken = '';
	let next = 0;
	return dependents.flatMap(({ place, ...dependent }) => {
		for (; next <= place; next += 1) {
			const sql = steps[next]?.sql ?? '';
			for (const word of sql.match(/[\p{L}\p{N}_$]+/gu) ?? []) words.add(word);
			spoken += `${sql}\n`;
		}
		const { names } = dependent;
		const isSpoken = names.some((name) => words.has(name) || (/\W/.test(name) && spoken.includes(name)));
		return names.length === 0 || isSpoken ? [] : [{ tag: steps[place]?.tag ?? '', ...dependent }];
	});
}

function refuse(found: readonly InTheWay[]): CompanionError {
	const lines = found.map(({ tag, words, on }) => `  ${tag}: ${words} depends on ${on}`);
	return new CompanionError(
		'DEPENDENTS_FOUND',
		`The rollback would drop what something else depends on, which these migrations did not make:\n${lines.join('\n')}`,
		{
			hint: 'Nothing was changed. Drop it yourself where it may go (and make it again afterwards), or put it into a migration of its own: pnpm db:generate --custom.',
			details: { dependents: found.map(({ tag, words, on }) => ({ tag, object: words, dependsOn: on })) },
		},
	);
}
