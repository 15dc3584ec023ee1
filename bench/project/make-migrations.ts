/** One migration of a bench project, as every tool is given it. */
export interface BenchMigration {
	readonly index: number;
	/** `0007_add_c3_to_t2` */
	readonly tag: string;
	/** Epoch milliseconds. */
	readonly when: number;
	readonly up: string;
	readonly down: string;
	/** How many text columns each table has after it, by the table's number. */
	readonly shape: readonly number[];
}

/**
 * Small migrations in a row: the first `tables` create a table each, the others add a column to one of them in turn, so that the number of
 * tables stays the same while the number of migrations grows.
 */
export function makeMigrations(count: number, { tables = 20 } = {}): readonly BenchMigration[] {
	const shape: number[] = [];
	return Array.from({ length: count }, (_, index) => {
		const table = index % tables;
		const column = (shape[table] ?? -1) + 1;
		shape[table] = column;
		return {
			index,
			tag: `${String(index).padStart(4, '0')}_${column === 0 ? `create_t${table}` : `add_c${column}_to_t${table}`}`,
			when: firstWhen + index * 1_000,
			...statements(table, column),
			shape: [...shape],
		};
	});
}

/** The same history in fewer migrations, which lead to the same tables. */
export function squash(migrations: readonly BenchMigration[], count: number): readonly BenchMigration[] {
	const size = Math.ceil(migrations.length / count);
	const separator = '\n--> statement-breakpoint\n';
	return Array.from({ length: count }, (_, index) => {
		const part = migrations.slice(index * size, (index + 1) * size);
		return {
			index,
			tag: `${String(index).padStart(4, '0')}_squashed`,
			when: firstWhen + index * 1_000,
			up: part.map(({ up }) => up).join(separator),
			down: part
				.toReversed()
				.map(({ down }) => down)
				.join(separator),
			shape: part.at(-1)?.shape ?? [],
		};
	});
}

/** Tables alone, a hundred in each migration: one transaction can only lock so many. */
export function makeTables(count: number): readonly BenchMigration[] {
	const [perMigration, columns] = [100, 8];
	const shape = Array.from({ length: count }, () => columns);
	return Array.from({ length: Math.ceil(count / perMigration) }, (_, index) => {
		const tables = shape.slice(index * perMigration, (index + 1) * perMigration);
		const place = (offset: number) => index * perMigration + offset;
		const names = Array.from({ length: columns }, (_, column) => `\t"c${column + 1}" text`).join(',\n');
		return {
			index,
			tag: `${String(index).padStart(4, '0')}_tables`,
			when: firstWhen + index * 1_000,
			up: tables
				.map(
					(_, offset) =>
						`CREATE TABLE "t${place(offset)}" (\n\t"id" serial PRIMARY KEY NOT NULL,\n${names}\n);\n`,
				)
				.join('--> statement-breakpoint\n'),
			down: tables.map((_, offset) => `DROP TABLE "t${place(offset)}";`).join('\n--> statement-breakpoint\n'),
			shape,
		};
	});
}

const firstWhen = 1_750_000_000_000;

function statements(table: number, column: number): { readonly up: string; readonly down: string } {
	return column === 0
		? {
				up: `CREATE TABLE "t${table}" (\n\t"id" serial PRIMARY KEY NOT NULL\n);\n`,
				down: `DROP TABLE "t${table}";`,
			}
		: {
				up: `ALTER TABLE "t${table}" ADD COLUMN "c${column}" text;`,
				down: `ALTER TABLE "t${table}" DROP COLUMN "c${column}";`,
			};
}
