import type { DatabaseError } from 'pg';

/** What PostgreSQL said of SQL that failed, and where in the text that was sent. */
export class SqlFailure extends Error {
	/** SQLSTATE; `08006` where the connection was lost. */
	readonly sqlState: string;
	/** How many statements of the text had completed. */
	readonly completed: number;
	/** The transactions of the text that were committed, each as how many statements had completed with its COMMIT. */
	readonly commits: readonly number[];
	/** Offset in the text that was sent, in UTF-16 units from 0, where PostgreSQL gives one. */
	readonly offset: number | undefined;
	readonly detail: string | undefined;
	readonly serverHint: string | undefined;
	/** PostgreSQL's context: which function, which line of it. */
	readonly where: string | undefined;
	readonly constraint: string | undefined;

	private constructor(message: string, fields: SqlFailureFields, cause: unknown) {
		super(message, { cause });
		this.name = 'SqlFailure';
		this.sqlState = fields.sqlState;
		this.completed = fields.completed;
		this.commits = fields.commits;
		this.offset = fields.offset;
		this.detail = fields.detail;
		this.serverHint = fields.serverHint;
		this.where = fields.where;
		this.constraint = fields.constraint;
	}

	static from(
		error: unknown,
		{ sql, completed, commits = [] }: { sql: string; completed: number; commits?: readonly number[] },
	): SqlFailure {
		const failure = error as Partial<DatabaseError> & Error;
		const position = failure.position === undefined ? undefined : Number(failure.position) - 1;
		return new SqlFailure(
			failure.message,
			{
				sqlState: isSqlState(failure.code) ? failure.code : '08006',
				completed,
				commits,
				offset: position === undefined ? undefined : utf16Offset(sql, position),
				detail: failure.detail,
				serverHint: failure.hint,
				where: failure.where,
				constraint: failure.constraint,
			},
			error,
		);
	}

	/** True when the session is gone, so that nothing more can be asked of it. */
	get isConnectionLost(): boolean {
		return this.sqlState.startsWith('08') || ['57P01', '57P02', '57P03'].includes(this.sqlState);
	}

	/** True when the server may have gone with the session, so that it may have lost what it had not yet brought to disk. */
	get isServerInDoubt(): boolean {
		return this.isConnectionLost && this.sqlState !== '57P01';
	}
}

interface SqlFailureFields {
	readonly sqlState: string;
	readonly completed: number;
	readonly commits: readonly number[];
	readonly offset: number | undefined;
	readonly detail: string | undefined;
	readonly serverHint: string | undefined;
	readonly where: string | undefined;
	readonly constraint: string | undefined;
}

function isSqlState(code: string | undefined): code is string {
	return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('E');
}

/** PostgreSQL counts characters, JavaScript counts UTF-16 units. */
function utf16Offset(text: string, characters: number): number {
	let offset = 0;
	for (let seen = 0; seen < characters && offset < text.length; seen += 1) {
		offset += (text.codePointAt(offset) as number) > 0xffff ? 2 : 1;
	}
	return offset;
}
