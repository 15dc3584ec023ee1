/**
 * Drizzle Companion as a library: one function per command, options in, a report out. Every function throws
 * `CompanionError`. Nothing is loaded before it is used, nothing is printed, and nothing is shared between calls.
 */

import type { BaselineOptions, BaselineReport } from './commands/baseline.ts';
import type { CheckOptions, CheckReport } from './commands/check.ts';
import type { DriftReport } from './commands/drift.ts';
import type { GenerateOptions } from './commands/generate.ts';
import type { GenerateReport } from './commands/generate-report.ts';
import type { CurrentReport, HistoryOptions, HistoryReport } from './commands/history.ts';
import type { InitOptions, InitReport } from './commands/init.ts';
import type { KeptListing, KeptOptions } from './commands/kept.ts';
import type { MigrateOptions } from './commands/migrate.ts';
import type { MoveReport } from './commands/move.ts';
import type { ProjectOptions } from './commands/project-options.ts';
import type { PullOptions, PullReport } from './commands/pull.ts';
import type { RepairOptions, RepairReport } from './commands/repair.ts';
import type { ReverseOptions, ReverseReport } from './commands/reverse.ts';
import type { RollbackOptions, RollbackReport } from './commands/rollback.ts';
import type { ServerOptions } from './commands/server.ts';
import type { ShowOptions, ShowReport } from './commands/show.ts';
import type { VerifyOptions, VerifyReport } from './commands/verify.ts';

export type { Difference } from './catalog/catalog.ts';
export type { BaselineOptions, BaselineReport } from './commands/baseline.ts';
export type { CheckOptions, CheckReport } from './commands/check.ts';
export type { DriftReport } from './commands/drift.ts';
export type { GenerateOptions } from './commands/generate.ts';
export type { CreatedReport, GenerateReport, SplitReport } from './commands/generate-report.ts';
export type { CurrentReport, HistoryOptions, HistoryReport } from './commands/history.ts';
export type { InitOptions, InitPlan, InitReport } from './commands/init.ts';
export type { KeptAction, KeptListing, KeptOptions } from './commands/kept.ts';
export type { MigrateOptions } from './commands/migrate.ts';
export type { MoveOptions, MoveReport } from './commands/move.ts';
export type { ClientLike, ClientSource, PoolLike, ProjectOptions } from './commands/project-options.ts';
export type { PullOptions, PullReport } from './commands/pull.ts';
export type { RepairOptions, RepairReport } from './commands/repair.ts';
export type { Reversed, ReverseOptions, ReverseReport } from './commands/reverse.ts';
export type { RollbackOptions, RollbackReport } from './commands/rollback.ts';
export type { ServerOptions } from './commands/server.ts';
export type { ShowOptions, ShowReport } from './commands/show.ts';
export type { Verified, VerifyOptions, VerifyReport } from './commands/verify.ts';
export type { CompanionSettings } from './config/config.ts';
export { type CompanionOptions, defineCompanion } from './config/define-companion.ts';
export type { ConfigOptions } from './config/load-config.ts';
export { CompanionError, type CompanionErrorOptions, type ErrorCode } from './errors.ts';
export type { HistoryEntry, Problem } from './history/history.ts';
export type { Loss, Reversibility } from './journal/migration.ts';
export type { CountedLoss } from './plan/counted-loss.ts';
export type { Plan } from './plan/plan.ts';
export type { OnProgress, ProgressEvent } from './progress.ts';
export type { RunReport, StepReport } from './run/run-plan.ts';

/**
 * Applies pending migrations up to a target (default `head`), oldest first, each in its own transaction.
 * Meant for the start of an application too: several replicas may call it at once; one works, the others wait for it and
 * find nothing to do. Loads neither drizzle-kit nor the embedded server.
 * @example await migrate({ url: process.env.DATABASE_URL })
 * @example await migrate({ client: pool, folder: './drizzle' })
 * @throws CompanionError `STATEMENT_FAILED` when a migration failed, with those before it applied; `EDITED`, `OUT_OF_ORDER`,
 * `UNKNOWN_APPLIED` before anything runs; `LOCK_NOT_AVAILABLE` when another run took longer than `lockWait`
 */
export async function migrate(options: MigrateOptions = {}): Promise<MoveReport> {
	return await (await import('./commands/migrate.ts')).migrate(options);
}

/**
 * Reverts applied migrations down to a target with their down SQL, newest first.
 * @example await rollback({ url, target: '-1', acceptDataLoss: true })
 * @throws CompanionError `DATA_LOSS` when rows would be lost and nobody said yes; `DOWN_FILE_NOT_FOUND`, `DOWN_UNPROVEN` and
 * `DOWN_IRREVERSIBLE` before anything runs
 */
export async function rollback(options: RollbackOptions): Promise<RollbackReport> {
	return await (await import('./commands/rollback.ts')).rollback(options);
}

/**
 * Records migrations as applied without running them, after proving that the database has what they make.
 * @throws CompanionError `BASELINE_DIFFERS` with every difference in `details.differences`
 */
export async function baseline(options: BaselineOptions = {}): Promise<BaselineReport> {
	return await (await import('./commands/baseline.ts')).baseline(options);
}

/**
 * Takes over a database that has no migrations: its tables become TypeScript, `0000_baseline` makes them, and the database is
 * recorded as having it. Needs drizzle-kit and a server for scratch databases.
 * @throws CompanionError when there are migrations already, or schema files that would be written over
 */
export async function pull(options: PullOptions = {}): Promise<PullReport> {
	return await (await import('./commands/pull.ts')).pull(options);
}

/**
 * Makes the next migration from the TypeScript schema, with its way back, both proven. Needs drizzle-kit and a server for
 * scratch databases.
 * @throws CompanionError `RENAME_NEEDS_ANSWER`, `GENERATE_FAILED`
 */
export async function generate(options: GenerateOptions = {}): Promise<GenerateReport> {
	return await (await import('./commands/generate.ts')).generate(options);
}

/** Every migration with its state, when, how long and by whom it was applied, and what is wrong. Changes nothing. */
export async function history(options: HistoryOptions = {}): Promise<HistoryReport> {
	return await (await import('./commands/history.ts')).history(options);
}

/** Where the database stands. Changes nothing. */
export async function current(options: ProjectOptions = {}): Promise<CurrentReport> {
	return await (await import('./commands/history.ts')).current(options);
}

/** One migration: its SQL both ways, what it loses, its proof and its ledger row. Changes nothing. */
export async function show(options: ShowOptions): Promise<ShowReport> {
	return await (await import('./commands/show.ts')).show(options);
}

/** Checks the repository, and with `database` the ledger and the live database too. Changes nothing. */
export async function check(options: CheckOptions = {}): Promise<CheckReport> {
	return await (await import('./commands/check.ts')).check(options);
}

/** Replays the history in a scratch database: each migration up, down and up again; the end must equal the TypeScript tables. */
export async function verify(options: VerifyOptions = {}): Promise<VerifyReport> {
	return await (await import('./commands/verify.ts')).verify(options);
}

/** Writes and proves the down files of migrations that exist already. */
export async function reverse(options: ReverseOptions = {}): Promise<ReverseReport> {
	return await (await import('./commands/reverse.ts')).reverse(options);
}

/** The live database against what its applied migrations make. Changes nothing. */
export async function drift(options: ProjectOptions = {}): Promise<DriftReport> {
	return await (await import('./commands/drift.ts')).drift(options);
}

/** Brings the ledger in line with the journal; each repair is agreed to by `confirm` or `yes`. */
export async function repair(options: RepairOptions = {}): Promise<RepairReport> {
	return await (await import('./commands/repair.ts')).repair(options);
}

/**
 * Lists what lossy migrations and rollbacks set aside, gives it back, exports it or throws it away.
 * @throws CompanionError `KEPT_NOT_FOUND`, `KEPT_CONFLICT`, `CONFIRMATION_REQUIRED`
 */
export async function kept(options: KeptOptions = {}): Promise<KeptListing> {
	return await (await import('./commands/kept.ts')).kept(options);
}

/** Keeps the project's embedded PostgreSQL up until the signal is aborted. */
export async function serveEmbedded(options: ServerOptions): Promise<void> {
	await (await import('./commands/server.ts')).serveEmbedded(options);
}

/**
 * Adopts a project that already uses Drizzle: scripts, the `companion` export, `.gitignore`.
 * @throws CompanionError `CONFIG_INVALID` where there is no Drizzle on PostgreSQL
 */
export async function init(options: InitOptions = {}): Promise<InitReport> {
	return await (await import('./commands/init.ts')).init(options);
}
