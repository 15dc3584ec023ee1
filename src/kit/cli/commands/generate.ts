import type { GenerateReport } from '../../commands/generate-report.ts';
import { startDrizzleKit } from '../../generate/open-drizzle-kit.ts';
import type { AskRename } from '../../generate/resolve-renames.ts';
import { generateJson, renderGenerate } from '../../report/render-generate.ts';
import type { CommandSpec, Invocation, Outcome } from '../command.ts';
import { keepFirstCode } from '../keep-first-code.ts';

export const generateCommand: CommandSpec = {
	name: 'generate',
	summary:
		'Makes the next migration from the TypeScript tables, and its way back; both are proven in a scratch database.',
	options: {
		message: { type: 'string', short: 'm', value: '<text>', help: 'what it does; the tag is made from it' },
		name: { type: 'string', value: '<name>', help: 'the tag behind its number, as it stands' },
		rename: {
			type: 'string',
			multiple: true,
			value: '<old=new>',
			help: 'users.name=users.full_name; =users.full_name is new, users.name= is dropped',
		},
		custom: { type: 'boolean', help: 'write an empty migration for hand-written SQL' },
		safe: {
			type: 'boolean',
			help: 'several migrations that do not stop the application: indexes CONCURRENTLY, constraints NOT VALID and then validated, rows filled in batches',
		},
		'keep-up': { type: 'boolean', help: "keep drizzle-kit's SQL although it fails, and exit 1" },
	},
	examples: [
		['pnpm db:generate -m "add nickname to users"', '0001_add_nickname_to_users.sql and .down.sql'],
		['pnpm db:generate --rename users.name=users.full_name', 'a rename, answered beforehand'],
		[
			'pnpm db:generate --safe -m "index emails"',
			'one migration, or a series where one would stop the application',
		],
		['pnpm db:generate --custom -m "fill nicknames"', 'write the SQL yourself, then pnpm db:reverse'],
	],
	isOffline: () => true,
	run,
};

async function run({ values, project, paint, terminal }: Invocation): Promise<Outcome> {
	// Loading drizzle-kit takes longest: it begins before anything else is loaded.
	startDrizzleKit(process.cwd());
	keepFirstCode();
	const { generate } = await import('../../commands/generate.ts');
	const report = await generate({
		...project,
		...(typeof values.message === 'string' ? { message: values.message } : {}),
		...(typeof values.name === 'string' ? { name: values.name } : {}),
		renames: (values.rename ?? []) as readonly string[],
		custom: values.custom === true,
		safe: values.safe === true,
		keepUp: values['keep-up'] === true,
		...(terminal.ask === undefined || values.json ? {} : { ask: askWith(terminal.ask) }),
	});
	return toOutcome(report, { paint });
}

function toOutcome(report: GenerateReport, { paint }: Pick<Invocation, 'paint'>): Outcome {
	return { text: renderGenerate(report, paint), json: generateJson(report) };
}

/** Numbered answers: 0 is new, the others are what it was called before. */
function askWith(ask: (question: string) => Promise<string>): AskRename {
	return async ({ kind, created, candidates }) => {
		const choices = [
			`  0  it is new`,
			...candidates.map((candidate, index) => `  ${index + 1}  it was ${candidate}`),
		];
		for (;;) {
			const answer = await ask(
				`Is the ${kind} ${created} new, or was it renamed?\n${choices.join('\n')}\n> `,
			);
			const number = Number(answer.trim());
			if (answer.trim() !== '' && Number.isInteger(number) && number >= 0 && number <= candidates.length)
				return candidates[number - 1];
		}
	};
}
