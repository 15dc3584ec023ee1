/** Stable names of conditions. Scripts match codes and never messages. */
export type ErrorCode =
	| 'USAGE'
	| 'CONFIG_INVALID'
	| 'DATABASE_URL_MISSING'
	| 'DATABASE_UNREACHABLE'
	| 'JOURNAL_NOT_FOUND'
	| 'JOURNAL_INVALID'
	| 'MIGRATION_FILE_NOT_FOUND'
	| 'DOWN_FILE_NOT_FOUND'
	| 'DOWN_IRREVERSIBLE'
	| 'DOWN_UNPROVEN'
	| 'DEPENDENTS_FOUND'
	| 'DATA_LOSS'
	| 'EDITED'
	| 'OUT_OF_ORDER'
	| 'UNKNOWN_APPLIED'
	| 'TARGET_NOT_FOUND'
	| 'TARGET_AMBIGUOUS'
	| 'TARGET_OUT_OF_RANGE'
	| 'WRONG_DIRECTION'
	| 'LEDGER_UNREADABLE'
	| 'LOCK_NOT_AVAILABLE'
	| 'BASELINE_DIFFERS'
	| 'RENAME_NEEDS_ANSWER'
	| 'STATEMENT_FAILED'
	| 'KEPT_CONFLICT'
	| 'KEPT_NOT_FOUND'
	| 'GENERATE_FAILED'
	| 'CONFIRMATION_REQUIRED'
	| 'INTERRUPTED'
	| 'UNEXPECTED';

export interface CompanionErrorOptions {
	/** The next action, with a command where one exists. */
	readonly hint?: string;
	/** Evidence, serialised as JSON. Holds no password. */
	readonly details?: Readonly<Record<string, unknown>>;
	readonly cause?: unknown;
}

/** What every refusal and failure of the companion throws: a stable code, a sentence, the next action and the evidence. */
export class CompanionError extends Error {
	readonly code: ErrorCode;
	readonly hint: string | undefined;
	readonly details: Readonly<Record<string, unknown>>;

	constructor(code: ErrorCode, message: string, options: CompanionErrorOptions = {}) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.name = 'CompanionError';
		this.code = code;
		this.hint = options.hint;
		this.details = options.details ?? {};
	}
}
