import { CompanionError } from '../errors.ts';

/** The error for a connection that could not be made: what the server or the network said, and what to do about it. */
export function unreachable(label: string, cause: unknown): CompanionError {
	const { code, message } = cause as { code?: string; message: string };
	const [what, hint] = explain(label, code, message);
	return new CompanionError('DATABASE_UNREACHABLE', what, {
		hint,
		details: { database: label, reason: code ?? message },
		cause,
	});
}

const unverified =
	/^(?:UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|CERT_|ERR_TLS_CERT_ALTNAME_INVALID)/;

function explain(label: string, code: string | undefined, message: string): readonly [string, string] {
	if (unverified.test(code ?? ''))
		return [
			`The certificate of ${label} cannot be trusted: ${message}.`,
			'Name its authority in DATABASE_URL (?sslmode=verify-full&sslrootcert=ca.crt) and the host as the certificate does. ?sslmode=no-verify encrypts without asking who answers.',
		];
	if (code === '28000' && message.includes('no encryption'))
		return [
			`${label} refused the login: ${message}.`,
			'It may want encryption: add ?sslmode=verify-full to DATABASE_URL, or ?sslmode=no-verify where nobody vouches for its certificate.',
		];
	switch (code) {
		case '28P01':
		case '28000':
			return [
				`${label} refused the login: ${message}.`,
				'Check user and password in DATABASE_URL; percent-encode special characters of the password.',
			];
		case '3D000':
			return [
				`${label}: ${message}.`,
				'Create the database first (`createdb`), or mend its name in DATABASE_URL.',
			];
		case 'ECONNREFUSED':
			return [
				`Nothing answers at ${label}: the connection was refused.`,
				'Start PostgreSQL there, or mend host and port in DATABASE_URL.',
			];
		case 'ENOTFOUND':
		case 'EAI_AGAIN':
			return [`The host of ${label} is not known.`, 'Mend the host in DATABASE_URL.'];
		case '53300':
			return [
				`${label} takes no more connections: ${message}.`,
				'Close some, or raise max_connections, then run the command again.',
			];
		default:
			return [
				`${label} cannot be reached: ${message || code || 'no answer'}.`,
				'Check DATABASE_URL, and that PostgreSQL runs there and can be reached from here.',
			];
	}
}
