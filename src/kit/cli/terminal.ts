import { styleText } from 'node:util';
import { CompanionError } from '../errors.ts';
import type { ProgressEvent } from '../progress.ts';
import type { Brush, Paint } from '../report/paint.ts';

/** Where a command talks to people: progress and questions, on stderr. */
export interface Terminal {
	/** A line, above the live one. */
	say(line: string): void;
	/** Shows progress: one live line on a terminal, plain lines in a pipe. */
	show(event: ProgressEvent): void;
	/** Names the database, as the first line; progress shown before waits for it in a pipe. */
	nameDatabase(label: string): void;
	/** Wipes the live line. In a pipe, prints what still waits. */
	clear(): void;
	/** Absent where nobody can answer. */
	readonly ask?: (question: string) => Promise<string>;
}

/** The terminal of this process. `signal` ends a question that waits. */
export function openTerminal({ signal }: { readonly signal: AbortSignal }): Terminal {
	const { stdin, stderr } = process;
	const isLive = stderr.isTTY === true;
	let hasLiveLine = false;
	let waiting: string[] | undefined = [];
	const clear = () => {
		if (hasLiveLine) stderr.write('\r\u001b[2K');
		hasLiveLine = false;
		stderr.write((waiting ?? []).map((line) => `${line}\n`).join(''));
		waiting = undefined;
	};
	const nameDatabase = (label: string) => {
		waiting?.unshift(label);
		if (waiting === undefined) stderr.write(`${label}\n`);
		clear();
	};
	const show = throttle((line: string) => {
		if (!isLive) return void (waiting === undefined ? stderr.write(`${line}\n`) : waiting.push(line));
		clear();
		stderr.write(line.slice(0, (stderr.columns ?? 80) - 1));
		hasLiveLine = true;
	}, isLive);
	const say = (line: string) => {
		clear();
		stderr.write(`${line}\n`);
	};
	if (!stdin.isTTY || !isLive) return { say, show, nameDatabase, clear };
	const ask = async (question: string) => {
		clear();
		const { createInterface } = await import('node:readline/promises');
		const lines = createInterface({ input: stdin, output: stderr });
		// While a line is read, the terminal sends keys and no signals.
		lines.on('SIGINT', () => process.emit('SIGINT'));
		const left = new Promise<never>((_resolve, reject) => lines.once('close', () => reject(unanswered())));
		try {
			return await Promise.race([lines.question(question, { signal }), left]);
		} catch (cause) {
			stderr.write('\n');
			throw unanswered(cause);
		} finally {
			lines.close();
		}
	};
	return { say, show, nameDatabase, clear, ask };
}

function unanswered(cause?: unknown): CompanionError {
	return new CompanionError('INTERRUPTED', 'Stopped on request: the question was not answered.', { cause });
}

/** Countable work in a pipe prints a line now and then, not a thousand; the last one always. */
function throttle(write: (line: string) => void, isLive: boolean): (event: ProgressEvent) => void {
	let last = 0;
	return ({ message, current, total }) => {
		const now = performance.now();
		const isCounted = current !== undefined && total !== undefined && total > 20;
		if (isCounted && current + 1 < total && now - last < (isLive ? 50 : 2_000)) return;
		last = now;
		write(
			total === undefined || current === undefined
				? `${message} …`
				: `[${current + 1}/${total}] ${message} …`,
		);
	};
}

/** Colours for a stream; none where `NO_COLOR`, `--no-color` or a pipe forbids them. `FORCE_COLOR` wins over the pipe. */
export function openPaint(
	stream: NodeJS.WriteStream,
	{ isForbidden }: { readonly isForbidden: boolean },
): Paint {
	const isOn =
		!isForbidden && !process.env.NO_COLOR && (isForced(process.env.FORCE_COLOR) || stream.isTTY === true);
	const brush = (style: Parameters<typeof styleText>[0]): Brush =>
		isOn ? (text) => styleText(style, text, { validateStream: false }) : (text) => text;
	return {
		bold: brush('bold'),
		dim: brush('dim'),
		red: brush('red'),
		green: brush('green'),
		yellow: brush('yellow'),
		cyan: brush('cyan'),
	};
}

function isForced(value: string | undefined): boolean {
	return value !== undefined && value !== '0' && value !== 'false';
}
