import type { Action, DependencyEdge, Fact, FactBase, Plan, PlanOptions, StableId } from '@supabase/pg-delta';
import { type CastOptions, castColumn } from './cast-column.ts';
import { type Catalog, type CatalogObject, type Facts, keyOf, type PlannedStatement } from './catalog.ts';
import { listDifferences } from './compare-objects.ts';
import { freeTypeNames } from './free-type-names.ts';
import { mendOrder } from './mend-order.ts';
import { findStuckColumns, planAround } from './plan-around.ts';
import { planUnmodelled } from './plan-unmodelled.ts';
import { selectFacts } from './select-facts.ts';

/** A planned statement and the objects that it is about, the most telling first. */
export interface OwnedStatement extends PlannedStatement {
	readonly keys: readonly string[];
}

/**
 * SQL that brings a database with catalog `from` to catalog `to`, in order. Every name in it is qualified.
 * @throws Error when the planner knows no way, with its reason
 */
export async function planCatalogChange(
	from: Catalog,
	to: Catalog,
	options: CastOptions = {},
): Promise<readonly PlannedStatement[]> {
	const statements = await planOwnedStatements(from, to, options);
	return statements.map(({ keys, ...statement }) => statement);
}

/** The same, each statement with the objects that it is about. */
export async function planOwnedStatements(
	from: Catalog,
	to: Catalog,
	casts: CastOptions = {},
): Promise<readonly OwnedStatement[]> {
	const { plan } = await import('./pg-delta.ts');
	const differences = await listDifferences(from, to);
	const [before, after] = selectFacts([from.facts, to.facts], differences);
	const [source, desired] = await Promise.all([prepareFacts(before), prepareFacts(after)]);
	const options: PlanOptions = {
		scope: 'database',
		renames: 'off',
		assumedRoles: [...from.roles, ...to.roles],
		compact: !repeatKeys(after, from),
	};
	const direct = plan(source, desired, options);
	const start = needsCommit(direct) ? await forceEnumRebuild(source, desired) : source;
	const whole = start === source ? direct : plan(start, desired, options);
	const stuck = findStuckColumns(whole, start);
	const plans = stuck.length === 0 ? [whole] : await planAround(stuck, start, desired, options);
	const actions = plans.flatMap((each) => each.actions);
	const modelled = actions
		.filter((action) => !dropsNoDefault(action, from))
		.map((action) => toOwnedStatement(action, { from, to, casts }));
	const { first, middle, last } = planUnmodelled(from, to, {
		different: new Set(differences.map(({ key }) => key)),
		rebuilt: new Set(actions.flatMap((action) => action.produces.flatMap(keysOfId))),
	});
	const ordered = insertDrops(freeTypeNames(mendOrder(modelled, from, to), from, to), middle);
	return [...relaxFunctionBodies(plans), ...first, ...ordered, ...last];
}

/** Says whether a new table has two keys of the same columns: where CREATE TABLE names both, PostgreSQL makes one. They have to be added one by one. */
function repeatKeys({ facts }: Facts, { objects }: Catalog): boolean {
	const keys = facts.flatMap(({ id, payload }) => {
		if (id.kind !== 'constraint' || objects.has(keyOf('table', [id.schema, id.table]))) return [];
		const [, columns] = KEY.exec(String(payload.def)) ?? [];
		return columns === undefined ? [] : [JSON.stringify([id.schema, id.table, columns])];
	});
	return new Set(keys).size < keys.length;
}

const KEY = /^(?:PRIMARY KEY|UNIQUE)(?: NULLS NOT DISTINCT)? (\(.*)$/s;

/** Before the first statement that drops what these may be made of. */
function insertDrops(
	statements: readonly OwnedStatement[],
	drops: readonly OwnedStatement[],
): readonly OwnedStatement[] {
	const found = statements.findIndex(({ sql }) =>
		/^DROP (?:FUNCTION|PROCEDURE|ROUTINE|TYPE|DOMAIN|SCHEMA|EXTENSION) /.test(sql),
	);
	const place = found === -1 ? statements.length : found;
	return [...statements.slice(0, place), ...drops, ...statements.slice(place)];
}

interface Change {
	readonly from: Catalog;
	readonly to: Catalog;
	readonly casts: CastOptions;
}

function toOwnedStatement(action: Action, change: Change): OwnedStatement {
	const ids = [...action.produces, ...action.destroys, ...action.consumes, ...action.releases];
	return {
		sql: endStatement(rewriteCast(action, change).replaceAll('__pgdelta_replaced', '__old')),
		isTransactional: action.transactionality !== 'nonTransactional',
		isDestructive: action.dataLoss === 'destructive',
		lock: action.lockClass,
		keys: [...new Set(ids.flatMap((id) => findKeys(id, change)))],
	};
}

/** pg-delta names a routine with the types of its arguments, PostgreSQL with their names too: all that are called alike are meant. */
function findKeys(id: StableId, { from, to }: Change): readonly string[] {
	const { kind, schema, name } = targetOf(id) as { kind: string; schema?: string; name?: string };
	if (!ROUTINES.has(kind)) return keysOfId(id);
	return [from, to].flatMap(({ objects }) =>
		[...objects.values()]
			.filter(({ kind: other, names }) => ROUTINES.has(other) && names[0] === schema && names[1] === name)
			.map((object) => keyOf(object.kind, object.names)),
	);
}

const ROUTINES = new Set(['function', 'procedure', 'aggregate']);

/** What a comment, a privilege or a label is about. */
function targetOf(id: StableId): StableId {
	return 'target' in id ? targetOf(id.target) : id;
}

/** The planner takes a default away before every change of type, whether there is one or not. */
function dropsNoDefault(action: Action, from: Catalog): boolean {
	if (!/^ALTER TABLE .* ALTER COLUMN .* DROP DEFAULT$/s.test(action.sql)) return false;
	const columns = [...action.produces, ...action.destroys, ...action.consumes, ...action.releases]
		.flatMap(keysOfId)
		.map((key) => from.objects.get(key))
		.filter(
			(object) =>
				object?.kind === 'column' && action.sql.includes(` COLUMN ${quoteAlways(object.names[2])} `),
		);
	return columns.length > 0 && columns.every((object) => object?.attributes.default === undefined);
}

/** `… TYPE x USING c::x`: the planner knows one cast, which many pairs of types lack. */
function rewriteCast(action: Action, { from, to, casts }: Change): string {
	const column = /^ALTER TABLE .* TYPE .* USING /s.test(action.sql)
		? findColumn(action, from, to)
		: undefined;
	if (column === undefined) return action.sql;
	const using = castColumn(column.from, column.to, { from, to }, casts);
	return `${action.sql.slice(0, action.sql.indexOf(' USING '))} USING ${using}`;
}

function findColumn(
	action: Action,
	from: Catalog,
	to: Catalog,
): { readonly from: CatalogObject; readonly to: CatalogObject } | undefined {
	for (const key of [...action.produces, ...action.consumes, ...action.releases].flatMap(keysOfId)) {
		const [was, is] = [from.objects.get(key), to.objects.get(key)];
		if (was?.kind === 'column' && is && action.sql.includes(` ALTER COLUMN ${quoteAlways(is.names[2])} `))
			return { from: was, to: is };
	}
	return undefined;
}

function quoteAlways(name = ''): string {
	return `"${name.replaceAll('"', '""')}"`;
}

function endStatement(sql: string): string {
	const text = sql.trimEnd();
	return text.endsWith(';') ? text : `${text};`;
}

/** A function may name what a later statement makes; its body is checked when it runs. */
function relaxFunctionBodies(plans: readonly Plan[]): readonly OwnedStatement[] {
	const isRelaxed = plans.some(
		({ preamble, actions }) =>
			preamble.some(({ name }) => name === 'check_function_bodies') &&
			actions.some(({ sql }) => /^CREATE (OR REPLACE )?(FUNCTION|PROCEDURE)/i.test(sql)),
	);
	if (!isRelaxed) return [];
	return [
		{
			sql: 'SET LOCAL check_function_bodies = off;',
			isTransactional: true,
			isDestructive: false,
			lock: 'none',
			keys: [],
		},
	];
}

/**
 * Facts as this planner needs them: a collation is part of the type (`text COLLATE "C"`), so that a change of it keeps
 * the column; the catalogs of servers before and after PostgreSQL 17 (MAINTAIN) look alike.
 */
async function prepareFacts({ facts, edges }: Facts): Promise<FactBase> {
	const { buildFactBase } = await import('./pg-delta.ts');
	return buildFactBase(facts.map(foldCollation), [...edges, ...listTypeUses(edges)]);
}

/** What names a column keeps its type from being built anew, even where it says nothing of the type itself (`WHERE mood IS NOT NULL`). */
function listTypeUses(edges: Facts['edges']): readonly DependencyEdge[] {
	const types = new Map<string, DependencyEdge['to'][]>();
	for (const { from, to } of edges) {
		if (from.kind !== 'column' || to.kind !== 'type') continue;
		types.set(JSON.stringify(from), [...(types.get(JSON.stringify(from)) ?? []), to]);
	}
	return edges.flatMap(({ from, to, kind }) =>
		kind === 'depends' && HOLDS_COLUMNS.has(from.kind)
			? (types.get(JSON.stringify(to)) ?? []).map((type) => ({ from, to: type, kind }))
			: [],
	);
}

const HOLDS_COLUMNS = new Set(['view', 'materializedView', 'policy', 'trigger', 'rule']);

function foldCollation(fact: Fact): Fact {
	const { type, collation } = fact.payload;
	if (fact.id.kind !== 'column' || typeof collation !== 'string') return fact;
	return { ...fact, payload: { ...fact.payload, type: `${type} COLLATE ${collation}`, collation: null } };
}

/** A value added to an enum cannot be used before a commit (55P04); building the enum anew can. */
function needsCommit(planned: Plan): boolean {
	return planned.actions.some((action) => action.transactionality === 'commitBoundaryAfter');
}

/** Makes the planner believe that each enum which gains values loses one too. */
async function forceEnumRebuild(source: FactBase, desired: FactBase): Promise<FactBase> {
	const { buildFactBase } = await import('./pg-delta.ts');
	const facts = source.facts().map((fact) => {
		const wanted = desired.get(fact.id)?.payload.values;
		const values = fact.payload.values;
		if (fact.id.kind !== 'type' || !Array.isArray(values) || !Array.isArray(wanted)) return fact;
		if (JSON.stringify(values) === JSON.stringify(wanted)) return fact;
		return {
			...fact,
			payload: { ...fact.payload, values: [...values, 'no such value, so that the enum is built anew'] },
		};
	});
	return buildFactBase(facts, [...source.edges]);
}

/** From pg-delta's identifiers to our keys, those of routines apart. */
function keysOfId(id: StableId): readonly string[] {
	if ('target' in id) {
		const { column } = id as { column?: string };
		return column === undefined ? keysOfId(id.target) : [keyOfColumn(id.target, column)];
	}
	switch (id.kind) {
		case 'default':
			return [keyOf('column', [id.schema, id.table, id.name])];
		case 'column':
		case 'constraint':
		case 'trigger':
		case 'rule':
		case 'policy':
			return [keyOf(id.kind, [id.schema, id.table, id.name])];
		case 'type':
			return ['enum', 'domain', 'range', 'type'].map((kind) => keyOf(kind, [id.schema, id.name]));
		case 'typeAttribute':
			return [keyOf('type', [id.schema, id.type])];
		case 'publicationRel':
			return [keyOf('publication of table', [id.publication, id.schema, id.table])];
		default:
			return [keyOf(KINDS[id.kind] ?? id.kind, namesOf(id))];
	}
}

const KINDS: Readonly<Record<string, string>> = {
	materializedView: 'materialized view',
	foreignTable: 'foreign table',
	eventTrigger: 'event trigger',
	fdw: 'foreign-data wrapper',
};

function namesOf(id: StableId): readonly string[] {
	const { schema, name } = id as unknown as Readonly<Record<string, string | undefined>>;
	return [schema, name].filter((part) => part !== undefined);
}

function keyOfColumn(table: StableId, column: string): string {
	const { schema, name } = table as { schema: string; name: string };
	return keyOf('column', [schema, name, column]);
}
