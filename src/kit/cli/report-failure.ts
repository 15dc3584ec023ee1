import { CompanionError } from '../errors.ts';
import type { Paint } from '../report/paint.ts';
import { renderError } from '../report/render-error.ts';
import { errorJson } from '../report/render-json.ts';
import type { CommandSpec } from './command.ts';
import { hidePasswords } from './hide-passwords.ts';
import { renderUsage } from './render-help.ts';
import { asTyped } from './spelling.ts';

export interface Failure {
	readonly command: CommandSpec;
	readonly isJson: boolean;
	readonly paint: Paint;
}

/** Prints why a command failed, for people on stderr and, where it was asked for, as a document on stdout; gives the exit code. */
export function reportFailure(error: unknown, { command, isJson, paint }: Failure): number {
	const known = error instanceof CompanionError ? error : unexpected(error);
	if (isJson) process.stdout.write(`${forPeople(JSON.stringify(errorJson(known), undefined, 2))}\n`);
	process.stderr.write(`${forPeople(renderError(known, paint))}\n`);
	if (known.code === 'USAGE') process.stderr.write(`${renderUsage(command)}\n`);
	if (!(error instanceof CompanionError))
		process.stderr.write(`${hidePasswords((error as Error)?.stack ?? String(error))}\n`);
	if (known.code === 'USAGE') return 2;
	return known.code === 'INTERRUPTED' ? Number(process.exitCode ?? 130) : 1;
}

/** A bug of ours: it is shown with its stack. */
function unexpected(error: unknown): CompanionError {
	return new CompanionError(
		'UNEXPECTED',
		`Something went wrong that should not: ${(error as Error)?.message ?? String(error)}`,
		{
			hint: 'This is a bug of Drizzle Companion. Please report it with the lines above and below.',
			cause: error,
		},
	);
}

/** An error's text; it may repeat what was typed, a URL with its password too. */
function forPeople(text: string): string {
	return hidePasswords(asTyped(text));
}
