import { spawnSync } from 'node:child_process';
import {
	appendFileSync,
	chmodSync,
	chownSync,
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	realpathSync,
	rmSync,
	statSync,
	unlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Binaries, findBinaries } from '../../../src/kit/database/embedded/find-binaries.ts';
import { stageBinaries } from '../../../src/kit/database/embedded/stage-binaries.ts';

const nobody = { uid: 65534, gid: 65534 };
const isRoot = process.getuid?.() === 0;

describe('stageBinaries', () => {
	let root: string;
	let hidden: Binaries;
	const copies = new Set<string>();

	beforeAll(() => {
		root = realpathSync(mkdtempSync(join(tmpdir(), 'companion-stage-')));
		const installed = findBinaries();
		// A version of its own, so that this test never touches a copy that somebody uses.
		hidden = {
			...installed,
			packageVersion: `0.0.0-test-${process.pid}`,
			native: join(root, 'package', 'native'),
		};
		mkdirSync(join(root, 'package'));
		cpSync(installed.native, hidden.native, { recursive: true, verbatimSymlinks: true });
		chmodSync(root, 0o700);
	});

	afterAll(() => {
		for (const copy of copies) rmSync(copy, { recursive: true, force: true });
		rmSync(root, { recursive: true, force: true });
	});

	function stage(messages: string[] = []): string {
		const { native } = stageBinaries(hidden, {
			account: nobody,
			onProgress: ({ message }) => messages.push(message),
		});
		if (native !== hidden.native) copies.add(native);
		return native;
	}

	it('leaves the programs where they are when the running account runs the server', () => {
		expect(stageBinaries(hidden, { account: undefined }).native).toBe(hidden.native);
	});

	it('makes the library links that a skipped install script left out', () => {
		const link = join(hidden.native, 'lib', 'libpq.so.5');
		if (!existsSync(link)) return;
		unlinkSync(link);
		stageBinaries(hidden, { account: undefined });
		expect(existsSync(link)).toBe(true);
	});

	it.runIf(isRoot)('copies them once to where the account can run them', () => {
		const messages: string[] = [];
		const copy = stage(messages);
		expect(copy).not.toBe(hidden.native);
		expect(messages).toEqual([expect.stringMatching(/^copying/)]);
		expect(spawnSync(join(copy, 'bin', 'postgres'), ['--version'], { ...nobody, cwd: '/' }).status).toBe(0);
		expect(stage(messages)).toBe(copy);
		expect(messages).toHaveLength(1);
	});

	it.runIf(isRoot)('replaces a copy that lost a file, got another one, or was changed by others', () => {
		const copy = stage();
		const program = join(copy, 'bin', 'postgres');
		const changes: readonly (() => void)[] = [
			() => unlinkSync(join(copy, 'bin', 'initdb')),
			() => appendFileSync(join(copy, 'lib', 'planted.so'), 'x'),
			() => appendFileSync(program, 'x'),
			() => chmodSync(program, 0o777),
			() => chmodSync(dirname(program), 0o777),
		];
		for (const change of changes) {
			change();
			const messages: string[] = [];
			expect(stage(messages)).toBe(copy);
			expect(messages).toHaveLength(1);
			expect(statSync(program).mode & 0o777).toBe(0o755);
		}
		expect(existsSync(join(copy, 'lib', 'planted.so'))).toBe(false);
	});

	it.runIf(isRoot)('does not run programs from a place that another user could write to', () => {
		const open = mkdtempSync(join(tmpdir(), 'companion-places-'));
		chmodSync(open, 0o755);
		const [trap, shared, good] = ['trap', 'shared', 'good'].map((name) => join(open, name)) as [
			string,
			string,
			string,
		];
		const copy = stage();
		mkdirSync(trap);
		cpSync(copy, join(trap, basename(copy)), { recursive: true, verbatimSymlinks: true });
		chownSync(trap, nobody.uid, nobody.gid);
		mkdirSync(join(shared, 'inner'), { recursive: true });
		chmodSync(shared, 0o777);
		const places = [trap, join(shared, 'inner'), good];
		expect(dirname(stageBinaries(hidden, { account: nobody, places }).native)).toBe(good);
		expect(() => stageBinaries(hidden, { account: nobody, places: [trap, join(shared, 'inner')] })).toThrow(
			/no place/,
		);
		rmSync(open, { recursive: true });
	});
});
