import { afterAll, beforeAll, inject } from 'vitest';
import {
	openScratchServer,
	type ScratchDatabase,
	type ScratchServer,
} from '../../src/kit/database/scratch/open-scratch-server.ts';

/** Scratch databases on the run's own server, for one test file. */
export interface Scratch {
	/** An empty database after these statements. Dropped after the file's last test at the latest. */
	database(statements?: readonly string[]): Promise<ScratchDatabase>;
	/** 14 to 18. */
	majorVersion(): number;
	/** Runs SQL on the server, for roles. */
	run(sql: string): Promise<void>;
}

/** Opens the server before the file's first test and closes it after its last. */
export function useScratch(): Scratch {
	let server: ScratchServer;
	beforeAll(async () => {
		server = await openScratchServer({
			kind: 'server',
			connection: { connectionString: inject('serverUrl') },
		});
	});
	afterAll(() => server?.close());
	const database = async (statements: readonly string[] = []) => {
		const made = await server.create();
		for (const statement of statements) await made.query(statement);
		return made;
	};
	return {
		database,
		majorVersion: () => Number.parseInt(server.serverVersion, 10),
		run: async (sql) => {
			const made = await server.create();
			await made.query(sql);
			await made.drop();
		},
	};
}
