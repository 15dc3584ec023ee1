import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import type { Config } from '../config/config.ts';
import { findPackageManager, type PackageManager, spellInstall } from './package-manager.ts';
import { planConfigExport } from './plan-config-export.ts';
import { planGitignore } from './plan-gitignore.ts';
import { planScripts } from './plan-scripts.ts';

/** A file that is written, and what is new in it, line by line. */
export interface FileChange {
	/** Absolute. */
	readonly file: string;
	readonly added: readonly string[];
}

/** A change with the whole text. */
interface Edit extends FileChange {
	readonly text: string;
	/** Absent: the file is new. */
	readonly before?: string;
}

/** What `init` would change. */
export interface Edits {
	readonly packageManager: PackageManager;
	readonly files: readonly Edit[];
	readonly notices: readonly string[];
	/** Commands for which there is a script. */
	readonly scripts: readonly string[];
	readonly configFile: string;
}

/** Plans the scripts, the `companion` export and the line in `.gitignore`, beside what is there. Writes nothing. */
export function planEdits({ root }: Pick<Config, 'root'>, configFile: string): Edits {
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
