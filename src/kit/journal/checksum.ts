import { hash } from 'node:crypto';

/** SHA-256 of a text or of bytes, in hex: what drizzle-orm writes into the ledger's `hash`. */
export function computeChecksum(content: string | Uint8Array): string {
	return hash('sha256', content);
}

/** Says whether a checksum is that of the same text with the other kind of line ends: a CRLF checkout of an LF file, or the reverse. */
export function isChecksumOfOtherLineEnds(text: string, checksum: string): boolean {
	const lf = text.replaceAll('\r\n', '\n');
	return [lf, lf.replaceAll('\n', '\r\n')].some((variant) => computeChecksum(variant) === checksum);
}

/** The eight characters that stand for a down file's SQL in its proof line: line ends and outer space do not matter. */
export function abbreviateDownChecksum(sql: string): string {
	const normalised = (sql.includes('\r') ? sql.replaceAll('\r\n', '\n') : sql).trim();
	return computeChecksum(normalised).slice(0, 8);
}
