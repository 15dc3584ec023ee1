import { quoteIdentifier } from '../sql/quote-identifier.ts';
import { type Catalog, type CatalogObject, keyOf } from './catalog.ts';
import type { OwnedStatement } from './plan-catalog-change.ts';

/**
 * The planner's statements, where a type that goes makes way for a table, view or type of another kind that takes its name: it
 * is called otherwise from the beginning until it is dropped.
 */
export function freeTypeNames(
	statements: readonly OwnedStatement[],
	from: Catalog,
	to: Catalog,
): readonly OwnedStatement[] {
	return [...from.objects.values()]
		.filter((object) => isType(object) && !to.objects.has(keyOf(object.kind, object.names)))
		.reduce((planned, type) => stepAside(planned, type, to), statements);
}

/** Kinds of which each has a type of its name. */
const TYPES = ['enum', 'domain', 'range', 'type'];
const WITH_TYPE = [...TYPES, 'table', 'view', 'materialized view', 'foreign table'];

function isType({ kind }: CatalogObject): boolean {
	return TYPES.includes(kind);
}

function stepAside(
	statements: readonly OwnedStatement[],
	type: CatalogObject,
	to: Catalog,
): readonly OwnedStatement[] {
	const heirs = WITH_TYPE.map((kind) => keyOf(kind, type.names)).filter((key) => to.objects.has(key));
	const created = statements.findIndex(
		({ sql, keys }) => sql.startsWith('CREATE ') && keys.some((key) => heirs.includes(key)),
	);
	const [schema = '', name = ''] = type.names;
	const word = type.kind === 'domain' ? 'DOMAIN' : 'TYPE';
	const drop = new RegExp(`^DROP ${word} "?${toPattern(schema)}"?\\."?${toPattern(name)}"?;$`);
	const dropped = statements.findIndex(({ sql }) => drop.test(sql));
	if (created === -1 || dropped < created) return statements;
	const aside = quoteIdentifier(`${name}__old`);
	const at = quoteIdentifier(schema);
	const key = keyOf(type.kind, type.names);
	const rename = {
		...{ isTransactional: true, isDestructive: false, lock: 'accessExclusive', keys: [key] },
		sql: `ALTER ${word} ${at}.${quoteIdentifier(name)} RENAME TO ${aside};`,
	};
	return [
		rename,
		...statements.map((statement, place) =>
			place === dropped ? { ...statement, sql: `DROP ${word} ${at}.${aside};` } : statement,
		),
	];
}

function toPattern(text: string): string {
	return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll('"', '""');
}
