import { createHash } from 'node:crypto';
import type { Peer } from './peer.ts';

/** Peers from npm that are run by a program of their own. */
export const npmPrograms: readonly Peer[] = [
	{
		name: 'drizzle-kit migrate',
		packages: ['drizzle-kit@0.31.11', 'drizzle-orm@0.45.4', 'pg@8.23.1'],
		prepare: ({ migrations, url, write }) => {
			writeDrizzle({ migrations, write });
			write(
				'drizzle.config.json',
				JSON.stringify({
					dialect: 'postgresql',
					out: './drizzle',
					schema: './none.ts',
					dbCredentials: { url },
				}),
			);
			return { command: ['node_modules/.bin/drizzle-kit', 'migrate', '--config', 'drizzle.config.json'] };
		},
	},
	{
		name: 'node-pg-migrate',
		packages: ['node-pg-migrate@9.0.0', 'pg@8.23.1'],
		prepare: ({ migrations, url, write }) => {
			for (const { tag, up, down } of migrations)
				write(`migrations/${tag}.sql`, `-- Up Migration\n${up}\n-- Down Migration\n${down}\n`);
			return {
				command: [
					'node_modules/.bin/node-pg-migrate',
					'up',
					'-m',
					'migrations',
					'--migration-file-language',
					'sql',
				],
				env: { DATABASE_URL: url },
			};
		},
	},
	{
		name: 'dbmate',
		packages: ['dbmate@2.36.0'],
		prepare: ({ migrations, url, write }) => {
			for (const { tag, up, down } of migrations)
				write(`db/migrations/2026000000${tag}.sql`, `-- migrate:up\n${up}\n-- migrate:down\n${down}\n`);
			return {
				command: ['node_modules/.bin/dbmate', '--no-dump-schema', 'migrate'],
				env: { DATABASE_URL: `${url}?sslmode=disable` },
			};
		},
	},
	{
		name: 'graphile-migrate',
		packages: ['graphile-migrate@1.4.1'],
		prepare: ({ migrations, url, write }) => {
			write('.gmrc', JSON.stringify({ connectionString: url }));
			let previous = '-';
			for (const { index, up } of migrations) {
				const hash = `sha1:${createHash('sha1')
					.update(`${`${previous === '-' ? '' : previous}\n${up.trim()}`.trim()}\n`)
					.digest('hex')}`;
				const file = `${String(index + 1).padStart(6, '0')}.sql`;
				write(
					`migrations/committed/${file}`,
					`--! Previous: ${previous}\n--! Hash: ${hash}\n\n${up.trim()}\n`,
				);
				previous = hash;
			}
			return { command: ['node_modules/.bin/graphile-migrate', 'migrate'] };
		},
	},
];

/** drizzle's own layout. */
export function writeDrizzle({
	migrations,
	write,
}: Pick<Parameters<Peer['prepare']>[0], 'migrations' | 'write'>): void {
	for (const { tag, up } of migrations) write(`drizzle/${tag}.sql`, up);
	const entries = migrations.map(({ index, tag, when }) => ({
		idx: index,
		version: '7',
		when,
		tag,
		breakpoints: true,
	}));
	write('drizzle/meta/_journal.json', JSON.stringify({ version: '7', dialect: 'postgresql', entries }));
}
