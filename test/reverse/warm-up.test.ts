import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { recallCatalog } from '../../src/kit/reverse/remember-catalog.ts';
import { warmUp } from '../../src/kit/reverse/warm-up.ts';
import { useScratch } from './use-scratch-server.ts';

const scratch = useScratch();
const session = `SELECT pg_backend_pid() AS pid, (SELECT count(*)::int FROM pg_prepared_statements) AS plans,
	(SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()) AS others`;

test.each([
	['that has had its time', 2_000, 3],
	['that is ended at once', 0, 0],
])(
	'a warm-up %s leaves plans in the session that is used next, and nothing else',
	async (_, pause, least) => {
		const database = await scratch.database(['CREATE TABLE users (id int PRIMARY KEY)']);
		const [before] = (await database.query(session)).rows;
		const warm = warmUp(database);
		await sleep(pause);
		await warm.end();
		const [after] = (await database.query(session)).rows;
		expect([after.pid, after.others]).toEqual([before.pid, 0]);
		expect(after.plans).toBeGreaterThanOrEqual(least);
		const catalog = await recallCatalog(database, { ignoreSchemas: [] });
		expect([...catalog.objects.values()].map(({ names }) => names.join('.'))).toContain('public.users');
		await database.drop();
	},
);
