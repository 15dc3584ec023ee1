import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { compileConfig, compileOwn } from '../../src/kit/config/compile-typescript.ts';

const folder = mkdtempSync(join(tmpdir(), 'companion-compile-'));
const file = join(folder, 'main.ts');
const cache = join(folder, 'node_modules/.cache/drizzle-companion');
mkdirSync(join(folder, 'node_modules'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): void {
	writeFileSync(join(folder, name), text);
}

function evaluate(code: string): unknown {
	const module = { exports: {} as Record<string, unknown> };
	new Function('module', 'exports', code)(module, module.exports);
	return module.exports.answer;
}

test.each([
	['at once', async () => compileOwn(file)],
	['in its time', async () => (await compileConfig(file)) ?? ''],
])(
	'a TypeScript file compiled %s is kept, and made anew when one that it imports changes',
	async (_, compile) => {
		rmSync(cache, { recursive: true, force: true });
		write('part.ts', 'export const part: number = 1;');
		write('main.ts', "import { part } from './part.ts';\nexport const answer = part + 1;");
		const first = await compile();
		expect(evaluate(first)).toBe(2);
		const [kept = ''] = readdirSync(cache);
		expect(kept).toMatch(/\.json$/);
		write('part.ts', 'export const part: number = 41;');
		expect(evaluate(await compile())).toBe(42);
		writeFileSync(join(cache, kept), '{ "inputs": ');
		expect(evaluate(await compile())).toBe(42);
		expect(readdirSync(cache)).toEqual([kept]);
	},
);

test('what does not compile is told by the one, and left to a slower loader by the other', async () => {
	write('main.ts', 'export const answer = ;');
	expect(() => compileOwn(file)).toThrow('Unexpected ";"');
	expect(await compileConfig(file)).toBeUndefined();
});
