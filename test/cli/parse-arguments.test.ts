import { describe, expect, test } from 'vitest';
import { historyCommand } from '../../src/kit/cli/commands/history.ts';
import { migrateCommand } from '../../src/kit/cli/commands/migrate.ts';
import { rollbackCommand } from '../../src/kit/cli/commands/rollback.ts';
import { parseArguments } from '../../src/kit/cli/parse-arguments.ts';
import { errorOf } from '../harness/error-of.ts';

describe('parseArguments', () => {
	test.each<[string[], string | undefined]>([
		[['-1'], '-1'],
		[['+2'], '+2'],
		[['-12', '--json'], '-12'],
		[['--json', '-1'], '-1'],
		[['--', '-1'], '-1'],
		[['--lock-wait', '5s', '-1'], '-1'],
		[['0003+1'], '0003+1'],
		[['base'], 'base'],
		[['0001_fix-1'], '0001_fix-1'],
	])('takes the target of %j', (argv, target) => {
		expect(parseArguments(rollbackCommand, argv).target).toBe(target);
	});

	test.each<[string[], string]>([
		[['-r', '-3:'], '-3:'],
		[['-r', '0000:0001'], '0000:0001'],
		[['--range', '-3:-1'], '-3:-1'],
		[['--range=-3:'], '-3:'],
		[['-r', ':head'], ':head'],
		[['-r:1'], ':1'],
		[['-r', '5'], '5'],
	])('takes the range of %j', (argv, range) => {
		expect(parseArguments(historyCommand, argv).values.range).toBe(range);
	});

	test('takes options in any order and spelling', () => {
		const { target, values } = parseArguments(migrateCommand, [
			'--url=postgres://u@h/d',
			'head',
			'--plan',
			'--config',
			'x.ts',
		]);
		expect([target, values.url, values.plan, values.config]).toEqual([
			'head',
			'postgres://u@h/d',
			true,
			'x.ts',
		]);
	});

	test.each<[string[]]>([
		[['--nope']],
		[['-x']],
		[['--json=yes']],
		[['--url']],
		[['head', 'base']],
		[['-1', '-2']],
		[['head', '-1']],
		[['--plan', '--no-plan']],
	])('refuses %j', (argv) => {
		expect(errorOf(() => parseArguments(migrateCommand, argv)).code).toBe('USAGE');
	});

	test('wants the target of a rollback, and none of a history', () => {
		expect(errorOf(() => parseArguments(rollbackCommand, [])).message).toContain('<target>');
		expect(errorOf(() => parseArguments(historyCommand, ['head'])).code).toBe('USAGE');
		expect(errorOf(() => parseArguments(historyCommand, ['-1'])).code).toBe('USAGE');
	});

	test('asks for nothing more when help is wanted', () => {
		expect(parseArguments(rollbackCommand, ['--help']).values.help).toBe(true);
		expect(parseArguments(rollbackCommand, ['-h']).values.help).toBe(true);
	});
});
