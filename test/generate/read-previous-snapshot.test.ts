import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DrizzleKit, openDrizzleKit } from '../../src/kit/generate/open-drizzle-kit.ts';
import { readPreviousSnapshot } from '../../src/kit/generate/read-previous-snapshot.ts';
import { createEmptySnapshot, ORIGIN_ID } from '../../src/kit/generate/snapshot.ts';
import { readJournal } from '../../src/kit/journal/read-journal.ts';
import { aProject } from '../harness/a-project.ts';

let kit: DrizzleKit;

beforeAll(() => {
	kit = openDrizzleKit(process.cwd());
});

afterAll(() => kit.close());

function aSnapshotWithTable(table: Readonly<Record<string, unknown>>): string {
	const parts = { indexes: {}, foreignKeys: {}, compositePrimaryKeys: {}, uniqueConstraints: {} };
	const t = { name: 't', schema: '', columns: {}, ...parts, ...table };
	return JSON.stringify({ ...createEmptySnapshot(), id: 'b', prevId: 'a', tables: { 'public.t': t } });
}

function aSnapshot(id: string, prevId: string): string {
	return JSON.stringify({ ...createEmptySnapshot(), id, prevId });
}

async function read(snapshots: Readonly<Record<string, string | undefined>>) {
	const project = aProject({
		migrations: [
			{ tag: '0000_a', up: '' },
			{ tag: '0001_b', up: '' },
		],
	});
	for (const [name, text] of Object.entries(snapshots)) {
		const path = `drizzle/meta/${name}_snapshot.json`;
		if (text === undefined) project.remove(path);
		else project.write(path, text);
	}
	return await readPreviousSnapshot(readJournal(join(project.root, 'drizzle')), kit);
}

const first = { '0000': aSnapshot('a', ORIGIN_ID) };

test('takes the snapshot of the last journal entry, not the last by file name', async () => {
	const snapshots = { ...first, '0001': aSnapshot('b', 'a'), '0009': aSnapshot('stray', 'b') };
	expect((await read(snapshots)).id).toBe('b');
});

test('starts from nothing when the journal is empty', async () => {
	expect(await readPreviousSnapshot({ folder: '/nowhere', migrations: [], orphans: [] }, kit)).toEqual(
		createEmptySnapshot(),
	);
});

test.each<[string, Readonly<Record<string, string | undefined>>, RegExp]>([
	['is missing', { '0001': undefined }, /0001_snapshot\.json is missing/],
	['is no JSON', { '0001': '{' }, /0001_snapshot\.json is not JSON/],
	['is something else', { '0001': '[]' }, /holds no object/],
	[
		'has no tables',
		{ '0001': '{"version":"7","dialect":"postgresql","id":"b","prevId":"a"}' },
		/malformed: tables/,
	],
	[
		'has an index that names no columns',
		{ '0001': aSnapshotWithTable({ indexes: { i: true } }) },
		/malformed at tables public\.t/,
	],
	[
		'holds git conflict markers',
		{ '0001': `{\n<<<<<<< HEAD\n"id": 1` },
		/git conflict markers, the first in line 2/,
	],
	['comes from a newer drizzle-kit', { '0001': '{"version":"8","dialect":"postgresql"}' }, /has version "8"/],
	['belongs to another database', { '0001': '{"version":"5","dialect":"mysql"}' }, /dialect "mysql"/],
	[
		'does not follow the one before',
		{ '0001': aSnapshot('b', ORIGIN_ID) },
		/says that it follows snapshot 0000/,
	],
])('names the last snapshot when it %s', async (_name, snapshots, message) => {
	await expect(read({ ...first, ...snapshots })).rejects.toMatchObject({
		code: 'JOURNAL_INVALID',
		message: expect.stringMatching(message),
	});
});

test('brings snapshots of version 5 and 6 to 7', async () => {
	const { schemas: _s, sequences: _q, roles: _r, policies: _p, views: _v, ...old } = createEmptySnapshot();
	const table = {
		name: 't',
		schema: '',
		columns: {},
		indexes: {},
		foreignKeys: {},
		compositePrimaryKeys: {},
		uniqueConstraints: {},
	};
	for (const [version, tables] of [
		['5', { t: table }],
		['6', { 'public.t': table }],
	] as const) {
		const text = JSON.stringify({
			...old,
			version,
			dialect: 'pg',
			schemas: {},
			tables,
			id: 'b',
			prevId: 'a',
		});
		expect(
			await read({ ...first, '0001': text.replace('"pg"', version === '5' ? '"pg"' : '"postgresql"') }),
		).toMatchObject({
			version: '7',
			tables: { 'public.t': { name: 't' } },
		});
	}
});
