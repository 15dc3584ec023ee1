import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';

const source = fileURLToPath(new URL('../../src/kit/config/read-environment.ts', import.meta.url));
let folder: string;

beforeAll(() => {
	folder = mkdtempSync(join(tmpdir(), 'companion-bundle-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('an application that was bundled reads .env without dotenv beside it', async () => {
	writeFileSync(
		join(folder, '.env'),
		'# a comment\nDATABASE_URL="postgres://app:p#w@db/shop"\nSHADOW_DATABASE_URL=postgres://other # why\nEMPTY=\n',
	);
	const entry = `import { readEnvironment } from ${JSON.stringify(source)}; console.log(JSON.stringify(readEnvironment(process.cwd())));`;
	await build({
		stdin: { contents: entry, resolveDir: folder },
		outfile: join(folder, 'app.mjs'),
		bundle: true,
		platform: 'node',
		format: 'esm',
	});
	const { stdout, stderr } = spawnSync(process.execPath, ['app.mjs'], { cwd: folder, encoding: 'utf8' });
	expect(stderr).toBe('');
	expect(JSON.parse(stdout)).toMatchObject({
		DATABASE_URL: 'postgres://app:p#w@db/shop',
		SHADOW_DATABASE_URL: 'postgres://other',
		EMPTY: '',
	});
});
