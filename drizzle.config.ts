import { defineConfig } from 'drizzle-kit';
import { defineCompanion } from './src/kit/config/define-companion.ts';

export default defineConfig({
	dialect: 'postgresql',
	schema: './src/db/schema',
	out: './drizzle',
	...(process.env.DATABASE_URL ? { dbCredentials: { url: process.env.DATABASE_URL } } : {}),
});

export const companion = defineCompanion({});
