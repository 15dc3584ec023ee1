import { describe, expect, it, test } from 'vitest';
import { verifyMigrations } from '../../src/kit/testing.ts';
import { aProject } from '../harness/a-project.ts';
import { repository } from '../harness/repository.ts';
import { runProgram } from '../harness/run-script.ts';

describe("this repository's own migrations", async () => {
	await verifyMigrations(test, { cwd: repository });
});

describe('in node:test', () => {
	it('fails the test of the migration whose way back is wrong, and those after it', async () => {
		const project = aProject({
			config: { schema: './schema.ts' },
			migrations: [
				{
					tag: '0000_init',
					up: 'CREATE TABLE a (id integer PRIMARY KEY);',
					down: 'DROP TABLE a;',
					loses: [{ kind: 'table', schema: 'public', table: 'a', subject: 'table a', isLostByUp: false }],
					reversibility: 'lossy',
				},
				{ tag: '0001_wrong', up: 'CREATE INDEX a_idx ON a (id);', down: 'SELECT 1;' },
				{ tag: '0002_after', up: 'COMMENT ON TABLE a IS $$x$$;', down: 'COMMENT ON TABLE a IS NULL;' },
			],
			files: {
				'schema.ts':
					"import { integer, pgTable } from 'drizzle-orm/pg-core';\nexport const a = pgTable('a', { id: integer('id').primaryKey() });\n",
				'verify.test.mts': `import test from 'node:test';\nimport { verifyMigrations } from '${repository}/src/kit/testing.ts';\nawait verifyMigrations(test);\n`,
			},
		});
		const { stdout, exitCode } = await runProgram(
			process.execPath,
			[
				'--import',
				`${repository}/node_modules/tsx/dist/esm/index.mjs`,
				'--test',
				'--test-reporter=tap',
				'verify.test.mts',
			],
			{ cwd: project.root },
		);
		expect(exitCode, stdout).toBe(1);
		expect(stdout).toMatch(/^ *ok 1 - 0000_init/m);
		expect(stdout).toMatch(/^ *not ok 2 - 0001_wrong/m);
		expect(stdout).toContain('index a_idx exists only here');
		expect(stdout).toMatch(/^ *not ok 3 - 0002_after/m);
	});
});
