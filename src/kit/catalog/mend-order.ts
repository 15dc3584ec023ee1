import { type Catalog, type CatalogObject, keyOf } from './catalog.ts';
import type { OwnedStatement } from './plan-catalog-change.ts';

/** The planner's statements with its known slips mended. */
export function mendOrder(
	statements: readonly OwnedStatement[],
	from: Catalog,
	to: Catalog,
): readonly OwnedStatement[] {
	return requireBeforeIdentity(setValuesAfterTypes(dropRepeatedDefaults(statements)), from, to);
}

/** A changed type sets the new default, and so does the change of the default. */
function dropRepeatedDefaults(statements: readonly OwnedStatement[]): readonly OwnedStatement[] {
	return statements.filter(
		({ sql }, place) =>
			!/ SET DEFAULT /.test(sql) || !statements.slice(place + 1).some((later) => later.sql === sql),
	);
}

/** A new default is one of the new type, and only the new type may be that of an identity. */
function setValuesAfterTypes(statements: readonly OwnedStatement[]): readonly OwnedStatement[] {
	const ordered: OwnedStatement[] = [];
	const waiting = new Map<string, OwnedStatement>();
	for (const [place, statement] of statements.entries()) {
		const [, column] =
			/^(ALTER TABLE .*? ALTER COLUMN .*?) (?:SET DEFAULT|ADD GENERATED) /s.exec(statement.sql) ?? [];
		const isChangedBy = ({ sql }: OwnedStatement) => sql.startsWith(`${column} TYPE `);
		if (column !== undefined && statements.slice(place + 1).some(isChangedBy)) {
			waiting.set(`${column} TYPE `, statement);
			continue;
		}
		ordered.push(statement);
		for (const [beginning, later] of waiting) {
			if (!statement.sql.startsWith(beginning)) continue;
			ordered.push(later);
			waiting.delete(beginning);
		}
	}
	return ordered;
}

/** A column must be NOT NULL before it can be an identity; the planner says so afterwards. */
function requireBeforeIdentity(
	statements: readonly OwnedStatement[],
	from: Catalog,
	to: Catalog,
): readonly OwnedStatement[] {
	const isIdentity = ({ sql }: OwnedStatement) => /^ALTER TABLE .* ADD GENERATED .* AS IDENTITY/s.test(sql);
	const required = statements
		.filter(isIdentity)
		.flatMap((statement) => findNullable(statement, from, to) ?? []);
	if (required.length === 0) return statements;
	const clauses = new Map(required.map((column) => [keyOf('column', column.names), writeSetNotNull(column)]));
	const later = new Set([...clauses.values()]);
	return statements.flatMap((statement) => {
		if (later.has(statement.sql)) return [];
		const key = isIdentity(statement)
			? statement.keys.find((candidate) => clauses.has(candidate))
			: undefined;
		return key === undefined ? [statement] : [{ ...statement, sql: clauses.get(key) ?? '' }, statement];
	});
}

function findNullable({ keys }: OwnedStatement, from: Catalog, to: Catalog): CatalogObject | undefined {
	const key = keys.find((candidate) => to.objects.get(candidate)?.attributes.identity !== undefined);
	const was = from.objects.get(key ?? '');
	return was && !was.attributes['not null'] ? was : undefined;
}

/** As the planner writes it. */
function writeSetNotNull({ names }: CatalogObject): string {
	const [schema, table, column] = names.map((name) => `"${name.replaceAll('"', '""')}"`);
	return `ALTER TABLE ${schema}.${table} ALTER COLUMN ${column} SET NOT NULL;`;
}
