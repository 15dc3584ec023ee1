import { type Dependent, findDependents } from '../database/find-dependents.ts';
import type { Session } from '../database/session.ts';
import { CompanionError } from '../errors.ts';
import type { RevertStep } from '../plan/plan.ts';
import { endStatementsAtBreakpoints } from '../sql/end-statements-at-breakpoints.ts';
import { type DroppedObject, listDropped } from '../sql/list-dropped.ts';
import type { Statement } from '../sql/parse-statements.ts';

/**
 * Refuses to revert what somebody else's object depends on: no down drops more than its migration made. Left to PostgreSQL
 * itself is what cannot be known before: SQL that is put together while it runs, and an object that a down speaks of.
 * @throws CompanionError `DEPENDENTS_FOUND`, before anything runs
 */
export async function refuseDependents(session: Session, steps: readonly RevertStep[]): Promise<void> {
	const found: InTheWay[] = [];
	let before = '';
	for (const { tag, sql } of steps) {
		before += `${sql}\n`;
		if (!MAY_DROP.test(sql)) continue;
		const statements = await parse(sql);
		if (statements.some(({ kind }) => RUNS_OTHER_SQL.has(kind))) return;
		const dropped = statements.flatMap(listDropped).filter(isOwnName(before));
		const dependents = await findDependents(session, dropped);
		found.push(...dependents.filter(isUnspoken(before)).map((dependent) => ({ tag, ...dependent })));
	}
	if (found.length > 0) throw refuse(found);
}

interface InTheWay extends Dependent {
	readonly tag: string;
}

const MAY_DROP = /\bdrop\b|\btype\b/i;

const RUNS_OTHER_SQL: ReadonlySet<string> = new Set(['DoStmt', 'CallStmt']);

/** SQL that does not parse is refused where it runs, with the place. */
async function parse(sql: string): Promise<readonly Statement[]> {
	const { parseStatements, SqlSyntaxError } = await import('../sql/parse-statements.ts');
	return await parseStatements(endStatementsAtBreakpoints(sql)).catch((error: unknown) => {
		if (error instanceof SqlSyntaxError) return [];
		throw error;
	});
}

/** A name that is given on the way is another object's now. */
function isOwnName(sql: string): (dropped: DroppedObject) => boolean {
	const given = new Set(
		[...sql.matchAll(/\brename\s+(?:to|(?:column\s+)?\S+\s+to)\s+("(?:[^"]|"")+"|\w+)/gi)].map(
			([, name = '']) => name.replace(/^"|"$/g, '').replaceAll('""', '"'),
		),
	);
	return ({ name, part }) => {
		const last = /"((?:[^"]|"")*)"$/.exec(name)?.[1]?.replaceAll('""', '"') ?? name;
		return !given.has(last) && (part === undefined || !given.has(part));
	};
}

/**
 * What the SQL speaks of it will have dropped or let go by then. Whether it speaks of something that has no name of its own (a cast, an
 * operator class) cannot be told: that is left to PostgreSQL.
 */
function isUnspoken(sql: string): (dependent: Dependent) => boolean {
	const words = new Set(sql.match(/[\p{L}\p{N}_$]+/gu) ?? []);
	return ({ names }) =>
		names.length > 0 && !names.some((name) => words.has(name) || (/\W/.test(name) && sql.includes(name)));
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
