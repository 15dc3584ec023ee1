import type { History, HistoryEntry } from '../history/history.ts';
import type { Paint } from './paint.ts';
import { renderNotices, renderProblems } from './render-problems.ts';
import { type Cell, renderTable } from './render-table.ts';

export interface HistoryRendering {
	readonly paint: Paint;
	/** Everything that is known of each migration, one block each. */
	readonly verbose?: boolean;
}

/** The history as a table, oldest first, and below it what is wrong. */
export function renderHistory(
	history: Pick<History, 'entries' | 'problems' | 'notices' | 'position' | 'head'>,
	{ paint, verbose = false }: HistoryRendering,
): string {
	if (history.head === 0) return noMigrations;
	const body = verbose
		? history.entries.map((entry) => renderBlock(entry, paint)).join('\n\n')
		: renderRows(history.entries, paint);
	return [body, renderProblems(history.problems, paint), renderNotices(history.notices, paint)]
		.filter((part) => part !== '')
		.join('\n\n');
}

const noMigrations = 'There are no migrations yet. Create the first: pnpm db:generate -m init.';

function renderRows(entries: readonly HistoryEntry[], paint: Paint): string {
	const header = ['#', 'migration', 'state', 'applied', 'took', 'by', 'way back'].map(
		(text): Cell => ({ text, brush: paint.dim }),
	);
	return renderTable([header, ...entries.map((entry) => rowOf(entry, paint))]);
}

function rowOf(entry: HistoryEntry, paint: Paint): readonly Cell[] {
	return [
		{ text: String(entry.index), align: 'right' },
		{ text: entry.tag, brush: paint.bold },
		{ text: stateOf(entry), brush: entry.state === 'applied' ? paint.green : paint.yellow },
		{ text: timeOf(entry) },
		{ text: tookOf(entry), align: 'right' },
		{ text: entry.appliedBy ?? '' },
		{
			text: wayBackOf(entry),
			...(wayBackOf(entry) === 'none' || entry.reversibility === 'irreversible' ? { brush: paint.red } : {}),
		},
	];
}

function stateOf({ state, how }: HistoryEntry): string {
	if (state === 'pending') return 'pending';
	return how === 'stamp' ? 'applied (stamped)' : how === 'other' ? 'applied (other tool)' : 'applied';
}

function timeOf({ appliedAt }: HistoryEntry): string {
	return appliedAt === undefined ? '' : `${appliedAt.slice(0, 19).replace('T', ' ')} UTC`;
}

function tookOf({ how, durationMilliseconds }: HistoryEntry): string {
	return how === 'apply' && durationMilliseconds !== undefined ? formatDuration(durationMilliseconds) : '';
}

function wayBackOf({ reversibility, isKept }: HistoryEntry): string {
	if (isKept) return 'lossless (kept)';
	return reversibility ?? 'none';
}

/** Milliseconds as people read them: `12 ms`, `3.4 s`, `2 min 5 s`. */
export function formatDuration(milliseconds: number): string {
	if (milliseconds < 1_000) return `${milliseconds} ms`;
	if (milliseconds < 60_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
	const seconds = Math.round(milliseconds / 1_000);
	return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Everything known of one migration, a line each. */
export function renderBlock(entry: HistoryEntry, paint: Paint): string {
	const lines: (readonly [string, string])[] = [
		['state', stateOf(entry)],
		[
			'applied',
			[
				timeOf(entry),
				entry.appliedBy === undefined ? '' : `by ${entry.appliedBy}`,
				tookOf(entry) === '' ? '' : `in ${tookOf(entry)}`,
			]
				.filter(Boolean)
				.join(' '),
		],
		['created', new Date(entry.when).toISOString()],
		['checksum', entry.checksum],
		['way back', wayBackOf(entry)],
		['loses', entry.loses.join('; ')],
		[
			'files',
			[entry.migration?.up?.file, entry.migration?.down?.file].filter(Boolean).join('\n            '),
		],
		['problems', entry.problems.join(', ')],
	];
	const shown = lines
		.filter(([, value]) => value !== '')
		.map(([name, value]) => `  ${paint.dim(name.padEnd(9))} ${value}`);
	return [paint.bold(`${entry.index}  ${entry.tag}`), ...shown].join('\n');
}
