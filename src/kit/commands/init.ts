import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { type Advice, adviseCommands, describeSituation, type Situation } from '../adopt/advise-commands.ts';
import {
	findPackageManager,
	type PackageManager,
	spellBinary,
	spellInstall,
	spellScript,
} from '../adopt/package-manager.ts';
import { planConfigExport } from '../adopt/plan-config-export.ts';
import { planGitignore } from '../adopt/plan-gitignore.ts';
import { planScripts } from '../adopt/plan-scripts.ts';
import type { Config } from '../config/config.ts';
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

/** A file that is written, and what is new in it, line by line. */
export interface FileChange {
	/** Absolute. */
	readonly file: string;
	readonly added: readonly string[];
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

interface Edit extends FileChange {
	readonly text: string;
	/** Absent: the file is new. */
	readonly before?: string;
}

interface Edits {
	readonly packageManager: PackageManager;
	readonly files: readonly Edit[];
	readonly notices: readonly string[];
	/** Commands for which there is a script. */
	readonly scripts: readonly string[];
	readonly configFile: string;
}

function planEdits({ root }: Config, configFile: string): Edits {
	const manifest = readText(join(root, 'package.json'));
	const scripts = planManifest(join(root, 'package.json'), manifest);
	const { packageManager: field, name } = (manifest === undefined ? {} : JSON.parse(manifest)) as Record<
		string,
		unknown
	>;
	const packageManager = findPackageManager(root, field);
	const isInstalled = name === 'drizzle-companion' || canResolve(root);
	const exported = planExport(configFile, isInstalled);
	const ignored = planIgnore(join(root, '.gitignore'));
	return {
		packageManager,
		files: [...scripts.files, ...exported.files, ...ignored],
		notices: [
			...(isInstalled
				? []
				: [
						`The package is not installed in this project yet, and the scripts need it: ${spellInstall(packageManager)}`,
					]),
			...scripts.notices,
			...exported.notices,
		],
		scripts: scripts.ours,
		configFile,
	};
}

function canResolve(root: string): boolean {
	try {
		createRequire(join(root, 'package.json')).resolve('drizzle-companion/package.json');
		return true;
	} catch {
		return false;
	}
}

function planManifest(file: string, before: string | undefined) {
	if (before === undefined) {
		const notices = [
			`There is no package.json beside the configuration file: type npx drizzle-companion <command>.`,
		];
		return { files: [], notices, ours: [] };
	}
	const { text, added, kept, ours } = planScripts(file, before);
	const scripts = (JSON.parse(text) as { scripts?: Record<string, string> }).scripts ?? {};
	return {
		files:
			added.length === 0
				? []
				: [{ file, text, before, added: added.map((name) => `"${name}": "${scripts[name]}"`) }],
		notices: Object.entries(kept).map(
			([name, line]) =>
				`The script ${name} stays as it is (${line}): ours is drizzle-companion ${name.slice(3)}.`,
		),
		ours,
	};
}

function planExport(
	file: string,
	canImport: boolean,
): { files: readonly Edit[]; notices: readonly string[] } {
	const before = readText(file) ?? '';
	const plan = planConfigExport(before, { file, canImport });
	if (plan.kind === 'present') return { files: [], notices: [] };
	if (plan.kind === 'edit')
		return { files: [{ file, text: plan.text, before, added: plan.addition.split(/\r?\n/) }], notices: [] };
	const what = plan.addition === undefined ? '' : ` To change settings, add:\n${plan.addition}`;
	return { files: [], notices: [`${basename(file)} stays as it is: ${plan.reason}.${what}`] };
}

function planIgnore(file: string): readonly Edit[] {
	const before = readText(file);
	const plan = planGitignore(before);
	if (plan === undefined) return [];
	return [{ file, text: plan.text, added: [plan.line], ...(before === undefined ? {} : { before }) }];
}

function readText(file: string): string | undefined {
	return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
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

/** Writes the files. A configuration file that cannot be loaded afterwards gets its old text back, and a notice says so. */
async function writeEdits({ files, configFile }: Edits, options: InitOptions): Promise<readonly string[]> {
	for (const { file, text } of files) writeFileSync(file, text);
	const edited = files.find(({ file }) => file === configFile);
	if (edited?.before === undefined) return [];
	try {
		await loadConfig(options);
		return [];
	} catch (error) {
		writeFileSync(configFile, edited.before);
		return [
			`${basename(configFile)} has its old text back, for with the new lines it could not be loaded (${(error as Error).message}). Add them by hand:\n${edited.added.join('\n')}`,
		];
	}
}
