import { chmodSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProcess } from '../../src/kit/database/embedded/process-identity.ts';

/**
 * Where every temporary folder of the run is made: in memory where there is room. Thousands of databases are made and dropped, and ext4
 * needs as long to find names for their files as PostgreSQL for everything else. `TMPDIR` of one's own is left alone.
 */
export function makeTemporaryFolder(): string {
	const base = hasRoom(memory) ? memory : tmpdir();
	removeLeftOver(base);
	const folder = realpathSync(mkdtempSync(join(base, `companion-tests-${process.pid}-`)));
	// Some tests start programs as another account.
	chmodSync(folder, 0o755);
	process.env.TMPDIR = folder;
	return folder;
}

const memory = '/dev/shm';

function hasRoom(folder: string): boolean {
	if (process.env.TMPDIR !== undefined || !existsSync(folder)) return false;
	const { bavail, bsize } = statfsSync(folder);
	return bavail * bsize >= 8 * 2 ** 30;
}

/** Of runs that were killed: what lies in memory is not forgotten by itself. */
function removeLeftOver(base: string): void {
	for (const name of readdirSync(base)) {
		const [, pid] = /^companion-tests-(\d+)-/.exec(name) ?? [];
		if (pid !== undefined && readProcess(Number(pid)) === undefined)
			rmSync(join(base, name), { recursive: true, force: true });
	}
}
