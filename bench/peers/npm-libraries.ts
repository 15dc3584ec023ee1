import { writeDrizzle } from './npm-programs.ts';
import type { Peer } from './peer.ts';

/** Peers from npm that an application calls: each is run by a script of a few lines. */
export const npmLibraries: readonly Peer[] = [
	{
		name: "drizzle-orm's migrate()",
		packages: ['drizzle-orm@0.45.4', 'pg@8.23.1'],
		prepare: (place) => {
			writeDrizzle(place);
			return runScript(
				place,
				`import pg from 'pg';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
const client = new pg.Client(process.argv[2]);
await client.connect();
await migrate(drizzle(client), { migrationsFolder: 'drizzle' });
await client.end();`,
			);
		},
	},
	{
		name: 'Kysely',
		packages: ['kysely@0.28.18', 'pg@8.23.1'],
		prepare: (place) =>
			runScript(
				withSqlFiles(place),
				`import pg from 'pg';
import { Kysely, Migrator, PostgresDialect, sql } from 'kysely';
import { readdir, readFile } from 'node:fs/promises';
const db = new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: process.argv[2] }) }) });
const getMigrations = async () => Object.fromEntries(await Promise.all((await readdir('sql')).map(async (file) => {
	const text = await readFile('sql/' + file, 'utf8');
	return [file, { up: (on) => sql.raw(text).execute(on) }];
})));
const { error } = await new Migrator({ db, provider: { getMigrations } }).migrateToLatest();
await db.destroy();
if (error) throw error;`,
			),
	},
	{
		name: 'Knex',
		packages: ['knex@3.3.0', 'pg@8.23.1'],
		prepare: (place) =>
			runScript(
				withSqlFiles(place),
				`import knex from 'knex';
import { readdirSync, readFileSync } from 'node:fs';
const db = knex({ client: 'pg', connection: process.argv[2] });
const migrationSource = {
	getMigrations: async () => readdirSync('sql').sort(),
	getMigrationName: (file) => file,
	getMigration: async (file) => ({ up: (on) => on.raw(readFileSync('sql/' + file, 'utf8')), down: async () => {} }),
};
await db.migrate.latest({ migrationSource });
await db.destroy();`,
			),
	},
	{
		name: 'Umzug',
		packages: ['umzug@3.8.3', 'pg@8.23.1'],
		prepare: (place) =>
			runScript(
				withSqlFiles(place),
				`import pg from 'pg';
import { Umzug } from 'umzug';
import { readFileSync } from 'node:fs';
const client = new pg.Client(process.argv[2]);
await client.connect();
await client.query('CREATE TABLE IF NOT EXISTS umzug (name text PRIMARY KEY)');
const storage = {
	logMigration: ({ name }) => client.query('INSERT INTO umzug VALUES ($1)', [name]),
	unlogMigration: ({ name }) => client.query('DELETE FROM umzug WHERE name = $1', [name]),
	executed: async () => (await client.query('SELECT name FROM umzug')).rows.map(({ name }) => name),
};
const resolve = ({ name, path }) => ({ name, up: () => client.query('BEGIN;' + readFileSync(path, 'utf8') + ';COMMIT') });
await new Umzug({ migrations: { glob: 'sql/*.sql', resolve }, storage, logger: undefined }).up();
await client.end();`,
			),
	},
	{
		name: 'MikroORM',
		packages: ['@mikro-orm/core@6.4.5', '@mikro-orm/postgresql@6.4.5', '@mikro-orm/migrations@6.4.5'],
		prepare: (place) =>
			runScript(
				withSqlFiles(place),
				`import { MikroORM } from '@mikro-orm/postgresql';
import { Migration, Migrator } from '@mikro-orm/migrations';
import { readdirSync, readFileSync } from 'node:fs';
const migrationsList = readdirSync('sql').sort().map((file) => ({
	name: file,
	class: class extends Migration { up() { this.addSql(readFileSync('sql/' + file, 'utf8')); } },
}));
const orm = await MikroORM.init({
	clientUrl: process.argv[2], entities: [], extensions: [Migrator],
	discovery: { warnWhenNoEntities: false }, migrations: { migrationsList, snapshot: false },
});
await orm.getMigrator().up();
await orm.close();`,
			),
	},
];

function withSqlFiles(place: Parameters<Peer['prepare']>[0]) {
	for (const { tag, up } of place.migrations) place.write(`sql/${tag}.sql`, up);
	return place;
}

function runScript(
	{ write, url }: Parameters<Peer['prepare']>[0],
	text: string,
): ReturnType<Peer['prepare']> {
	write('run.mjs', `${text}\n`);
	return { command: ['node', 'run.mjs', url] };
}
