import { describe, expect, it } from 'vitest';
import { planConfigExport } from '../../src/kit/adopt/plan-config-export.ts';

const options = { file: 'drizzle.config.ts', canImport: true };

describe('planConfigExport', () => {
	it('adds the import behind the others and the export at the end, in the style of the file', () => {
		const text = `import 'dotenv/config'\nimport {\n  defineConfig,\n} from "drizzle-kit"\n\nexport default defineConfig({\n  schema: './src/**/*.ts', // import nothing\n})\n`;
		expect(planConfigExport(text, options)).toMatchObject({
			kind: 'edit',
			text: `import 'dotenv/config'\nimport {\n  defineConfig,\n} from "drizzle-kit"\nimport { defineCompanion } from 'drizzle-companion'\n\nexport default defineConfig({\n  schema: './src/**/*.ts', // import nothing\n})\n\nexport const companion = defineCompanion({})\n`,
		});
	});

	it('keeps Windows line ends, semicolons and double quotes', () => {
		const text = `import { defineConfig } from "drizzle-kit";\r\nexport default defineConfig({});\r\n`;
		expect(planConfigExport(text, options)).toMatchObject({
			text: `import { defineConfig } from "drizzle-kit";\r\nimport { defineCompanion } from "drizzle-companion";\r\nexport default defineConfig({});\r\n\r\nexport const companion = defineCompanion({});\r\n`,
		});
	});

	it('writes no import that drizzle-kit could not follow', () => {
		const plan = planConfigExport('export default {};\n', { ...options, canImport: false });
		expect(plan).toMatchObject({ text: 'export default {};\n\nexport const companion = {};\n' });
	});

	it('works without a line end at the end, without imports, and under a shebang', () => {
		expect(planConfigExport('#!/usr/bin/env node\nexport default {}', options)).toMatchObject({
			text: `#!/usr/bin/env node\nimport { defineCompanion } from 'drizzle-companion';\nexport default {}\n\nexport const companion = defineCompanion({});\n`,
		});
	});

	it.each([
		['export const companion = { lockWait: 1 };\nexport default {};'],
		['const companion = {};\nexport { companion };\nexport default {};'],
		['module.exports = {};\nmodule.exports.companion = {};'],
	])('sees that it is there: %s', (text) => {
		expect(planConfigExport(text, options).kind).toBe('present');
	});

	it('is not misled by a comment that speaks of it', () => {
		expect(planConfigExport('// export const companion = {}\nexport default {};', options).kind).toBe('edit');
	});

	it.each([
		['a CommonJS file', 'module.exports = { dialect: "postgresql" };', 'drizzle.config.js'],
		['a JSON file', '{ "dialect": "postgresql" }', 'drizzle.config.json'],
		['a name in use', 'const companion = 1;\nexport default { companion };', 'drizzle.config.ts'],
		['no default export', 'export const config = {};', 'drizzle.config.ts'],
	])('leaves %s alone and says what to add', (_name, text, file) => {
		expect(planConfigExport(text, { file, canImport: true }).kind).toBe('manual');
	});
});
