import { fork } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Config, ConnectionSettings } from '../config/config.ts';
import { type Environment, readEnvironment } from '../config/read-environment.ts';
import { CompanionError } from '../errors.ts';

/** The TypeScript that drizzle-kit writes. */
export interface PulledFiles {
	readonly schema: string;
	readonly relations: string;
}

export interface PullJob {
	readonly config: Pick<Config, 'root' | 'schemaFilter' | 'tablesFilter' | 'extensionsFilters'>;
	readonly settings: ConnectionSettings;
	/** drizzle-kit's `introspect`, as it stands in the configuration file. */
	readonly introspect: unknown;
	/** An empty folder inside the project; the caller removes it. */
	readonly folder: string;
	readonly signal?: AbortSignal;
}

/**
 * Has drizzle-kit read a database into TypeScript.
 * @throws CompanionError `CONFIG_INVALID` when it is not installed, `GENERATE_FAILED` with what it printed, `INTERRUPTED`
 */
export async function runDrizzleKitPull(job: PullJob): Promise<PulledFiles> {
	const out = join(job.folder, 'out');
	const configFile = join(job.folder, 'drizzle.config.cjs');
	writeFileSync(configFile, `module.exports = JSON.parse(process.env.${variable});\n`);
	const environment = {
		...readEnvironment(job.config.root),
		[variable]: JSON.stringify(describeJob(job, out)),
	};
	const { exitCode, output } = await runProgram(
		[findDrizzleKit(job.config.root), 'pull', `--config=${configFile}`],
		environment,
		job,
	);
	if (job.signal?.aborted) throw interrupted(job.signal.reason);
	if (exitCode !== 0 || !existsSync(join(out, 'schema.ts'))) throw failed(output);
	const read = (name: string) => (existsSync(join(out, name)) ? readFileSync(join(out, name), 'utf8') : '');
	return { schema: read('schema.ts'), relations: read('relations.ts') };
}

/** Arguments of a process are open to everybody on the machine; its environment is not. */
const variable = 'COMPANION_PULL';

function describeJob({ config, settings, introspect }: PullJob, out: string): object {
	const { schemaFilter, tablesFilter, extensionsFilters } = config;
	return {
		dialect: 'postgresql',
		out,
		dbCredentials: settings,
		schemaFilter,
		...(tablesFilter.length === 0 ? {} : { tablesFilter }),
		...(extensionsFilters.length === 0 ? {} : { extensionsFilters }),
		...(introspect === undefined ? {} : { introspect }),
	};
}

function findDrizzleKit(root: string): string {
	try {
		return join(dirname(createRequire(join(root, 'package.json')).resolve('drizzle-kit')), 'bin.cjs');
	} catch (cause) {
		throw new CompanionError('CONFIG_INVALID', 'drizzle-kit is not installed in this project.', {
			hint: 'Install it as a development dependency, and run the command again.',
			cause,
		});
	}
}

interface Ending {
	readonly exitCode: number | null;
	readonly output: string;
}

async function runProgram(
	[program, ...args]: readonly [string, ...string[]],
	env: Environment,
	{ config, signal }: PullJob,
): Promise<Ending> {
	const child = fork(program, args, {
		cwd: config.root,
		env,
		execArgv: [],
		stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
		...(signal === undefined ? {} : { signal }),
	});
	let output = '';
	for (const stream of [child.stdout, child.stderr])
		stream?.setEncoding('utf8').on('data', (text: string) => {
			output = (output + text).slice(-20_000);
		});
	return await new Promise((resolve, reject) => {
		child.on('error', (error) => (error.name === 'AbortError' ? undefined : reject(error)));
		child.on('close', (exitCode) => resolve({ exitCode, output }));
	});
}

function failed(output: string): CompanionError {
	const lines = stripVTControlCharacters(output)
		.split('\n')
		.filter((line) => line.trim() !== '' && !/^\[|^Reading config|^Pulling from|^Using /.test(line.trim()));
	return new CompanionError(
		'GENERATE_FAILED',
		`drizzle-kit could not read the database:\n${lines.slice(-15).join('\n')}`,
		{
			hint: 'Nothing was written. `npx drizzle-kit pull` fails in the same way; a tablesFilter in drizzle.config.ts can leave a table out.',
			details: { output: lines.slice(-15) },
		},
	);
}

function interrupted(cause: unknown): CompanionError {
	return new CompanionError('INTERRUPTED', 'Stopped on request: nothing was written.', { cause });
}
