import type { ScratchDatabase, ScratchServer } from '../database/scratch/open-scratch-server.ts';
import { CompanionError } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import type { OnProgress } from '../progress.ts';
import { proveForward } from '../reverse/prove-forward.ts';
import { type DownProposal, reverseMigration } from '../reverse/reverse-migration.ts';
import { MigrationSqlFailed } from '../reverse/run-migration-sql.ts';
import { endStatementsAtBreakpoints } from '../sql/end-statements-at-breakpoints.ts';
import { buildDesired, type Desired } from './build-desired.ts';
import { buildModelled, runStatements } from './build-modelled.ts';
import { buildStateBefore } from './build-state-before.ts';
import { type Draft, generateFromNothing } from './draft-migration.ts';
import { followImplicitNames } from './follow-implicit-names.ts';
import type { DrizzleKit } from './open-drizzle-kit.ts';
import { skipExistingRoles } from './skip-existing-roles.ts';
import { joinStatements } from './write-migration.ts';

/** What is to be proven, and where. */
export interface ProofSubject {
	readonly server: ScratchServer;
	readonly kit: DrizzleKit;
	readonly journal: Journal;
	readonly draft: Draft;
	readonly tag: string;
}

export interface ProofOptions {
	/** How the up file is written. */
	readonly breakpoints: boolean;
	/** Left out of comparisons: the ledger's. */
	readonly ignoreSchemas: readonly string[];
	readonly onProgress?: OnProgress;
	readonly signal?: AbortSignal;
}

/** An up that arrives where the TypeScript schema is, and its way back. */
export interface ProvenMigration {
	/** The text of the up file. */
	readonly upSql: string;
	readonly statements: readonly string[];
	/** Whether the statements are not drizzle-kit's. */
	readonly isRepaired: boolean;
	readonly down: DownProposal & { readonly serverVersion: string };
	readonly notices: readonly string[];
}

/**
 * Proves a drafted migration in scratch databases: its up runs on the state before and arrives at the TypeScript schema, or
 * is replaced by SQL that does; then its way back is derived and proven. Undefined: there is nothing to do after all.
 * @throws CompanionError `GENERATE_FAILED` when no SQL that arrives is known, `STATEMENT_FAILED` when an existing migration does not run
 */
export async function proveMigration(
	subject: ProofSubject,
	options: ProofOptions,
): Promise<ProvenMigration | undefined> {
	const report = reportTo(options);
	report('building the state before');
	const before = await buildStateBefore(subject.server, subject.journal, options.onProgress);
	report('building the TypeScript schema');
	const destination = await findDestination(subject, before, options);
	report('proving that the migration arrives');
	const forward = await proveArrival(destination, subject.draft, options);
	if (forward.statements.length === 0) return undefined;
	report('proving the way back');
	return await proveBack(subject, { before, forward }, options);
}

function reportTo({ onProgress, signal }: ProofOptions): (message: string) => void {
	return (message) => {
		if (signal?.aborted) throw new CompanionError('INTERRUPTED', 'Stopped on request: nothing was written.');
		onProgress?.({ message });
	};
}

interface Destination {
	/** The draft's renames, with those that only the databases know of. */
	readonly renameStatements: readonly string[];
	/** The state before, with the renames done. */
	readonly renamed: ScratchDatabase;
	readonly desired: Desired;
}

async function findDestination(
	{ kit, draft }: ProofSubject,
	before: ScratchDatabase,
	{ ignoreSchemas }: ProofOptions,
): Promise<Destination> {
	const { last, snapshot } = draft;
	const afterSql = await generateFromNothing(kit, snapshot);
	const beforeSql = await generateFromNothing(kit, last);
	const [modelledAfter, modelledBefore] = await Promise.all([
		buildModelled(before, [last], afterSql),
		buildModelled(before, [last], beforeSql),
	]);
	const { renamed, renameStatements } = await runRenames(draft, { before, modelledAfter });
	const desired = await buildDesired({
		before,
		modelledBefore,
		modelledAfter,
		renameStatements,
		ignoreSchemas,
	});
	await modelledBefore.drop();
	return { renameStatements, renamed, desired };
}

async function runRenames(
	{ renames, renameStatements }: Draft,
	{ before, modelledAfter }: { readonly before: ScratchDatabase; readonly modelledAfter: ScratchDatabase },
): Promise<Pick<Destination, 'renamed' | 'renameStatements'>> {
	if (renames.length === 0) return { renamed: before, renameStatements };
	const renamed = await before.copy();
	await runStatements(renamed, renameStatements).catch(explainUp);
	const implicit = await followImplicitNames(renamed, modelledAfter, renames);
	await runStatements(renamed, implicit).catch(explainUp);
	return { renamed, renameStatements: [...renameStatements, ...implicit] };
}

interface Arrival {
	readonly statements: readonly string[];
	readonly isRepaired: boolean;
	readonly notices: readonly string[];
}

/** Only what comes after the renames may be replaced: a catalog does not know that two names are one thing. */
async function proveArrival(
	{ renamed, desired, renameStatements }: Destination,
	draft: Draft,
	{ ignoreSchemas, onProgress }: ProofOptions,
): Promise<Arrival> {
	const rest = draft.statements.slice(draft.renameStatements.length);
	const statements = [...renameStatements, ...rest];
	if (desired.kind === 'unknown') {
		if (draft.crash !== undefined) throw draft.crash;
		return { statements, isRepaired: false, notices: [writeUnknown(desired.reason)] };
	}
	const upSql = await toSql(renamed, rest);
	const progress = onProgress === undefined ? {} : { onProgress };
	const states = { before: renamed, desired: desired.database };
	const proof = await proveForward({ ...states, upSql, ignoreSchemas, ...progress });
	if (proof.kind === 'refused') throw refuse(draft, proof.because);
	if (proof.kind === 'arrives') return { statements, isRepaired: false, notices: [] };
	const replaced = [...renameStatements, ...proof.statements];
	return { statements: replaced, isRepaired: true, notices: [writeRepair(draft, proof.because)] };
}

/** As one text that can be run in the given database. */
export async function toSql(database: ScratchDatabase, statements: readonly string[]): Promise<string> {
	const sql = joinStatements(statements, { breakpoints: true });
	return await skipExistingRoles(database, endStatementsAtBreakpoints(sql));
}

function writeUnknown(reason: string): string {
	return `Whether the migration arrives at the TypeScript schema could not be compared, because something written by hand stands in the way: ${reason}`;
}

function writeRepair({ crash }: Draft, reason: string): string {
	const what = crash === undefined ? `drizzle-kit's SQL was not used: ${reason}` : crash.message;
	return `${what.replace(/\.$/, '')}. The SQL was made by comparing the two catalogs instead.`;
}

function refuse({ crash }: Draft, reason: string): CompanionError {
	return new CompanionError(
		'GENERATE_FAILED',
		`${crash === undefined ? "drizzle-kit's SQL cannot be used" : crash.message}: ${reason}`,
		{
			hint: 'Nothing was written. Make the change in smaller steps, or write its SQL by hand: pnpm db:generate --custom.',
			details: { reason },
			cause: crash,
		},
	);
}

async function proveBack(
	{ server, tag }: ProofSubject,
	{ before, forward }: { readonly before: ScratchDatabase; readonly forward: Arrival },
	{ breakpoints, ignoreSchemas, onProgress }: ProofOptions,
): Promise<ProvenMigration> {
	const progress = onProgress === undefined ? {} : { onProgress };
	const upSql = await toSql(before, forward.statements);
	const { down, problems } = await reverseMigration({ before, upSql, tag, ignoreSchemas, ...progress }).catch(
		explainUp,
	);
	return {
		...forward,
		upSql: joinStatements(forward.statements, { breakpoints }),
		down: { ...down, serverVersion: server.serverVersion },
		notices: [...forward.notices, ...problems],
	};
}

function explainUp(error: unknown): never {
	if (!(error instanceof MigrationSqlFailed)) throw error;
	const { failure } = error;
	throw new CompanionError(
		'GENERATE_FAILED',
		`The migration does not run: ${failure.message}\n${failure.statement}`,
		{
			hint: 'Nothing was written. Make the change in smaller steps, or write its SQL by hand: pnpm db:generate --custom.',
			details: { ...failure },
			cause: error,
		},
	);
}
