import type { Figure } from './measure-case.ts';

/** A Markdown table, one row for each contender. */
export function renderFigures(figures: readonly Figure[]): string {
	const rows = figures.map((figure) =>
		figure.failure === undefined || figure.median !== undefined
			? [figure.case, figure.contender, renderCost(figure), renderRatio(figure), renderTarget(figure)]
			: [figure.case, figure.contender, firstLine(figure.failure), '', ''],
	);
	const head = ['case', 'contender', 'median (least to most)', 'times the floor', 'target'];
	return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function renderCost({ measured, median, least, most }: Figure): string {
	const print = measured === 'memory' ? printBytes : printMilliseconds;
	return `${print(median)} (${print(least)} to ${print(most)})`;
}

function printMilliseconds(value: number): string {
	return value < 10_000 ? `${Math.round(value)} ms` : `${(value / 1_000).toFixed(1)} s`;
}

function printBytes(value: number): string {
	return `${Math.round(value / 1_000_000)} MB`;
}

function renderRatio({ ratio, leastRatio, mostRatio }: Figure): string {
	return `${ratio.toFixed(2)} (${leastRatio.toFixed(2)} to ${mostRatio.toFixed(2)})`;
}

function renderTarget({ target, ratio, allowance, median, floorMedian }: Figure): string {
	if (allowance !== undefined)
		return `${allowance} ms more ${median - floorMedian <= allowance ? 'met' : 'missed'}`;
	if (target === undefined) return '';
	return `${target} ${ratio <= target ? 'met' : 'missed'}`;
}

function firstLine(text: string): string {
	return `not measured: ${text.split('\n')[0]?.replaceAll('|', '/').slice(0, 120)}`;
}
