import type { Loss, Reversibility } from '../journal/migration.ts';
import type { StatementLocks } from '../locks/statement-locks.ts';
import type { Paint } from './paint.ts';
import { renderEffects } from './render-locks.ts';

/** What a report of `generate` holds, as far as it is shown. */
export type GenerateShown =
	| { readonly kind: 'unchanged'; readonly notices: readonly string[] }
	| {
			readonly kind: 'created';
			readonly tag: string;
			readonly files: { readonly up: string; readonly down?: string; readonly snapshot: string };
			readonly statements: readonly string[];
			readonly downReversibility?: Reversibility;
			readonly downReason?: string;
			readonly loses: readonly Loss[];
			readonly upLoses: readonly Loss[];
			readonly notices: readonly string[];
			readonly locks?: readonly StatementLocks[];
	  };

/** The new migration: its files, its statements, what either way loses. */
export function renderGenerate(report: GenerateShown, paint: Paint): string {
	if (report.kind === 'unchanged')
		return [
			...report.notices,
			'Nothing to generate: the TypeScript tables are as the last migration left them.',
		].join('\n');
	const { tag, files, statements, locks, loses, upLoses, notices } = report;
	return [
		`${paint.bold(tag)} created`,
		...[files.up, files.down].filter((file) => file !== undefined).map((file) => `  ${file}`),
		...statements.flatMap((statement, place) => [
			'',
			indent(statement),
			...renderLocksOf(locks?.[place], paint),
		]),
		'',
		...renderUpLosses(upLoses, paint),
		renderWayBack(report, paint),
		...(loses.length === 0 ? [] : [`  going back loses ${list(loses)}`]),
		...notices.map((notice) => `${paint.yellow('notice:')} ${notice}`),
		files.down === undefined
			? `Write the SQL, then its way back: pnpm db:reverse ${tag}`
			: 'Apply it: pnpm db:migrate',
	].join('\n');
}

/** A statement that touches only what the migration itself makes says nothing. */
function renderLocksOf(locks: StatementLocks | undefined, paint: Paint): readonly string[] {
	return locks === undefined
		? []
		: renderEffects(locks, paint).map((line) => `      ${paint.dim('->')} ${line}`);
}

function renderUpLosses(upLoses: readonly Loss[], paint: Paint): readonly string[] {
	return upLoses.length === 0 ? [] : [paint.yellow(`applying it loses ${list(upLoses)}`)];
}

function renderWayBack(
	{ downReversibility, downReason }: Extract<GenerateShown, { kind: 'created' }>,
	paint: Paint,
): string {
	if (downReversibility === undefined) return 'way back: not yet';
	if (downReversibility === 'irreversible')
		return paint.red(`way back: none: ${downReason ?? 'irreversible'}`);
	return `way back: ${downReversibility}, proven`;
}

function list(losses: readonly Loss[]): string {
	return losses.map(({ subject }) => subject).join('; ');
}

function indent(statement: string): string {
	return statement
		.trim()
		.split('\n')
		.map((line) => `    ${line}`)
		.join('\n');
}

/** The document of `generate --json`. */
export function generateJson(report: GenerateShown): object {
	if (report.kind === 'unchanged') return report;
	const { loses, upLoses, downReversibility, ...rest } = report;
	return {
		...rest,
		reversibility: downReversibility,
		loses: loses.map(({ subject }) => subject),
		upLoses: upLoses.map(({ subject }) => subject),
	};
}
