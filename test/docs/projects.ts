import { mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { repository } from '../harness/repository.ts';
import type { TestDatabase } from '../harness/test-database.ts';
import { type } from './type.ts';
import { writeFiles } from './write-files.ts';

/** What a project begins with. */
export interface Preparation {
	readonly files: Readonly<Record<string, string>>;
	/** Run in the database. */
	readonly sql?: string;
	/** False: no DATABASE_URL, so the embedded server of the project itself is used. */
	readonly hasDatabase?: boolean;
	/** Typed before the first block. */
	readonly commands?: string;
}

/** What all projects share. */
export interface Surroundings {
	/** Is emptied for each project. */
	readonly database: TestDatabase;
	/** The folder of `writeShims`. */
	readonly shims: string;
	/** Where projects are made, beside the `node_modules` of `linkModules`. */
	readonly folder: string;
}

const read = (path: string) => readFileSync(join(repository, path), 'utf8');

const listFiles = (folder: string, as: string): Readonly<Record<string, string>> =>
	Object.fromEntries(
		readdirSync(folder, { recursive: true, encoding: 'utf8' })
			.filter((name) => /\.\w+$/.test(name))
			.map((name) => [`${as}/${name}`, readFileSync(join(folder, name), 'utf8')]),
	);

const copyOf = (folder: string) => listFiles(join(repository, folder), folder);

const withoutNickname = (): Readonly<Record<string, string>> => ({
	'package.json': '{ "name": "shop", "private": true, "type": "module" }\n',
	'drizzle.config.ts': read('drizzle.config.ts').replace(
		'./src/kit/config/define-companion.ts',
		'drizzle-companion',
	),
	...Object.fromEntries(
		['comments', 'index', 'posts', 'users'].map((name) => [
			`src/db/schema/${name}.ts`,
			read(`src/db/schema/${name}.ts`).replace(/^.*nickname.*\n/m, ''),
		]),
	),
});

const firstMigration = (): Readonly<Record<string, string>> => {
	const journal = JSON.parse(read('drizzle/meta/_journal.json')) as { entries: unknown[] };
	const path = 'drizzle/meta/_journal.json';
	return {
		...Object.fromEntries(
			['0000_init.sql', '0000_init.down.sql', 'meta/0000_snapshot.json'].map((name) => [
				`drizzle/${name}`,
				read(`drizzle/${name}`),
			]),
		),
		[path]: JSON.stringify({ ...journal, entries: journal.entries.slice(0, 1) }, undefined, 2),
	};
};

const twelveUsers = `INSERT INTO users (email, password) SELECT 'user' || i || '@example.com', 'secret' FROM generate_series(1, 12) i;`;

const bySchema = `import { integer, pgTable, text } from 'drizzle-orm/pg-core';\n`;

/** Four migrations of a shop: SQL by tag, all of it applied. */
const shopMigrations = {
	'0000_init': 'CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);',
	'0001_add_nickname': 'ALTER TABLE users ADD COLUMN nickname text;',
	'0002_add_orders': 'CREATE TABLE orders (id integer PRIMARY KEY, total integer NOT NULL);',
	'0003_add_invoices': 'CREATE TABLE invoices (id integer PRIMARY KEY, total integer NOT NULL);',
} as const;

const shopTables = `${bySchema}export const users = pgTable('users', { id: integer().primaryKey(), name: text().notNull(), nickname: text() });
export const orders = pgTable('orders', { id: integer().primaryKey(), total: integer().notNull() });
export const invoices = pgTable('invoices', { id: integer().primaryKey(), total: integer().notNull() });
`;

/** The tables after each migration, so that drizzle-kit itself writes the journal. */
const shopSteps = [
	`${bySchema}export const users = pgTable('users', { id: integer().primaryKey(), name: text().notNull() });\n`,
	`${bySchema}export const users = pgTable('users', { id: integer().primaryKey(), name: text().notNull(), nickname: text() });\n`,
	shopTables.split('\n').slice(0, 3).join('\n'),
	shopTables,
];

const shopFiles = (): Readonly<Record<string, string>> => ({
	'package.json': '{ "name": "shop", "private": true, "type": "module" }\n',
	'package-lock.json': '{}\n',
	'drizzle.config.ts': `import { defineConfig } from 'drizzle-kit';

export default defineConfig({
	dialect: 'postgresql',
	schema: './src/schema.ts',
	out: './drizzle',
	...(process.env.DATABASE_URL ? { dbCredentials: { url: process.env.DATABASE_URL } } : {}),
});
`,
	'src/schema.ts': shopTables,
});

const generateShop = Object.keys(shopMigrations)
	.map(
		(tag, index) =>
			`cat > src/schema.ts <<'END'\n${shopSteps[index]}\nEND\nnpx drizzle-kit generate --name ${tag.slice(5)} > /dev/null`,
	)
	// `drizzle-kit up` names folders by the second in which a migration was made: no two of one.
	.join('\nsleep 1.1\n');

/** The shop's files with its journal, by drizzle-kit, and with ways back: made once, for it takes ten seconds. */
function makeShop(surroundings: Surroundings): Promise<ShopFiles> {
	made ??= writeShop(surroundings);
	return made;
}
let made: Promise<ShopFiles> | undefined;

interface ShopFiles {
	readonly plain: Preparation['files'];
	readonly withDowns: Preparation['files'];
}

async function writeShop({ shims, folder }: Surroundings): Promise<ShopFiles> {
	const root = mkdtempSync(join(folder, 'made-'));
	symlinkSync(join(folder, 'node_modules'), join(root, 'node_modules'));
	writeFiles(root, { ...shopFiles(), '.env': `SHADOW_DATABASE_URL=${inject('serverUrl')}\n` });
	const env = { PATH: `${shims}:${process.env.PATH}`, DOCS_LOG: join(root, '.log') };
	const read = () => listFiles(join(root, 'drizzle'), 'drizzle');
	await type(generateShop, { root, env });
	const plain = { ...shopFiles(), ...read() };
	await type('pnpm db:reverse', { root, env });
	return { plain, withDowns: { ...plain, ...read() } };
}

/** What the pages call their projects. */
export const projects: Readonly<
	Record<string, (surroundings: Surroundings) => Preparation | Promise<Preparation>>
> = {
	/** A fresh clone, without a database, before anybody thought of nicknames. */
	clone: () => ({ files: { ...withoutNickname(), ...firstMigration() }, hasDatabase: false }),
	/** The same on a database of its own, migrated, with twelve users. */
	template: () => ({
		files: { ...withoutNickname(), ...firstMigration() },
		commands: `pnpm db:migrate && psql -c "${twelveUsers}"`,
	}),
	/** The same with both of its migrations, three of the twelve with a nickname. */
	nicknames: () => ({
		files: { ...withoutNickname(), ...copyOf('src/db/schema'), ...copyOf('drizzle') },
		commands: `pnpm db:migrate && psql -c "${twelveUsers} UPDATE users SET nickname = 'nick' WHERE id <= 3"`,
	}),
	/** A branch that adds a migration to what the base branch has. */
	'pull-request': () => ({
		files: {
			...withoutNickname(),
			...firstMigration(),
			'.gitignore': read('.gitignore'),
			'package-lock.json': '{}',
		},
		hasDatabase: false,
		commands: `git init -q -b main && git add . && git -c user.name=a -c user.email=a@example.com commit -q -m base
			git update-ref refs/remotes/origin/main main
			sed -i "/createdAt/i nickname: varchar('nickname', { length: 50 })," src/db/schema/users.ts
			pnpm db:generate -m 'add nickname' > /dev/null`,
	}),
	/** Tables and rows, TypeScript, and nothing recorded anywhere. */
	pushed: () => ({ files: withoutNickname(), sql: `${read('drizzle/0000_init.sql')};${twelveUsers}` }),
	/** Tables and rows, and neither TypeScript nor migrations. */
	tables: () => ({
		files: { ...shopFiles(), 'src/schema.ts': '' },
		sql: `${Object.values(shopMigrations).join('\n')} INSERT INTO users VALUES (1, 'Ada');`,
		commands: 'rm src/schema.ts',
	}),
	/** A journal of four that drizzle-kit wrote and applied; nothing of ours. */
	applied: async (surroundings) => ({
		files: (await makeShop(surroundings)).plain,
		commands: 'npx drizzle-kit migrate > /dev/null',
	}),
	/** The tables of three of its four migrations are there, and nothing is recorded. */
	partly: async (surroundings) => ({
		files: (await makeShop(surroundings)).plain,
		sql: Object.values(shopMigrations).slice(0, 3).join('\n'),
	}),
	/** A journal of four with ways back, applied by us. */
	shop: async (surroundings) => ({
		files: (await makeShop(surroundings)).withDowns,
		commands: 'pnpm db:migrate > /dev/null',
	}),
	/** The same, nothing applied. */
	undeployed: async (surroundings) => ({ files: (await makeShop(surroundings)).withDowns }),
};
