import { describe, expect, it } from 'vitest';
import { mendPulledSchema } from '../../src/kit/adopt/mend-pulled-schema.ts';
import type { PulledFacts } from '../../src/kit/adopt/pulled-facts.ts';

const imports = 'import { pgTable, text } from "drizzle-orm/pg-core"\nimport { sql } from "drizzle-orm"\n';

function mend(
	lines: readonly string[],
	facts: Partial<PulledFacts> = {},
	head = 'export const t = pgTable("t", {',
): string {
	const nothing: PulledFacts = {
		types: new Map(),
		defaults: new Map(),
		indexes: new Map(),
		partitions: [],
		partitioned: [],
		schemas: ['public'],
	};
	const text = `${imports}\n${head}\n${lines.join('\n')}\n`;
	return mendPulledSchema(text, { ...nothing, ...facts })
		.slice(text.indexOf(head) + head.length + 1)
		.trimEnd();
}

describe('mendPulledSchema', () => {
	it('gives unknown types their own name, and the remark away', () => {
		const types = new Map([
			['public.t.search', 'tsvector'],
			['auth.s.at', 'tsrange'],
		]);
		const text = `${imports}\nexport const auth = pgSchema("auth");\nexport const t = pgTable("t", {\n\t// TODO: failed to parse database type 'tsvector'\n\tsearch: unknown("search").notNull(),\n});\nexport const s = auth.table("s", {\n\tat: unknown("at").array(),\n});\n`;
		const mended = mendPulledSchema(text, {
			types,
			defaults: new Map(),
			indexes: new Map(),
			partitions: [],
			partitioned: [],
			schemas: [],
		});
		expect(mended).toContain('import { pgTable, text, customType } from "drizzle-orm/pg-core"');
		expect(mended).toContain('\n\tsearch: databaseType("tsvector")("search").notNull(),\n');
		expect(mended).toContain('\n\tat: databaseType("tsrange")("at").array(),\n');
		expect(mended).not.toContain('TODO');
	});

	it.each([
		['text().default(next_code()),', 'next_code()', 'text().default(sql`next_code()`),'],
		[
			'text("x").default((a || \')\'::text)),',
			"(a || ')'::text)",
			'text("x").default(sql`(a || \')\'::text)`),',
		],
		[
			'text().default(CURRENT_USER).notNull(),',
			'CURRENT_USER',
			'text().default(sql`CURRENT_USER`).notNull(),',
		],
		['text().default(f(`x`)),', "f('`${\\'::text)", "text().default(sql`f('\\`\\${\\\\'::text)`),"],
		["text().default('it\\'s'),", "'it''s'::text", "text().default('it\\'s'),"],
		['integer().default(-1),', "'-1'::integer", 'integer().default(-1),'],
		['boolean().default(true),', 'true', 'boolean().default(true),'],
		['jsonb().default({"a":[1]}),', "'{}'", 'jsonb().default({"a":[1]}),'],
		['text().array().default([""]),', "'{}'::text[]", 'text().array().default([]),'],
		['text().array().default([""]),', '\'{""}\'::text[]', 'text().array().default([""]),'],
		["integer().default(sql`nextval('s')`),", "nextval('s')", "integer().default(sql`nextval('s')`),"],
	])('leaves a default that is JavaScript and marks one that is SQL: %s', (line, actual, expected) => {
		expect(mend([`\tx: ${line}`], { defaults: new Map([['public.t.x', actual]]) })).toBe(`\tx: ${expected}`);
	});

	it('gives each index column its own operator class, and none where it is the default', () => {
		const line =
			'\tindex("i").using("gin", table.a.asc().nullsLast().op("enum_ops"), sql`lower((b)::text)`, table.c.desc().op("int4_ops")),';
		const indexes = new Map([
			[
				'public.i',
				[
					{ order: '' },
					{ operatorClass: 'gin_trgm_ops', order: 'DESC' },
					{ operatorClass: 'c_ops', order: 'DESC' },
				],
			],
		]);
		expect(mend([line], { indexes })).toBe(
			'\tindex("i").using("gin", table.a.asc().nullsLast(), sql`lower((b)::text) gin_trgm_ops DESC`, table.c.desc().op("c_ops")),',
		);
	});

	it('keeps what stands behind the columns of an index', () => {
		const line =
			'\tuniqueIndex("i").using("btree", table.a.asc().op("text_ops")).where(sql`(a <> \'), .op("x")\'::text)`),';
		expect(mend([line], { indexes: new Map([['public.i', [{ order: '' }]]]) })).toBe(
			'\tuniqueIndex("i").using("btree", table.a.asc()).where(sql`(a <> \'), .op("x")\'::text)`),',
		);
	});

	it('writes bounds of sequences that JavaScript would round as text', () => {
		expect(
			mend([
				'\tid: bigint().generatedAlwaysAsIdentity({ name: "s", startWith: 1, minValue: -9223372036854775808, maxValue: 9223372036854775807, cache: 1 }),',
			]),
		).toContain('minValue: "-9223372036854775808", maxValue: "9223372036854775807", cache: 1');
	});

	it('takes NOT NULL constraints of PostgreSQL 18 out of the checks', () => {
		expect(mend(['\tcheck("t_a_not_null", sql`NOT NULL a`),', '\tcheck("c", sql`a > 0`),'])).toBe(
			'\tcheck("c", sql`a > 0`),',
		);
	});
});
