import { compareCatalogs } from '../catalog/compare-catalogs.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import type { Config } from '../config/config.ts';
import { openPool } from '../database/open-pool.ts';
import type { ScratchServer } from '../database/scratch/open-scratch-server.ts';
import type { Session } from '../database/session.ts';
import { CompanionError } from '../errors.ts';
import { generateFromNothing } from '../generate/draft-migration.ts';
import { inModelled } from '../generate/in-modelled.ts';
import { choosePrefix } from '../generate/name-migration.ts';
import type { DrizzleKit } from '../generate/open-drizzle-kit.ts';
import type { Snapshot } from '../generate/snapshot.ts';
import { joinStatements } from '../generate/write-migration.ts';
import { computeChecksum } from '../journal/checksum.ts';
import { writeDownFile } from '../journal/write-down-file.ts';
import type { OnProgress } from '../progress.ts';
import { reverseMigration } from '../reverse/reverse-migration.ts';
import { composeBaseline } from './compose-baseline.ts';
import { noticePartitions, noticeSchemas } from './notice-left-out.ts';
import type { PulledFacts } from './pulled-facts.ts';
import type { MadeBaseline } from './write-baseline.ts';

/** What is proven, and where. */
export interface ProofSubject {
	readonly config: Config;
	readonly session: Session;
	readonly kit: DrizzleKit;
	readonly server: ScratchServer;
	readonly snapshot: Snapshot;
	readonly facts: PulledFacts;
}

/** Who is told, and who may stop it. */
export interface ProofOptions {
	readonly onProgress?: OnProgress;
	readonly signal?: AbortSignal;
}

/** The migration, without its TypeScript. */
type ProvenBaseline = Omit<MadeBaseline, 'schemaFiles' | 'snapshot'>;

/**
 * Makes the first migration: SQL that makes exactly the live database, proven in a scratch database, and its way back.
 * @throws CompanionError `BASELINE_DIFFERS` when no SQL makes this database, `INTERRUPTED`
 */
export async function proveBaseline(subject: ProofSubject, options: ProofOptions): Promise<ProvenBaseline> {
	const { config, session, kit, server, snapshot, facts } = subject;
	const ignoreSchemas = listIgnored(config, facts);
	const live = openPool(session);
	try {
		const catalog = await readCatalog(live, { ignoreSchemas });
		const modelled = await generateFromNothing(kit, snapshot).catch(() => undefined);
		options.onProgress?.({ message: 'proving that the first migration makes this database' });
		const { statements } = await composeBaseline({ server, modelled, live: catalog, ignoreSchemas });
		refuseIfAborted(options.signal);
		const when = Date.now();
		const prefix = kit.layout === 'folders' ? 'timestamp' : config.prefix;
		const tag = `${choosePrefix({ prefix, now: when, index: 0, tags: [] })}_baseline`;
		const upSql = `${joinStatements(
			statements.map((sql) => `${sql}\n`),
			config,
		)}`;
		const { down, after } = await reverseMigration({
			before: await server.create(),
			upSql,
			tag,
			ignoreSchemas,
			...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
		});
		const downText = writeDownFile({
			tag,
			...down,
			upChecksum: computeChecksum(upSql),
			serverVersion: server.serverVersion,
		});
		const unsaid = await compareModel({ after, snapshot, modelled, catalog, ignoreSchemas });
		return {
			tag,
			when,
			upSql,
			downText,
			notices: [...noticeSchemas(config, facts), ...noticePartitions(facts), ...unsaid],
		};
	} finally {
		await live.end();
	}
}

/** Everything outside `schemaFilter`: drizzle-kit leaves it alone, and so does the first migration. */
function listIgnored({ schemaFilter, ledger }: Config, { schemas }: PulledFacts): readonly string[] {
	return [...new Set([...schemas, ledger.schema])].filter((schema) => !schemaFilter.includes(schema));
}

function refuseIfAborted(signal: AbortSignal | undefined): void {
	if (signal?.aborted)
		throw new CompanionError('INTERRUPTED', 'Stopped on request: nothing was written.', {
			cause: signal.reason,
		});
}

interface Model {
	readonly after: Awaited<ReturnType<typeof reverseMigration>>['after'];
	readonly snapshot: Snapshot;
	readonly modelled: readonly string[] | undefined;
	readonly catalog: Awaited<ReturnType<typeof readCatalog>>;
	readonly ignoreSchemas: readonly string[];
}

/** What the TypeScript schema, built beside what it does not know, has otherwise than the database. */
async function compareModel({
	after,
	snapshot,
	modelled,
	catalog,
	ignoreSchemas,
}: Model): Promise<readonly string[]> {
	try {
		const model = { stripped: [snapshot], statements: modelled ?? [], ignoreSchemas };
		const described = await inModelled(after, model, (trial) => trial.readCatalog());
		const differences = await compareCatalogs(described, catalog);
		return differences.map(
			({ words }) => `Not in TypeScript, but in the first migration: ${words.replace(' is missing', '')}.`,
		);
	} catch (error) {
		if (!(error instanceof CompanionError)) throw error;
		return [`The TypeScript tables cannot be built by themselves, so look them over: ${error.message}`];
	}
}
