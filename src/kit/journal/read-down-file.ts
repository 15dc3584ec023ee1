import { isAbbreviatedChecksum } from './allowance-comments.ts';
import { abbreviateDownChecksum } from './checksum.ts';
import type { DownFile, Loss, Reversibility } from './migration.ts';
import { nameLostColumn, nameLostTable, nameLostValues, nameOtherLoss } from './name-loss.ts';

export interface DownFileSource {
	readonly file: string;
	readonly text: string;
	/** SHA-256 of the up file as it stands now, hex. Absent when that file is missing. */
	readonly upChecksum?: string | undefined;
	/** The up file's text. The proof then holds, too, for what it was before allowances were written into it. */
	readonly upSql?: string | undefined;
}

/**
 * A down file's text, its header understood. A file that somebody wrote without any header counts as `lossy` with
 * nothing named, because nobody has shown otherwise.
 */
export function readDownFile(source: DownFileSource): DownFile {
	const { file, text } = source;
	const { header, sql } = splitHeader(text);
	const title = readTitle(header);
	// Properties are set one by one here and in what this calls: thousands of files are read at every start.
	const down: { -readonly [Key in keyof DownFile]: DownFile[Key] } = {
		file,
		text,
		sql,
		reversibility: title?.reversibility ?? 'lossy',
		loses: readAllLosses(header),
		proof: readProof(header, sql, source),
	};
	if (title?.reason !== undefined) down.reason = title.reason;
	return down;
}

interface HeaderLine {
	readonly key: string;
	readonly value: string;
}

const HEADER_LINE = /^--[ \t]*(?:(down of)[ \t]|(loses|proof|note):)(.*)$/;

/** The header's lines may have other comments between them (`-- companion: no-transaction`): those stay with the SQL. */
function splitHeader(text: string): { readonly header: readonly HeaderLine[]; readonly sql: string } {
	const plain = normalise(text);
	const header: HeaderLine[] = [];
	const rest: string[] = [];
	let place = 0;
	while (place < plain.length) {
		const end = plain.indexOf('\n', place);
		const line = plain.slice(place, end < 0 ? undefined : end);
		if (!isCommentOrBlank(line)) break;
		const match = HEADER_LINE.exec(line);
		if (match) header.push({ key: match[1] ?? match[2] ?? '', value: (match[3] ?? '').trim() });
		else rest.push(line);
		place = end < 0 ? plain.length : end + 1;
	}
	const sql = plain.slice(place);
	return { header, sql: (rest.length === 0 ? sql : [...rest, sql].join('\n')).trim() };
}

function normalise(text: string): string {
	const unmarked = text.startsWith('\uFEFF') ? text.slice(1) : text;
	return unmarked.includes('\r') ? unmarked.replaceAll('\r\n', '\n') : unmarked;
}

function isCommentOrBlank(line: string): boolean {
	return line.startsWith('--') ? !line.startsWith('-->') : line.trim() === '';
}

const TITLE = /^(?:.*?)[ \t]*:[ \t]*(lossless|lossy|schema-only|irreversible)(?:[ \t]*:[ \t]*(.*))?$/;

function readTitle(
	header: readonly HeaderLine[],
): { readonly reversibility: Reversibility; readonly reason: string | undefined } | undefined {
	const match = TITLE.exec(header.find((line) => line.key === 'down of')?.value ?? '');
	if (!match) return undefined;
	return { reversibility: match[1] as Reversibility, reason: match[2] || undefined };
}

const PROOF = /^up ([0-9a-f]{8}), down ([0-9a-f]{8})\b/;

function readProof(
	header: readonly HeaderLine[],
	sql: string,
	up: Pick<DownFileSource, 'upChecksum' | 'upSql'>,
): DownFile['proof'] {
	const line = header.find(({ key }) => key === 'proof');
	if (!line) return 'missing';
	const match = PROOF.exec(line.value);
	const isProven = match?.[2] === abbreviateDownChecksum(sql) && isOfUp(match?.[1] ?? '', up);
	return match && isProven ? 'proven' : 'edited';
}

function isOfUp(
	abbreviated: string,
	{ upChecksum, upSql }: Pick<DownFileSource, 'upChecksum' | 'upSql'>,
): boolean {
	if (upChecksum?.slice(0, 8) === abbreviated) return true;
	return upSql !== undefined && isAbbreviatedChecksum(upSql, abbreviated);
}

function readAllLosses(header: readonly HeaderLine[]): readonly Loss[] {
	const losses: Loss[] = [];
	for (const { key, value } of header) if (key === 'loses') losses.push(...readLosses(value));
	return losses;
}

function readLosses(text: string): readonly Loss[] {
	return splitItems(text).map(readLoss);
}

/** At the semicolons that stand outside double quotes. */
function splitItems(text: string): readonly string[] {
	const items = text.match(/(?:"(?:[^"]|"")*"|[^;"]|"(?![^"]*"))+/g) ?? [];
	return items.map((item) => item.trim()).filter((item) => item !== '');
}

const LOST_BY_UP = /[ \t]*\(already lost by the up\)$/;
const ITEM = /^(table|column|values of column) (.*)$/s;

function readLoss(item: string): Loss {
	const isLostByUp = LOST_BY_UP.test(item);
	const words = item.replace(LOST_BY_UP, '');
	const match = ITEM.exec(words);
	const path = readPath(match?.[2] ?? '');
	return toLoss(match?.[1], path, isLostByUp) ?? nameOtherLoss(words, isLostByUp);
}

function toLoss(kind: string | undefined, path: readonly string[], isLostByUp: boolean): Loss | undefined {
	const isTable = kind === 'table';
	const [schema = 'public', table, column] = path.length === (isTable ? 1 : 2) ? ['public', ...path] : path;
	if (table === undefined || path.length > (isTable ? 2 : 3)) return undefined;
	if (isTable) return nameLostTable(schema, table, isLostByUp);
	if (column === undefined) return undefined;
	return kind === 'column'
		? nameLostColumn(schema, table, column, isLostByUp)
		: nameLostValues(schema, table, column, isLostByUp);
}

const PART = /(U&)?"((?:[^"]|"")*)"|([^\s".;]+)/y;

/** `a."b.c".U&"d\000ae"` -> its parts, unquoted. Empty when the text is not a dotted name. */
function readPath(text: string): readonly string[] {
	const parts: string[] = [];
	let place = 0;
	while (true) {
		PART.lastIndex = place;
		const match = PART.exec(text);
		if (!match) return [];
		parts.push(readPart(match));
		place = PART.lastIndex;
		if (place === text.length) return parts;
		if (text[place] !== '.') return [];
		place++;
	}
}

function readPart([, isEscaped, quoted, plain]: RegExpExecArray): string {
	if (quoted === undefined) return plain ?? '';
	const name = quoted.replaceAll('""', '"');
	if (!isEscaped) return name;
	return name.replace(/\\(?:(\\)|\+([0-9a-f]{6})|([0-9a-f]{4}))/gi, (_, backslash, long, short) =>
		backslash ? '\\' : String.fromCodePoint(Number.parseInt(long ?? short, 16)),
	);
}
