import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test } from 'vitest';
import { generate } from '../../src/kit/commands/generate.ts';
import { verify } from '../../src/kit/commands/verify.ts';
import { startEmbeddedServer } from '../../src/kit/database/embedded/start-embedded-server.ts';
import { drizzleImports } from '../generate/drizzle-imports.ts';
import { aProject } from '../harness/a-project.ts';

/** A server on which a transaction may make a hundred tables, and not drop and make them. */
async function withFewLocks(work: (url: string) => Promise<void>): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'companion-few-locks-'));
	const first = await startEmbeddedServer({ folder });
	const admin = new pg.Client({ connectionString: first.url });
	await admin.connect();
	for (const setting of ['max_locks_per_transaction = 10', 'max_connections = 20', 'autovacuum = off'])
		await admin.query(`ALTER SYSTEM SET ${setting}`);
	await admin.end();
	await first.release();
	const server = await startEmbeddedServer({ folder });
	try {
		await work(server.url);
	} finally {
		await server.release();
		rmSync(folder, { recursive: true, force: true });
	}
}

test('what is too much for one transaction of a trial is tried in copies', async () => {
	await withFewLocks(async (url) => {
		const { root, write } = aProject({ files: { '.env': `SHADOW_DATABASE_URL=${url}\n` } });
		const declare = (more: string) =>
			write(
				'schema.ts',
				drizzleImports +
					Array.from(
						{ length: 150 },
						(_, n) =>
							`export const t${n} = pgTable('t${n}', { id: serial().primaryKey(), ${n === 7 ? more : ''} });`,
					).join('\n'),
			);
		declare('');
		expect(await generate({ cwd: root })).toMatchObject({
			kind: 'created',
			downReversibility: 'lossy',
			notices: [],
		});
		declare('added: text(),');
		expect(await generate({ cwd: root })).toMatchObject({
			kind: 'created',
			statements: [expect.stringContaining('ADD COLUMN "added" text')],
			downReversibility: 'lossy',
			notices: [],
		});
		expect((await verify({ cwd: root })).isRight).toBe(true);
	});
}, 300_000);
