import type { ScratchDatabase } from '../../../src/kit/database/scratch/open-scratch-server.ts';
import type { DownFile, Loss } from '../../../src/kit/journal/migration.ts';
import { fillTables } from '../../../src/kit/reverse/fill/fill-tables.ts';
import { readShapes, type TableShape } from '../../../src/kit/reverse/fill/read-table-shapes.ts';
import { openTrial, type Trial } from '../../../src/kit/reverse/open-trial.ts';
import { isTransactional, MigrationSqlFailed } from '../../../src/kit/reverse/run-migration-sql.ts';
import { quoteQualified } from '../../../src/kit/sql/quote-identifier.ts';

/** What happens to rows that the header of the down does not say. An up that rows stand in the way of is nobody's fault. */
export async function tryWithRows(
	database: ScratchDatabase,
	{ up, down }: { readonly up: string; readonly down: DownFile },
): Promise<readonly string[]> {
	const trial = await openTrial(database, {
		ignoreSchemas: [],
		isTransactional: (await isTransactional(up)) && (await isTransactional(down.sql)),
	});
	try {
		const shapes = await readShapes(trial.query, []);
		await fillTables(trial, shapes, shapes.tables, { rows: 'with nulls' });
		const before = await readAll(trial, shapes.tables, down.loses);
		if (await failsOnRows(trial, up)) return [];
		await trial.run(down.sql);
		if (down.reversibility === 'schema-only') return [];
		const after = await readAll(trial, shapes.tables, down.loses);
		return [...before].flatMap(([table, rows]) =>
			rows === after.get(table) ? [] : [`rows of ${table} were ${rows} and are ${after.get(table)}`],
		);
	} catch (error) {
		if (!(error instanceof MigrationSqlFailed)) throw error;
		return isDeclared(down, error) ? [] : [describeFailure(error)];
	} finally {
		await trial.close();
	}
}

/** A rule that comes back is one for the rows that there are, and values that the up threw away may break it: the header says so. */
function isDeclared({ text }: DownFile, { failure }: MigrationSqlFailed): boolean {
	const name = /"([^"]+)"/.exec(failure.message)?.[1] ?? '';
	const isNamed = (line: string) =>
		line.includes(`on rows, the down fails: ${failure.message}`) ||
		(line.startsWith('-- note: fails, changing nothing, while rows break') && line.includes(name));
	return failure.sqlstate?.startsWith('23') === true && text.split('\n').some(isNamed);
}

function describeFailure({ failure }: MigrationSqlFailed): string {
	return `the down fails on rows: ${failure.message} (${failure.statement})`;
}

async function failsOnRows(trial: Trial, up: string): Promise<boolean> {
	try {
		await trial.run(up);
		return false;
	} catch (error) {
		if (error instanceof MigrationSqlFailed) return true;
		throw error;
	}
}

async function readAll(
	trial: Trial,
	tables: readonly TableShape[],
	loses: readonly Loss[],
): Promise<ReadonlyMap<string, string>> {
	const read = new Map<string, string>();
	for (const table of tables) {
		const name = quoteQualified(table.schema, table.name);
		const named = loses.filter((loss) => loss.schema === table.schema && loss.table === table.name);
		if (named.some(({ kind }) => kind === 'table')) continue;
		if (loses.some(({ subject }) => subject === `values in rows of ${name}`)) continue;
		const lost = named.flatMap(({ column }) => (column === undefined ? [] : [column]));
		const { rows } = await trial.query(`SELECT to_jsonb(t.*) - $1::text[] AS content FROM ONLY ${name} t`, [
			lost,
		]);
		read.set(
			name,
			rows
				.map(({ content }) => JSON.stringify(content))
				.sort()
				.join(' '),
		);
	}
	return read;
}
