import type { Session } from '../database/session.ts';
import { SqlFailure } from '../database/sql-failure.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/quote-identifier.ts';
import { keptSchema, quoteTable, storeTable } from './kept-schema.ts';
import type { TableFacts } from './read-table.ts';
import { secludeStore } from './seclude-store.ts';

/**
 * Moves a table that is about to be dropped to `drizzle_kept`, with its rows and without anything else, and leaves an empty one
 * under its name for the statement that drops it. Nothing is copied.
 * @returns false, with nothing changed, when something depends on the table
 */
export async function moveAside(session: Session, table: TableFacts, store: string): Promise<boolean> {
	if (await hasDependents(session, table)) return false;
	const name = quoteTable(table);
	const sequences = table.columns.flatMap(({ sequence, identity }) =>
		sequence === null || identity !== '' ? [] : [sequence],
	);
	const statements = [
		...(await listParts(session, table)),
		...table.columns
			.filter(({ identity }) => identity !== '')
			.map((column) => `ALTER TABLE ${name} ALTER COLUMN ${quoteIdentifier(column.name)} DROP IDENTITY`),
		...table.columns
			.filter(({ hasDefault }) => hasDefault)
			.map((column) => `ALTER TABLE ${name} ALTER COLUMN ${quoteIdentifier(column.name)} DROP DEFAULT`),
		...sequences.map((sequence) => `DROP SEQUENCE IF EXISTS ${sequence}`),
		`ALTER TABLE ${name} DISABLE ROW LEVEL SECURITY`,
		`ALTER TABLE ${name} NO FORCE ROW LEVEL SECURITY`,
		`ALTER TABLE ${name} RENAME TO ${quoteIdentifier(store)}`,
		`ALTER TABLE ${quoteTable({ schema: table.schema, table: store })} SET SCHEMA ${keptSchema}`,
		`CREATE TABLE ${name} ()`,
	];
	await session.run(statements.join(';\n'));
	await secludeStore(session, store);
	await session.run(`COMMENT ON TABLE ${storeTable(store)} IS NULL`);
	return true;
}

/** PostgreSQL itself says whether something depends on the table: it refuses to drop it. */
async function hasDependents(session: Session, table: TableFacts): Promise<boolean> {
	await session.run('SAVEPOINT companion_keep');
	try {
		await session.run(`DROP TABLE ${quoteTable(table)} RESTRICT`);
		return false;
	} catch (error) {
		if (!(error instanceof SqlFailure) || error.sqlState !== '2BP01') throw error;
		return true;
	} finally {
		await leave(session);
	}
}

/** A session that is lost has nothing to leave; that error is on its way already. */
async function leave(session: Session): Promise<void> {
	await session
		.run('ROLLBACK TO SAVEPOINT companion_keep; RELEASE SAVEPOINT companion_keep')
		.catch((error: unknown) => {
			if (!(error instanceof SqlFailure) || !error.isConnectionLost) throw error;
		});
}

/** Foreign keys first, then the other constraints and indexes: their names are free for the table that comes back. */
async function listParts(session: Session, table: TableFacts): Promise<readonly string[]> {
	const name = quoteLiteral(quoteTable(table));
	const [rows = []] = await session.run(`SELECT statement FROM (
		SELECT 1 AS place, format('ALTER TABLE %s DROP CONSTRAINT %I', ${name}, conname) AS statement FROM pg_constraint WHERE conrelid = ${table.oid} AND contype = 'f'
		UNION ALL SELECT 2, format('ALTER TABLE %s DROP CONSTRAINT %I', ${name}, conname) FROM pg_constraint WHERE conrelid = ${table.oid} AND contype IN ('p', 'u', 'x', 'c')
		UNION ALL SELECT 3, format('DROP INDEX %s', i.indexrelid::regclass) FROM pg_index i
			WHERE i.indrelid = ${table.oid} AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.indexrelid AND o.contype IN ('p', 'u', 'x'))
		UNION ALL SELECT 4, format('DROP TRIGGER %I ON %s', tgname, ${name}) FROM pg_trigger WHERE tgrelid = ${table.oid} AND NOT tgisinternal
		UNION ALL SELECT 5, format('DROP POLICY %I ON %s', polname, ${name}) FROM pg_policy WHERE polrelid = ${table.oid}
	) s ORDER BY place`);
	return rows.map(({ statement }) => statement ?? '');
}
