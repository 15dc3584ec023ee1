import type { Catalog } from '../catalog/catalog.ts';
import { describeObjectDifferences } from '../catalog/compare-catalogs.ts';
import type { ScratchDatabase, ScratchServer } from '../database/scratch/open-scratch-server.ts';
import { CompanionError } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import type { OnProgress } from '../progress.ts';
import { proveForward } from '../reverse/prove-forward.ts';
import { type DownProposal, deriveWayBack } from '../reverse/reverse-migration.ts';
import { MigrationSqlFailed } from '../reverse/run-migration-sql.ts';
import { buildDesired, type Desired, type InModelled } from './build-desired.ts';
import { buildStateBefore, identifyState } from './build-state-before.ts';
import { type Draft, generateFromNothing } from './draft-migration.ts';
import { followImplicitNames, listImplicitNames } from './follow-implicit-names.ts';
import { inModelled, runStatements, toSql } from './in-modelled.ts';
import type { DrizzleKit } from './open-drizzle-kit.ts';
import type { ModelMemory } from './remember-models.ts';
import type { Snapshot } from './snapshot.ts';
import { joinStatements } from './write-migration.ts';

/** What is to be proven, and where. */
export interface ProofSubject {
	readonly server: ScratchServer;
	readonly kit: DrizzleKit;
	readonly journal: Journal;
	readonly draft: Draft;
	readonly tag: string;
	/** The state before, where somebody has it already. */
	readonly before: ScratchDatabase | undefined;
	readonly memory: ModelMemory;
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
	/** Whether it arrives at what drizzle-kit makes of the TypeScript schema from nothing, and at nothing else. */
	readonly isModel: boolean;
	/** The state before, as it was. Nobody needs it any longer. */
	readonly before: ScratchDatabase;
	/** What it was seen to lead to. */
	readonly catalogAfter: Catalog;
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
	const { server, journal } = subject;
	const before = subject.before ?? (await buildStateBefore(server, journal, options.onProgress));
	report('building the TypeScript schema');
	const destination = await findDestination(subject, before, options);
	report('proving that the migration arrives');
	const drafted = await proveDrafted(subject, { before, destination }, options);
	const forward = drafted?.arrival ?? (await proveArrival(destination, subject.draft, options));
	if (forward.statements.length === 0) return undefined;
	report('proving the way back');
	const isDrafted = drafted !== undefined && !forward.isRepaired;
	const way = isDrafted ? drafted.way : await proveBack(subject, { before, ...forward }, options);
	return conclude(subject, { before, forward, way }, options);
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
	{ server, journal, kit, draft, memory }: ProofSubject,
	before: ScratchDatabase,
	{ ignoreSchemas }: ProofOptions,
): Promise<Destination> {
	const { last, snapshot } = draft;
	const modelOf = (each: Snapshot): InModelled => {
		let generated: Promise<readonly string[]> | undefined;
		return async (work) => {
			generated ??= generateFromNothing(kit, each);
			return await inModelled(before, { stripped: [last], statements: await generated, ignoreSchemas }, work);
		};
	};
	const inModelledAfter = modelOf(snapshot);
	const { renamed, renameStatements } = await runRenames(draft, { before, inModelledAfter });
	const state = identifyState(server, journal);
	const isModel = memory.isModel(state, last);
	const models = { isModel, inModelledBefore: modelOf(last), inModelledAfter };
	const desired = await buildDesired({ before, ...models, renameStatements, ignoreSchemas });
	if (desired.kind === 'known' && desired.isModel && !isModel) memory.remember(state, last);
	return { renameStatements, renamed, desired };
}

async function runRenames(
	{ renames, renameStatements }: Draft,
	{ before, inModelledAfter }: { readonly before: ScratchDatabase; readonly inModelledAfter: InModelled },
): Promise<Pick<Destination, 'renamed' | 'renameStatements'>> {
	if (renames.length === 0) return { renamed: before, renameStatements };
	const renamed = await before.copy();
	await runStatements(renamed, renameStatements).catch(explainUp);
	const wanted = await inModelledAfter((trial) => listImplicitNames(trial.query));
	const implicit = followImplicitNames(await listImplicitNames(renamed.query), wanted, renames);
	await runStatements(renamed, implicit).catch(explainUp);
	return { renamed, renameStatements: [...renameStatements, ...implicit] };
}

interface Arrival {
	readonly statements: readonly string[];
	readonly isRepaired: boolean;
	readonly notices: readonly string[];
	readonly isModel: boolean;
}

type ProvenWay = Awaited<ReturnType<typeof deriveWayBack>>;

interface Drafted {
	/** The way back of drizzle-kit's own SQL. */
	readonly way: ProvenWay;
	/** Set when that SQL arrives and was seen to run on rows, so that nothing has to take its place. */
	readonly arrival?: Arrival;
}

/**
 * Whoever derives a way back runs the SQL, reads where it arrives and runs it once more on rows: nobody need do so before, where
 * nothing is found there to repair. Undefined when the SQL does not run, or there is none.
 */
async function proveDrafted(
	subject: ProofSubject,
	{ before, destination }: { readonly before: ScratchDatabase; readonly destination: Destination },
	options: ProofOptions,
): Promise<Drafted | undefined> {
	const { desired } = destination;
	const statements = listDrafted(destination, subject.draft);
	if (statements.length === 0 || subject.draft.crash !== undefined) return undefined;
	const way = await deriveFrom(subject, { before, statements }, options).catch((error: unknown) => {
		if (error instanceof MigrationSqlFailed) return undefined;
		throw error;
	});
	if (way === undefined || desired.kind === 'unknown' || !way.runsOnRows) return way && { way };
	const differences = await describeObjectDifferences(way.catalogAfter, desired.state.objects);
	if (differences.length > 0) return { way };
	return { way, arrival: { statements, isRepaired: false, notices: [], isModel: desired.isModel } };
}

function listDrafted({ renameStatements }: Destination, draft: Draft): readonly string[] {
	return [...renameStatements, ...draft.statements.slice(draft.renameStatements.length)];
}

/** Only what comes after the renames may be replaced: a catalog does not know that two names are one thing. */
async function proveArrival(
	destination: Destination,
	draft: Draft,
	{ ignoreSchemas }: ProofOptions,
): Promise<Arrival> {
	const { renamed, desired, renameStatements } = destination;
	const statements = listDrafted(destination, draft);
	if (desired.kind === 'unknown') {
		if (draft.crash !== undefined) throw draft.crash;
		return { statements, isRepaired: false, notices: [writeUnknown(desired.reason)], isModel: false };
	}
	const { isModel } = desired;
	const upSql = await toSql(renamed, statements.slice(renameStatements.length));
	const proof = await proveForward({ before: renamed, desired: desired.state, upSql, ignoreSchemas });
	if (proof.kind === 'refused') throw refuse(draft, proof.because);
	if (proof.kind === 'arrives') return { statements, isRepaired: false, notices: [], isModel };
	const replaced = [...renameStatements, ...proof.statements];
	const notices = [writeRepair(draft, proof.because)];
	return { statements: replaced, isRepaired: true, notices, isModel };
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

interface Up {
	readonly before: ScratchDatabase;
	readonly statements: readonly string[];
}

async function proveBack(subject: ProofSubject, up: Up, options: ProofOptions): Promise<ProvenWay> {
	return await deriveFrom(subject, up, options).catch(explainUp);
}

async function deriveFrom(
	{ tag }: ProofSubject,
	{ before, statements }: Up,
	{ ignoreSchemas, onProgress }: ProofOptions,
): Promise<ProvenWay> {
	const progress = onProgress === undefined ? {} : { onProgress };
	const upSql = await toSql(before, statements);
	return await deriveWayBack({ before, upSql, tag, ignoreSchemas, ...progress });
}

interface Proven {
	readonly before: ScratchDatabase;
	readonly forward: Arrival;
	readonly way: ProvenWay;
}

function conclude(
	{ server }: ProofSubject,
	{ before, forward, way }: Proven,
	{ breakpoints }: ProofOptions,
): ProvenMigration {
	return {
		...forward,
		upSql: joinStatements(forward.statements, { breakpoints }),
		down: { ...way.down, serverVersion: server.serverVersion },
		notices: [...forward.notices, ...way.problems],
		before,
		catalogAfter: way.catalogAfter,
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
