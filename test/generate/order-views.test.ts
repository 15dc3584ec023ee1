import { expect, test } from 'vitest';
import { orderViews } from '../../src/kit/generate/order-views.ts';

const TABLE = 'CREATE TABLE "t" ("id" integer);';
const ACTIVE = 'CREATE VIEW "public"."active" AS (select "id" from "valid" where id > 0);';
const VALID = 'CREATE MATERIALIZED VIEW "public"."valid" AS (select * from "other"."raw");';
const RAW = 'CREATE VIEW "other"."raw" AS (select "id" from "t");';

test.each([
	['puts a view after those that it is made of', [TABLE, ACTIVE, VALID, RAW], [TABLE, RAW, VALID, ACTIVE]],
	['leaves what is in order as it is', [RAW, TABLE, VALID, ACTIVE], [RAW, TABLE, VALID, ACTIVE]],
	[
		'leaves SQL alone that PostgreSQL cannot read',
		[ACTIVE, VALID, 'CREATE VIEW x'],
		[ACTIVE, VALID, 'CREATE VIEW x'],
	],
])('%s', async (_name, statements, ordered) => {
	expect(await orderViews(statements)).toEqual(ordered);
});

test('ends where views are made of each other', async () => {
	const circle = ['CREATE VIEW a AS select * from b;', 'CREATE VIEW b AS select * from a;'];
	expect((await orderViews(circle)).toSorted()).toEqual(circle);
});
