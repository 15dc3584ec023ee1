import type { Session } from '../database/session.ts';
import { quoteLiteral } from '../sql/quote-identifier.ts';

/** Under these settings the text of every value reads back as the same value. */
const PLAIN: Readonly<Record<string, string>> = {
	datestyle: 'ISO',
	intervalstyle: 'postgres',
	extra_float_digits: '1',
	bytea_output: 'hex',
	// The two steps of a way there and back may be run from machines in different zones.
	timezone: 'UTC',
	array_nulls: 'on',
	row_security: 'off',
	transform_null_equals: 'off',
	work_mem: '64MB',
};

/**
 * Does something in the open transaction with values printed so that they read back unchanged, and with an error instead of silence
 * where row-level security would hide rows. The session's own settings hold again afterwards.
 */
export async function withPlainFormats<Result>(
	session: Session,
	work: () => Promise<Result>,
): Promise<Result> {
	const names = Object.keys(PLAIN);
	const [[before] = []] = await session.run(
		`SELECT ${names.map((name) => `current_setting('${name}') AS ${name}`).join(', ')}`,
	);
	await session.run(set(PLAIN));
	const result = await work();
	await session.run(set(before ?? {}));
	return result;
}

function set(settings: Readonly<Record<string, string | null>>): string {
	const calls = Object.entries(settings).map(
		([name, value]) => `set_config('${name}', ${quoteLiteral(value ?? '')}, true)`,
	);
	return `SELECT ${calls.join(', ')}`;
}
