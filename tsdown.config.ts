import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { defineConfig } from 'tsdown';

const testing = 'src/kit/testing.ts';

/** The one library that is part of the package: an alpha, of which we use three functions. Its licence goes with it. */
const bundled = '@supabase/pg-delta';
const licence = readFileSync(`node_modules/${bundled}/LICENSE`, 'utf8').trim();
const notice = `/*! ${bundled}\n\n${licence}\n*/`;

/** What is imported statically from here on: loaded together, in any case. */
function reachFrom(...roots: readonly string[]): ReadonlySet<string> {
	const reached = new Set(roots.map((root) => resolve(root)));
	for (const file of reached) {
		const text = readFileSync(file, 'utf8');
		for (const [, path = ''] of text.matchAll(/^(?:import|export) (?!type\b)[^;]*?'(\.[^']+)';$/gm))
			reached.add(resolve(dirname(file), path));
	}
	return reached;
}

/** What every command needs, what looks at a database, what moves one, and what proves: a few files instead of a hundred, each of which costs a millisecond at every start. */
const starting = reachFrom(
	...['src/kit/cli/run-binary.ts', 'src/kit/config/load-config.ts'],
	...['src/kit/config/kit-identity.ts', 'src/kit/sql/quote-identifier.ts', 'src/kit/report/render-locks.ts'],
);
/** A check of what has not changed, and of nothing else. */
const checking = reachFrom('src/kit/cli/commands/check.ts');
const looking = reachFrom(
	...[
		'src/kit/cli/commands/current.ts',
		'src/kit/cli/commands/history.ts',
		'src/kit/cli/commands/migrate.ts',
	],
	...['src/kit/report/render-json.ts', 'src/kit/report/render-history.ts', 'src/kit/keep/read-kept.ts'],
);
/** What is loaded when there is something to do, and what going back takes beside it. */
const moving = reachFrom('src/kit/cli/show-migrate.ts', 'src/kit/commands/when-moving.ts');
const goingBack = reachFrom('src/kit/cli/commands/rollback.ts');
/** What the thread loads is a few small files of its own. */
const thread = reachFrom('src/kit/generate/drizzle-kit-worker.ts');
/** What has to be there before the thread can be started: no more than that. */
const drafting = reachFrom('src/kit/cli/commands/generate.ts');
/** What proving takes, with what it loads on the way. */
const proving = reachFrom(
	...['src/kit/commands/generate.ts', 'src/kit/locks/measure-locks.ts'],
	...['src/kit/database/scratch/open-scratch-server.ts', 'src/kit/database/scratch/scratch-location.ts'],
);
/** The server that every command starts where no database is configured. */
const embedding = reachFrom('src/kit/database/embedded/start-embedded-server.ts');

export default defineConfig({
	entry: {
		index: 'src/kit/index.ts',
		bin: 'src/kit/cli/bin.ts',
		// Started as a thread, by its file's name.
		'drizzle-kit-worker': 'src/kit/generate/drizzle-kit-worker.ts',
		...(existsSync(testing) ? { testing } : {}),
	},
	format: 'esm',
	platform: 'node',
	target: 'node20.19',
	outputOptions: {
		banner: ({ moduleIds }) => (moduleIds.some((id) => id.includes(bundled)) ? notice : ''),
		codeSplitting: {
			includeDependenciesRecursively: false,
			groups: [
				{ name: 'starting', test: (id) => starting.has(id), priority: 5 },
				{ name: 'checking', test: (id) => checking.has(id) && !thread.has(id), priority: 4 },
				{ name: 'looking', test: (id) => looking.has(id), priority: 3 },
				{ name: 'moving', test: (id) => moving.has(id), priority: 2 },
				{ name: 'going-back', test: (id) => goingBack.has(id), priority: 1 },
				{ name: 'drafting', test: (id) => drafting.has(id) && !thread.has(id), priority: 4 },
				{ name: 'embedding', test: (id) => embedding.has(id) && !thread.has(id), priority: 1 },
				{ name: 'proving', test: (id) => proving.has(id) && !thread.has(id), priority: 0 },
			],
		},
	},
	deps: { neverBundle: ['@supabase/pg-topo'] },
	fixedExtension: false,
	// The binary and the thread are not imported by anybody.
	dts: { entry: ['src/kit/index.ts', testing] },
	plugins: [
		{
			// The bundler keeps an import whose names are gone; the types must stand without @types/pg.
			name: 'drop-unused-imports-of-types',
			generateBundle(_options, bundle) {
				for (const chunk of Object.values(bundle)) {
					if (
						chunk.type !== 'chunk' ||
						!chunk.fileName.endsWith('.d.ts') ||
						/(?<!`)\bpg\.[A-Z]/.test(chunk.code)
					)
						continue;
					chunk.code = chunk.code.replace(/^import pg from "pg";\n/m, '');
				}
			},
		},
	],
	sourcemap: false,
	clean: true,
	outDir: 'dist',
});
