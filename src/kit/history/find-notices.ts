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
	const files = entries.flatMap(({ migration, applied }) => {
		const up = migration?.up;
		if (up === undefined || applied === undefined || applied.checksum === up.checksum) return [];
		return isOtherLineEnds(up.sql, applied.checksum)
			? [nameUpFile(migration as NonNullable<typeof migration>)]
			: [];
	});
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
	const known = entries.filter(({ migration }) => migration !== undefined && migration.layout !== 'folders');
	return known.flatMap(({ tag, when }, place) => {
		const before = known[place - 1];
		if (before === undefined || when > before.when) return [];
		return [
			`${tag} stands after ${before.tag} in the journal, and its \`when\` is ${when === before.when ? 'the same' : 'earlier'}: drizzle's own migrator would skip it on a database that has ${before.tag}. Generate it again on top: delete its files and entry, then pnpm db:generate.`,
		];
	});
}

function nameSome(names: readonly string[]): string {
	return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
}
