import type { Step } from './schema-walk.ts';

/** A pair that once failed, as small as it could be made. */
export interface FoundCase {
	readonly name: string;
	readonly before: string;
	readonly after: string;
	readonly renames?: Step['renames'];
}

/** Every failure that random pairs have found. Sources lack their imports; no two use the same name, so that all can be tried as one. */
export const foundCases: readonly FoundCase[] = [
	{
		name: 'an identity column that becomes text becomes an identity again',
		before: "export const a1 = pgTable('a1', { id: integer().generatedAlwaysAsIdentity(), a: text() });",
		after: "export const a1 = pgTable('a1', { id: varchar({ length: 20 }).notNull(), a: text() });",
	},
	{
		name: 'a view is made of one whose variable comes later in the alphabet',
		before: "export const b1 = pgTable('b1', { id: integer().primaryKey() });",
		after: `export const b1 = pgTable('b1', { id: integer().primaryKey() });
			export const b9 = pgView('b9').as((qb) => qb.select().from(b1));
			export const b2 = pgView('b2').as((qb) => qb.select().from(b9));`,
	},
	{
		name: 'an enum is renamed in a schema that is renamed, both by their old names',
		before: "export const c1 = pgSchema('c1'); export const ce = c1.enum('kind', ['a']);",
		after: "export const c1 = pgSchema('c2'); export const ce = c1.enum('sort', ['a']);",
		renames: ['c1=c2', 'enum:c1.kind=c2.sort'],
	},
	{
		name: 'a column that a check demands comes back with a value for the rows there are',
		before:
			"export const d1 = pgTable('d1', { id: integer(), a: timestamp() }, () => [check('d2', sql`a is not null`)]);",
		after: "export const d1 = pgTable('d1', { id: integer() });",
	},
	{
		name: 'a table takes the name of an enum that goes',
		before:
			"export const e1 = pgEnum('e1', ['a', 'b']); export const e2 = pgTable('e2', { id: integer(), kind: e1().default('a') });",
		after:
			"export const e1 = pgTable('e1', { id: integer() }); export const e2 = pgTable('e2', { id: integer(), kind: text().default('a') });",
	},
	{
		name: 'tables with keys named after them swap their names',
		before: `export const f1 = pgTable('f1', { id: uuid().primaryKey(), x: text().unique() });
			export const f2 = pgTable('f2', { id: integer().primaryKey(), x: text().unique() });`,
		after: `export const f1 = pgTable('f2', { id: uuid().primaryKey(), x: text().unique() });
			export const f2 = pgTable('f1', { id: integer().primaryKey(), x: text().unique() });`,
		renames: ['f1=f2', 'f2=f1'],
	},
	{
		name: 'keys come back with another value in every row',
		before:
			"export const g1 = pgTable('g1', { a: interval().primaryKey(), b: timestamp({ precision: 0 }).notNull().unique(), c: numeric({ precision: 4, scale: 2 }).notNull().unique(), d: date().notNull().unique(), e: text() });",
		after: "export const g1 = pgTable('g1', { e: text() });",
	},
	{
		name: 'the sequence of a table that is moved keeps its column',
		before: "export const h1 = pgSchema('h1'); export const h2 = pgTable('h2', { position: serial() });",
		after: "export const h1 = pgSchema('h1'); export const h2 = h1.table('h2', { ref: serial() });",
		renames: ['h2=h1.h2', 'h2.position=h1.h2.ref'],
	},
	{
		name: 'an enum gains a value under a view that shows no value of it',
		before: `export const i1 = pgEnum('i1', ['a']); export const i2 = pgTable('i2', { id: integer(), kind: i1().notNull() });
			export const i3 = pgView('i3').as((qb) => qb.select({ id: i2.id }).from(i2).where(sql\`kind is not null\`));`,
		after: `export const i1 = pgEnum('i1', ['a', 'b']); export const i2 = pgTable('i2', { id: integer(), kind: i1().notNull() });
			export const i3 = pgView('i3').as((qb) => qb.select({ id: i2.id }).from(i2).where(sql\`kind is not null\`));`,
	},
	{
		name: 'a column changes its type under a generated one',
		before:
			"export const j1 = pgTable('j1', { id: integer(), g: integer().generatedAlwaysAs(sql`id * 2`) }, (t) => [index('j2').on(t.g)]);",
		after:
			"export const j1 = pgTable('j1', { id: smallint(), g: smallint().generatedAlwaysAs(sql`id * 2`) }, (t) => [index('j2').on(t.g)]);",
	},
];
