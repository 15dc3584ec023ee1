import { defineConfig } from 'drizzle-kit';
import { defineCompanion } from './src/kit/config/define-companion.ts';

export default defineConfig({
	dialect: 'postgresql',
	schema: './src/db/schema',
	out: './drizzle',
	...(process.env.DATABASE_URL ? { dbCredentials: { url: process.env.DATABASE_URL } } : {}),
});

export const companion = defineCompanion({
	// What a migration or a rollback throws away is set aside, and comes back with the opposite step; in production only with a
	// `mode: 'always'` or `--keep`.
	keep: { limit: '1GB' },
});
