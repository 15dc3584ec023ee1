import { basename } from 'node:path';
import { type Advice, adviseCommands, describeSituation, type Situation } from '../adopt/advise-commands.ts';
import { type PackageManager, spellBinary, spellScript } from '../adopt/package-manager.ts';
import { type Edits, type FileChange, planEdits } from '../adopt/plan-edits.ts';
import { writeEdits } from '../adopt/write-edits.ts';
import { loadConfig } from '../config/load-config.ts';
import { CompanionError } from '../errors.ts';
import type { ProjectOptions } from './project-options.ts';
import { readSituation } from './read-situation.ts';

export interface InitOptions extends ProjectOptions {
	/** Change the files without being asked. */
	readonly yes?: boolean;
	/** Stops after planning. */
	readonly only?: 'plan';
	/** Asks whether to change the files; absent where nobody can answer. */
	readonly confirm?: (plan: InitPlan) => Promise<boolean>;
}

export interface InitPlan {
	readonly packageManager: PackageManager;
	readonly changes: readonly FileChange[];
	/** What is left to the user, one sentence each. */
	readonly notices: readonly string[];
	/** Where the project stands, in a sentence. */
	readonly situation: string;
	/** The two commands that come next, as they are typed in this project. */
	readonly next: readonly { readonly command: string; readonly why: string }[];
}

export interface InitReport extends InitPlan {
	/** False where only a plan was asked for, or nothing was left to change. */
	readonly isChanged: boolean;
}

/**
 * Adopts a project that already uses Drizzle on PostgreSQL: adds `db:*` scripts, the `companion` export and a line in
 * `.gitignore`, never writing over what is there. A second run changes nothing.
 * @throws CompanionError `CONFIG_INVALID` without Drizzle, or on another dialect; `CONFIRMATION_REQUIRED` when nobody says yes
 */
export async function init(options: InitOptions = {}): Promise<InitReport> {
	const config = await loadConfig(options);
	if (config.file === undefined) throw notDrizzle(config.root);
	const edits = planEdits(config, config.file);
	const situation = await readSituation(config, options);
	const plan = describePlan(edits, situation);
	if (options.only === 'plan' || edits.files.length === 0) return { ...plan, isChanged: false };
	await seekConsent(plan, options);
	const undone = await writeEdits(edits, options);
	return { ...plan, notices: [...plan.notices, ...undone], isChanged: true };
}

function notDrizzle(root: string): CompanionError {
	return new CompanionError(
		'CONFIG_INVALID',
		`There is no drizzle.config.ts, .js, .mjs or .json in ${root}.`,
		{
			hint: 'Run the command in the folder of your drizzle.config.ts. A project without Drizzle begins at https://orm.drizzle.team/docs/get-started.',
		},
	);
}

function describePlan({ packageManager, files, notices, scripts }: Edits, situation: Situation): InitPlan {
	const spell = ({ command, args, why }: Advice) => ({
		command: scripts.includes(command)
			? spellScript(packageManager, command, args)
			: spellBinary(packageManager, command, args),
		why,
	});
	return {
		packageManager,
		changes: files.map(({ file, added }) => ({ file, added })),
		notices,
		situation: describeSituation(situation),
		next: adviseCommands(situation).map(spell),
	};
}

async function seekConsent(plan: InitPlan, { yes, confirm }: InitOptions): Promise<void> {
	if (yes || (await confirm?.(plan))) return;
	const files = plan.changes.map(({ file }) => basename(file));
	const list = new Intl.ListFormat('en').format(files);
	throw new CompanionError(
		'CONFIRMATION_REQUIRED',
		confirm === undefined
			? `${list} would be changed, and there is no terminal to ask on.`
			: `You did not say yes: ${list} stay as they are.`,
		{
			hint: 'Nothing was changed. To see what would be: npx drizzle-companion init --plan; to do it: npx drizzle-companion init --yes.',
			details: { changes: plan.changes },
		},
	);
}
