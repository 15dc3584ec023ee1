import { readEnvironment } from '../config/read-environment.ts';
import { CompanionError } from '../errors.ts';
import type { CommandSpec, Outcome } from './command.ts';
import { loadCommand } from './commands.ts';
import { nameRuntime } from './name-runtime.ts';
import { parseArguments } from './parse-arguments.ts';
import { renderHelp } from './render-help.ts';
// Not when something has failed: Ctrl-C reaches the compiler, too, from which a module would have to come.
import { reportFailure } from './report-failure.ts';
import { catchSignals } from './signals.ts';
import { asTyped } from './spelling.ts';
import { openPaint, openTerminal } from './terminal.ts';

/**
 * Runs one command of the command line: the only function that knows there is a process.
 * Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 a check found something, 130 and 143 stopped by a signal.
 */
export async function main(name: string, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
	guardStreams();
	nameRuntime();
	const command = await loadCommand(name);
	const isJson = argv.includes('--json');
	const paint = openPaint(process.stderr, { isForbidden: argv.includes('--no-color') });
	try {
		await run(command, argv);
	} catch (error) {
		process.exitCode = reportFailure(error, { command, isJson, paint });
	}
}

async function run(command: CommandSpec, argv: readonly string[]): Promise<void> {
	const { target, targets, values } = parseArguments(command, argv);
	if (values.help) return void process.stdout.write(`${renderHelp(command)}\n`);
	// As drizzle-kit's own command line does: schema files and pg read the environment too.
	Object.assign(process.env, readEnvironment(process.cwd()));
	const signals = catchSignals();
	const terminal = openTerminal({ signal: signals.signal });
	if (command.isOffline?.(values)) terminal.clear();
	const paint = openPaint(process.stdout, { isForbidden: values['no-color'] === true });
	const project = {
		...optional('url', values.url),
		...optional('config', values.config),
		signal: signals.signal,
		onConnect: terminal.nameDatabase,
		onProgress: terminal.show,
	};
	try {
		const outcome = await command.run({ target, targets, values, project, paint, terminal });
		terminal.clear();
		print(outcome, values.json === true);
	} catch (error) {
		throw signals.signal.aborted ? asInterrupted(error) : error;
	} finally {
		terminal.clear();
		signals.release();
	}
}

/** Ctrl-C reaches the programs that a command has started, too: what they leave undone is no fault of the project's. */
function asInterrupted(error: unknown): CompanionError {
	if (error instanceof CompanionError && error.code === 'INTERRUPTED') return error;
	const end = error instanceof Error ? error.message : String(error);
	return new CompanionError('INTERRUPTED', `Stopped on request. What was under way ended with: ${end}`, {
		hint: 'Run the command again: it begins where this one has stopped.',
		details: error instanceof CompanionError ? error.details : {},
		cause: error,
	});
}

function print(outcome: Outcome, isJson: boolean): void {
	process.exitCode = outcome.exitCode ?? 0;
	if (outcome.isPrinted) return;
	// The one that is not asked for is not even made.
	process.stdout.write(isJson ? `${JSON.stringify(outcome.json, undefined, 2)}\n` : asLines(outcome.text));
}

function asLines(text: string): string {
	return text === '' ? '' : `${asTyped(text)}\n`;
}

function optional(name: string, value: unknown): Record<string, string> {
	return typeof value === 'string' ? { [name]: value } : {};
}

/** stdout carries the result and nothing else: what configuration or schema files print goes to stderr. A reader that left is no error. */
function guardStreams(): void {
	process.env.DOTENV_CONFIG_QUIET ??= 'true';
	console.log = console.info = console.debug = console.error;
	for (const stream of [process.stdout, process.stderr]) {
		stream.on('error', (error: NodeJS.ErrnoException) => {
			if (error.code !== 'EPIPE') throw error;
			process.exitCode ??= 0;
		});
	}
}
