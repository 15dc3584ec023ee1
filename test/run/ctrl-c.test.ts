import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { aProject, repository } from '../harness/a-project.ts';
import { readRows } from '../harness/ledger-rows.ts';
import { useDatabase } from '../harness/test-database.ts';

const database = useDatabase();

/** As a terminal does: the signal goes to every process of the group, and those that started ours pass it on besides. */
test.each([
	['SIGINT', 130],
	['SIGTERM', 143],
] as const)(
	'%s to a whole process group cancels, says what was finished and exits %i',
	async (signal, expected) => {
		await database.empty();
		const { root } = aProject({
			migrations: [
				{ tag: '0000_a', up: 'CREATE TABLE a ();' },
				{ tag: '0001_b', up: 'CREATE TABLE b (); SELECT pg_sleep(60);' },
			],
		});
		const child = spawn(join(repository, 'node_modules/.bin/tsx'), [join(repository, 'scripts/migrate.ts')], {
			cwd: root,
			detached: true,
			env: { ...process.env, DATABASE_URL: database.url },
			stdio: ['ignore', 'ignore', 'pipe'],
		});
		let stderr = '';
		child.stderr.setEncoding('utf8').on('data', (text: string) => {
			const isNew = !stderr.includes('0001_b');
			stderr += text;
			if (isNew && stderr.includes('0001_b')) process.kill(-(child.pid as number), signal);
		});
		const exitCode = await new Promise((resolve) => child.on('close', resolve));
		expect([exitCode, stderr]).toEqual([
			expected,
			expect.stringContaining('the transaction of 0001_b aborted; 0000_a finished before it'),
		]);
		expect([await readRows(database), await database.query(`SELECT to_regclass('b') AS b`)]).toMatchObject([
			{ length: 1 },
			[{ b: null }],
		]);
	},
);
