import type { AllowedFinding, Finding } from '../lint/finding.ts';
import type { StatementLocks } from '../locks/statement-locks.ts';
import type { Paint } from './paint.ts';
import { renderLocks } from './render-locks.ts';

/** What a check found, as far as it is shown. */
export interface FindingsShown {
	readonly findings: readonly Finding[];
	readonly allowed: readonly AllowedFinding[];
	readonly migrations: number;
	readonly linted: readonly { readonly tag: string; readonly locks?: readonly StatementLocks[] }[];
	readonly notices: readonly string[];
	readonly errors: number;
	readonly warnings: number;
}

/** Findings a paragraph each, what the linted migrations lock, and a line that sums up. */
export function renderFindings(
	shown: FindingsShown,
	{ paint, verbose = false }: { readonly paint: Paint; readonly verbose?: boolean },
): string {
	const { findings, allowed, notices } = shown;
	return [
		...findings.map((finding) => renderFinding(finding, paint)),
		...(verbose ? allowed.map((finding) => renderAllowed(finding, paint)) : []),
		...renderMeasured(shown, { paint, verbose }),
		[
			...notices.map((notice) => paint.dim(notice)),
			...renderAdvice(findings, paint),
			renderSummary(shown, paint),
		].join('\n'),
	].join('\n\n');
}

/** Rules are in lower case; problems of journal and ledger are not, and no comment allows them. */
function renderAdvice(findings: readonly Finding[], paint: Paint): readonly string[] {
	if (!findings.some(({ code }) => /^[a-z]/.test(code))) return [];
	return [
		paint.dim(
			'What is meant so: write `-- companion: allow <rule> because <reason>` before the statement. Also where the migration is applied or proven already: that comment counts as no edit.',
		),
	];
}

function renderFinding(
	{ code, severity, what, why, how, sql = [], ...place }: Finding,
	paint: Paint,
): string {
	const brush = severity === 'error' ? paint.red : paint.yellow;
	return [
		`${brush(`${severity}[${code}]`)}${renderPlace(place)}`,
		`  ${what}`,
		`  ${paint.dim('why')}  ${why}`,
		`  ${paint.dim('how')}  ${how}`,
		...renderSql(sql),
	].join('\n');
}

function renderAllowed({ code, what, reason, ...place }: AllowedFinding, paint: Paint): string {
	return [`${paint.dim(`allowed[${code}]`)}${renderPlace(place)}`, `  ${what}`, `  because ${reason}`].join(
		'\n',
	);
}

function renderPlace({ file, line, column }: Pick<Finding, 'file' | 'line' | 'column'>): string {
	if (file === undefined) return '';
	return ` ${[file, line, column].filter((part) => part !== undefined).join(':')}`;
}

const mostLines = 30;

function renderSql(sql: readonly string[]): readonly string[] {
	const lines = sql.flatMap((statement) => statement.trimEnd().split('\n'));
	const shown = lines.slice(0, mostLines).map((line) => `       ${line}`);
	return lines.length > mostLines ? [...shown, `       … ${lines.length - mostLines} more lines`] : shown;
}

const mostMigrations = 3;

function renderMeasured(
	{ linted }: FindingsShown,
	{ paint, verbose }: { readonly paint: Paint; readonly verbose: boolean },
): readonly string[] {
	const measured = linted.filter(({ locks }) => locks !== undefined && locks.length > 0);
	if (measured.length > mostMigrations && !verbose) return [];
	return measured.map(
		({ tag, locks = [] }) => `${paint.bold(tag)} locks, as measured:\n${renderLocks(locks, paint)}`,
	);
}

function renderSummary(
	{ errors, warnings, allowed, migrations, linted }: FindingsShown,
	paint: Paint,
): string {
	const scope = `${count(migrations, 'migration')} checked, ${nameLinted(linted)} linted`;
	const silenced = allowed.length === 0 ? '' : `, ${allowed.length} allowed`;
	if (errors + warnings === 0) return `${paint.green('Nothing is wrong')}: ${scope}${silenced}.`;
	const found = [
		...(errors === 0 ? [] : [paint.red(count(errors, 'error'))]),
		...(warnings === 0 ? [] : [paint.yellow(count(warnings, 'warning'))]),
	];
	return `${found.join(' and ')}${silenced}; ${scope}.`;
}

function nameLinted(linted: FindingsShown['linted']): string {
	if (linted.length === 0) return 'none';
	return linted.length === 1 ? (linted[0]?.tag ?? '') : `the last ${linted.length}`;
}

/** `1 error`, `2 errors` */
function count(number: number, word: string): string {
	return `${number} ${word}${number === 1 ? '' : 's'}`;
}
