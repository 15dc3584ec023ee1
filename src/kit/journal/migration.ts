/**
 * How a migrations folder is laid out. `journal`: drizzle-kit 0.x's `<tag>.sql`, named by `meta/_journal.json`. `folders`: drizzle-kit
 * 1.0's `<time>_<name>/migration.sql`, where the folder's name is the tag and there is no journal file.
 */
export type Layout = 'journal' | 'folders';

/** How much a down file gives back; see the down file's header. */
export type Reversibility = 'lossless' | 'lossy' | 'schema-only' | 'irreversible';

/**
 * One item of a down file's `-- loses:` line.
 * `subject` is the item as written there: `table invoices`, `column users.nickname`, `values of column users.name`.
 */
export interface Loss {
	readonly kind: 'table' | 'column' | 'values' | 'other';
	/** `schema.table` parts, unquoted; the schema is `public` where the text names none. Absent for `other`. */
	readonly schema?: string;
	readonly table?: string;
	readonly column?: string;
	readonly subject: string;
	/** True when the up migration already threw it away: a rollback brings the object back without that data, and loses no more. */
	readonly isLostByUp: boolean;
}

/** A `<tag>.down.sql` or `<tag>/down.sql`, its header read. */
export interface DownFile {
	readonly file: string;
	/** The whole file. */
	readonly text: string;
	/** The SQL below the header. */
	readonly sql: string;
	readonly reversibility: Reversibility;
	/** Why, for `irreversible`. */
	readonly reason?: string;
	readonly loses: readonly Loss[];
	/** `proven`: the proof line matches the up file and this SQL; `edited`: it does not; `missing`: there is none. */
	readonly proof: 'proven' | 'edited' | 'missing';
}

/** An up file as it stands in the repository. */
export interface UpFile {
	readonly file: string;
	readonly sql: string;
	/** SHA-256 of the file's bytes, hex: what drizzle-orm writes into the ledger's `hash`. */
	readonly checksum: string;
}

/** A journal entry with its up SQL and, if any, its down SQL. */
export interface Migration {
	/** Place in the journal, from 0. */
	readonly index: number;
	readonly tag: string;
	/** Epoch milliseconds; the identity of the migration. In `folders` the second that the tag begins with; there the tag is the identity. */
	readonly when: number;
	/** Absent: `journal`. */
	readonly layout?: Layout;
	/** Absent when the file is missing. */
	readonly up?: UpFile;
	readonly down?: DownFile;
	readonly hasSnapshot: boolean;
}
