import type { CompanionError } from '../errors.ts';
import type { Paint } from './paint.ts';

/** An error as people read it: what happened and where, the evidence, what was kept and what was not, the next command. */
export function renderError(
	{ code, message, hint, details }: Pick<CompanionError, 'code' | 'message' | 'hint' | 'details'>,
	paint: Paint,
): string {
	const parts = [
		`${paint.red(`error[${code}]`)}: ${message}`,
		...renderStatement(details),
		...renderOutcome(details),
		...(hint === undefined ? [] : [`${paint.cyan('hint')}: ${hint}`]),
	];
	return parts.join('\n');
}

type Details = CompanionError['details'];

function renderStatement(details: Details): readonly string[] {
	const { line, column, text, sqlState, statement, statementNumber, detail, postgresHint, where } =
		details as Record<string, string | number | undefined>;
	const lines: string[] = [];
	if (typeof line === 'number' && typeof column === 'number')
		lines.push(...renderCaret({ line, column, text: String(text) }));
	if (typeof statement === 'string')
		lines.push(...renderWhole(statement, { line: String(text), number: statementNumber }));
	if (sqlState !== undefined)
		lines.push(`  SQLSTATE ${sqlState}${detail === undefined ? '' : `: ${detail}`}`);
	if (where !== undefined) lines.push(`  in ${String(where).split('\n').join('\n     ')}`);
	if (postgresHint !== undefined) lines.push(`  PostgreSQL's hint: ${postgresHint}`);
	return lines;
}

const widest = 160;

function renderCaret({
	line,
	column,
	text,
}: {
	line: number;
	column: number;
	text: string;
}): readonly string[] {
	const start = Math.max(0, Math.min(column - 1 - widest / 2, text.length - widest));
	const shown = text.slice(start, start + widest).replaceAll('\t', ' ');
	const number = String(line);
	return [`  ${number} | ${shown}`, `  ${' '.repeat(number.length)} | ${' '.repeat(column - 1 - start)}^`];
}

interface Place {
	/** The line already shown. */
	readonly line: string;
	/** Absent where the statement is of no file. */
	readonly number: string | number | undefined;
}

/** The statement, when it is more than the line already shown; a long one is cut. */
function renderWhole(statement: string, { line, number }: Place): readonly string[] {
	const name = number === undefined ? 'statement' : `statement ${number}`;
	if (statement === line.trim().replace(/;$/, '')) return number === undefined ? [] : [`  ${name}`];
	const lines = statement
		.split('\n')
		.slice(0, 12)
		.map((each) => `    ${each.slice(0, widest)}`);
	return [`  ${name}:`, ...lines, ...(statement.split('\n').length > 12 ? ['    …'] : [])];
}

function renderOutcome(details: Details): readonly string[] {
	const { finished, notRun, tag, kind, keptStatements } = details as {
		finished?: string[];
		notRun?: string[];
		tag?: string;
		kind?: string;
		keptStatements?: number;
	};
	if (finished === undefined || notRun === undefined || tag === undefined) return [];
	const verb = kind === 'revert' ? 'reverted' : kind === 'apply' ? 'applied' : 'recorded';
	return [
		`  ${finished.length === 0 ? `nothing was ${verb} before it` : `${verb} and kept: ${finished.join(', ')}`}`,
		keptStatements === undefined
			? `  aborted, nothing of it kept: ${tag}`
			: `  not atomic, its first ${keptStatements} statements are done: ${tag}`,
		...(notRun.length === 0 ? [] : [`  did not run: ${notRun.join(', ')}`]),
	];
}
