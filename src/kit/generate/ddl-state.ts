import { ORIGIN_ID, type Snapshot, type SnapshotColumn, type SnapshotTable } from './snapshot.ts';

type SnapshotNamed = Snapshot['enums'][string];
type SnapshotPolicy = Snapshot['policies'][string];
type SnapshotView = Snapshot['views'][string];

/** One thing in a schema, as drizzle-kit 1.0 keeps it: flat, with the names of what it belongs to. */
export interface DdlEntity {
	readonly entityType: string;
	readonly name: string;
	readonly schema?: string;
	readonly table?: string;
	readonly [field: string]: unknown;
}

/** A whole schema, as `drizzle-kit/api-postgres` of 1.0 takes and gives it. */
export interface DdlState {
	readonly version: string;
	readonly dialect: string;
	readonly id: string;
	readonly prevIds: readonly string[];
	readonly ddl: readonly DdlEntity[];
	/** Only of a schema that was made from nothing: what each statement touches, for drizzle-kit to compare branches by. */
	readonly footprints?: readonly unknown[];
}

/** The schema of an empty database. */
export const EMPTY_STATE: DdlState = {
	version: '9',
	dialect: 'postgres',
	id: ORIGIN_ID,
	prevIds: [],
	ddl: [],
};

/**
 * A state of drizzle-kit 1.0 as a snapshot of 0.x, as far as names, owners and equality go; the state itself goes with it, and is what
 * drizzle-kit is given. Indexes and constraints have no place of their own: they are `parts` of their table.
 */
export function toSnapshot(state: DdlState): Snapshot {
	const pick = (type: string) => state.ddl.filter(({ entityType }) => entityType === type);
	const tables = pick('tables');
	return {
		id: state.id,
		prevId: state.prevIds[0] ?? ORIGIN_ID,
		version: state.version,
		dialect: state.dialect,
		tables: Object.fromEntries(tables.map((table) => [keyOf(table), toTable(table, state.ddl)])),
		enums: keyed<SnapshotNamed>(pick('enums')),
		schemas: Object.fromEntries(pick('schemas').map(({ name }) => [name, name])),
		sequences: keyed<SnapshotNamed>(pick('sequences')),
		roles: Object.fromEntries(pick('roles').map((role) => [role.name, { ...role }])),
		policies: Object.fromEntries(
			pick('policies')
				.filter((policy) => !tables.some((table) => isOf(policy, table)))
				.map((policy) => [
					`${policy.schema}.${policy.table}.${policy.name}`,
					{ ...policy } as SnapshotPolicy,
				]),
		),
		views: Object.fromEntries(pick('views').map((view) => [keyOf(view), toView(view)])),
		_meta: { columns: {}, schemas: {}, tables: {} },
		state,
	};
}

/** The first snapshot of a project, as drizzle-kit writes it. */
export function writeBaseSnapshot({ version, dialect, id, footprints = [], ddl }: DdlState): string {
	return JSON.stringify(
		{ type: 'base', version, dialect, id, prevIds: [ORIGIN_ID], footprints, ddl },
		null,
		2,
	);
}

function keyOf({ schema, name }: DdlEntity): string {
	return `${schema}.${name}`;
}

function isOf({ schema, table }: DdlEntity, owner: DdlEntity): boolean {
	return schema === owner.schema && table === owner.name;
}

function keyed<Thing>(entities: readonly DdlEntity[]): Record<string, Thing> {
	return Object.fromEntries(entities.map((entity) => [keyOf(entity), { ...entity } as Thing]));
}

function toTable(table: DdlEntity, ddl: readonly DdlEntity[]): SnapshotTable {
	const members = ddl.filter((entity) => isOf(entity, table));
	const pick = <Member>(type: string) =>
		Object.fromEntries(
			members
				.filter(({ entityType }) => entityType === type)
				.map((entity) => [entity.name, dropNulls(entity) as Member]),
		);
	const parts = members.filter(({ entityType }) => entityType !== 'columns' && entityType !== 'policies');
	return {
		name: table.name,
		schema: table.schema === 'public' ? '' : (table.schema ?? ''),
		columns: pick<SnapshotColumn>('columns'),
		policies: pick<SnapshotPolicy>('policies'),
		...{
			indexes: {},
			foreignKeys: {},
			compositePrimaryKeys: {},
			uniqueConstraints: {},
			checkConstraints: {},
		},
		isRLSEnabled: table.isRlsEnabled === true,
		parts,
	};
}

/** 0.x leaves out what 1.0 says is `null`. */
function dropNulls(entity: DdlEntity): unknown {
	return Object.fromEntries(Object.entries(entity).filter(([, value]) => value !== null));
}

function toView(view: DdlEntity): SnapshotView {
	return {
		...view,
		schema: view.schema ?? 'public',
		columns: {},
		materialized: view.materialized === true,
		isExisting: false,
	};
}
