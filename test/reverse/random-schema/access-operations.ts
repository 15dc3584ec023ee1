import { quoteIdentifier } from '../../../src/kit/sql/quote-identifier.ts';
import { onOne, quoteName, type WeightedOperations } from './operation.ts';
import type { Random } from './random.ts';
import type { OnTable, Present, Relation } from './read-present.ts';

const tables = ({ tables }: Present) => tables;
const policies = ({ policies }: Present) => policies;

/** Who may see and change what: policies and grants. */
export const accessOperations: WeightedOperations = [
	[1, onOne(tables, createPolicy)],
	[0.6, onOne(policies, (policy) => `DROP POLICY ${namePolicy(policy)}`)],
	[0.4, onOne(policies, (policy) => `ALTER POLICY ${namePolicy(policy)} RENAME TO p3`)],
	[0.8, onOne(tables, grant)],
	[0.4, onOne(tables, (table, random) => `REVOKE ALL ON ${quoteName(table)} FROM ${pickRole(random)}`)],
];

function createPolicy(table: Relation, random: Random): string {
	const column = quoteIdentifier(random.pick(table.columns)?.name ?? 'id');
	const condition = random.oneOf('true', `${column} IS NOT NULL`);
	const command = random.oneOf('', 'FOR SELECT ');
	return `CREATE POLICY ${random.oneOf('p1', 'p2')} ON ${quoteName(table)} ${command}USING (${condition})`;
}

function namePolicy({ schema, table, name }: OnTable): string {
	return `${quoteIdentifier(name)} ON ${quoteName({ schema, name: table })}`;
}

function grant(table: Relation, random: Random): string {
	const column = quoteIdentifier(random.pick(table.columns)?.name ?? 'id');
	const privileges = random.oneOf('SELECT', 'INSERT, UPDATE', 'ALL', `SELECT (${column})`);
	return `GRANT ${privileges} ON ${quoteName(table)} TO ${pickRole(random)}`;
}

/** Roles that every server has. */
function pickRole(random: Random): string {
	return random.oneOf('PUBLIC', 'pg_monitor');
}
