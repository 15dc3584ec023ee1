import type { Reversibility } from '../../../src/kit/journal/migration.ts';

/** A migration as people write them, with what its way back must be called. */
export interface RealMigration {
	readonly up: string;
	readonly is: Reversibility;
	/** In the order of the header. */
	readonly loses?: readonly string[];
}

/** One of each kind, on top of each other. */
export const MIGRATIONS: readonly RealMigration[] = [
	{
		up: 'CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE EXTENSION IF NOT EXISTS btree_gin; CREATE EXTENSION citext; CREATE TABLE notes (id integer PRIMARY KEY);',
		is: 'lossy',
		loses: ['table notes'],
	},
	{
		up: `CREATE TABLE "users" ("id" serial PRIMARY KEY, "name" text NOT NULL, "email" citext UNIQUE, "balance" numeric(10,2) DEFAULT 0 NOT NULL CHECK ("balance" >= 0));
--> statement-breakpoint
CREATE TABLE "posts" ("id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "user_id" integer NOT NULL REFERENCES "users" ON DELETE CASCADE, "title" varchar(80), "tags" text[] DEFAULT '{}' NOT NULL);`,
		is: 'lossy',
		loses: ['table posts', 'table users'],
	},
	{
		up: 'CREATE INDEX CONCURRENTLY "posts_title" ON "posts" USING gin ("title" gin_trgm_ops);',
		is: 'lossless',
	},
	{
		up: `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_type WHERE typname = 'mood') THEN CREATE TYPE mood AS ENUM ('sad', 'ok'); END IF; END $$;
ALTER TABLE "users" ADD COLUMN "mood" mood DEFAULT 'ok' NOT NULL;`,
		is: 'lossy',
		loses: ['column users.mood'],
	},
	{ up: `ALTER TYPE mood ADD VALUE 'happy';`, is: 'lossy', loses: ['values of column users.mood'] },
	{ up: `UPDATE "users" SET "mood" = 'happy' WHERE "name" = 'Ann';`, is: 'schema-only' },
	{
		up: `DO $$ DECLARE r record; BEGIN FOR r IN SELECT id FROM users LOOP UPDATE users SET balance = balance + 1 WHERE id = r.id; END LOOP; END $$;`,
		is: 'schema-only',
	},
	{
		up: `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN NEW.name := trim(NEW.name); RETURN NEW; END $f$;
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();`,
		is: 'lossless',
	},
	{
		up: `CREATE VIEW authors AS SELECT u.id, u.name, count(*) AS posts FROM users u JOIN posts p ON p.user_id = u.id GROUP BY u.id;`,
		is: 'lossless',
	},
	{
		up: `CREATE MATERIALIZED VIEW moods AS SELECT mood, count(*) AS n FROM users GROUP BY mood; CREATE UNIQUE INDEX ON moods (mood);`,
		is: 'lossless',
	},
	{ up: 'REFRESH MATERIALIZED VIEW CONCURRENTLY moods;', is: 'lossless' },
	{
		up: 'ALTER TABLE posts ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON posts USING (user_id > 0);',
		is: 'lossless',
	},
	{
		up: `CREATE TABLE events (id bigint, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;`,
		is: 'lossy',
		loses: ['table events', 'table events_2024', 'table events_rest'],
	},
	{ up: 'ALTER TABLE events DETACH PARTITION events_2024;', is: 'lossless' },
	{
		up: `CREATE TEMPORARY TABLE old AS SELECT id, name FROM users; UPDATE users SET name = old.name FROM old WHERE old.id = users.id; DROP TABLE old;`,
		is: 'schema-only',
	},
	{
		up: `CREATE TEMPORARY TABLE t (a integer); INSERT INTO t VALUES (1); DROP TABLE t; CREATE INDEX users_name ON users (name);`,
		is: 'lossless',
	},
	{
		up: `ALTER TABLE users RENAME COLUMN name TO full_name; ALTER TABLE users RENAME TO people;
CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN NEW.full_name := trim(NEW.full_name); RETURN NEW; END $f$;`,
		is: 'lossless',
	},
	{
		up: `DROP VIEW authors; ALTER TABLE people ALTER COLUMN full_name TYPE varchar(200);
CREATE VIEW authors AS SELECT u.id, u.full_name, count(*) AS posts FROM people u JOIN posts p ON p.user_id = u.id GROUP BY u.id;`,
		is: 'lossy',
		loses: ['values of column people.full_name (up)'],
	},
	{ up: 'CREATE SCHEMA audit; ALTER TABLE events SET SCHEMA audit;', is: 'lossless' },
	{ up: `INSERT INTO people (id, full_name) VALUES (7, 'Bo');`, is: 'schema-only' },
	{
		up: `ALTER TABLE posts ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('english', title)) STORED; CREATE INDEX ON posts USING gin (search);`,
		is: 'lossless',
	},
	{
		up: 'ALTER TABLE posts ADD COLUMN slug text; UPDATE posts SET slug = title; ALTER TABLE posts ALTER slug SET NOT NULL;',
		is: 'schema-only',
		loses: ['column posts.slug'],
	},
	{
		up: `ALTER TABLE people ADD CONSTRAINT named CHECK (full_name <> '') NOT VALID; ALTER TABLE people VALIDATE CONSTRAINT named;`,
		is: 'lossless',
	},
	{
		up: `COMMENT ON TABLE people IS 'who''s who'; ALTER TABLE people SET (fillfactor = 80);`,
		is: 'lossless',
	},
	{
		up: 'CREATE SEQUENCE numbers START 100; ALTER TABLE posts ALTER COLUMN title DROP NOT NULL;',
		is: 'lossy',
		loses: ['position of sequence numbers'],
	},
	{ up: 'ALTER TABLE people DROP COLUMN balance;', is: 'lossy', loses: ['column people.balance (up)'] },
	{ up: 'DROP TABLE posts CASCADE;', is: 'lossy', loses: ['table posts (up)'] },
];
