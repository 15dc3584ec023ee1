import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reverse } from '../../src/kit/commands/reverse.ts';
import { verify } from '../../src/kit/commands/verify.ts';
import type { ProgressEvent } from '../../src/kit/progress.ts';
import { aProject } from '../harness/a-project.ts';
import { MIGRATIONS } from './real-project/migrations.ts';

test('a project of hand-written migrations gets a proven way back for each, and none names what others made', {
	timeout: 600_000,
}, async () => {
	const project = aProject({
		migrations: MIGRATIONS.map(({ up }, index) => ({ tag: tagOf(index), up })),
		files: { 'schema.ts': SCHEMA, ...Object.fromEntries(MIGRATIONS.map((_, index) => writeSnapshot(index))) },
	});
	const heard: ProgressEvent[] = [];
	const { migrations } = await reverse({
		cwd: project.root,
		all: true,
		onProgress: (progress) => heard.push(progress),
	});
	const found = migrations.map(({ reversibility, loses, problems }) => ({
		reversibility,
		loses: loses.map(({ subject, isLostByUp }) => (isLostByUp ? `${subject} (up)` : subject)),
		problems,
	}));
	expect(found).toEqual(MIGRATIONS.map(({ is, loses = [] }) => ({ reversibility: is, loses, problems: [] })));
	expect(heard.filter(({ total }) => total === MIGRATIONS.length)).toHaveLength(MIGRATIONS.length);
	const downs = MIGRATIONS.map((_, index) =>
		readFileSync(join(project.root, `drizzle/${tagOf(index)}.down.sql`), 'utf8'),
	);
	expect(downs.filter((text) => /^DROP .*\bCASCADE/m.test(text))).toEqual([]);

	const { migrations: verified, differences } = await verify({ cwd: project.root });
	expect(verified.flatMap(({ tag, problems }) => problems.map((problem) => `${tag}: ${problem}`))).toEqual(
		[],
	);
	expect(verified).toHaveLength(MIGRATIONS.length);
	expect(differences).toEqual([]);
});

const SCHEMA = `import { integer, pgTable } from 'drizzle-orm/pg-core';
export const notes = pgTable('notes', { id: integer('id').primaryKey() });
`;

const NOTES = {
	...{ name: 'notes', schema: '', isRLSEnabled: false },
	columns: { id: { name: 'id', type: 'integer', primaryKey: true, notNull: true } },
	...{ indexes: {}, foreignKeys: {}, compositePrimaryKeys: {}, uniqueConstraints: {} },
	...{ policies: {}, checkConstraints: {} },
};

/** Of a schema that holds the notes alone: everything else is written by hand. */
function writeSnapshot(index: number): readonly [string, string] {
	const idOf = (number: number) => `00000000-0000-0000-0000-${String(number).padStart(12, '0')}`;
	const snapshot = {
		...{ version: '7', dialect: 'postgresql', id: idOf(index + 1), prevId: idOf(index) },
		...{
			tables: { 'public.notes': NOTES },
			enums: {},
			schemas: {},
			sequences: {},
			roles: {},
			policies: {},
			views: {},
		},
		_meta: { columns: {}, schemas: {}, tables: {} },
	};
	return [`drizzle/meta/${tagOf(index).slice(0, 4)}_snapshot.json`, JSON.stringify(snapshot)];
}

function tagOf(index: number): string {
	return `${String(index).padStart(4, '0')}_change`;
}
