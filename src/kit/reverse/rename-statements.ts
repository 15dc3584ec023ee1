import { quoteLiteral } from '../sql/quote-identifier.ts';

/** What a rename or a move has to be written with. Addresses are quoted and qualified. */
export interface RenameContext {
	/** The thing's own address, for things that have one: `"public"."users"`. */
	readonly address: string;
	/** The address of the table or type that it is part of. */
	readonly owner: string;
	/** `table`, `view`, …: what the owner is. */
	readonly ownerKind: string;
	/** As it is called now. */
	readonly name: string;
	readonly quotedName: string;
	readonly newName: string;
	readonly quotedNewName: string;
}

type WriteRename = (context: RenameContext) => string;

/** How each kind of thing is renamed. */
export const RENAMES: Readonly<Record<string, WriteRename>> = {
	column: ({ owner, ownerKind, quotedName, quotedNewName }) =>
		`ALTER ${ownerKind.toUpperCase()} ${owner} RENAME COLUMN ${quotedName} TO ${quotedNewName};`,
	attribute: ({ owner, quotedName, quotedNewName }) =>
		`ALTER TYPE ${owner} RENAME ATTRIBUTE ${quotedName} TO ${quotedNewName} CASCADE;`,
	value: ({ owner, name, newName }) =>
		`ALTER TYPE ${owner} RENAME VALUE ${quoteLiteral(name)} TO ${quoteLiteral(newName)};`,
	constraint: ({ owner, ownerKind, quotedName, quotedNewName }) =>
		`ALTER ${ownerKind.toUpperCase()} ${owner} RENAME CONSTRAINT ${quotedName} TO ${quotedNewName};`,
	trigger: ofTable('TRIGGER'),
	policy: ofTable('POLICY'),
	rule: ofTable('RULE'),
	function: ownAddress('ROUTINE'),
	procedure: ownAddress('ROUTINE'),
	aggregate: ownAddress('AGGREGATE'),
	enum: ownAddress('TYPE'),
	range: ownAddress('TYPE'),
	type: ownAddress('TYPE'),
	server: ownAddress('SERVER'),
	'foreign-data wrapper': ownAddress('FOREIGN DATA WRAPPER'),
	...Object.fromEntries(
		[
			'table',
			'view',
			'materialized view',
			'foreign table',
			'sequence',
			'index',
			'domain',
			'collation',
			'statistics',
			'text search configuration',
			'text search dictionary',
			'operator class',
			'operator family',
			'conversion',
			'event trigger',
			'publication',
			'schema',
		].map((kind) => [kind, ownAddress(kind.toUpperCase())]),
	),
};

const NO_MOVE = new Set([
	'index',
	'schema',
	'server',
	'foreign-data wrapper',
	'event trigger',
	'publication',
	'column',
	'attribute',
	'value',
	'constraint',
	'trigger',
	'policy',
	'rule',
]);

/** The statement that moves a thing to another schema; undefined for kinds that move with their table or not at all. */
export function writeMove(kind: string, address: string, quotedSchema: string): string | undefined {
	if (NO_MOVE.has(kind)) return undefined;
	const keyword = MOVE_KEYWORDS[kind] ?? kind.toUpperCase();
	return `ALTER ${keyword} ${address} SET SCHEMA ${quotedSchema};`;
}

const MOVE_KEYWORDS: Readonly<Record<string, string>> = {
	enum: 'TYPE',
	range: 'TYPE',
	function: 'ROUTINE',
	procedure: 'ROUTINE',
};

function ofTable(keyword: string): WriteRename {
	return ({ owner, quotedName, quotedNewName }) =>
		`ALTER ${keyword} ${quotedName} ON ${owner} RENAME TO ${quotedNewName};`;
}

function ownAddress(keyword: string): WriteRename {
	return ({ address, quotedNewName }) => `ALTER ${keyword} ${address} RENAME TO ${quotedNewName};`;
}
