import type { Loss, Reversibility } from '../journal/migration.ts';
import type { Paint } from './paint.ts';

/** What became of one migration's down file, as far as it is shown. */
export interface ReversedShown {
	readonly tag: string;
	readonly result: 'written' | 'proven' | 'irreversible' | 'failed';
	readonly file: string;
	readonly reversibility?: Reversibility;
	readonly loses: readonly Loss[];
	readonly problems: readonly string[];
}

/** A line for one migration, and below it what is wrong. */
export function renderReversed(
	{ tag, result, reversibility, loses, problems }: ReversedShown,
	paint: Paint,
): string {
	const what = {
		written: `down written and proven (${reversibility})`,
		proven: `down proven as it stands (${reversibility})`,
		irreversible: paint.yellow('no way back'),
		failed: paint.red('down not proven; the file was left as it is'),
	}[result];
	const lost =
		loses.length === 0 || result === 'failed'
			? ''
			: `: loses ${loses.map(({ subject }) => subject).join('; ')}`;
	return [`${paint.bold(tag)} ${what}${lost}`, ...problems.map((problem) => `  ${problem}`)].join('\n');
}

/** The document of `reverse --json`. */
export function reverseJson(migrations: readonly ReversedShown[]): object {
	return {
		migrations: migrations.map(({ loses, ...rest }) => ({
			...rest,
			loses: loses.map(({ subject }) => subject),
		})),
	};
}
