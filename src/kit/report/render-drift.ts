import type { Drift, DriftSql } from '../drift/drift.ts';
import type { Paint } from './paint.ts';

export interface DriftShown extends Drift {
	readonly database: string;
	readonly applied: readonly string[];
	readonly notices: readonly string[];
}

/** How a live database differs from its migrations: in words, and as SQL in both directions. */
export function renderDrift(
	drift: DriftShown,
	{ paint, verbose = false }: { readonly paint: Paint; readonly verbose?: boolean },
): string {
	const { database, differences, applied, leftOut, notices } = drift;
	const migrations =
		applied.length === 1
			? 'its one applied migration makes'
			: `its ${applied.length} applied migrations make`;
	const tail = [
		...notices.map((notice) => paint.yellow(notice)),
		...renderLeftOut(leftOut, { paint, verbose }),
	];
	if (differences.length === 0)
		return [`${paint.green('No drift')}: ${database} is what ${migrations}.`, ...tail].join('\n');
	return [
		`${paint.red('Drift')}: ${database} is not what ${migrations}, in ${differences.length === 1 ? 'one thing' : `${differences.length} things`}:`,
		...differences.map(({ words }) => `  - ${words}`),
		'',
		...renderSql('To bring the database back:', drift.restore, paint),
		'',
		...renderSql(
			'To adopt the change, in a migration of its own (pnpm db:generate --custom), which is then stamped here with pnpm db:baseline:',
			drift.adopt,
			paint,
		),
		...(tail.length === 0 ? [] : ['', ...tail]),
	].join('\n');
}

function renderSql(
	title: string,
	{ statements, isProven, reason }: DriftSql,
	paint: Paint,
): readonly string[] {
	const proof = isProven
		? paint.dim('  (proven in a scratch database)')
		: paint.yellow(`  (not proven: ${reason})`);
	if (statements.length === 0) return [`${title} no SQL is known.`];
	return [`${title}${proof}`, ...statements.flatMap((sql) => sql.split('\n').map((line) => `  ${line}`))];
}

function renderLeftOut(
	leftOut: readonly string[],
	{ paint, verbose }: { readonly paint: Paint; readonly verbose: boolean },
): readonly string[] {
	if (leftOut.length === 0) return [];
	const shown = verbose ? leftOut : leftOut.slice(0, 5);
	const more = leftOut.length > shown.length ? `, and ${leftOut.length - shown.length} more (--verbose)` : '';
	return [paint.dim(`Left out, since the migrations do not own it: ${shown.join(', ')}${more}.`)];
}
