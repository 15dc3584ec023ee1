import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder, tryLockFolder } from '../../../src/kit/database/embedded/lock-folder.ts';
import type { Home } from '../../../src/kit/database/embedded/open-home.ts';
import { identifyThisProcess } from '../../../src/kit/database/embedded/process-identity.ts';

describe('lockFolder', () => {
	let home: Home;

	beforeEach(() => {
		const folder = mkdtempSync(join(tmpdir(), 'companion-lock-'));
		const lock = join(folder, 'lock');
		mkdirSync(lock);
		const unused = { data: '', password: '', port: '', log: '', users: '', boot: '' };
		home = { ...unused, folder, lock, account: undefined, isThrowaway: true };
	});

	afterEach(() => rmSync(home.folder, { recursive: true, force: true }));

	it('lets one in at a time', async () => {
		let inside = 0;
		let most = 0;
		const enter = () =>
			lockFolder(home, async () => {
				inside += 1;
				most = Math.max(most, inside);
				await sleep(2);
				inside -= 1;
			});
		await Promise.all(Array.from({ length: 20 }, enter));
		expect(most).toBe(1);
		expect(readdirSync(home.lock)).toHaveLength(1);
	});

	it('is free again after the work has failed', async () => {
		await expect(lockFolder(home, async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
		expect(await lockFolder(home, async () => 'yes')).toBe('yes');
	});

	it('is refused while a living process has it', () => {
		const held = tryLockFolder(home);
		expect(held).toBeDefined();
		expect(tryLockFolder(home)).toBeUndefined();
		held?.release();
		expect(tryLockFolder(home)).toBeDefined();
	});

	it.each([
		['a process that is gone', { pid: 2 ** 22 + 1 }],
		['an earlier process with our number', { started: 'before' }],
	])('is taken over from %s', (_, difference) => {
		writeFileSync(join(home.lock, '7'), JSON.stringify({ ...identifyThisProcess(), ...difference }));
		expect(tryLockFolder(home)).toBeDefined();
		expect(readdirSync(home.lock)).toEqual(['8']);
	});

	it('is not taken over from a process elsewhere that gave a sign of life just now', () => {
		writeFileSync(join(home.lock, '7'), JSON.stringify({ pid: 1, started: '1', place: 'elsewhere' }));
		expect(tryLockFolder(home)).toBeUndefined();
		expect(readFileSync(join(home.lock, '7'), 'utf8')).toContain('elsewhere');
	});

	it('survives the deletion of the folder', async () => {
		await lockFolder(home, async () => rmSync(home.folder, { recursive: true }));
	});
});
