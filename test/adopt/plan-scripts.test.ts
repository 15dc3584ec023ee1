import { describe, expect, it } from 'vitest';
import { planScripts, scriptCommands } from '../../src/kit/adopt/plan-scripts.ts';
import { commandNames } from '../../src/kit/cli/commands.ts';

const file = 'package.json';

describe('planScripts', () => {
	it('knows every command of the binary but init', () => {
		expect([...scriptCommands].sort()).toEqual(commandNames.filter((name) => name !== 'init').sort());
	});

	it('adds what is missing behind what is there, and leaves every other character alone', () => {
		const text = `{\n\t"name": "shop",\n\t"files": ["a", "b"],\n\t"scripts": {\n\t\t"dev": "vite"\n\t},\n\t"x": { "scripts": {} }\n}\n`;
		const { text: result, added } = planScripts(file, text);
		expect(
			result.startsWith(
				`{\n\t"name": "shop",\n\t"files": ["a", "b"],\n\t"scripts": {\n\t\t"dev": "vite",\n\t\t"db:generate"`,
			),
		).toBe(true);
		expect(result.endsWith(`"\n\t},\n\t"x": { "scripts": {} }\n}\n`)).toBe(true);
		expect(Object.keys(JSON.parse(result).scripts)).toEqual(['dev', ...added]);
	});

	it('never writes over a script', () => {
		const text = JSON.stringify({ scripts: { 'db:migrate': 'drizzle-kit migrate' } });
		const plan = planScripts(file, text);
		expect(JSON.parse(plan.text).scripts['db:migrate']).toBe('drizzle-kit migrate');
		expect(plan.kept).toEqual({ 'db:migrate': 'drizzle-kit migrate' });
		expect(plan.ours).not.toContain('migrate');
	});

	it.each([
		['{}'],
		['{ "name": "a" }'],
		['{"scripts":{}}'],
		['{\r\n  "scripts": {\r\n    "a": "b \\"scripts\\": {"\r\n  }\r\n}'],
		['{ "scripts" : { "a": "1" }, "b": ["}"] }'],
	])('stays JSON: %s', (text) => {
		const { text: result, added } = planScripts(file, text);
		const { scripts, ...rest } = JSON.parse(result);
		const { scripts: before = {}, ...restBefore } = JSON.parse(text);
		expect(rest).toEqual(restBefore);
		expect(Object.keys(scripts)).toEqual([...Object.keys(before), ...added]);
	});

	it('changes nothing the second time', () => {
		const once = planScripts(file, '{}').text;
		expect(planScripts(file, once)).toMatchObject({ text: once, added: [], kept: {} });
	});

	it('refuses what is no package.json', () => {
		expect(() => planScripts(file, '{ "scripts": [] }')).toThrow(
			expect.objectContaining({ code: 'CONFIG_INVALID' }),
		);
		expect(() => planScripts(file, '{,}')).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
	});
});
