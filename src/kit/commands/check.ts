import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import type { AllowedFinding, Finding } from '../lint/finding.ts';
import { rememberCheck } from '../lint/remember-check.ts';
import type { StatementLocks } from '../locks/statement-locks.ts';
import type { ProjectOptions } from './project-options.ts';

export interface CheckOptions extends ProjectOptions {
	/** Compare the ledger with the journal, and the database with what its migrations make. */
	readonly database?: boolean;
	/**
	 * The migrations after this target are linted; `base` for all. Default: the last one, and with `database` those that are pending
	 * there. What is applied everywhere cannot be changed any more.
	 */
	readonly since?: string;
	/** False: locks are not measured, and the rules know only what the SQL and the snapshots say. Default true. */
	readonly measure?: boolean;
}

export interface CheckReport {
	/** With `database`: `app@db.example.com:5432/shop`. */
	readonly database?: string;
	readonly findings: readonly Finding[];
	/** What the SQL itself allows, with its reason. */
	readonly allowed: readonly AllowedFinding[];
	/** How many migrations the journal has. */
	readonly migrations: number;
	/** The migrations that were linted, oldest first, with what their statements lock where it was measured. */
	readonly linted: readonly { readonly tag: string; readonly locks?: readonly StatementLocks[] }[];
	/** What could not be looked at, and why. */
	readonly notices: readonly string[];
	readonly errors: number;
	readonly warnings: number;
}

/**
 * Checks the repository: journal and files, the chain of snapshots, the TypeScript schema against the last snapshot, the ways
 * back, and lints migrations with measured locks. With `database` also the ledger, and drift. Changes nothing.
 */
export async function check(options: CheckOptions = {}): Promise<CheckReport> {
	if (options.database) return await (await import('./check-project.ts')).checkDatabase(options);
	const config = await loadConfig(options);
	const { since, measure } = options;
	return await rememberCheck({
		...{ config, options: { since, measure }, isRepeatable },
		make: () => makeReport(config, options),
	});
}

/** Loads what checks, which is most of the kit, only when there is something to check. */
async function makeReport(config: Config, options: CheckOptions): Promise<CheckReport> {
	const { checkProject } = await import('./check-project.ts');
	return await checkProject(config, options);
}

/** What a server had to do with may be otherwise the next time. */
function isRepeatable({ findings, notices, linted }: CheckReport): boolean {
	const isMeasured = linted.every(({ locks }) => locks !== undefined);
	return isMeasured && notices.length === 0 && !findings.some(({ code }) => code === 'STATEMENT_FAILED');
}
