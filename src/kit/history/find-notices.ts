import type { Migration } from '../journal/migration.ts';
import { nameUpFile } from '../journal/name-files.ts';
import type { AppliedMigration } from '../ledger/ledger.ts';
import type { CompareOptions } from './compare-history.ts';
import type { HistoryEntry } from './history.ts';

/**
 * What is odd between journal, files and ledger and stands in nobody's way: files checked out with other line ends than they were
 * applied with, rows of the ledger that say twice what is true once, times in the journal that do not rise. One sentence each.
 * @param applied every row of the ledger
 */
export function findNotices(
	entries: readonly HistoryEntry[],
	applied: readonly AppliedMigration[],
	{ isSameText, isOtherLineEnds = isSameText }: CompareOptions,
): readonly string[] {
	return [
		...noticeLineEnds(entries, isOtherLineEnds),
		...noticeRepeats(entries, applied),
		...noticeOrder(entries),
	];
}

function noticeLineEnds(
	entries: readonly HistoryEntry[],
	isOtherLineEnds: CompareOptions['isSameText'],
): readonly string[] {
	const files: string[] = [];
	for (const { migration, applied } of entries) {
		const up = migration?.up;
		if (up === undefined || applied === undefined || applied.checksum === up.checksum) continue;
		if (isOtherLineEnds(up.sql, applied.checksum)) files.push(nameUpFile(migration as Migration));
	}
	if (files.length === 0) return [];
	const [is, has] = files.length === 1 ? ['is', 'has'] : ['are', 'have'];
	return [
		`${nameSome(files)} ${has} other line ends here (LF or CRLF) than when applied, and ${is} otherwise the same: not edited. A line \`*.sql text eol=lf\` in .gitattributes keeps them alike everywhere.`,
	];
}

function noticeRepeats(
	entries: readonly HistoryEntry[],
	applied: readonly AppliedMigration[],
): readonly string[] {
	if (entries.filter((entry) => entry.applied !== undefined).length === applied.length) return [];
	const used = new Set(entries.map((entry) => entry.applied));
	const repeats = applied.filter((row) => !used.has(row));
	if (repeats.length === 0) return [];
	const rows = nameSome(repeats.map(({ id }) => String(id)));
	return [
		`The ledger's ${repeats.length === 1 ? 'row' : 'rows'} ${rows} ${repeats.length === 1 ? 'repeats' : 'repeat'} others, as drizzle's migrator leaves them when several processes run it at once: pnpm db:repair removes them. Look whether what the migrations insert is there twice, too.`,
	];
}

/** In 1.0's layout the folders' names are in order by themselves. */
function noticeOrder(entries: readonly HistoryEntry[]): readonly string[] {
	const notices: string[] = [];
	let before: HistoryEntry | undefined;
	for (const entry of entries) {
		if (entry.migration === undefined || entry.migration.layout === 'folders') continue;
		if (before !== undefined && entry.when <= before.when) notices.push(describeOrder(entry, before));
		before = entry;
	}
	return notices;
}

function describeOrder({ tag, when }: HistoryEntry, before: HistoryEntry): string {
	return `${tag} stands after ${before.tag} in the journal, and its \`when\` is ${when === before.when ? 'the same' : 'earlier'}: drizzle's own migrator would skip it on a database that has ${before.tag}. Generate it again on top: delete its files and entry, then pnpm db:generate.`;
}

function nameSome(names: readonly string[]): string {
	return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
}
