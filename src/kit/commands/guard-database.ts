import type { Session } from '../database/session.ts';
import { CompanionError } from '../errors.ts';

/** How the user agrees to something dangerous on a database that is not local. */
export interface GuardOptions {
	/** Agreed beforehand. */
	readonly yes?: boolean;
	/** Asks for the database's name; absent where nobody can answer. */
	readonly askDatabaseName?: (label: string, action: string) => Promise<string>;
}

/**
 * Lets `action` pass on a local database; elsewhere wants the database's name typed, or `yes`.
 * @throws CompanionError `CONFIRMATION_REQUIRED`
 */
export async function guardDatabase(
	session: Session,
	action: string,
	{ yes, askDatabaseName }: GuardOptions,
): Promise<void> {
	if (yes || isLocal(session.host)) return;
	if (askDatabaseName === undefined) {
		throw new CompanionError(
			'CONFIRMATION_REQUIRED',
			`${session.label} is not on this machine, and there is no terminal to ask whether to ${action} there.`,
			{
				hint: 'Nothing was changed. If you mean it, add --yes.',
				details: { database: session.label, action },
			},
		);
	}
	if ((await askDatabaseName(session.label, action)).trim() === session.database) return;
	throw new CompanionError(
		'CONFIRMATION_REQUIRED',
		`The name typed is not ${session.database}: nothing was changed.`,
		{
			hint: 'Type the name of the database to go on.',
			details: { database: session.label, action },
		},
	);
}

/** The loopback addresses, and Unix sockets, whose host is a folder. */
function isLocal(host: string): boolean {
	return (
		host === '' ||
		host === 'localhost' ||
		host.startsWith('/') ||
		/^127(\.\d+){1,3}$/.test(host) ||
		host === '::1' ||
		host === '[::1]'
	);
}
