import type { Brush } from './paint.ts';

/** A cell: its text, and the colour that is put on after it has been padded. */
export interface Cell {
	readonly text: string;
	readonly brush?: Brush;
	readonly align?: 'right';
}

/** Rows of cells as lines, columns padded to their widest cell and two spaces apart. */
export function renderTable(rows: readonly (readonly Cell[])[]): string {
	const widths = widthsOf(rows);
	return rows
		.map((row) =>
			row
				.map((cell, column) => renderCell(cell, widths[column] ?? 0))
				.join('  ')
				.trimEnd(),
		)
		.join('\n');
}

function widthsOf(rows: readonly (readonly Cell[])[]): readonly number[] {
	const columns = Math.max(0, ...rows.map((row) => row.length));
	return Array.from({ length: columns }, (_, column) =>
		rows.reduce((widest, row) => Math.max(widest, lengthOf(row[column]?.text ?? '')), 0),
	);
}

function renderCell({ text, brush, align }: Cell, width: number): string {
	const blanks = ' '.repeat(Math.max(width - lengthOf(text), 0));
	const painted = brush === undefined || text === '' ? text : brush(text);
	return align === 'right' ? blanks + painted : painted + blanks;
}

function lengthOf(text: string): number {
	return [...text].length;
}
