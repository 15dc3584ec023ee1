import { describe, expect, test } from 'vitest';
import { mayChangeSettings } from '../../src/kit/sql/may-change-settings.ts';

describe('definitions are known to change no setting', () => {
	test.each([
		'CREATE TABLE "users" ("id" serial PRIMARY KEY NOT NULL, "name" text DEFAULT \'x\' NOT NULL);',
		'ALTER TABLE "users" ALTER COLUMN "name" SET NOT NULL;',
		'ALTER TABLE "users" ALTER COLUMN "name" SET DATA TYPE varchar(10) USING "name"::varchar(10);',
		'ALTER TABLE "users" ALTER COLUMN "name" SET DEFAULT now();',
		'ALTER TABLE "posts" ADD FOREIGN KEY ("author") REFERENCES "users" ("id") ON DELETE set null ON UPDATE no action;',
		'ALTER TABLE "users" SET SCHEMA "app";',
		'CREATE INDEX "users_name_idx" ON "users" USING btree ("name");',
		'DROP TABLE "users";',
	])('%s', (sql) => {
		expect(mayChangeSettings(sql)).toBe(false);
	});
});

describe('what may change a setting, itself or in a function', () => {
	test.each([
		"SET search_path = '';",
		"SELECT pg_catalog.set_config('search_path', '', false);",
		'/* dumped */ SET ROLE app;',
		'CREATE TABLE a ();\nset local role app;',
		'RESET ALL',
		'DISCARD ALL',
		'DO $$ BEGIN SET ROLE app; END $$',
		'CALL prepare_everything()',
		'INSERT INTO users VALUES (1)',
		'WITH gone AS (DELETE FROM users RETURNING id) TABLE gone',
		'VALUES (initialise())',
		'ALTER TABLE users ALTER name SET NOT NULL; SET ROLE app',
	])('%s', (sql) => {
		expect(mayChangeSettings(sql)).toBe(true);
	});
});
