import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadKept } from '../../src/kit/config/load-kept.ts';
import { aProject } from '../harness/a-project.ts';

const isLeftToNode = 'enableCompileCache' in Module;

const source = (answer: number) => `
	const path = require('node:path');
	exports.answer = () => ${answer};
	exports.place = [path.basename(__filename), path.basename(__dirname), typeof module.exports, this === exports];
`;

async function load(text: string, root = aProject().root) {
	const file = join(root, 'large.cjs');
	writeFileSync(file, text);
	const require = createRequire(file);
	delete require.cache[file];
	const { result, keep } = loadKept(
		file,
		root,
		() => require(file) as { answer(): number; place: unknown[] },
	);
	const answer = result.answer();
	await keep();
	const kept = readdirSync(root).filter((name) => /^code-/.test(name));
	return { answer, place: result.place, root, kept };
}

test('loads a file as require does', async () => {
	const { answer, place, root } = await load(source(42));
	expect([answer, place]).toEqual([42, ['large.cjs', root.split('/').at(-1), 'object', true]]);
});

test.skipIf(isLeftToNode)('keeps what was compiled, of the last text only', async () => {
	const first = await load(source(42));
	expect(first.kept).toHaveLength(1);
	const [kept] = first.kept as [string];
	const code = readFileSync(join(first.root, kept));
	expect((await load(source(42), first.root)).answer).toBe(42);
	expect(readFileSync(join(first.root, kept)).equals(code)).toBe(true);
	const other = await load(source(43), first.root);
	expect([other.answer, other.kept.length, other.kept[0] === kept]).toEqual([43, 1, false]);
});

test.skipIf(isLeftToNode).each([
	['cut short', (bytes: Buffer) => bytes.subarray(0, 100)],
	[
		'changed',
		(bytes: Buffer) => Buffer.from(bytes.map((byte, place) => (place % 7 === 0 ? byte ^ 1 : byte))),
	],
	['empty', () => Buffer.alloc(0)],
])('does not trust what is %s, and writes it anew', async (_, damage) => {
	const { root, kept } = await load(source(42));
	const file = join(root, kept[0] as string);
	const whole = readFileSync(file);
	writeFileSync(file, damage(whole));
	expect((await load(source(42), root)).answer).toBe(42);
	expect(readFileSync(file).length).toBeGreaterThan(100);
});
