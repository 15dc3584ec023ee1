import { type Described, type RepairReport, repair } from '../../commands/repair.ts';
import type { Paint } from '../../report/paint.ts';
import { moveJson } from '../../report/render-json.ts';
import { renderMove } from '../../report/render-move.ts';
import type { CommandSpec, Invocation, Outcome } from '../command.ts';
import { moveOptions } from '../common-options.ts';
import { readGuardOptions, readMoveOptions } from './migrate.ts';

export const repairCommand: CommandSpec = {
	name: 'repair',
	summary:
		'Brings the ledger in line with the journal: forgets rows of deleted migrations, accepts edited checksums. Runs no migration.',
	options: {
		plan: moveOptions.plan,
		yes: { type: 'boolean', help: 'do everything that is found, without being asked' },
		'lock-wait': moveOptions['lock-wait'],
	},
	examples: [
		['pnpm db:repair --plan', 'show what is wrong with the ledger'],
		['pnpm db:repair', 'mend it, one question each'],
	],
	run,
};

async function run(invocation: Invocation): Promise<Outcome> {
	const { values, paint, terminal } = invocation;
	const report = await repair({
		...readMoveOptions(invocation),
		...readGuardOptions(invocation),
		...(terminal.ask === undefined || values.json ? {} : { confirm: confirmWith(terminal.ask) }),
	});
	const json = {
		...moveJson(report),
		repairs: report.repairs.map(({ step, description }) => ({ kind: step.kind, tag: step.tag, description })),
		downMoves: report.downMoves.map(({ stray: { file, to } }) => ({ file, to })),
		notices: report.notices,
	};
	return {
		text: [...describe(report, { isPlan: values.plan === true, paint }), ...report.notices].join('\n'),
		json,
	};
}

function describe(
	report: RepairReport,
	{ isPlan, paint }: { isPlan: boolean; paint: Paint },
): readonly string[] {
	const { repairs, downMoves, report: done } = report;
	if (isPlan) return [...repairs, ...downMoves].map(({ description }) => `- ${description}`);
	const moves = downMoves.map(({ stray: { file, to } }) => `Moved ${file} to ${to}.`);
	if (done !== undefined) return [...moves, renderMove(report, paint)];
	if (moves.length > 0) return moves;
	return [
		report.notices.length > 0
			? 'Nothing to mend in the ledger.'
			: 'Nothing to mend: the ledger agrees with the journal.',
	];
}

function confirmWith(ask: (question: string) => Promise<string>) {
	return async ({ description }: Described): Promise<boolean> =>
		/^y(es)?$/i.test((await ask(`${description}.\nDo it? [y/N] `)).trim());
}
