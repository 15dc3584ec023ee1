import { describe, expect, it } from 'vitest';
import { splitInLanes } from '../../src/kit/generate/split-in-lanes.ts';

const table = (name: string, columns = '"id" integer') => `CREATE TABLE "${name}" (${columns});`;
const many = (count: number, write: (place: number) => string) =>
	Array.from({ length: count }, (_, place) => write(place));
const tables = many(24, (place) => table(`t${place}`));

/** In which of the two lists a statement is. */
function laneOf(statements: readonly string[], text: string): number | undefined {
	const lanes = splitInLanes(statements);
	return lanes?.findIndex((lane) => lane.some((each) => each === text.replace(/;$/, '')));
}

describe('statements that have nothing to do with one another', () => {
	it('go to two lists alike, each in its order', () => {
		const [one = [], other = []] = splitInLanes(tables) ?? [];
		expect([one.length, other.length]).toEqual([12, 12]);
		const place = (text: string) => tables.indexOf(`${text};`);
		for (const lane of [one, other])
			expect(lane.map(place)).toEqual(lane.map(place).toSorted((a, b) => a - b));
	});

	it('may stand in one file', () => {
		const lanes = splitInLanes([tables.join('\n--> statement-breakpoint\n')]);
		expect(lanes?.flat().toSorted()).toEqual(tables.map((text) => text.slice(0, -1)).toSorted());
	});

	it('may say something of columns that are called alike', () => {
		const required = many(24, (place) => `ALTER TABLE "t${place}" ALTER COLUMN "id" SET NOT NULL;`);
		expect(splitInLanes([...tables, ...required])?.map(({ length }) => length)).toEqual([24, 24]);
	});

	it('are left together where there are few of them', () => {
		expect(splitInLanes(tables.slice(0, 10))).toBeUndefined();
	});
});

describe('a statement stays with the one', () => {
	it.each([
		['that makes its table', table('a'), 'ALTER TABLE "a" ADD COLUMN "n" text;'],
		[
			'that makes its table in a schema',
			table('a'),
			'CREATE UNIQUE INDEX "i" ON "public"."a" USING btree ("id");',
		],
		[
			'that makes its table by a bare name',
			'CREATE TABLE A (id integer);',
			'ALTER TABLE "a" ADD COLUMN "n" text;',
		],
		[
			'that makes the table which it refers to',
			table('a'),
			'ALTER TABLE "t1" ADD CONSTRAINT "f" FOREIGN KEY ("id") REFERENCES "public"."a"("id");',
		],
		[
			'that refers to the same table, which is there already',
			'ALTER TABLE "t1" ADD CONSTRAINT "f" FOREIGN KEY ("id") REFERENCES "public"."old"("id");',
			'ALTER TABLE "t2" ADD CONSTRAINT "g" FOREIGN KEY ("id") REFERENCES "public"."old"("id");',
		],
		['that makes its type', `CREATE TYPE "public"."mood" AS ENUM('a', 'b');`, table('a', '"m" "mood"')],
		['that makes a table which a default names', table('a'), table('b', `"n" integer DEFAULT nextval('a')`)],
		['of its name', 'CREATE INDEX "a" ON "t1" ("id");', 'CREATE INDEX "a" ON "t2" ("id");'],
	])('%s', (_what, one, other) => {
		for (const place of [0, 12, 24]) {
			const statements = [one, ...tables.slice(0, place), other, ...tables.slice(place)];
			expect(laneOf(statements, one)).toBe(laneOf(statements, other));
			expect(laneOf(statements, one)).toBeTypeOf('number');
		}
	});
});

describe('everything is left together', () => {
	it.each([
		['something is dropped', 'DROP TABLE "old";'],
		['a function is made', "CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS 'SELECT 1';"],
		['two statements stand without a breakpoint', `${table('a')} ${table('b')}`],
		['there is a comment', `-- it's\n${table('a')}`],
		['a name is escaped', 'CREATE TABLE U&"\\0061" (id integer);'],
		['a name has a quote', 'CREATE TABLE "a""b" (id integer);'],
		['a name is not of plain letters', 'CREATE TABLE "äpfel" (id integer);'],
		['a table inherits', 'CREATE TABLE "a" () INHERITS ("old");'],
		['a table is a partition', 'CREATE TABLE "a" PARTITION OF "old" DEFAULT;'],
		['a column gets another type', 'ALTER TABLE "t1" ALTER COLUMN "id" TYPE bigint;'],
		['a column is dropped', 'ALTER TABLE "t1" DROP COLUMN "id";'],
	])('where %s', (_what, sql) => {
		expect(splitInLanes([...tables, sql])).toBeUndefined();
	});

	it('where one table is in everything', () => {
		const keys = many(
			24,
			(place) =>
				`ALTER TABLE "t${place}" ADD CONSTRAINT "f${place}" FOREIGN KEY ("id") REFERENCES "old"("id");`,
		);
		expect(splitInLanes(keys)).toBeUndefined();
	});
});
