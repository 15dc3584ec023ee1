import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import { parseStatements, SqlSyntaxError, type Statement } from '../sql/parse-statements.ts';

/**
 * SQL without the creation of roles that are there already: roles belong to the whole server, so that what one scratch
 * database created stands in the way of the next. Every offset stays as it was.
 */
export async function skipExistingRoles(database: ScratchDatabase, sql: string): Promise<string> {
	if (!/\bcreate\s+(role|user|group)\b/i.test(sql)) return sql;
	const { rows } = await database.query('SELECT rolname FROM pg_roles');
	const roles = new Set(rows.map(({ rolname }) => rolname as string));
	const statements = await parseWhatParses(sql);
	return statements
		.filter(({ kind, node }) => kind === 'CreateRoleStmt' && roles.has(node.role))
		.reduce(blankStatement, sql);
}

/** SQL that does not parse is run as it is: the error then says where and why. */
async function parseWhatParses(sql: string): Promise<readonly Statement[]> {
	try {
		return await parseStatements(sql);
	} catch (error) {
		if (error instanceof SqlSyntaxError) return [];
		throw error;
	}
}

function blankStatement(sql: string, { start, end }: Statement): string {
	return sql.slice(0, start) + sql.slice(start, end).replace(/[^\n]/g, ' ') + sql.slice(end);
}
