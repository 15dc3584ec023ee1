import { writeFileSync } from 'node:fs';
import { type CheckReport, check } from '../../commands/check.ts';
import { CompanionError } from '../../errors.ts';
import { renderFindings } from '../../report/render-findings.ts';
import type { CommandSpec, Invocation, Outcome } from '../command.ts';

export const checkCommand: CommandSpec = {
	name: 'check',
	summary:
		'Checks journal, files, snapshots, the TypeScript schema and the ways back, and lints migrations with measured locks. Exits 3 when it finds an error.',
	options: {
		database: { type: 'boolean', help: 'also compare the ledger, and look for drift' },
		since: {
			type: 'string',
			value: '<target>',
			help: 'lint the migrations after this one; base for all (default: the last one, with --database the pending ones)',
		},
		strict: { type: 'boolean', help: 'exit 3 on warnings too' },
		'no-measure': {
			type: 'boolean',
			help: 'do not run the migrations in a scratch database to see what they lock',
		},
		sarif: { type: 'boolean', help: 'print a SARIF 2.1.0 document for code scanning' },
		output: {
			type: 'string',
			value: '<file>',
			help: 'write the --json or --sarif document to this file instead',
		},
	},
	examples: [
		['pnpm db:check', 'in a pre-commit hook: everything, and the last migration linted'],
		['pnpm db:check --since base', 'lint all migrations'],
		['pnpm db:check --database --strict', 'before a deploy'],
		['pnpm db:check --sarif --output check.sarif', 'for code scanning'],
	],
	isOffline: ({ database }) => database !== true,
	run,
};

async function run({ values, project, paint, terminal }: Invocation): Promise<Outcome> {
	const { since, output } = values;
	refuseContradictions(values);
	const report = await check({
		...project,
		database: values.database === true,
		measure: values['no-measure'] !== true,
		...(typeof since === 'string' ? { since } : {}),
	});
	const root = process.cwd();
	const sarif = values.sarif ? await composeSarif(report, root) : undefined;
	const text = relativeTo(root, renderFindings(report, { paint, verbose: values.verbose === true }));
	const annotations = process.env.GITHUB_ACTIONS ? await annotate(report, root) : '';
	const exitCode = isFailed(report, values.strict === true) ? 3 : 0;
	if (typeof output === 'string') {
		writeFileSync(output, `${sarif ?? JSON.stringify(report, undefined, 2)}\n`);
		return { text: joinLines(text, annotations), json: report, exitCode };
	}
	const isDocument = sarif !== undefined || values.json === true;
	// A document must stand alone on stdout; GitHub reads its commands from stderr as well.
	if (isDocument && annotations !== '') terminal.say(annotations);
	return { text: sarif ?? joinLines(text, annotations), json: report, exitCode };
}

function refuseContradictions({ sarif, json, output }: Invocation['values']): void {
	if (sarif && json) throw new CompanionError('USAGE', '--sarif and --json ask for two documents at once.');
	if (output !== undefined && !sarif && !json)
		throw new CompanionError(
			'USAGE',
			'--output says where, and --sarif or --json what: give one of them too.',
		);
}

async function composeSarif(report: CheckReport, root: string): Promise<string> {
	const { findingsSarif } = await import('../../report/findings-sarif.ts');
	return JSON.stringify(findingsSarif({ ...report, root }), undefined, 2);
}

async function annotate({ findings }: CheckReport, root: string): Promise<string> {
	const { renderAnnotations } = await import('../../report/render-annotations.ts');
	return renderAnnotations(findings, root);
}

function isFailed({ errors, warnings }: CheckReport, isStrict: boolean): boolean {
	return errors > 0 || (isStrict && warnings > 0);
}

function joinLines(...parts: readonly string[]): string {
	return parts.filter((part) => part !== '').join('\n');
}

function relativeTo(root: string, text: string): string {
	return text.replaceAll(`${root}/`, '');
}
