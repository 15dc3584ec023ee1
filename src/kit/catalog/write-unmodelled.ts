import { quoteLiteral } from '../sql/quote-identifier.ts';
import type { AttributeValue, CatalogObject } from './catalog.ts';

/** `DROP …`, without CASCADE. */
export function writeDrop(object: CatalogObject): string {
	return `DROP ${addressOf(object)};`;
}

/** `COMMENT ON … IS …`; a missing comment is NULL. */
export function writeComment(object: CatalogObject, comment: AttributeValue | undefined): string {
	return `COMMENT ON ${addressOf(object)} IS ${comment === undefined || comment === null ? 'NULL' : quoteLiteral(String(comment))};`;
}

/** How each kind of object is made again; kinds that are missing here cannot be. */
export const CREATORS: Readonly<Record<string, (object: CatalogObject) => readonly string[]>> = {
	statistics: ({ attributes }) => [`${attributes.definition};`],
	cast: createCast,
	operator: createOperator,
	'operator family': createOperatorFamily,
	'operator class': createOperatorClass,
	'text search configuration': createConfiguration,
	'text search dictionary': createDictionary,
	conversion: createConversion,
};

function addressOf({ kind, names }: CatalogObject): string {
	const [first = '', second = '', third = '', fourth = ''] = names;
	const name = `${quote(first)}.${quote(second)}`;
	if (kind === 'cast') return `CAST (${first} AS ${second})`;
	if (kind === 'operator') return `OPERATOR ${quote(first)}.${second} (${third}, ${fourth})`;
	if (kind === 'operator class' || kind === 'operator family')
		return `${kind.toUpperCase()} ${name} USING ${third}`;
	return `${kind.toUpperCase()} ${name}`;
}

function createCast({ names: [source, target], attributes }: CatalogObject): readonly string[] {
	const { function: routine, context, method } = attributes;
	const how = method === 'i' ? 'WITH INOUT' : routine ? `WITH FUNCTION ${routine}` : 'WITHOUT FUNCTION';
	const when = context === 'i' ? ' AS IMPLICIT' : context === 'a' ? ' AS ASSIGNMENT' : '';
	return [`CREATE CAST (${source} AS ${target}) ${how}${when};`];
}

function createOperator({
	names: [schema = '', name = '', left, right],
	attributes,
}: CatalogObject): readonly string[] {
	const bare = (operator: AttributeValue | undefined) =>
		operator && `OPERATOR(${String(operator).replace(/\(.*\)$/, '')})`;
	const parts = [
		`FUNCTION = ${attributes.function}`,
		left === 'NONE' ? undefined : `LEFTARG = ${left}`,
		right === 'NONE' ? undefined : `RIGHTARG = ${right}`,
		bare(attributes.commutator) && `COMMUTATOR = ${bare(attributes.commutator)}`,
		bare(attributes.negator) && `NEGATOR = ${bare(attributes.negator)}`,
		attributes.restrict && `RESTRICT = ${attributes.restrict}`,
		attributes.join && `JOIN = ${attributes.join}`,
		attributes.hashes && 'HASHES',
		attributes.merges && 'MERGES',
	];
	return [`CREATE OPERATOR ${quote(schema)}.${name} (${parts.filter(Boolean).join(', ')});`];
}

function createOperatorFamily(family: CatalogObject): readonly string[] {
	const address = addressOf(family);
	const members = listMembers(family);
	return [
		`CREATE ${address};`,
		...(members.length === 0 ? [] : [`ALTER ${address} ADD ${members.join(', ')};`]),
	];
}

function createOperatorClass(operatorClass: CatalogObject): readonly string[] {
	const {
		names: [schema = '', name = '', method],
		attributes: { type, default: isDefault, family, 'key type': keyType },
	} = operatorClass;
	const storage = keyType ? `STORAGE ${keyType}` : undefined;
	// A class must hold something; its own type is what it stores anyway.
	const parts = [...listMembers(operatorClass), ...(storage ? [storage] : [])];
	const head = `CREATE OPERATOR CLASS ${quote(schema)}.${quote(name)}${isDefault ? ' DEFAULT' : ''} FOR TYPE ${type} USING ${method}`;
	return [`${head} FAMILY ${family} AS ${(parts.length > 0 ? parts : [`STORAGE ${type}`]).join(', ')};`];
}

function listMembers({ attributes: { operators, functions } }: CatalogObject): readonly string[] {
	return [operators, functions].flatMap((list) => (Array.isArray(list) ? list.map(String) : []));
}

function createConfiguration({
	names: [schema = '', name = ''],
	attributes,
}: CatalogObject): readonly string[] {
	const address = `TEXT SEARCH CONFIGURATION ${quote(schema)}.${quote(name)}`;
	const mappings = Object.entries((attributes.mappings ?? {}) as Record<string, readonly string[]>);
	return [
		`CREATE ${address} (PARSER = ${attributes.parser});`,
		...mappings.map(
			([token, dictionaries]) => `ALTER ${address} ADD MAPPING FOR ${token} WITH ${dictionaries.join(', ')};`,
		),
	];
}

function createDictionary({ names: [schema = '', name = ''], attributes }: CatalogObject): readonly string[] {
	const options = attributes.options ? `, ${attributes.options}` : '';
	return [
		`CREATE TEXT SEARCH DICTIONARY ${quote(schema)}.${quote(name)} (TEMPLATE = ${attributes.template}${options});`,
	];
}

function createConversion({ names: [schema = '', name = ''], attributes }: CatalogObject): readonly string[] {
	const isDefault = attributes.default ? 'DEFAULT ' : '';
	return [
		`CREATE ${isDefault}CONVERSION ${quote(schema)}.${quote(name)} FOR ${quoteLiteral(String(attributes.from))} TO ${quoteLiteral(String(attributes.to))} FROM ${attributes.function};`,
	];
}

function quote(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}
