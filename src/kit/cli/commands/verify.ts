import { type Verified, type VerifyReport, verify } from '../../commands/verify.ts';
import type { Paint } from '../../report/paint.ts';
import type { CommandSpec, Invocation, Outcome } from '../command.ts';

export const verifyCommand: CommandSpec = {
	name: 'verify',
	summary:
		'Replays the history in a scratch database: each migration up, down, up again, with rows; the end must equal the TypeScript tables.',
	options: { since: { type: 'string', value: '<target>', help: 'this migration and those after it' } },
	examples: [
		['pnpm db:verify', 'the whole history'],
		['pnpm db:verify --since head', 'the last migration only'],
	],
	isOffline: () => true,
	run,
};

async function run({ values, project, paint, terminal }: Invocation): Promise<Outcome> {
	const report = await verify({
		...project,
		...(typeof values.since === 'string' ? { since: values.since } : {}),
		onVerified: (verified) =>
			values.json || (verified.isRight && !values.verbose) || terminal.say(renderVerified(verified, paint)),
	});
	return { text: renderReport(report, paint), json: report, exitCode: report.isRight ? 0 : 3 };
}

function renderVerified({ tag, isRight, problems }: Verified, paint: Paint): string {
	return [
		`${paint.bold(tag)} ${isRight ? 'there and back and there again' : paint.red('fails')}`,
		...problems.map((problem) => `  - ${problem}`),
	].join('\n');
}

function renderReport({ isRight, migrations, differences, notices }: VerifyReport, paint: Paint): string {
	const count = `${migrations.length} ${migrations.length === 1 ? 'migration' : 'migrations'}`;
	if (isRight) {
		const end = notices === undefined ? 'the end equals the TypeScript tables.' : notices.join(' ');
		return `${count} verified: up, down and up again; ${end}`;
	}
	const failed = migrations.find((each) => !each.isRight);
	if (failed !== undefined) return renderVerified(failed, paint);
	return [
		paint.red('The migrations do not end where the TypeScript tables are:'),
		...(differences ?? []).map((each) => `  - ${each}`),
		'Generate what is missing: pnpm db:generate.',
	].join('\n');
}
