import type { Paint } from './paint.ts';
import { type MoveShown, renderMove } from './render-move.ts';

/** What `baseline --pull` made, as far as it is shown. */
export interface PullShown {
	readonly database: string;
	readonly tag?: string;
	readonly files: readonly string[];
	readonly upSql: string;
	readonly notices: readonly string[];
	readonly move?: MoveShown;
}

/** What was written, what TypeScript does not say, and where the database stands; for a plan, the SQL as well. */
export function renderPull({ database, tag, files, upSql, notices, move }: PullShown, paint: Paint): string {
	const notes = notices.map((notice) => `${paint.yellow('note:')} ${notice}`);
	if (tag === undefined)
		return [
			`Nothing to pull: ${database} has no tables. Write your tables in TypeScript, then pnpm db:generate.`,
			...notes,
		].join('\n');
	if (move === undefined)
		return [
			`${paint.bold(tag)} would be written, with`,
			...files.map(indent),
			...notes,
			'',
			upSql.trimEnd(),
		].join('\n');
	return ['Written:', ...files.map(indent), ...notes, '', renderMove(move, paint)].join('\n');
}

function indent(file: string): string {
	return `  ${file}`;
}
