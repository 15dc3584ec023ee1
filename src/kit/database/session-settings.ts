import { quoteIdentifier, quoteLiteral } from '../sql/quote-identifier.ts';
import type { Session } from './session.ts';

/**
 * A client that is killed frees its locks half a second later, instead of when its statement ends. Servers that cannot watch a
 * socket (not on Linux) refuse the setting: then they keep their default.
 */
export const watchClientStatement = `DO $$ BEGIN PERFORM set_config('client_connection_check_interval', '500ms', false); EXCEPTION WHEN OTHERS THEN NULL; END $$`;

/** The same for a server that is known to take it: a small part of the cost. */
export const setWatchStatement = `SET client_connection_check_interval = '500ms'`;

/**
 * The statements that bring a session back to how it is now, whatever is SET in between: for a connection that is somebody else's,
 * who may have set things before.
 * @throws SqlFailure
 */
export async function rememberSettings(session: Session): Promise<readonly string[]> {
	const [[who] = [], rows = []] = await session.run(
		`SELECT session_user AS login, current_setting('role') AS role;
		SELECT name, pg_catalog.current_setting(name) AS setting FROM pg_catalog.pg_settings WHERE source = 'session'`,
	);
	const { login, role } = who ?? {};
	const remembered = rows.filter(({ name }) => !ownedByTransaction.has(name ?? ''));
	return [
		// The setting cannot be read back as "unset": a login that was taken on is taken on again.
		`SET SESSION AUTHORIZATION ${quoteIdentifier(login ?? '')}`,
		role === 'none' ? 'RESET ROLE' : `SET ROLE ${quoteIdentifier(role ?? '')}`,
		resetOthers(remembered.map(({ name }) => name ?? '')),
		...remembered.map(
			({ name, setting }) =>
				`SELECT pg_catalog.set_config(${quoteLiteral(name ?? '')}, ${quoteLiteral(setting ?? '')}, false)`,
		),
	];
}

/** Not RESET ALL, which would also empty what an application defines for itself (`app.tenant`) and no list shows. */
function resetOthers(remembered: readonly string[]): string {
	const spared = [...remembered, ...ownedByTransaction].map(quoteLiteral).join(', ');
	const body = `DECLARE setting text; BEGIN
	FOR setting IN SELECT name FROM pg_catalog.pg_settings WHERE source = 'session' AND name NOT IN (${spared}) LOOP
		EXECUTE 'RESET ' || (SELECT string_agg(quote_ident(part), '.') FROM unnest(string_to_array(setting, '.')) AS part);
	END LOOP; END`;
	return `DO ${quoteLiteral(body)}`;
}

const ownedByTransaction: ReadonlySet<string> = new Set([
	'transaction_isolation',
	'transaction_read_only',
	'transaction_deferrable',
]);
