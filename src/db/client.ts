import 'dotenv/config';
import { drizzle } from 'drizzle-orm/node-postgres';
import { Pool } from 'pg';
import * as schema from './schema/index.ts';

/** The connections of the application. End it when the application ends. */
export const pool = new Pool({ connectionString: process.env.DATABASE_URL });

/** The application's database: `db.query.users.findMany({ with: { posts: true } })`. */
export const db = drizzle(pool, { schema });
