import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check } from '../../src/kit/commands/check.ts';
import { generate } from '../../src/kit/commands/generate.ts';
import { loadConfig } from '../../src/kit/config/load-config.ts';
import { CompanionError } from '../../src/kit/errors.ts';
import { expectSuccess } from './all-at-once.ts';
import { mutateJson, mutateText } from './mutate.ts';
import { countRounds, type Torture } from './scenario.ts';
import { withLimit } from './with-limit.ts';

const configFile = 'drizzle.config.ts';
const config = `import { defineConfig } from 'drizzle-kit';

// The database is another one in production.
const url = process.env.DATABASE_URL ?? 'postgres://app:p%40ss@localhost:5432/app';

export default defineConfig({
	dialect: 'postgresql',
	schema: ['./schema.ts'],
	out: './drizzle',
	migrations: { schema: 'drizzle', table: '__drizzle_migrations' },
	dbCredentials: { url },
});

export const companion = { lockTimeout: 5_000, lockRetries: 10 };
`;

const schema = (
	columns: string,
) => `import { index, integer, pgEnum, pgTable, text, varchar } from 'drizzle-orm/pg-core';
export const mood = pgEnum('mood', ['sad', 'ok']);
export const users = pgTable('users', { id: integer().primaryKey(), name: varchar({ length: 50 }).notNull().unique(), mood: mood().default('ok') }, (t) => [index('by_mood').on(t.mood)]);
export const posts = pgTable('posts', { id: integer().primaryKey(), author: integer().references(() => users.id), ${columns} });
`;

/** A whole project with its TypeScript configuration and drizzle-kit's own snapshots is mutated; `check` and `generate` work on it. */
export async function fuzzProject(torture: Torture): Promise<void> {
	const { random, tally } = torture;
	const cwd = await makeProject(torture);
	const sound = `${cwd}-sound`;
	cpSync(cwd, sound, { recursive: true });
	const snapshots = ['drizzle/meta/0000_snapshot.json', 'drizzle/meta/0001_snapshot.json'];
	for (const round of countRounds(torture)) {
		const path = random.pick([configFile, configFile, ...snapshots, 'schema.ts']);
		const text = readFileSync(join(sound, path), 'utf8');
		const isJson = path.endsWith('.json') && random.below(4) > 0;
		const mutated = isJson ? JSON.stringify(mutateJson(JSON.parse(text), random)) : mutateText(text, random);
		writeFileSync(join(cwd, path), mutated ?? '');
		const command = path === configFile ? 'config' : random.pick(['check', 'check', 'generate'] as const);
		const before = listFiles(cwd);
		const outcome = await withLimit(
			commands[command](cwd).then(
				() => 'done' as const,
				(error: unknown) => error,
			),
		);
		const complaint = judge(outcome) ?? judgeFiles(outcome, before, listFiles(cwd));
		if (complaint !== undefined)
			tally.failures.push(
				`round ${round}: ${command} on ${path}: ${complaint}: ${JSON.stringify(mutated).slice(0, 2_000)}`,
			);
		tally.inputs += 1;
		rmSync(join(cwd, 'drizzle'), { recursive: true });
		cpSync(sound, cwd, { recursive: true, force: true });
	}
}

async function makeProject(torture: Torture): Promise<string> {
	const { stage, server } = torture;
	const { url } = await server.makeDatabase();
	const cwd = stage.makeProject('fuzz-project', {
		[configFile]: config,
		'.env': `DATABASE_URL=${url}\nSHADOW_DATABASE_URL=${url}\n`,
		'schema.ts': schema('a: text()'),
	});
	for (const [name, columns] of [
		['first', 'a: text()'],
		['second', 'a: text(), b: integer()'],
	] as const) {
		stage.makeProject('fuzz-project', { 'schema.ts': schema(columns) });
		expectSuccess(
			torture,
			[await stage.start(['generate', '--name', name], { cwd, url }).ended],
			`${name} generate`,
		);
	}
	return stage.makeProject('fuzz-project', { 'schema.ts': schema('a: text(), b: integer(), c: text()') });
}

const commands = {
	config: async (cwd: string) => void (await loadConfig({ cwd })),
	check: async (cwd: string) => void (await check({ cwd, measure: false })),
	generate: async (cwd: string) => void (await generate({ cwd, name: 'third' })),
};

function judge(outcome: unknown): string | undefined {
	if (outcome === 'done') return undefined;
	if (outcome === 'hung') return 'it hung';
	if (outcome instanceof CompanionError && outcome.code !== 'UNEXPECTED')
		return /\n\s+at \S+ \(/.test(outcome.message) ? `a stack in the message: ${outcome.message}` : undefined;
	return `no code: ${(outcome as Error)?.stack?.split('\n').slice(0, 4).join(' | ')}`;
}

/** What fails leaves everything as it was. */
function judgeFiles(
	outcome: unknown,
	before: readonly string[],
	after: readonly string[],
): string | undefined {
	if (outcome === 'done') return undefined;
	const strays = after.filter((file) => !before.includes(file));
	return strays.length === 0 ? undefined : `it left ${strays.join(', ')}`;
}

function listFiles(cwd: string): readonly string[] {
	return readdirSync(join(cwd, 'drizzle'), { recursive: true }).map(String).sort();
}
