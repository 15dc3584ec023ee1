import type { ProjectOptions } from '../commands/project-options.ts';
import type { Paint } from '../report/paint.ts';
import type { Terminal } from './terminal.ts';

/** An option of the command line, with its help. */
export interface OptionSpec {
	readonly type: 'string' | 'boolean';
	readonly short?: string;
	readonly multiple?: boolean;
	/** What stands for the value in help: `<postgres url>`. */
	readonly value?: string;
	readonly help: string;
}

/** What a user asked for. */
export interface Invocation {
	/** The positional argument, where one was given. */
	readonly target: string | undefined;
	/** All of them, for commands that take several. */
	readonly targets: readonly string[];
	readonly values: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
	/** What every command takes: configuration, progress, the signal. */
	readonly project: ProjectOptions & { readonly signal: AbortSignal };
	readonly paint: Paint;
	readonly terminal: Terminal;
}

/** What a command gives to be printed. */
export interface Outcome {
	readonly text: string;
	readonly json: unknown;
	/** 3: a check found something. */
	readonly exitCode?: 0 | 1 | 3;
	/** True: the command has printed its result itself, while it ran. */
	readonly isPrinted?: boolean;
}

/** A command of the command line. */
export interface CommandSpec {
	readonly name: string;
	/** One sentence. */
	readonly summary: string;
	/** The positional argument: `<target>` is required, `[target]` is not, `[target…]` may be repeated. */
	readonly positional?: string;
	readonly options: Readonly<Record<string, OptionSpec>>;
	/** Commands to type, with what they do. */
	readonly examples: readonly (readonly [string, string])[];
	/** True where no database is connected to: progress need not wait until one is named. Default: there is one. */
	readonly isOffline?: (values: Invocation['values']) => boolean;
	readonly run: (invocation: Invocation) => Promise<Outcome>;
}
