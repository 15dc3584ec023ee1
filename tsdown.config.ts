import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { defineConfig } from 'tsdown';

const testing = 'src/kit/testing.ts';

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

/** What every command needs, what looks at a database, and what moves one: three files instead of fifty, each of which costs a millisecond at every start. */
const starting = reachFrom('src/kit/cli/run-binary.ts');
const looking = reachFrom(
	...['src/kit/cli/commands/current.ts', 'src/kit/cli/commands/history.ts'],
	'src/kit/keep/read-kept.ts',
);
/** With what they load only when there is something to do, which through tsx is worth it. */
const moving = reachFrom(
	...['src/kit/cli/commands/migrate.ts', 'src/kit/cli/commands/rollback.ts'],
	'src/kit/commands/when-moving.ts',
);

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
		codeSplitting: {
			includeDependenciesRecursively: false,
			groups: [
				{ name: 'starting', test: (id) => starting.has(id), priority: 2 },
				{ name: 'looking', test: (id) => looking.has(id), priority: 1 },
				{ name: 'moving', test: (id) => moving.has(id), priority: 0 },
			],
		},
	},
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
