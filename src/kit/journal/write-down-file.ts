import { abbreviateDownChecksum } from './checksum.ts';
import type { Loss, Reversibility } from './migration.ts';

export interface DownFileContent {
	readonly tag: string;
	/** In the order they run, each with its closing semicolon. A single text of several statements is kept as it is. */
	readonly statements: readonly string[];
	readonly reversibility: Reversibility;
	/** Why, for `irreversible`. */
	readonly reason?: string;
	readonly loses: readonly Loss[];
	/** More lines for people, one sentence each. */
	readonly notes?: readonly string[];
	/** SHA-256 of the up file, hex. */
	readonly upChecksum: string;
	/** The server that ran the proof: `18.4`. Absent: no proof line is written. */
	readonly serverVersion?: string;
}

/**
 * The text of a `<tag>.down.sql`: a header that people and the kit both read, then the SQL with drizzle's breakpoints.
 * An irreversible migration's file is its header alone.
 */
export function writeDownFile(content: DownFileContent): string {
	const sql = content.reversibility === 'irreversible' ? '' : joinStatements(content.statements);
	const lines = [writeTitle(content), ...writeLosses(content.loses), ...(content.notes ?? []).map(writeNote)];
	if (content.serverVersion !== undefined)
		lines.push(writeProof(content.upChecksum, sql, content.serverVersion));
	return `${[...lines, sql].filter((line) => line !== '').join('\n')}\n`;
}

function joinStatements(statements: readonly string[]): string {
	return statements
		.map((statement) => statement.trim())
		.filter((statement) => statement !== '')
		.join('\n--> statement-breakpoint\n');
}

function writeTitle({ tag, reversibility, reason }: DownFileContent): string {
	const why = reversibility === 'irreversible' ? `: ${toOneLine(reason ?? 'no reason was recorded')}` : '';
	return `-- down of ${tag}: ${reversibility}${why}`;
}

function writeLosses(loses: readonly Loss[]): readonly string[] {
	if (loses.length === 0) return [];
	return [`-- loses: ${loses.map(writeLoss).join('; ')}`];
}

function writeLoss({ kind, subject, isLostByUp }: Loss): string {
	const words = kind === 'other' ? subject.replaceAll(';', ',') : subject;
	return isLostByUp ? `${words} (already lost by the up)` : words;
}

function writeNote(note: string): string {
	return `-- note: ${toOneLine(note)}`;
}

function writeProof(upChecksum: string, sql: string, serverVersion: string): string {
	return `-- proof: up ${upChecksum.slice(0, 8)}, down ${abbreviateDownChecksum(sql)}, PostgreSQL ${serverVersion}`;
}

/** Drizzle's migrator and ours split at the breakpoint wherever it stands, in a comment too. */
function toOneLine(text: string): string {
	return text
		.replace(/[\s\p{Cc}]+/gu, ' ')
		.replaceAll('-->', '->')
		.trim();
}
