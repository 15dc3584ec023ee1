import { computeChecksum, isChecksumOfOtherLineEnds } from './checksum.ts';

/**
 * `-- companion: allow <rule> because …`: said to whoever checks a migration. PostgreSQL passes over it, so that a migration does the same
 * with and without. A line of its own goes as a whole; behind a statement, what stands before it on the line stays.
 */
const ALLOWANCE =
	/^[ \t]*--[ \t]*companion:[ \t]*allow\b[^\n]*(?:\n|$)|[ \t]*--[ \t]*companion:[ \t]*allow\b[^\r\n]*/gim;

/** Above this, only the text without any of them is looked at. */
const MOST_COMBINED = 8;

/**
 * Says whether a checksum is that of the same migration: with the other kind of line ends, or before allowances were written into it.
 * So a migration may be given them after it was applied, or after its way back was proven.
 */
export function isChecksumOfSameMigration(text: string, checksum: string): boolean {
	return (
		isChecksumOfOtherLineEnds(text, checksum) ||
		listWithoutAllowances(text).some((variant) => isChecksumOfOtherLineEnds(variant, checksum))
	);
}

/** Says whether a text, or what it was before allowances were written into it, has a checksum that begins so, whatever its line ends. */
export function isAbbreviatedChecksum(text: string, abbreviated: string): boolean {
	return [text, ...listWithoutAllowances(text)]
		.flatMap((variant) => [variant, variant.replaceAll('\r\n', '\n'), variant.replace(/\r?\n/g, '\r\n')])
		.some((variant) => computeChecksum(variant).startsWith(abbreviated));
}

/** The text without some of its allowances, or without all; empty where it has none. Editors add a last line end. */
function listWithoutAllowances(text: string): readonly string[] {
	const count = [...text.matchAll(ALLOWANCE)].length;
	if (count === 0) return [];
	const all = 2 ** count - 1;
	const choices = count > MOST_COMBINED ? [all] : Array.from({ length: all }, (_, place) => all - place);
	return choices.flatMap((choice) => {
		const plain = leaveOut(text, (place) => Math.floor(choice / 2 ** place) % 2 === 1);
		return [...new Set([plain, plain.replace(/\r?\n$/, ''), `${plain}\n`])];
	});
}

function leaveOut(text: string, isLeftOut: (place: number) => boolean): string {
	let next = 0;
	return text.replace(ALLOWANCE, (comment) => {
		const place = next;
		next += 1;
		return isLeftOut(place) ? '' : comment;
	});
}
