import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildKit } from '../harness/build-kit.ts';
import { repository } from '../harness/repository.ts';

/** A folder of a torture's own, with the command line as one program, since starting it from TypeScript a hundred times would take all the time there is. */
export interface Stage {
	readonly folder: string;
	/** Makes a folder in it, in which packages resolve, and writes files. */
	makeProject(name: string, files: Readonly<Record<string, string>>): string;
	/** Starts `drizzle-companion …` in a project. */
	start(args: readonly string[], run: ProgramRun): RunningProgram;
	remove(): void;
}

export interface ProgramRun {
	readonly cwd: string;
	readonly url: string;
	/** The process is killed when it takes longer. Milliseconds; default two minutes. */
	readonly limit?: number;
}

export interface RunningProgram {
	readonly child: ChildProcess;
	readonly ended: Promise<ProgramResult>;
}

export interface ProgramResult {
	/** Absent when a signal ended it. */
	readonly exitCode: number | undefined;
	readonly stdout: string;
	readonly stderr: string;
	/** True: it took longer than its limit. */
	readonly isHung: boolean;
}

/** Builds the command line. The caller removes the stage. */
export async function openStage(): Promise<Stage> {
	const folder = realpathSync(mkdtempSync(join(tmpdir(), 'companion-torture-')));
	symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
	writeFileSync(join(folder, 'package.json'), '{ "name": "torture", "private": true, "type": "module" }\n');
	await buildKit(join(folder, 'program'));
	return {
		folder,
		makeProject: (name, files) => makeProject(join(folder, name), files),
		start: (args, run) => start(join(folder, 'program/dist/bin.js'), args, run),
		remove: () => rmSync(folder, { recursive: true, force: true }),
	};
}

function makeProject(root: string, files: Readonly<Record<string, string>>): string {
	for (const [path, text] of Object.entries(files)) {
		mkdirSync(dirname(join(root, path)), { recursive: true });
		writeFileSync(join(root, path), text);
	}
	return root;
}

const kept = /^(?:PATH|HOME|TMPDIR|LANG|USER)$/;

function start(
	program: string,
	args: readonly string[],
	{ cwd, url, limit = 120_000 }: ProgramRun,
): RunningProgram {
	const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => kept.test(name)));
	const child = spawn(process.execPath, [program, ...args], {
		cwd,
		env: { ...env, DATABASE_URL: url, SHADOW_DATABASE_URL: url },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const output = { stdout: '', stderr: '' };
	child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
	child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
	let isHung = false;
	const timer = setTimeout(() => {
		isHung = true;
		child.kill('SIGKILL');
	}, limit);
	const ended = new Promise<ProgramResult>((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (exitCode) => {
			clearTimeout(timer);
			resolve({ ...output, exitCode: exitCode ?? undefined, isHung });
		});
	});
	return { child, ended };
}
