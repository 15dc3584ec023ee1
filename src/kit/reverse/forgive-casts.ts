import type { Catalog, CatalogObject } from '../catalog/catalog.ts';
import type { OwnedStatement } from '../catalog/plan-catalog-change.ts';
import { quoteIdentifier } from '../sql/quote-identifier.ts';
import { plainValue } from './plain-value.ts';

export interface ForgivenCasts {
	readonly statements: readonly OwnedStatement[];
	/** The columns, as they are before. */
	readonly forgiven: readonly CatalogObject[];
}

/**
 * The same statements, in which a changed type takes the values that it can and gives up the others: NULL, or a placeholder
 * where the column must hold something. PostgreSQL has no cast that fails softly, so a function of the session does it.
 */
export function forgiveCasts(
	statements: readonly OwnedStatement[],
	from: Catalog,
	to: Catalog,
): ForgivenCasts {
	const forgiven: CatalogObject[] = [];
	const written = statements.flatMap((statement) => {
		const change = readTypeChange(statement, from, to);
		if (change === undefined) return [statement];
		forgiven.push(change.to);
		return writeForgiving(change, forgiven.length).map((sql) => ({ ...statement, sql }));
	});
	return { statements: written, forgiven };
}

interface TypeChange {
	readonly from: CatalogObject;
	readonly to: CatalogObject;
	/** `ALTER TABLE … TYPE …` */
	readonly head: string;
	readonly column: string;
	/** What comes after the column: `::text::uuid`. */
	readonly casts: string;
}

function readTypeChange({ sql, keys }: OwnedStatement, from: Catalog, to: Catalog): TypeChange | undefined {
	const [, head, using] = /^(ALTER TABLE .* TYPE .*) USING (.*);$/s.exec(sql) ?? [];
	if (head === undefined || using === undefined) return undefined;
	const key = keys.find(
		(candidate) => from.objects.get(candidate)?.kind === 'column' && to.objects.has(candidate),
	);
	const [was, is] = [from.objects.get(key ?? ''), to.objects.get(key ?? '')];
	if (was === undefined || is === undefined) return undefined;
	const column = quoteIdentifier(is.names[2] ?? '');
	const casts = using.startsWith(column) ? using.slice(column.length) : '';
	return /^(?:::[^:;]+)+$/.test(casts) ? { from: was, to: is, head, column, casts } : undefined;
}

function writeForgiving({ from, to, head, column, casts }: TypeChange, number: number): readonly string[] {
	const { type, 'not null': isNotNull } = to.attributes;
	const routine = `pg_temp.companion_cast_${number}(${from.attributes.type})`;
	const body = `BEGIN RETURN $1${casts}; EXCEPTION WHEN data_exception THEN RETURN NULL; END`;
	const value = `pg_temp.companion_cast_${number}(${column})`;
	const placeholder = isNotNull ? plainValue(String(type)) : undefined;
	return [
		`CREATE FUNCTION ${routine} RETURNS ${type} LANGUAGE plpgsql AS $cast$ ${body} $cast$;`,
		`${head} USING ${placeholder === undefined ? value : `coalesce(${value}, ${placeholder})`};`,
		`DROP FUNCTION ${routine};`,
	];
}
