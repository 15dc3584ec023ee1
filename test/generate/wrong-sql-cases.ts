/** A change of a TypeScript schema that drizzle-kit's generator gets wrong, or of a kind with those. */
export interface WrongSqlCase {
	readonly name: string;
	readonly before: string;
	readonly after: string;
	readonly renames?: readonly string[];
	/** Whether `generate` writes a migration or refuses. */
	readonly ends: 'written' | 'refused';
}

const t = (columns: string, extra = '') =>
	`export const t = pgTable('t', { id: integer().primaryKey(), ${columns} }${extra === '' ? '' : `, (t) => [${extra}]`});`;
const u = (columns: string) => `export const u = pgTable('u', { id: integer().primaryKey(), ${columns} });`;

function written(name: string, before: string, after: string, renames?: readonly string[]): WrongSqlCase {
	return { name, before, after, ends: 'written', ...(renames === undefined ? {} : { renames }) };
}

function refused(name: string, before: string, after: string): WrongSqlCase {
	return { name, before, after, ends: 'refused' };
}

const mood = (...values: string[]) => `export const mood = pgEnum('mood', ${JSON.stringify(values)});`;
const rls = (using: string, name = 'p1', table = 't') =>
	`export const t = pgTable('${table}', { id: integer().primaryKey(), a: text() }, () => [pgPolicy('${name}', ${using})]);`;

/** The changes of which drizzle-kit's SQL was measured to fail or to arrive elsewhere. */
export const measured: readonly WrongSqlCase[] = [
	written('a renamed column whose type changes', t('a: varchar({ length: 20 })'), t('b: text()'), [
		't.a=t.b',
	]),
	refused('a column name with a quote', t(''), t(`a: text('My "Col"')`)),
	written('text to integer', t('v: text()'), t('v: integer()')),
	written('text with a default to integer', t("v: text().default('1')"), t('v: integer().default(2)')),
	written('boolean to integer', t('v: boolean()'), t('v: integer()')),
	written('text to jsonb', t('v: text()'), t('v: jsonb()')),
	written('text to a list', t('v: text()'), t('v: text().array()')),
	written('varchar to uuid', t('v: varchar({ length: 40 })'), t('v: uuid()')),
	written('integer to serial', t('v: integer().notNull()'), t('v: serial()')),
	written('serial to bigserial', t('v: serial()'), t("v: bigserial({ mode: 'number' })")),
	written(
		'a generated column dropped with what it is made of',
		t('a: integer(), g: integer().generatedAlwaysAs(sql`a + 1`)'),
		t(''),
	),
	written(
		'a nullable column to identity',
		"export const t = pgTable('t', { id: integer(), a: text() });",
		"export const t = pgTable('t', { id: integer().generatedAlwaysAsIdentity(), a: text() });",
	),
	written(
		'identity to serial',
		"export const t = pgTable('t', { id: integer().primaryKey().generatedAlwaysAsIdentity() });",
		"export const t = pgTable('t', { id: serial().primaryKey() });",
	),
	written(
		'a primary key moved to another column',
		"export const t = pgTable('t', { a: integer().primaryKey(), b: integer().notNull() });",
		"export const t = pgTable('t', { a: integer().notNull(), b: integer().primaryKey() });",
	),
	written(
		'a unique column and a foreign key to it at once',
		`${t('a: text()')} export const k = pgTable('k', { ta: text() });`,
		`${t('a: text().unique()')} export const k = pgTable('k', { ta: text().references(() => t.a) });`,
	),
	refused('a check with a semicolon', t('s: text()'), t('s: text()', "check('ck', sql`s <> ';'`)")),
	refused(
		'a value in the predicate of an index',
		t('a: text()'),
		t('a: text()', `index('i').on(t.a).where(sql\`\${t.a} = \${'x'}\`)`),
	),
	refused(
		'a semicolon and dashes in the expression of an index',
		t('a: text()'),
		t('a: text()', "index('i').on(sql`(a || ';--')`)"),
	),
	written(
		'an enum value removed under a partial index',
		`${mood('a', 'b', 'z')} ${t('m: mood()', "index('i').on(t.id).where(sql`m = 'a'`)")}`,
		`${mood('a', 'b')} ${t('m: mood()', "index('i').on(t.id).where(sql`m = 'a'`)")}`,
	),
	written(
		'a view dropped with the view on it',
		`${t('a: text()')} export const v = pgView('v').as((q) => q.select({ id: t.id }).from(t)); export const w = pgView('w').as((q) => q.select({ id: v.id }).from(v));`,
		t('a: text()'),
	),
	written(
		'a policy without its check',
		rls('{ using: sql`id > 1`, withCheck: sql`id > 1` }'),
		rls('{ using: sql`id > 1` }'),
	),
	written(
		'a renamed policy with another condition',
		rls('{ using: sql`id > 1` }'),
		rls('{ using: sql`id > 2` }', 'p2'),
		['t.p1=t.p2'],
	),
	written(
		'a renamed table with a column of another type',
		t('v: text()'),
		t('v: integer()').replace("'t'", "'t2'"),
		['t=t2'],
	),
	written(
		'a table moved with its policy, and a column of another altered',
		`export const s1 = pgSchema('s1'); ${rls('{ using: sql`true` }')} ${u('z: text()')}`,
		`export const s1 = pgSchema('s1'); export const t = s1.table('t', { id: integer().primaryKey(), a: text() }, () => [pgPolicy('p1', { using: sql\`true\` })]); ${u('z: text().notNull()')}`,
		['t=s1.t'],
	),
	written(
		'a table renamed with its policy, and a column of another altered',
		`${rls('{ using: sql`true` }')} ${u('z: text()')}`,
		`${rls('{ using: sql`true` }', 'p1', 't2')} ${u('z: text().notNull()')}`,
		['t=t2'],
	),
	written('two columns that swap their types', t('a: text(), b: integer()'), t('a: integer(), b: text()')),
];

/** Others of these kinds, thought up. */
export const others: readonly WrongSqlCase[] = [
	refused('a quote in a jsonb default', t(''), t(`j: jsonb().default({ a: "it's" })`)),
	written('a quote in a text default', t('a: text()'), t(`a: text().default("it's")`)),
	written(
		'an enum of another schema that loses a value in use as default',
		`export const s = pgSchema('s'); export const e = s.enum('e', ['x', 'y', 'z']); ${t("m: e().default('z').notNull()")}`,
		`export const s = pgSchema('s'); export const e = s.enum('e', ['x', 'y']); ${t("m: e().default('x').notNull()")}`,
	),
	written(
		'a list of enum values, one value removed',
		`${mood('a', 'b', 'z')} ${t("m: mood().array().default(['a'])")}`,
		`${mood('a', 'b')} ${t("m: mood().array().default(['a'])")}`,
	),
	written(
		'a new enum value as default',
		`${mood('a')} ${t("m: mood().default('a')")}`,
		`${mood('a', 'b')} ${t("m: mood().default('b')")}`,
	),
	written('an enum to text', `${mood('a')} ${t("m: mood().default('a')")}`, t("m: text().default('a')")),
	written('text to an enum', t("m: text().default('a')"), `${mood('a')} ${t("m: mood().default('a')")}`),
	written(
		'serial to identity',
		"export const t = pgTable('t', { id: serial().primaryKey() });",
		"export const t = pgTable('t', { id: integer().primaryKey().generatedByDefaultAsIdentity() });",
	),
	written(
		'a list with a default to a list of another type',
		t("v: text().array().default(['1'])"),
		t('v: integer().array().default([1])'),
	),
	written(
		'a single integer to a list with a default',
		t('v: integer().default(1)'),
		t('v: integer().array().default([1])'),
	),
	written(
		'another expression of a generated column',
		t('a: integer(), g: integer().generatedAlwaysAs(sql`a + 1`)'),
		t('a: integer(), g: integer().generatedAlwaysAs(sql`a + 2`)'),
	),
	refused(
		'a column of another type under a generated one',
		t('a: integer(), g: integer().generatedAlwaysAs(sql`a + 1`)'),
		t("a: bigint({ mode: 'number' }), g: bigint({ mode: 'number' }).generatedAlwaysAs(sql`a + 1`)"),
	),
	written(
		'a view on a column whose type changes',
		`${t('a: text()')} export const v = pgView('v').as((q) => q.select({ id: t.id, a: t.a }).from(t));`,
		`${t('a: varchar({ length: 9 })')} export const v = pgView('v').as((q) => q.select({ id: t.id, a: t.a }).from(t));`,
	),
	written(
		'a materialized view on a view on a renamed column',
		`${t('a: text()')} export const v = pgView('v').as((q) => q.select({ a: t.a }).from(t)); export const m = pgMaterializedView('m').as((q) => q.select({ a: v.a }).from(v));`,
		`${t('b: text()')} export const v = pgView('v').as((q) => q.select({ b: t.b }).from(t)); export const m = pgMaterializedView('m').as((q) => q.select({ b: v.b }).from(v));`,
		['t.a=t.b'],
	),
	written(
		'a policy for a role that is new',
		rls('{ using: sql`true` }'),
		`export const r = pgRole('wrong_sql_reader'); ${rls("{ using: sql`true`, to: r, for: 'select' }")}`,
	),
	written(
		'a composite primary key on a renamed column',
		"export const t = pgTable('t', { a: integer(), b: integer() }, (t) => [primaryKey({ columns: [t.a, t.b] })]);",
		"export const t = pgTable('t', { a: integer(), c: integer() }, (t) => [primaryKey({ columns: [t.a, t.c] })]);",
		['t.b=t.c'],
	),
	written(
		'a composite primary key with a column more',
		"export const t = pgTable('t', { a: integer().notNull(), b: integer().notNull(), c: integer().notNull() }, (t) => [primaryKey({ name: 'k', columns: [t.a, t.b] })]);",
		"export const t = pgTable('t', { a: integer().notNull(), b: integer().notNull(), c: integer().notNull() }, (t) => [primaryKey({ name: 'k', columns: [t.a, t.b, t.c] })]);",
	),
	written(
		'a check on a renamed column that says more now',
		t('n: integer()', `check('ck', sql\`\${t.n} > 0\`)`),
		t('m: integer()', `check('ck', sql\`\${t.m} > 1\`)`),
		['t.n=t.m'],
	),
	written(
		'a default from a sequence',
		t('n: integer()'),
		`export const s = pgSequence('s', { startWith: 5 }); ${t("n: integer().default(sql`nextval('s')`)")}`,
	),
	written(
		'the sequence of a default dropped with it',
		`export const s = pgSequence('s', { startWith: 5 }); ${t("n: integer().default(sql`nextval('s')`)")}`,
		t('n: integer()'),
	),
	written(
		'another operator class of an index',
		t('a: text()', "index('i').on(t.a)"),
		t('a: text()', "index('i').on(t.a.op('text_pattern_ops'))"),
	),
	written(
		'another expression of an index',
		t('a: text()', "index('i').on(sql`lower(a)`)"),
		t('a: text()', "index('i').on(sql`upper(a)`)"),
	),
	written(
		'unique, nulls not distinct',
		t('a: text()', 'unique().on(t.a)'),
		t('a: text()', 'unique().on(t.a).nullsNotDistinct()'),
	),
	written(
		'a table moved to a new schema, with an enum and a foreign key to it',
		`${mood('a')} ${t('m: mood()')} export const k = pgTable('k', { t: integer().references(() => t.id) });`,
		`export const s1 = pgSchema('s1'); ${mood('a')} export const t = s1.table('t', { id: integer().primaryKey(), m: mood() }); export const k = pgTable('k', { t: integer().references(() => t.id) });`,
		['t=s1.t'],
	),
	written(
		'timestamp to date with a default',
		t('d: timestamp().defaultNow()'),
		t("d: date().default('2020-01-01')"),
	),
	written(
		'text to timestamptz',
		t('d: text()'),
		t('d: timestamp({ withTimezone: true }).defaultNow().notNull()'),
	),
	written('a new column that may not be null and has no default', t(''), t('a: text().notNull()')),
	written(
		'two tables that refer to each other',
		t(''),
		`export const a = pgTable('a', { id: integer().primaryKey(), b: integer().references(() => b.id) }); export const b = pgTable('b', { id: integer().primaryKey(), a: integer().references(() => a.id) }); ${t('')}`,
	),
	written(
		'the referenced key goes, and the reference with it',
		`${t('c: text().unique()')} export const k = pgTable('k', { c: text().references(() => t.c) });`,
		`${t('c: text()')} export const k = pgTable('k', { c: text() });`,
	),
	refused('a table name with a quote', t(''), `${t('')} export const q = pgTable('a"b', { id: integer() });`),
	written('an enum value with a quote', t(''), `${t('')} ${mood("it's")}`),
];
