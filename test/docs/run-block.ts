import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../harness/repository.ts';
import { runProgram, type ScriptResult } from '../harness/run-script.ts';
import { typeOnTerminal } from '../harness/type-on-terminal.ts';
import { checkDocument } from './check-document.ts';
import { compareOutput } from './compare-output.ts';
import type { Prepared } from './prepare-project.ts';
import type { Block } from './read-page.ts';
import { type } from './type.ts';
import { writeFiles } from './write-files.ts';

/**
 * Does with a block what its reader would: types the commands of `sh` and `console`, and compares what `console` shows; writes, and
 * runs, TypeScript and JavaScript; parses YAML, JSON and Dockerfiles and runs the commands in them; compares SQL with the file that it quotes.
 * @throws Error when something fails, and when nothing was there to try
 */
export async function runBlock(block: Block, project: Prepared): Promise<void> {
	const notes = new Map(block.notes);
	const unknown = [...notes.keys()].filter((name) => !known.has(name));
	if (unknown.length > 0) throw new Error(`unknown note: ${unknown.join(', ')}`);
	const before = notes.get('before');
	if (before !== undefined) await type(before, project);
	if (notes.has('file')) writeFiles(project.root, { [notes.get('file') ?? '']: block.text });
	const run = runners[block.language];
	if (run === undefined) throw new Error(`nobody knows how to try a block of '${block.language}'`);
	await run(block, project, notes);
	const after = notes.get('after');
	if (after !== undefined) await type(after, project);
}

const known = new Set([
	'project',
	'skip',
	'exits',
	'answers',
	'file',
	'insert',
	'stands',
	'run',
	'types',
	'before',
	'after',
	'quotes',
]);

type Notes = ReadonlyMap<string, string>;
type Runner = (block: Block, project: Prepared, notes: Notes) => Promise<void> | void;

const runners: Readonly<Record<string, Runner>> = {
	sh: runShell,
	bash: runShell,
	console: runConsole,
	ts: runModule,
	js: runModule,
	sql: runSql,
	yaml: checkDocument,
	json: ({ text }) => void JSON.parse(text),
	dockerfile: checkDocument,
};

async function runShell({ text }: Block, project: Prepared, notes: Notes): Promise<void> {
	const count = countCommands(project);
	const wanted = Number(notes.get('exits') ?? 0);
	const result = await runProgram('bash', ['-euo', 'pipefail', '-c', text], {
		cwd: project.root,
		env: project.env,
	});
	if (result.exitCode !== wanted)
		throw new Error(`exits with ${result.exitCode}, not ${wanted}:\n${say(result)}`);
	if (countCommands(project) === count) throw new Error('runs no command');
}

async function runConsole({ text }: Block, project: Prepared, notes: Notes): Promise<void> {
	const parts = text.split(/^\$ /m);
	if (parts[0] !== '' || parts.length < 2) throw new Error('a console block begins with $ and a command');
	for (const [index, part] of parts.slice(1).entries()) {
		const [command = '', ...shown] = part.split('\n');
		const count = countCommands(project);
		const isLast = index === parts.length - 2;
		const answers = isLast ? notes.get('answers') : undefined;
		const result =
			answers === undefined
				? await runProgram('bash', ['-euo', 'pipefail', '-c', command], {
						cwd: project.root,
						env: project.env,
					})
				: await typeOnTerminal(command, answers.split(' '), { cwd: project.root, env: project.env });
		if (countCommands(project) === count) throw new Error(`runs no command: ${command}`);
		const wanted = isLast ? Number(notes.get('exits') ?? 0) : 0;
		if (result.exitCode !== wanted)
			throw new Error(`${command} exits with ${result.exitCode}, not ${wanted}:\n${say(result)}`);
		compareOutput(shown.join('\n'), result);
	}
}

async function runModule({ text, language }: Block, project: Prepared, notes: Notes): Promise<void> {
	const insert = notes.get('insert');
	if (insert !== undefined) return insertInto(project, insert, text);
	const file = notes.get('file') ?? `example.${language}`;
	writeFiles(project.root, { [file]: text });
	if (notes.has('types')) return;
	const until = notes.get('run');
	const program = language === 'ts' ? [join(repository, 'node_modules/tsx/dist/cli.mjs'), file] : [file];
	if (until) return await runUntil(program, until, project);
	const result = await runProgram(process.execPath, program, { cwd: project.root, env: project.env });
	if (result.exitCode !== 0) throw new Error(`exits with ${result.exitCode}:\n${say(result)}`);
}

/** A server: it is stopped when it has said what is expected, and must end by itself then. */
async function runUntil(args: readonly string[], text: string, { root, env }: Prepared): Promise<void> {
	const pattern = new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
	const result = await runProgram(process.execPath, args, {
		cwd: root,
		env,
		signalOn: { pattern, signal: 'SIGTERM' },
	});
	if (!pattern.test(result.stdout + result.stderr)) throw new Error(`never says '${text}':\n${say(result)}`);
}

/** `path after text`: the block stands behind the line that holds this text. */
function insertInto(project: Prepared, place: string, text: string): void {
	const [, path = '', mark = ''] = /^(\S+) after (.+)$/s.exec(place) ?? [];
	const lines = readFileSync(join(project.root, path), 'utf8').split('\n');
	const index = lines.findIndex((line) => line.includes(mark));
	if (index === -1) throw new Error(`${path} has no '${mark}'`);
	lines.splice(index + 1, 0, text.trimEnd());
	writeFiles(project.root, { [path]: lines.join('\n') });
}

async function runSql({ text }: Block, project: Prepared, notes: Notes): Promise<void> {
	const quoted = notes.get('quotes');
	if (quoted === undefined) return await type(`psql <<'END_OF_SQL'\n${text}\nEND_OF_SQL`, project);
	const file = join(project.root, quoted);
	if (!existsSync(file)) throw new Error(`there is no ${quoted}`);
	compareOutput(text, { stdout: readFileSync(file, 'utf8'), stderr: '', exitCode: 0 });
}

function countCommands({ env }: Prepared): number {
	const log = env.DOCS_LOG as string;
	return existsSync(log) ? readFileSync(log, 'utf8').split('\n').length : 0;
}

function say({ stdout, stderr }: ScriptResult): string {
	return `${stdout}\n${stderr}`.trim();
}
