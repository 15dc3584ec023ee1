import type { DdlEntity, DdlState } from './ddl-state.ts';

/** A column of a table or view in a drizzle-kit snapshot. */
export interface SnapshotColumn {
	name: string;
	type: string;
	typeSchema?: string;
	primaryKey: boolean;
	notNull: boolean;
	default?: unknown;
	generated?: { as: string; type: string };
	identity?: { name: string; schema: string; [option: string]: unknown };
	[other: string]: unknown;
}

interface SnapshotIndex {
	name: string;
	columns: { expression: string; isExpression: boolean; [option: string]: unknown }[];
	where?: string;
	[option: string]: unknown;
}

export interface SnapshotForeignKey {
	name: string;
	tableFrom: string;
	tableTo: string;
	/** Absent for `public`. */
	schemaTo?: string;
	columnsFrom: string[];
	columnsTo: string[];
	[option: string]: unknown;
}

/** A composite primary key or a unique constraint. */
interface SnapshotKey {
	name: string;
	columns: string[];
	[option: string]: unknown;
}

interface SnapshotPolicy {
	name: string;
	to?: string[];
	using?: string;
	withCheck?: string;
	/** Only of a policy on a table outside the schema files: `"schema"."table"`. */
	on?: string;
	schema?: string;
	[option: string]: unknown;
}

export interface SnapshotTable {
	name: string;
	/** Empty for `public`. */
	schema: string;
	columns: Record<string, SnapshotColumn>;
	indexes: Record<string, SnapshotIndex>;
	foreignKeys: Record<string, SnapshotForeignKey>;
	compositePrimaryKeys: Record<string, SnapshotKey>;
	uniqueConstraints: Record<string, SnapshotKey>;
	policies: Record<string, SnapshotPolicy>;
	checkConstraints: Record<string, { name: string; value: string }>;
	isRLSEnabled: boolean;
	/** Only of a table of drizzle-kit 1.0: its indexes and constraints. */
	parts?: readonly DdlEntity[];
}

interface SnapshotView {
	name: string;
	schema: string;
	columns: Record<string, SnapshotColumn>;
	definition?: string;
	materialized: boolean;
	/** Declared with `.existing()`: drizzle-kit never writes SQL for it. */
	isExisting: boolean;
	[option: string]: unknown;
}

/** An enum or a sequence. */
interface SnapshotNamed {
	name: string;
	schema: string;
	[option: string]: unknown;
}

/**
 * What drizzle-kit 0.31 keeps in `meta/NNNN_snapshot.json`, version 7: the schema as it is after one migration.
 * Tables, enums, sequences and views are keyed by `schema.name`, with `public` spelt out.
 */
export interface Snapshot {
	id: string;
	prevId: string;
	version: string;
	dialect: string;
	tables: Record<string, SnapshotTable>;
	enums: Record<string, SnapshotNamed>;
	schemas: Record<string, string>;
	sequences: Record<string, SnapshotNamed>;
	roles: Record<string, { name: string; [option: string]: unknown }>;
	policies: Record<string, SnapshotPolicy>;
	views: Record<string, SnapshotView>;
	_meta: { columns: Record<string, string>; schemas: Record<string, string>; tables: Record<string, string> };
	/** Only of drizzle-kit 1.0: what it keeps itself. */
	state?: DdlState;
}

/** `prevId` of a project's first snapshot. */
export const ORIGIN_ID = '00000000-0000-0000-0000-000000000000';

/** The snapshot of an empty database: what the first migration starts from. */
export function createEmptySnapshot(): Snapshot {
	return {
		id: ORIGIN_ID,
		prevId: '',
		version: '7',
		dialect: 'postgresql',
		tables: {},
		enums: {},
		schemas: {},
		sequences: {},
		roles: {},
		policies: {},
		views: {},
		_meta: { columns: {}, schemas: {}, tables: {} },
	};
}
