import { type EntityKind, type EntityPath, isSamePath, listEntities } from './entity.ts';
import type { Snapshot, SnapshotColumn, SnapshotForeignKey, SnapshotTable } from './snapshot.ts';

/** A thing and what it is called from now on. */
export interface Rename {
	readonly kind: EntityKind;
	readonly from: EntityPath;
	readonly to: EntityPath;
}

/**
 * Renames things of one kind all over a snapshot, in place, and gives the SQL that does the same, worded as drizzle-kit
 * words it. Chains (a to b, b to c) are put in order and swaps go through a name in between.
 */
export function applyRenames(snapshot: Snapshot, renames: readonly Rename[]): string[] {
	const statements: string[] = [];
	let waiting = renames.filter(({ from, to }) => !isSamePath(from, to));
	while (waiting.length > 0) {
		const next =
			waiting.find(({ kind, to }) => !isTaken(snapshot, kind, to)) ?? stepAside(waiting[0] as Rename);
		statements.push(...applyRename(snapshot, next));
		waiting = waiting.flatMap((rename) => {
			if (!isSamePath(rename.from, next.from)) return [rename];
			return isSamePath(rename.to, next.to) ? [] : [{ ...rename, from: next.to }];
		});
	}
	return statements;
}

function isTaken(snapshot: Snapshot, kind: EntityKind, path: EntityPath): boolean {
	return listEntities(kind, snapshot).some((other) => isSamePath(other, path));
}

function stepAside({ kind, from }: Rename): Rename {
	return { kind, from, to: [...from.slice(0, -1), `${from.at(-1)}__swap`] };
}

function applyRename(snapshot: Snapshot, { kind, from, to }: Rename): string[] {
	switch (kind) {
		case 'schema':
			return renameSchema(snapshot, from[0] as string, to[0] as string);
		case 'enum':
			return renameEnum(snapshot, from, to);
		case 'sequence':
			snapshot.sequences = rekey(snapshot.sequences, from, to);
			return writeMoveAndRename('SEQUENCE', from, to);
		case 'role':
			return renameRole(snapshot, from[0] as string, to[0] as string);
		case 'table':
			return renameTable(snapshot, from, to);
		case 'column':
			return renameColumn(snapshot, from, to.at(-1) as string);
		case 'policy':
			return renamePolicy(snapshot, from, to.at(-1) as string);
		case 'view': {
			const view = snapshot.views[from.join('.')];
			snapshot.views = rekey(snapshot.views, from, to);
			return writeMoveAndRename(view?.materialized ? 'MATERIALIZED VIEW' : 'VIEW', from, to);
		}
	}
}

function renameSchema(snapshot: Snapshot, from: string, to: string): string[] {
	const move = <Thing extends { schema: string; name: string }>(things: Record<string, Thing>) =>
		Object.fromEntries(
			Object.entries(things).map(([key, thing]) => {
				if (thing.schema !== from) return [key, thing];
				thing.schema = to;
				return [`${to}.${thing.name}`, thing];
			}),
		);
	snapshot.schemas = Object.fromEntries(
		Object.keys(snapshot.schemas).map((name) => (name === from ? [to, to] : [name, name])),
	);
	snapshot.tables = move(snapshot.tables);
	snapshot.enums = move(snapshot.enums);
	snapshot.sequences = move(snapshot.sequences);
	snapshot.views = move(snapshot.views);
	for (const column of listColumns(snapshot)) {
		if (column.typeSchema === from) column.typeSchema = to;
		if (column.identity?.schema === from) column.identity.schema = to;
	}
	for (const key of listForeignKeys(snapshot)) if (key.schemaTo === from) key.schemaTo = to;
	moveLinkedPolicies(snapshot, (schema, table) => (schema === from ? [to, table] : undefined));
	return [`ALTER SCHEMA ${quote(from)} RENAME TO ${quote(to)};\n`];
}

function renameEnum(snapshot: Snapshot, from: EntityPath, to: EntityPath): string[] {
	const [schema, name] = from as [string, string];
	const [newSchema, newName] = to as [string, string];
	snapshot.enums = rekey(snapshot.enums, from, to);
	for (const column of listColumns(snapshot)) {
		if (column.typeSchema !== schema || (column.type !== name && !column.type.startsWith(`${name}[`)))
			continue;
		column.type = newName + column.type.slice(name.length);
		column.typeSchema = newSchema;
	}
	return writeMoveAndRename('TYPE', from, to);
}

function renameRole(snapshot: Snapshot, from: string, to: string): string[] {
	snapshot.roles = Object.fromEntries(
		Object.entries(snapshot.roles).map(([name, role]) =>
			name === from ? [to, { ...role, name: to }] : [name, role],
		),
	);
	const policies = [
		...Object.values(snapshot.tables).map((table) => table.policies ?? {}),
		snapshot.policies,
	];
	for (const policy of policies.flatMap((each) => Object.values(each))) {
		if (policy.to?.includes(from)) policy.to = policy.to.map((role) => (role === from ? to : role)).sort();
	}
	return [`ALTER ROLE ${quote(from)} RENAME TO ${quote(to)};`];
}

function renameTable(snapshot: Snapshot, from: EntityPath, to: EntityPath): string[] {
	const [schema, name] = from as [string, string];
	const [newSchema, newName] = to as [string, string];
	const table = getTable(snapshot, from);
	snapshot.tables = Object.fromEntries(
		Object.entries(snapshot.tables).map(([key, each]) =>
			each === table ? [to.join('.'), each] : [key, each],
		),
	);
	for (const key of Object.values(table.foreignKeys)) key.tableFrom = newName;
	for (const key of listForeignKeys(snapshot)) {
		if (key.tableTo !== name || (key.schemaTo ?? 'public') !== schema) continue;
		key.tableTo = newName;
		if (newSchema === 'public') delete key.schemaTo;
		else key.schemaTo = newSchema;
	}
	for (const column of Object.values(table.columns)) if (column.identity) column.identity.schema = newSchema;
	moveLinkedPolicies(snapshot, (policySchema, policyTable) =>
		policySchema === schema && policyTable === name ? [newSchema, newName] : undefined,
	);
	rewriteExpressions(table, (text) => text.replaceAll(`${quote(name)}.`, `${quote(newName)}.`));
	table.name = newName;
	table.schema = newSchema === 'public' ? '' : newSchema;
	return writeTableMove(from, to);
}

function writeTableMove([schema, name]: EntityPath, [newSchema, newName]: EntityPath): string[] {
	const move = `ALTER TABLE ${quote(schema)}.${quote(name)} SET SCHEMA ${quote(newSchema)};\n`;
	const rename = `ALTER TABLE ${writeTableName(newSchema, name)} RENAME TO ${quote(newName)};`;
	return [...(schema === newSchema ? [] : [move]), ...(name === newName ? [] : [rename])];
}

function renameColumn(snapshot: Snapshot, from: EntityPath, newName: string): string[] {
	const [schema, tableName, name] = from as [string, string, string];
	const table = getTable(snapshot, from);
	const swap = (column: string) => (column === name ? newName : column);
	table.columns = Object.fromEntries(
		Object.entries(table.columns).map(([key, column]) =>
			key === name ? [newName, { ...column, name: newName }] : [key, column],
		),
	);
	for (const index of Object.values(table.indexes))
		for (const column of index.columns) if (!column.isExpression) column.expression = swap(column.expression);
	for (const key of [...Object.values(table.compositePrimaryKeys), ...Object.values(table.uniqueConstraints)])
		key.columns = key.columns.map(swap);
	for (const key of Object.values(table.foreignKeys)) key.columnsFrom = key.columnsFrom.map(swap);
	for (const key of listForeignKeys(snapshot))
		if (key.tableTo === tableName && (key.schemaTo ?? 'public') === schema)
			key.columnsTo = key.columnsTo.map(swap);
	rewriteExpressions(table, (text) => text.replaceAll(quote(name), quote(newName)));
	return [
		`ALTER TABLE ${writeTableName(schema, tableName)} RENAME COLUMN ${quote(name)} TO ${quote(newName)};`,
	];
}

function renamePolicy(snapshot: Snapshot, from: EntityPath, newName: string): string[] {
	const [schema, tableName, name] = from as [string, string, string];
	const table = getTable(snapshot, from);
	table.policies = Object.fromEntries(
		Object.entries(table.policies).map(([key, policy]) =>
			key === name ? [newName, { ...policy, name: newName }] : [key, policy],
		),
	);
	return [`ALTER POLICY ${quote(name)} ON ${writeTableName(schema, tableName)} RENAME TO ${quote(newName)};`];
}

/**
 * PostgreSQL renames inside checks, generated columns and indexes by itself. Where the text after that is what TypeScript
 * says, there is nothing left to do; where it is not, drizzle-kit replaces the object as it would have anyway.
 */
function rewriteExpressions(table: SnapshotTable, rewrite: (text: string) => string): void {
	for (const check of Object.values(table.checkConstraints ?? {})) check.value = rewrite(check.value);
	for (const column of Object.values(table.columns))
		if (column.generated) column.generated.as = rewrite(column.generated.as);
	for (const index of Object.values(table.indexes)) {
		if (index.where !== undefined) index.where = rewrite(index.where);
		for (const column of index.columns)
			if (column.isExpression) column.expression = rewrite(column.expression);
	}
}

/** Policies of tables that are not in the schema files name their table as `"schema"."table"`. */
function moveLinkedPolicies(
	snapshot: Snapshot,
	move: (schema: string, table: string) => [string, string] | undefined,
): void {
	for (const policy of Object.values(snapshot.policies)) {
		const [, schema, table] = /^"(.*)"\."(.*)"$/.exec(policy.on ?? '') ?? [];
		const moved = schema === undefined || table === undefined ? undefined : move(schema, table);
		if (moved === undefined) continue;
		policy.schema = moved[0];
		policy.on = `"${moved[0]}"."${moved[1]}"`;
	}
}

function rekey<Thing extends { schema: string; name: string }>(
	things: Record<string, Thing>,
	from: EntityPath,
	to: EntityPath,
): Record<string, Thing> {
	const [schema, name] = to as [string, string];
	return Object.fromEntries(
		Object.entries(things).map(([key, thing]) =>
			thing.schema === from[0] && thing.name === from[1]
				? [`${schema}.${name}`, { ...thing, schema, name }]
				: [key, thing],
		),
	);
}

function writeMoveAndRename(
	keyword: string,
	[schema, name]: EntityPath,
	[newSchema, newName]: EntityPath,
): string[] {
	const move = `ALTER ${keyword} ${quote(schema)}.${quote(name)} SET SCHEMA ${quote(newSchema)};`;
	const rename = `ALTER ${keyword} ${quote(newSchema)}.${quote(name)} RENAME TO ${quote(newName)};`;
	return [...(schema === newSchema ? [] : [move]), ...(name === newName ? [] : [rename])];
}

function getTable(snapshot: Snapshot, [schema, name]: EntityPath): SnapshotTable {
	const table = Object.values(snapshot.tables).find(
		(each) => (each.schema || 'public') === schema && each.name === name,
	);
	if (table === undefined) throw new Error(`the snapshot has no table ${schema}.${name}`);
	return table;
}

function listColumns(snapshot: Snapshot): SnapshotColumn[] {
	const owners = [...Object.values(snapshot.tables), ...Object.values(snapshot.views)];
	return owners.flatMap((owner) => Object.values(owner.columns ?? {}));
}

function listForeignKeys(snapshot: Snapshot): SnapshotForeignKey[] {
	return Object.values(snapshot.tables).flatMap((table) => Object.values(table.foreignKeys));
}

/** drizzle-kit writes tables of `public` without their schema. */
export function writeTableName(schema: string | undefined, name: string | undefined): string {
	return schema === undefined || schema === 'public' || schema === ''
		? quote(name)
		: `${quote(schema)}.${quote(name)}`;
}

/** Always in quotes, as drizzle-kit writes names. */
export function quote(name: string | undefined): string {
	return `"${(name ?? '').replaceAll('"', '""')}"`;
}
