import { parseProcedures, parseStatements, type Statement, type SyntaxNode } from './parse-statements.ts';
import { findNodes, hasNode } from './walk-nodes.ts';

export interface NonTransactional {
	readonly statement: Statement;
	/** A clause for a sentence: `VACUUM cannot run inside a transaction block`. */
	readonly why: string;
}

/**
 * The statements of an SQL text that PostgreSQL refuses inside a transaction block, in order; empty when the whole
 * text can run in one transaction.
 * @throws SqlSyntaxError
 */
export async function findNonTransactional(sql: string): Promise<readonly NonTransactional[]> {
	const statements = await parseStatements(sql);
	const found: NonTransactional[] = [];
	for (const [place, statement] of statements.entries()) {
		const command =
			nameCommand(statement) ?? nameEnumUse(statements, place) ?? (await nameCommitInBlock(statement));
		if (command !== undefined) found.push({ statement, why: command });
	}
	return found;
}

function nameCommand({ kind, node }: Statement): string | undefined {
	const command = COMMANDS[kind]?.(node);
	return command ? `${command} cannot run inside a transaction block` : undefined;
}

type NameCommand = (node: SyntaxNode) => string | false | undefined;

const COMMANDS: Readonly<Record<string, NameCommand>> = {
	IndexStmt: (node) => node.concurrent && 'CREATE INDEX CONCURRENTLY',
	DropStmt: (node) => node.concurrent && 'DROP INDEX CONCURRENTLY',
	ReindexStmt: nameReindex,
	VacuumStmt: (node) => node.is_vacuumcmd && 'VACUUM',
	ClusterStmt: (node) => !node.relation && 'CLUSTER of all tables',
	AlterTableStmt: (node) =>
		findNodes(node, 'PartitionCmd').some((command) => command.concurrent) &&
		'ALTER TABLE … DETACH PARTITION … CONCURRENTLY',
	AlterSystemStmt: () => 'ALTER SYSTEM',
	CreatedbStmt: () => 'CREATE DATABASE',
	DropdbStmt: () => 'DROP DATABASE',
	AlterDatabaseStmt: (node) => hasOption(node.options, 'tablespace') && 'ALTER DATABASE … SET TABLESPACE',
	CreateTableSpaceStmt: () => 'CREATE TABLESPACE',
	DropTableSpaceStmt: () => 'DROP TABLESPACE',
	CreateSubscriptionStmt: (node) =>
		!isOff(node.options, 'connect') &&
		!isOff(node.options, 'create_slot') &&
		'CREATE SUBSCRIPTION with a slot',
	DropSubscriptionStmt: () => 'DROP SUBSCRIPTION',
	DiscardStmt: (node) => node.target === 'DISCARD_ALL' && 'DISCARD ALL',
	TransactionStmt: (node) => TRANSACTION_CONTROL[node.kind],
};

const TRANSACTION_CONTROL: Readonly<Record<string, string>> = {
	TRANS_STMT_BEGIN: 'BEGIN',
	TRANS_STMT_START: 'START TRANSACTION',
	TRANS_STMT_COMMIT: 'COMMIT',
	TRANS_STMT_ROLLBACK: 'ROLLBACK',
	TRANS_STMT_PREPARE: 'PREPARE TRANSACTION',
	TRANS_STMT_COMMIT_PREPARED: 'COMMIT PREPARED',
	TRANS_STMT_ROLLBACK_PREPARED: 'ROLLBACK PREPARED',
};

function nameReindex(node: SyntaxNode): string | undefined {
	if (hasOption(node.params, 'concurrently') && !isOff(node.params, 'concurrently'))
		return 'REINDEX CONCURRENTLY';
	const isWhole = /_(SCHEMA|SYSTEM|DATABASE)$/.test(node.kind ?? '');
	return isWhole ? 'REINDEX of a whole schema or database' : undefined;
}

function hasOption(options: readonly SyntaxNode[] | undefined, name: string): boolean {
	return (options ?? []).some((option) => option.DefElem?.defname === name);
}

function isOff(options: readonly SyntaxNode[] | undefined, name: string): boolean {
	const option = (options ?? []).find(({ DefElem }) => DefElem?.defname === name)?.DefElem?.arg;
	const value =
		option?.String?.sval ?? option?.Boolean?.boolval ?? (option?.Integer ? option.Integer.ival : undefined);
	return ['false', 'off', 'no', '0'].includes(String(value ?? (option ? 'false' : 'on')).toLowerCase());
}

/** A value added to an enum that existed before the transaction cannot be used before it commits (55P04). */
function nameEnumUse(statements: readonly Statement[], place: number): string | undefined {
	const { kind, node } = statements[place] as Statement;
	if (kind !== 'AlterEnumStmt' || node.newVal === undefined || node.oldVal !== undefined) return undefined;
	const type = nameOf(node.typeName);
	const isCreatedHere = statements
		.slice(0, place)
		.some((earlier) => earlier.kind === 'CreateEnumStmt' && nameOf(earlier.node.typeName) === type);
	if (isCreatedHere || !statements.slice(place + 1).some((later) => usesValue(later, node.newVal)))
		return undefined;
	return `the value '${node.newVal}' of enum ${type} is used later, which PostgreSQL allows only after a commit`;
}

function nameOf(names: readonly SyntaxNode[] | undefined): string {
	return (names ?? [])
		.map((name) => name.String?.sval)
		.filter((name) => name !== 'public')
		.join('.');
}

function usesValue({ kind, node }: Statement, value: string): boolean {
	if (kind === 'AlterEnumStmt' || kind === 'CommentStmt') return false;
	return (
		hasNode(node, 'String', ({ sval }) => sval === value || String(sval).includes(`'${value}'`)) ||
		hasNode(node, 'sval', ({ sval }) => sval === value)
	);
}

async function nameCommitInBlock({ kind, text }: Statement): Promise<string | undefined> {
	if (kind !== 'DoStmt' || !/\b(?:commit|rollback)\b/i.test(text)) return undefined;
	const blocks = await parseProcedures(text);
	const commits = ['PLpgSQL_stmt_commit', 'PLpgSQL_stmt_rollback'].some((name) => hasNode(blocks, name));
	return commits ? 'a DO block with COMMIT or ROLLBACK cannot run inside a transaction block' : undefined;
}
