import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { expect, it } from 'vitest';
import { aProject } from '../harness/a-project.ts';
import { repository } from '../harness/repository.ts';
import { runScript } from '../harness/run-script.ts';

it('keeps the embedded server up until it is told to stop, while other commands use it', async () => {
	const { root } = aProject();
	const child = spawn(join(repository, 'node_modules/.bin/tsx'), [join(repository, 'scripts/server.ts')], {
		cwd: root,
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const [first] = (await once(child.stdout, 'data')) as [Buffer];
	const url = first.toString().trim();
	const current = await runScript('current', [], { cwd: root });
	expect(current.exitCode, current.stderr).toBe(0);
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
	await client.end();
	child.kill('SIGINT');
	const [exitCode] = await once(child, 'exit');
	expect(exitCode).toBe(0);
	await expect(new pg.Client({ connectionString: url }).connect()).rejects.toThrow('ECONNREFUSED');
});
