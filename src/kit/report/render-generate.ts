import type { Loss, Reversibility } from '../journal/migration.ts';
import type { StatementLocks } from '../locks/statement-locks.ts';
import type { Paint } from './paint.ts';
import { renderEffects } from './render-locks.ts';

/** What a report of `generate` holds, as far as it is shown. */
export type GenerateShown =
	| { readonly kind: 'unchanged'; readonly notices: readonly string[] }
	| CreatedShown
	| {
			readonly kind: 'split';
			readonly migrations: readonly CreatedShown[];
			readonly changes: readonly string[];
			readonly notices: readonly string[];
	  };

interface CreatedShown {
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
}

/** The new migrations: their files, their statements, what either way loses. */
export function renderGenerate(report: GenerateShown, paint: Paint): string {
	if (report.kind === 'unchanged')
		return [
			...report.notices,
			'Nothing to generate: the TypeScript tables are as the last migration left them.',
		].join('\n');
	if (report.kind === 'split')
		return [
			...report.migrations.flatMap((migration) => [...renderCreated(migration, paint), '']),
			...report.changes,
			...renderNotices(report.notices, paint),
			`Apply all ${report.migrations.length}, in this order: pnpm db:migrate`,
		].join('\n');
	return [
		...renderCreated(report, paint),
		report.files.down === undefined
			? `Write the SQL, then its way back: pnpm db:reverse ${report.tag}`
			: 'Apply it: pnpm db:migrate',
	].join('\n');
}

function renderCreated(created: CreatedShown, paint: Paint): readonly string[] {
	const { tag, files, statements, locks, loses, upLoses, notices } = created;
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
		renderWayBack(created, paint),
		...(loses.length === 0 ? [] : [`  going back loses ${list(loses)}`]),
		...renderNotices(notices, paint),
	];
}

function renderNotices(notices: readonly string[], paint: Paint): readonly string[] {
	return notices.map((notice) => `${paint.yellow('notice:')} ${notice}`);
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

function renderWayBack({ downReversibility, downReason }: CreatedShown, paint: Paint): string {
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
	if (report.kind === 'split') return { ...report, migrations: report.migrations.map(createdJson) };
	return createdJson(report);
}

function createdJson({ loses, upLoses, downReversibility, ...rest }: CreatedShown): object {
	return {
		...rest,
		reversibility: downReversibility,
		loses: loses.map(({ subject }) => subject),
		upLoses: upLoses.map(({ subject }) => subject),
	};
}
