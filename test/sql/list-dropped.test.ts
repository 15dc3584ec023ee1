import { describe, expect, it } from 'vitest';
import { listDropped, listPlainlyDropped } from '../../src/kit/sql/list-dropped.ts';
import { parseStatements } from '../../src/kit/sql/parse-statements.ts';

const breakpoint = '\n--> statement-breakpoint\n';

describe('what is plain without the parser', () => {
	it.each([
		'DROP TABLE "users";',
		'DROP TABLE "Ⅷ table"',
		'DROP TABLE "audit"."users";',
		'ALTER TABLE "users" DROP COLUMN "name";',
		'ALTER TABLE "audit"."users" DROP CONSTRAINT "users_name_unique";',
		`DROP TABLE "a";${breakpoint}ALTER TABLE "b" DROP COLUMN "c";`,
		`ALTER TABLE "b" ADD COLUMN "c" text;${breakpoint}DROP TABLE "a";`,
		`-- first\nCREATE INDEX "i" ON "b" ("c");${breakpoint}ALTER TABLE "b" DROP COLUMN "c";`,
	])('is what the parser says: %s', async (sql) => {
		const parsed = (await parseStatements(sql)).flatMap(listDropped);
		expect(parsed.length).toBeGreaterThan(0);
		expect(listPlainlyDropped(sql)).toEqual(parsed);
	});
});

describe('what is not plain', () => {
	it.each([
		'DROP TABLE users;',
		'DROP TABLE "a", "b";',
		'DROP TABLE IF EXISTS "a";',
		'DROP TABLE "a" CASCADE;',
		'DROP TABLE "a""b";',
		'DROP TABLE "a"; DROP TABLE "b";',
		'ALTER TABLE "a" DROP COLUMN "b", DROP COLUMN "c";',
		'ALTER TABLE "a" DROP COLUMN "b" CASCADE;',
		'ALTER TABLE "a" ALTER COLUMN "b" TYPE text;',
		'ALTER TABLE "a" ALTER COLUMN "b" SET DATA TYPE text;',
		'DROP TYPE "mood";',
		'SELECT 1; SELECT 2',
		'DO $$ BEGIN DROP TABLE "a"; END $$;',
		'CALL clean();',
		`DROP TABLE "a";${breakpoint}DROP VIEW "b";`,
		'COMMENT ON TABLE "a" IS \'drop it\'',
	])('is left to the parser: %s', (sql) => {
		expect(listPlainlyDropped(sql)).toBeUndefined();
	});
});
