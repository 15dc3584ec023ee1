import type { Statement, SyntaxNode } from '../sql/parse-statements.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/quote-identifier.ts';
import { hasNode } from '../sql/walk-nodes.ts';
import { printRelation } from './name-relation.ts';
import { endStatement, type SafeForm } from './safe-form.ts';

/** The safe form of an `ALTER TABLE` with one command; undefined where there is none. */
export function rewriteAlteration(statement: Statement): SafeForm | undefined {
	const { node } = statement;
	const command = node.cmds?.length === 1 ? (node.cmds[0].AlterTableCmd as SyntaxNode) : undefined;
	if (command === undefined || node.missing_ok) return undefined;
	const table = writeRelation(node.relation);
	const subject = {
		statement,
		table,
		shown: printRelation(node.relation),
		stem: String(node.relation.relname),
	};
	switch (command.subtype) {
		case 'AT_AddConstraint':
			return rewriteConstraint(subject, command.def.Constraint);
		case 'AT_SetNotNull':
			return rewriteNotNull(subject, String(command.name));
		case 'AT_AddColumn':
			return rewriteColumn(subject, command.def.ColumnDef);
		default:
			return undefined;
	}
}

interface Subject {
	readonly statement: Statement;
	/** As SQL, with its schema. */
	readonly table: string;
	/** As people read it. */
	readonly shown: string;
	/** The table's bare name. */
	readonly stem: string;
}

function writeRelation({ schemaname, relname }: SyntaxNode): string {
	return [schemaname, relname]
		.filter((part) => part !== undefined)
		.map(quoteIdentifier)
		.join('.');
}

function rewriteConstraint(
	{ statement, table, shown }: Subject,
	constraint: SyntaxNode,
): SafeForm | undefined {
	const { contype, conname, skip_validation: isNotValid, is_enforced: isEnforced } = constraint;
	if (conname === undefined || isNotValid || isEnforced === false) return undefined;
	const name = quoteIdentifier(conname);
	if (contype === 'CONSTR_CHECK' || contype === 'CONSTR_FOREIGN')
		return {
			now: [`${statement.text} NOT VALID;`],
			validate: [`ALTER TABLE ${table} VALIDATE CONSTRAINT ${name};`],
			change: `Constraint ${name} of ${shown} is added NOT VALID and validated in a later migration.`,
		};
	if (contype !== 'CONSTR_UNIQUE' || constraint.indexname !== undefined || constraint.without_overlaps)
		return undefined;
	const [columns, including] = [listKeys(constraint.keys), listKeys(constraint.including)];
	const options = [
		...(including === '' ? [] : [` INCLUDE (${including})`]),
		...(constraint.nulls_not_distinct ? [' NULLS NOT DISTINCT'] : []),
	].join('');
	if (constraint.options !== undefined || constraint.indexspace !== undefined) return undefined;
	const deferring = `${constraint.deferrable ? ' DEFERRABLE' : ''}${constraint.initdeferred ? ' INITIALLY DEFERRED' : ''}`;
	return {
		now: [],
		alone: [
			{
				sql: `CREATE UNIQUE INDEX CONCURRENTLY ${name} ON ${table} (${columns})${options};`,
				purpose: `index_${conname}`,
			},
		],
		finish: [`ALTER TABLE ${table} ADD CONSTRAINT ${name} UNIQUE USING INDEX ${name}${deferring};`],
		change: `The index of unique constraint ${name} of ${shown} is built CONCURRENTLY first; the constraint then uses it.`,
	};
}

function listKeys(keys: readonly SyntaxNode[] = []): string {
	return keys.map((key) => quoteIdentifier(key.String.sval)).join(', ');
}

function rewriteNotNull(subject: Subject, column: string): SafeForm {
	const { check, validate, finish } = checkNotNull(subject, column);
	return {
		now: [check],
		validate: [validate],
		finish,
		change: `Column ${subject.shown}.${quoteIdentifier(column)} becomes NOT NULL by way of a check that is validated first.`,
	};
}

/** NOT NULL in four steps: PostgreSQL trusts a validated check and does not read the table again. */
function checkNotNull({ table, stem }: Subject, column: string) {
	const name = quoteIdentifier(cutName(`${stem}_${column}_not_null`));
	const quoted = quoteIdentifier(column);
	return {
		check: `ALTER TABLE ${table} ADD CONSTRAINT ${name} CHECK (${quoted} IS NOT NULL) NOT VALID;`,
		validate: `ALTER TABLE ${table} VALIDATE CONSTRAINT ${name};`,
		finish: [
			`ALTER TABLE ${table} ALTER COLUMN ${quoted} SET NOT NULL;`,
			`ALTER TABLE ${table} DROP CONSTRAINT ${name};`,
		],
	};
}

/** PostgreSQL cuts names at 63 bytes; `_not_null` alone is what PostgreSQL 18 calls its own constraints, so ours ends otherwise. */
function cutName(name: string): string {
	let stem = name;
	while (Buffer.byteLength(`${stem}_check`) > 63) stem = [...stem].slice(0, -1).join('');
	return `${stem}_check`;
}

/** A default that PostgreSQL works out row by row rewrites the table: the column comes without it, new rows get it, old ones are filled. */
function rewriteColumn(subject: Subject, column: SyntaxNode): SafeForm | undefined {
	const constraints: readonly SyntaxNode[] = (column.constraints ?? []).map(
		(item: SyntaxNode) => item.Constraint,
	);
	const given = constraints.find(({ contype }) => contype === 'CONSTR_DEFAULT');
	const isSimple = constraints.every(
		({ contype }) => contype === 'CONSTR_DEFAULT' || contype === 'CONSTR_NOTNULL',
	);
	if (given === undefined || !isSimple || !isVolatile(given.raw_expr)) return undefined;
	const value = cutConstraint(subject.statement, constraints, given).replace(/^default\s+/i, '');
	const name = quoteIdentifier(column.colname);
	const isRequired = constraints.some(({ contype }) => contype === 'CONSTR_NOTNULL');
	const required = isRequired ? checkNotNull(subject, String(column.colname)) : undefined;
	const bare = constraints
		.map((constraint) => cutConstraint(subject.statement, constraints, constraint))
		.reduce((text, part) => text.replace(part, () => ''), subject.statement.text);
	return {
		now: [
			endStatement(bare.replace(/\s+$/, '')),
			`ALTER TABLE ${subject.table} ALTER COLUMN ${name} SET DEFAULT ${value};`,
		],
		fill: [writeFill(subject.table, name, value)],
		// Not before the rows are filled: until then an UPDATE of any other column of such a row would fail.
		...(required === undefined
			? {}
			: { guard: [required.check], validate: [required.validate], finish: required.finish }),
		change: `Column ${subject.shown}.${name} is added without its default, which differs from row to row; old rows are filled in batches.`,
	};
}

/** The text of one constraint of a column: up to where the next one begins. The statement is parsed from a text of its own. */
function cutConstraint({ text }: Statement, constraints: readonly SyntaxNode[], wanted: SyntaxNode): string {
	const bytes = Buffer.from(text);
	const places = constraints.map(({ location }) => Number(location)).sort((one, other) => one - other);
	const from = Number(wanted.location);
	const to = places.find((place) => place > from) ?? bytes.length;
	return bytes.subarray(from, to).toString().trimEnd();
}

/** Functions that give one value in one statement do not rewrite the table. */
function isVolatile(value: SyntaxNode): boolean {
	return hasNode({ value }, 'FuncCall', ({ funcname }) => VOLATILE.has(funcname?.at(-1)?.String?.sval));
}

const VOLATILE = new Set(
	'gen_random_uuid uuidv4 uuidv7 uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 random random_normal clock_timestamp timeofday nextval gen_random_bytes nanoid gen_salt'.split(
		' ',
	),
);

/**
 * Fills a column in batches of a thousand pages, each committed: no lock is held long, and run again it goes on where it stopped. New
 * rows have the default already. Partitions are filled one by one.
 */
function writeFill(table: string, column: string, value: string): string {
	const body = `
DECLARE
	part regclass;
	page bigint;
BEGIN
	FOR part IN SELECT ${quoteLiteral(table)}::regclass UNION SELECT relid FROM pg_partition_tree(${quoteLiteral(table)}) WHERE isleaf LOOP
		page := 0;
		WHILE page * current_setting('block_size')::bigint < pg_relation_size(part) LOOP
			EXECUTE format('UPDATE ONLY %s SET ${escapeFormat(column)} = ${escapeFormat(value)} WHERE ctid >= %L::tid AND ctid < %L::tid AND ${escapeFormat(column)} IS NULL',
				part, format('(%s,0)', page), format('(%s,0)', page + 1000));
			COMMIT;
			page := page + 1000;
		END LOOP;
	END LOOP;
END `;
	const tag = body.includes('$fill$') ? '$fill_column$' : '$fill$';
	return `DO ${tag}${body}${tag};`;
}

/** Inside a literal that `format` reads. */
function escapeFormat(sql: string): string {
	return sql.replaceAll('%', '%%').replaceAll("'", "''");
}
