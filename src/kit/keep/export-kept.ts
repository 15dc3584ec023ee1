import type { Session } from '../database/session.ts';
import { quoteIdentifier } from '../sql/quote-identifier.ts';
import type { Kept } from './kept.ts';
import { quoteTable, storeTable } from './kept-schema.ts';
import { withPlainFormats } from './with-plain-formats.ts';

/**
 * Writes kept rows in the format of COPY, as a script that psql loads: rows of a table into that table, values with their keys into a
 * table of their own, named as the store. Reads in one snapshot, some thousand rows at a time.
 * @returns how many rows were written
 */
export async function exportKept(
	session: Session,
	kept: readonly Kept[],
	write: (text: string) => Promise<void>,
): Promise<number> {
	await session.run('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
	try {
		const rows = await withPlainFormats(session, async () => {
			let written = 0;
			for (const group of groupByStore(kept)) written += await exportStore(session, group, write);
			return written;
		});
		await session.run('COMMIT');
		return rows;
	} catch (error) {
		await session.run('ROLLBACK').catch(() => undefined);
		throw error;
	}
}

function groupByStore(kept: readonly Kept[]): readonly (readonly Kept[])[] {
	const groups = new Map<string, Kept[]>();
	for (const each of kept) {
		if (each.store !== undefined) groups.set(each.store, [...(groups.get(each.store) ?? []), each]);
	}
	return [...groups.values()];
}

async function exportStore(
	session: Session,
	group: readonly Kept[],
	write: (text: string) => Promise<void>,
): Promise<number> {
	const first = group[0] as Kept;
	const columns = await readColumns(session, first.store ?? '');
	const isTable = first.kind === 'table';
	const target = isTable ? quoteTable(first.place) : quoteIdentifier(first.store ?? '');
	const names = columns.map(({ name }) => quoteIdentifier(name)).join(', ');
	await write(group.map(describe).join(''));
	if (!isTable)
		await write(
			`CREATE TABLE ${target} (${columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`).join(', ')});\n`,
		);
	await write(`COPY ${target} (${names}) FROM stdin;\n`);
	const rows = await writeRows(
		session,
		{ store: storeTable(first.store ?? ''), names: columns.map(({ name }) => name) },
		write,
	);
	await write('\\.\n\n');
	return rows;
}

function describe({ subject, tag, direction, at }: Kept): string {
	const from = direction === 'apply' ? tag : `the rollback of ${tag}`;
	return `-- ${subject}, kept from ${from} at ${at}\n`.replace(/[\r\n]+(?=.)/g, ' ');
}

async function readColumns(
	session: Session,
	store: string,
): Promise<readonly { readonly name: string; readonly type: string }[]> {
	const [rows = []] = await session.run(
		`SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
		WHERE attrelid = to_regclass(E'${storeTable(store).replaceAll('\\', '\\\\').replaceAll("'", "\\'")}') AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
	);
	return rows.map(({ name, type }) => ({ name: name ?? '', type: type ?? '' }));
}

const rowsAtATime = 5_000;

async function writeRows(
	session: Session,
	{ store, names }: { readonly store: string; readonly names: readonly string[] },
	write: (text: string) => Promise<void>,
): Promise<number> {
	const columns = names.map((name, place) => `${quoteIdentifier(name)} AS c${place}`).join(', ');
	await session.run(`DECLARE companion_export NO SCROLL CURSOR FOR SELECT ${columns} FROM ${store}`);
	let written = 0;
	for (;;) {
		const [rows = []] = await session.run(`FETCH ${rowsAtATime} FROM companion_export`);
		if (rows.length === 0) break;
		written += rows.length;
		await write(
			rows
				.map((row) => `${names.map((_, place) => escapeValue(row[`c${place}`] ?? null)).join('\t')}\n`)
				.join(''),
		);
	}
	await session.run('CLOSE companion_export');
	return written;
}

/** A value as COPY's text format has it. */
function escapeValue(value: string | null): string {
	if (value === null) return '\\N';
	return value.replace(/[\\\b\f\n\r\t\v]/g, (character) => ESCAPES[character] ?? character);
}

const ESCAPES: Readonly<Record<string, string>> = {
	'\\': '\\\\',
	'\b': '\\b',
	'\f': '\\f',
	'\n': '\\n',
	'\r': '\\r',
	'\t': '\\t',
	'\v': '\\v',
};
