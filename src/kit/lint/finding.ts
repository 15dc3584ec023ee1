/** `error`: would lose data, stop the application or fail; `warning`: worth a look. */
export type Severity = 'error' | 'warning';

/** One thing that a check found. */
export interface Finding {
	/** A problem's code (`DOWN_MISSING`) or a lint rule (`drop-column`). */
	readonly code: string;
	readonly severity: Severity;
	/** What is there, in one sentence. */
	readonly what: string;
	/** Why it matters. */
	readonly why: string;
	/** How to do it safely. */
	readonly how: string;
	/** SQL that belongs to it: what is missing, what differs, the safe form. */
	readonly sql?: readonly string[];
	/** The migration. */
	readonly tag?: string;
	/** Absolute. */
	readonly file?: string;
	/** From 1. */
	readonly line?: number;
	readonly column?: number;
}

/** A finding that the SQL itself allows. */
export interface AllowedFinding extends Finding {
	readonly reason: string;
}

/** What a check gives: findings in the order of the migrations, and those that are silenced with a reason. */
export interface Findings {
	readonly findings: readonly Finding[];
	readonly allowed: readonly AllowedFinding[];
}
