import type { SyntaxNode } from '../../sql/parse-statements.ts';
import { quoteIdentifier } from '../../sql/quote-identifier.ts';
import { hasNode } from '../../sql/walk-nodes.ts';
import { isKnownToKeepRows, printType } from '../compare-type-names.ts';
import { type Alteration, readAlterations } from '../read-alterations.ts';
import type { Hit, LintedMigration, Rule } from '../rule.ts';

export const addRequiredColumn: Rule = {
	id: 'add-required-column',
	severity: 'error',
	why: 'It fails on a table that has rows: they have no value for the column.',
	find: (migration) =>
		listAddedColumns(migration)
			.filter(({ column }) => has(column, 'CONSTR_NOTNULL', 'CONSTR_PRIMARY') && !hasValue(column))
			.map(({ alteration, name }) => ({
				statement: alteration.statement,
				what: `Column ${name} is added NOT NULL and without a default.`,
				how: 'Give it a constant default; or add it nullable, fill it, then make it NOT NULL by way of a validated check.',
			})),
};

export const volatileDefault: Rule = {
	id: 'volatile-default',
	severity: 'error',
	why: 'PostgreSQL works the default out for each row: the whole table is written anew while nobody can read or write it.',
	find: (migration) =>
		listAddedColumns(migration)
			.filter(({ column, alteration }) => {
				const value = constraintOf(column, 'CONSTR_DEFAULT')?.raw_expr;
				return value !== undefined && (alteration.effect?.isRewritten ?? isVolatile(value));
			})
			.map(({ alteration, name }) => ({
				statement: alteration.statement,
				what: `Column ${name} is added with a default that differs from row to row.`,
				how: 'Add the column without it, set the default for new rows, then fill the old rows in batches: `pnpm db:generate --safe` writes it so.',
			})),
};

export const addComputedColumn: Rule = {
	id: 'add-computed-column',
	severity: 'error',
	why: 'The whole table is written anew to give each row its value, while nobody can read or write it.',
	find: (migration) =>
		listAddedColumns(migration)
			.filter(({ column, alteration }) => isComputed(column) && (alteration.effect?.isRewritten ?? true))
			.map(({ alteration, name, column }) => ({
				statement: alteration.statement,
				what: `Column ${name} is added as ${has(column, 'CONSTR_GENERATED') ? 'GENERATED … STORED' : 'serial or identity'}.`,
				how: has(column, 'CONSTR_GENERATED')
					? 'Add a plain column, keep it up to date with a trigger, and fill the old rows in batches; on PostgreSQL 18 a VIRTUAL column costs nothing.'
					: 'Add a plain column and a sequence, set the default for new rows, and fill the old rows in batches.',
			})),
};

export const addConstrainedColumn: Rule = {
	id: 'add-constrained-column',
	severity: 'error',
	why: 'The constraint is checked, or its index built, while nobody can read or write the table.',
	find: (migration) =>
		listAddedColumns(migration).flatMap(({ alteration, column, name }): readonly Hit[] => {
			const isUnique = has(column, 'CONSTR_UNIQUE', 'CONSTR_PRIMARY');
			if (!isUnique && !(has(column, 'CONSTR_CHECK') && (alteration.effect?.isScanned ?? true))) return [];
			return [
				{
					statement: alteration.statement,
					what: `Column ${name} is added with a ${isUnique ? 'unique constraint' : 'check'}.`,
					how: isUnique
						? 'Add the column, build the index with CREATE UNIQUE INDEX CONCURRENTLY in a migration of its own, then add the constraint USING INDEX.'
						: 'Add the column, then the check as NOT VALID, and VALIDATE it in a later migration.',
				},
			];
		}),
};

export const setNotNull: Rule = {
	id: 'set-not-null',
	severity: 'error',
	why: 'PostgreSQL reads the whole table while nobody can read or write it, and fails on the first NULL.',
	find: (migration) =>
		readAlterations(migration)
			.filter(({ kind, effect }) => kind === 'AT_SetNotNull' && (effect?.isScanned ?? true))
			.map(({ statement, printed, table, command }) => {
				const column = quoteIdentifier(command.name);
				const check = quoteIdentifier(`${table.split('.').at(-1)}_${command.name}_not_null`.slice(0, 63));
				return {
					statement,
					what: `Column ${printed}.${column} becomes NOT NULL without a validated check.`,
					how: 'Add a check as NOT VALID, validate it in a later migration, and then set NOT NULL, which trusts it: `pnpm db:generate --safe` writes it so.',
					sql: [
						`ALTER TABLE ${printed} ADD CONSTRAINT ${check} CHECK (${column} IS NOT NULL) NOT VALID;`,
						`ALTER TABLE ${printed} VALIDATE CONSTRAINT ${check};`,
						`ALTER TABLE ${printed} ALTER COLUMN ${column} SET NOT NULL;`,
						`ALTER TABLE ${printed} DROP CONSTRAINT ${check};`,
					],
				};
			}),
};

export const changeType: Rule = {
	id: 'type-change-rewrites',
	severity: 'error',
	why: 'The whole table and its indexes are written anew while nobody can read or write it.',
	find: (migration) =>
		readAlterations(migration)
			.filter((alteration) => alteration.kind === 'AT_AlterColumnType' && isRewriting(alteration, migration))
			.map(({ statement, printed, table, command }) => {
				const from = migration.before.columns.get(`${table}.${command.name}`)?.type;
				const to = printType(command.def.ColumnDef.typeName);
				return {
					statement,
					what: `Column ${printed}.${quoteIdentifier(command.name)} changes its type${from === undefined ? '' : ` from ${from}`} to ${to}, which rewrites the table.`,
					how: 'Add a second column of the new type, keep both in step with a trigger, fill it in batches, and swap the names in a later release.',
				};
			}),
};

function isRewriting({ effect, table, command }: Alteration, { before }: LintedMigration): boolean {
	if (effect !== undefined) return effect.isRewritten;
	const from = before.columns.get(`${table}.${command.name}`)?.type;
	return from === undefined || !isKnownToKeepRows(from, printType(command.def.ColumnDef.typeName));
}

interface AddedColumn {
	readonly alteration: Alteration;
	readonly column: SyntaxNode;
	/** As people read it, with the table's name. */
	readonly name: string;
}

function listAddedColumns(migration: LintedMigration): readonly AddedColumn[] {
	return readAlterations(migration)
		.filter(({ kind }) => kind === 'AT_AddColumn')
		.map((alteration) => {
			const column = alteration.command.def.ColumnDef as SyntaxNode;
			return { alteration, column, name: `${alteration.printed}.${quoteIdentifier(column.colname)}` };
		});
}

function has(column: SyntaxNode, ...kinds: readonly string[]): boolean {
	return kinds.some((kind) => constraintOf(column, kind) !== undefined);
}

function constraintOf(column: SyntaxNode, kind: string): SyntaxNode | undefined {
	return column.constraints?.find(({ Constraint }: SyntaxNode) => Constraint.contype === kind)?.Constraint;
}

const SERIALS = new Set(['serial', 'serial4', 'bigserial', 'serial8', 'smallserial', 'serial2']);

function isSerial(column: SyntaxNode): boolean {
	return SERIALS.has(column.typeName?.names?.at(-1)?.String?.sval);
}

function hasValue(column: SyntaxNode): boolean {
	const value = constraintOf(column, 'CONSTR_DEFAULT')?.raw_expr;
	const isNull = value?.A_Const?.isnull === true;
	return (
		(value !== undefined && !isNull) || has(column, 'CONSTR_IDENTITY', 'CONSTR_GENERATED') || isSerial(column)
	);
}

function isComputed(column: SyntaxNode): boolean {
	const generated = constraintOf(column, 'CONSTR_GENERATED');
	return (
		has(column, 'CONSTR_IDENTITY') ||
		isSerial(column) ||
		(generated !== undefined && generated.generated_kind !== 'v')
	);
}

/** Without a server to ask: every function but those known to give one value in one statement. */
function isVolatile(value: SyntaxNode): boolean {
	return hasNode({ value }, 'FuncCall', ({ funcname }) => !STEADY.has(funcname?.at(-1)?.String?.sval));
}

const STEADY = new Set(
	'now transaction_timestamp statement_timestamp current_setting to_char to_date to_timestamp lower upper concat md5 length jsonb_build_object jsonb_build_array json_build_object json_build_array array_fill make_interval make_date timezone'.split(
		' ',
	),
);
