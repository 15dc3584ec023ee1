/**
 * drizzle-kit's snapshot (version 7) of tables `t0`, `t1`, …, each with an `id` and as many text columns as its number in the shape says.
 * @param shape undefined entries are tables that do not exist yet
 */
export function composeSnapshot(index: number, shape: readonly number[]): string {
	const tables = Object.fromEntries(
		shape.map((columns, table) => [`public.t${table}`, composeTable(table, columns)]),
	);
	return JSON.stringify({
		id: identify(index),
		prevId: identify(index - 1),
		version: '7',
		dialect: 'postgresql',
		tables,
		enums: {},
		schemas: {},
		sequences: {},
		roles: {},
		policies: {},
		views: {},
		_meta: { columns: {}, schemas: {}, tables: {} },
	});
}

/** The first snapshot's predecessor is drizzle-kit's own: all zeros. */
function identify(index: number): string {
	return `00000000-0000-0000-0000-${String(index + 1).padStart(12, '0')}`;
}

function composeTable(table: number, columns: number) {
	const texts = Array.from({ length: columns }, (_, place) => `c${place + 1}`);
	return {
		name: `t${table}`,
		schema: '',
		columns: {
			id: { name: 'id', type: 'serial', primaryKey: true, notNull: true },
			...Object.fromEntries(
				texts.map((name) => [name, { name, type: 'text', primaryKey: false, notNull: false }]),
			),
		},
		indexes: {},
		foreignKeys: {},
		compositePrimaryKeys: {},
		uniqueConstraints: {},
		policies: {},
		checkConstraints: {},
		isRLSEnabled: false,
	};
}
