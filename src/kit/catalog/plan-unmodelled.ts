import { quoteIdentifier } from '../sql/quote-identifier.ts';
import type { AttributeValue, Catalog, CatalogObject } from './catalog.ts';
import { toText } from './compare-objects.ts';
import type { OwnedStatement } from './plan-catalog-change.ts';

/**
 * Statements for what the planner does not model, to run after its own. `rebuilt` are the keys of objects that it makes
 * anew: they start from PostgreSQL's defaults.
 */
export function planUnmodelled(
	from: Catalog,
	to: Catalog,
	rebuilt: ReadonlySet<string>,
): readonly OwnedStatement[] {
	return [...to.objects].flatMap(([key, object]) => {
		const before = rebuilt.has(key) ? undefined : from.objects.get(key);
		const sql = SETTERS[object.kind]?.(object, before) ?? [];
		return sql.map((text) => ({ sql: text, isTransactional: true, isDestructive: false, keys: [key] }));
	});
}

type WriteStatements = (object: CatalogObject, before: CatalogObject | undefined) => readonly string[];

const SETTERS: Readonly<Record<string, WriteStatements>> = {
	column: setColumn,
	table: setTable,
};

function setColumn(object: CatalogObject, before: CatalogObject | undefined): readonly string[] {
	const [schema = '', table = '', column = ''] = object.names;
	if (object.attributes.inherited) return [];
	const alter = `ALTER TABLE ${quoteFully(schema, table)} ALTER COLUMN ${quoteIdentifier(column)}`;
	const changes = changesOf(object, before);
	return [
		...changes('storage', (value) => `SET STORAGE ${String(value ?? 'DEFAULT').toUpperCase()}`),
		...changes('compression', (value) => `SET COMPRESSION ${value ?? 'default'}`),
		...changes('statistics target', (value) => `SET STATISTICS ${value ?? -1}`),
		...changes('options', (value, old) => writeOptions(value, old)),
	].map((clause) => `${alter} ${clause};`);
}

function setTable(object: CatalogObject, before: CatalogObject | undefined): readonly string[] {
	const [schema = '', table = ''] = object.names;
	const alter = `ALTER TABLE ${quoteFully(schema, table)}`;
	const changes = changesOf(object, before);
	return [
		...changes('toast options', (value, old) => writeOptions(value, old, 'toast.')),
		...changes('clustered on', (value) =>
			value ? `CLUSTER ON ${quoteIdentifier(String(value))}` : 'SET WITHOUT CLUSTER',
		),
	].map((clause) => `${alter} ${clause};`);
}

type ListChanges = (
	name: string,
	write: (value: AttributeValue | undefined, old: AttributeValue | undefined) => string,
) => readonly string[];

function changesOf(object: CatalogObject, before: CatalogObject | undefined): ListChanges {
	return (name, write) => {
		const [value, old] = [object.attributes[name], before?.attributes[name]];
		return toText(value) === toText(old) ? [] : [write(value, old)];
	};
}

function writeOptions(
	value: AttributeValue | undefined,
	old: AttributeValue | undefined,
	prefix = '',
): string {
	const [wanted, present] = [value, old].map((list) => (Array.isArray(list) ? list.map(String) : []));
	const nameOf = (option: string) => option.split('=')[0];
	const names = new Set(wanted?.map(nameOf));
	const set =
		wanted?.map(
			(option) => prefix + option.replace(/=(.*)$/s, (_, text) => `='${text.replaceAll("'", "''")}'`),
		) ?? [];
	const reset = present?.map(nameOf).filter((name) => !names.has(name)) ?? [];
	const clauses = [
		...(set.length > 0 ? [`SET (${set.join(', ')})`] : []),
		...(reset.length > 0 ? [`RESET (${reset.map((name) => prefix + name).join(', ')})`] : []),
	];
	return clauses.join(', ');
}

/** With its schema, `public` too: the SQL must not depend on the search_path of whoever runs it. */
function quoteFully(schema: string, name: string): string {
	return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}
