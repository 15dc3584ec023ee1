import type { Config, ConnectionSettings } from '../config/config.ts';
import { loadConfigFile } from '../config/load-config-file.ts';
import { readEnvironment } from '../config/read-environment.ts';
import type { Session } from '../database/session.ts';
import { mendPulledSchema } from './mend-pulled-schema.ts';
import type { PulledFacts } from './pulled-facts.ts';
import { type PulledFiles, runDrizzleKitPull } from './run-drizzle-kit-pull.ts';

/** The database that drizzle-kit reads, and where it writes. */
interface PullSource {
	readonly config: Config;
	readonly session: Session;
	/** How the session was opened; absent where the caller of the library gave it. */
	readonly settings?: ConnectionSettings;
	readonly facts: PulledFacts;
	/** An empty folder of the project. */
	readonly stage: string;
	readonly signal?: AbortSignal;
}

/** The tables of a database as TypeScript, by drizzle-kit, without the ledger and without partitions. */
export async function pullTypeScript({
	config,
	session,
	settings,
	facts,
	stage,
	signal,
}: PullSource): Promise<PulledFiles> {
	const left = [
		...facts.partitions.map((name) => name.slice(name.indexOf('.') + 1)),
		...ledgerTables(config),
	];
	const tablesFilter = [
		...(config.tablesFilter.length === 0 ? ['*'] : config.tablesFilter),
		...left.map((name) => `!${name}`),
	];
	const pulled = await runDrizzleKitPull({
		config: { ...config, tablesFilter },
		settings: settings ?? settingsOf(session),
		introspect: await readIntrospect(config),
		folder: stage,
		...(signal === undefined ? {} : { signal }),
	});
	return { ...pulled, schema: mendPulledSchema(pulled.schema, facts) };
}

function ledgerTables({ ledger }: Config): readonly string[] {
	return [ledger.table, `${ledger.table}_*`];
}

/** A client that the caller gave knows what it was made with. */
function settingsOf({ connection }: Session): ConnectionSettings {
	const { connectionString, host = 'localhost', port, user, password, database = '', ssl } = connection;
	if (connectionString !== undefined) return { url: connectionString };
	return {
		host,
		database,
		...(port === undefined ? {} : { port }),
		...(user === undefined ? {} : { user }),
		...(typeof password === 'string' ? { password } : {}),
		...(ssl === undefined ? {} : { ssl }),
	};
}

async function readIntrospect({ root, file }: Config): Promise<unknown> {
	const loaded = file === undefined ? undefined : await loadConfigFile(root, readEnvironment(root), file);
	return (loaded?.kit as { introspect?: unknown } | undefined)?.introspect;
}
