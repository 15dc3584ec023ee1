import type { Session } from '../database/session.ts';
import type { Progress } from '../ledger/read-progress.ts';
import type { Statement } from '../sql/parse-statements.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/quote-identifier.ts';

/**
 * Clears what an earlier attempt at a statement left half done, an invalid index of a concurrent build, and looks whether an attempt
 * that nobody saw the end of did the work.
 * @returns `done` when the statement must not run again
 */
export async function prepareAgain(
	session: Session,
	statement: Statement,
	{ isUncertain }: Pick<Progress, 'isUncertain'>,
): Promise<'done' | 'again'> {
	await dropInvalidIndex(session, statement);
	return isUncertain && (await isDone(session, statement)) ? 'done' : 'again';
}

async function dropInvalidIndex(session: Session, { kind, node }: Statement): Promise<void> {
	if (kind !== 'IndexStmt' || !node.concurrent || !node.idxname) return;
	const index = await findIndex(session, node.idxname, node.relation);
	if (index === undefined || index.isValid) return;
	await session.run(
		`DROP INDEX CONCURRENTLY ${quoteIdentifier(index.schema)}.${quoteIdentifier(node.idxname)}`,
	);
}

async function isDone(session: Session, { kind, node }: Statement): Promise<boolean> {
	if (kind === 'IndexStmt' && node.concurrent && node.idxname)
		return (await findIndex(session, node.idxname, node.relation)) !== undefined;
	if (kind === 'DropStmt' && node.concurrent) return await areDropped(session, node.objects ?? []);
	if (kind === 'AlterEnumStmt' && node.newVal && !node.oldVal)
		return await hasEnumValue(session, node.typeName, node.newVal);
	if (kind === 'CreatedbStmt') return await hasDatabase(session, node.dbname);
	return kind === 'DropdbStmt' && !(await hasDatabase(session, node.dbname));
}

interface RelationName {
	readonly schemaname?: string;
	readonly relname: string;
}

interface FoundIndex {
	readonly schema: string;
	readonly isValid: boolean;
}

async function findIndex(
	session: Session,
	name: string,
	table: RelationName,
): Promise<FoundIndex | undefined> {
	const qualifiedTable = [table.schemaname, table.relname]
		.filter((part) => part !== undefined)
		.map(quoteIdentifier)
		.join('.');
	const [[index] = []] = await session.run(
		`SELECT n.nspname AS schema, i.indisvalid AS valid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE i.indrelid = to_regclass(${quoteLiteral(qualifiedTable)}) AND c.relname = ${quoteLiteral(name)}`,
	);
	return index === undefined ? undefined : { schema: index.schema ?? '', isValid: index.valid === 't' };
}

interface NameList {
	readonly List: { readonly items: readonly { readonly String: { readonly sval: string } }[] };
}

async function areDropped(session: Session, objects: readonly NameList[]): Promise<boolean> {
	const names = objects.map(({ List }) =>
		List.items.map((name) => quoteIdentifier(name.String.sval)).join('.'),
	);
	const [[found] = []] = await session.run(
		`SELECT ${names.map((name) => `to_regclass(${quoteLiteral(name)}) IS NOT NULL`).join(' OR ')} AS found`,
	);
	return found?.found !== 't';
}

async function hasEnumValue(
	session: Session,
	typeName: readonly { readonly String: { readonly sval: string } }[],
	value: string,
): Promise<boolean> {
	const type = typeName.map((name) => quoteIdentifier(name.String.sval)).join('.');
	return await isThere(
		session,
		`SELECT FROM pg_enum WHERE enumtypid = to_regtype(${quoteLiteral(type)}) AND enumlabel = ${quoteLiteral(value)}`,
	);
}

async function hasDatabase(session: Session, name: string): Promise<boolean> {
	return await isThere(session, `SELECT FROM pg_database WHERE datname = ${quoteLiteral(name)}`);
}

async function isThere(session: Session, query: string): Promise<boolean> {
	const [rows = []] = await session.run(query);
	return rows.length > 0;
}
