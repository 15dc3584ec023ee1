import { defineConfig } from 'vitest/config';

export default defineConfig({
	test: {
		include: ['test/**/*.test.ts'],
		globalSetup: 'test/harness/global-setup.ts',
		// Most of the time is spent waiting for child processes and servers: no core is left idle.
		maxWorkers: '100%',
		testTimeout: 120_000,
		hookTimeout: 120_000,
	},
});
