import { existsSync } from 'node:fs';
import { defineConfig } from 'tsdown';

const testing = 'src/kit/testing.ts';

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
