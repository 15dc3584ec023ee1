import { relative } from 'node:path';
import { baseline } from '../../commands/baseline.ts';
import { CompanionError } from '../../errors.ts';
import { moveJson } from '../../report/render-json.ts';
import { renderMove, renderPlan } from '../../report/render-move.ts';
import { renderPull } from '../../report/render-pull.ts';
import type { CommandSpec, Invocation, Outcome } from '../command.ts';
import { moveOptions } from '../common-options.ts';
import { readGuardOptions, readMoveOptions } from './migrate.ts';

export const baselineCommand: CommandSpec = {
	name: 'baseline',
	summary:
		'Records migrations up to the target (default head) as applied, without running them, after proving that the database has them.',
	positional: '[target]',
	options: {
		...moveOptions,
		force: { type: 'boolean', help: 'record although the database differs' },
		pull: {
			type: 'boolean',
			help: 'a database without migrations: write TypeScript and 0000_baseline from it',
		},
		purge: { type: 'boolean', help: 'forget what is recorded first, then record from scratch' },
	},
	examples: [
		['pnpm db:baseline', 'adopt an existing database'],
		['pnpm db:baseline 0000_init', 'it has the first migration only'],
		['pnpm db:baseline --plan', 'prove and show, record nothing'],
		['pnpm db:baseline --pull', 'there are tables, but neither TypeScript nor migrations'],
	],
	run,
};

async function run(invocation: Invocation): Promise<Outcome> {
	const { target, values, paint } = invocation;
	if (values.pull) return await runPull(invocation);
	const report = await baseline({
		...readMoveOptions(invocation),
		...readGuardOptions(invocation),
		...(target === undefined ? {} : { target }),
		purge: values.purge === true,
		force: values.force === true,
	});
	const text = values.sql
		? (report.script ?? '')
		: values.plan
			? renderPlan(report, { paint })
			: renderMove(report, paint);
	return { text, json: moveJson(report) };
}

async function runPull(invocation: Invocation): Promise<Outcome> {
	const { target, values, paint } = invocation;
	const other = ['force', 'purge', 'sql'].find((name) => values[name]);
	if (other !== undefined || target !== undefined)
		throw new CompanionError(
			'USAGE',
			`--pull makes the first migration and records it: ${target === undefined ? `--${other}` : `'${target}'`} does not go with it.`,
		);
	const { pull } = await import('../../commands/pull.ts');
	const { only, ...options } = readMoveOptions(invocation);
	const report = await pull({ ...options, ...(only === undefined ? {} : { only: 'plan' as const }) });
	const files = report.files.map((file) => relative(process.cwd(), file));
	return { text: renderPull({ ...report, files }, paint), json: report };
}
