import { afterAll, describe, expect, inject, test } from 'vitest';
import { generate } from '../../src/kit/commands/generate.ts';
import { verify } from '../../src/kit/commands/verify.ts';
import { CompanionError } from '../../src/kit/errors.ts';
import { aProject } from '../harness/a-project.ts';
import { useScratch } from '../reverse/use-scratch-server.ts';
import { drizzleImports } from './drizzle-imports.ts';
import { measured, others, type WrongSqlCase } from './wrong-sql-cases.ts';

const scratch = useScratch();
afterAll(() => scratch.run('DROP ROLE IF EXISTS wrong_sql_reader'));

/** Each takes seconds: all of them are tried with `COMPANION_EVERY_CASE=1`. */
const isThorough = process.env.COMPANION_EVERY_CASE === '1';

const groups: [string, readonly WrongSqlCase[]][] = [
	['of which drizzle-kit is known to write wrong SQL', measured],
];
if (isThorough) groups.push(['of the same kind', others]);

describe.each(groups)('a change %s', (_title, cases) => {
	test.each(cases.map((each) => [each.name, each.ends, each] as const))(
		'%s: is %s, and leaves nothing half done',
		async (_name, ends, change) => {
			const outcome = await generateChange(change);
			expect(outcome).toMatchObject({ ends });
		},
	);
});

/** Written means: up, down and up again on rows, and the end equals the TypeScript tables. */
async function generateChange({ before, after, renames = [] }: WrongSqlCase) {
	const project = aProject({ files: { '.env': `SHADOW_DATABASE_URL=${inject('serverUrl')}\n` } });
	const declare = (source: string) => project.write('schema.ts', drizzleImports + source);
	declare(before);
	await generate({ cwd: project.root });
	declare(after);
	const files = project.listFiles();
	try {
		const report = await generate({ cwd: project.root, renames });
		expect(report.kind, 'something changed').toBe('created');
		const { isRight, differences, migrations } = await verify({ cwd: project.root, since: 'head' });
		expect({ isRight, differences, problems: migrations.flatMap(({ problems }) => problems) }).toEqual({
			...{ isRight: true, differences: [], problems: [] },
		});
		return { ends: 'written', notices: report.notices };
	} catch (error) {
		if (!(error instanceof CompanionError)) throw error;
		expect(project.listFiles()).toEqual(files);
		expect(error.code).toBe('GENERATE_FAILED');
		expect(error.hint).toBeDefined();
		return { ends: 'refused', because: error.message, hint: error.hint };
	}
}
