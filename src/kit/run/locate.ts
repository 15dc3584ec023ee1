/** A place in a file, counted from 1 as editors do. */
export interface Place {
	readonly line: number;
	readonly column: number;
	/** The line's text. */
	readonly text: string;
}

/** Where an offset stands in a text. */
export function locate(text: string, offset: number): Place {
	const before = text.slice(0, offset);
	const lineStart = before.lastIndexOf('\n') + 1;
	const lineEnd = text.indexOf('\n', offset);
	return {
		line: before.split('\n').length,
		column: offset - lineStart + 1,
		text: text.slice(lineStart, lineEnd < 0 ? text.length : lineEnd).replace(/\r$/, ''),
	};
}
