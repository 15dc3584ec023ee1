import { mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { computeChecksum } from '../../src/kit/journal/checksum.ts';
import type { Loss } from '../../src/kit/journal/migration.ts';
import { nameLostColumn, nameLostTable } from '../../src/kit/journal/name-loss.ts';
import { writeDownFile } from '../../src/kit/journal/write-down-file.ts';
import { composeSnapshot } from './compose-snapshot.ts';
import type { BenchMigration } from './make-migrations.ts';

/** This repository's folder. */
export const repository = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

export interface ProjectOptions {
	/** `last` leaves those out that only a check of the whole chain reads: thousands of them are gigabytes. Default `all`. */
	readonly snapshots?: 'all' | 'last';
	/** `named`: as `verify` wants the headers of the down files. Default: as if nothing were ever in the tables. */
	readonly losses?: 'named' | 'unnamed';
}

/**
 * Writes a Drizzle project with these migrations and the tables that they end with, and gives its folder. The caller removes it.
 */
export function writeProject(
	migrations: readonly BenchMigration[],
	{ snapshots = 'all', losses = 'unnamed' }: ProjectOptions = {},
): string {
	const root = realpathSync(mkdtempSync(join(tmpdir(), 'companion-bench-')));
	const write = (path: string, text: string) => {
		mkdirSync(dirname(join(root, path)), { recursive: true });
		writeFileSync(join(root, path), text);
	};
	symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
	write('package.json', '{ "name": "a-project", "private": true, "type": "module" }\n');
	write('drizzle.config.ts', config);
	write('schema.ts', composeSchema(migrations.at(-1)?.shape ?? []));
	write('drizzle/meta/_journal.json', composeJournal(migrations));
	for (const migration of migrations) {
		const { index, tag, up, shape } = migration;
		write(`drizzle/${tag}.sql`, up);
		write(`drizzle/${tag}.down.sql`, composeDown(migration, losses));
		if (snapshots === 'last' && migration !== migrations.at(-1)) continue;
		write(`drizzle/meta/${String(index).padStart(4, '0')}_snapshot.json`, composeSnapshot(index, shape));
	}
	return root;
}

const config = `export default {
	dialect: 'postgresql',
	schema: './schema.ts',
	out: './drizzle',
	...(process.env.DATABASE_URL ? { dbCredentials: { url: process.env.DATABASE_URL } } : {}),
};
`;

/** The schema file that `generate` reads. @param shape as in a migration */
export function composeSchema(shape: readonly number[]): string {
	const tables = shape.map((columns, table) => {
		const texts = Array.from({ length: columns }, (_, place) => `\tc${place + 1}: text(),\n`).join('');
		return `export const t${table} = pgTable('t${table}', {\n\tid: serial().primaryKey(),\n${texts}});\n`;
	});
	return `import { pgTable, serial, text } from 'drizzle-orm/pg-core';\n\n${tables.join('\n')}`;
}

function composeJournal(migrations: readonly BenchMigration[]): string {
	const entries = migrations.map(({ index, tag, when }) => ({
		idx: index,
		version: '7',
		when,
		tag,
		breakpoints: true,
	}));
	return `${JSON.stringify({ version: '7', dialect: 'postgresql', entries }, undefined, 2)}\n`;
}

function composeDown(
	{ tag, up, down }: BenchMigration,
	losses: NonNullable<ProjectOptions['losses']>,
): string {
	const loses = losses === 'named' ? nameLosses(down) : [];
	return writeDownFile({
		tag,
		statements: [down],
		reversibility: loses.length === 0 ? 'lossless' : 'lossy',
		loses,
		upChecksum: computeChecksum(up),
		serverVersion: '18.4',
	});
}

function nameLosses(down: string): readonly Loss[] {
	return [
		...[...down.matchAll(/DROP TABLE "(\w+)"/g)].map(([, table = '']) =>
			nameLostTable('public', table, false),
		),
		...[...down.matchAll(/ALTER TABLE "(\w+)" DROP COLUMN "(\w+)"/g)].map(([, table = '', column = '']) =>
			nameLostColumn('public', table, column, false),
		),
	];
}
