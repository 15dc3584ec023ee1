import { parseStatements, type Statement, type SyntaxNode } from '../sql/parse-statements.ts';
import { quoteIdentifier } from '../sql/quote-identifier.ts';
import { nameFromList, nameRelation, printRelation } from './name-relation.ts';
import { followNewTables, type NewTables } from './new-tables.ts';
import { rewriteAlteration } from './safe-alterations.ts';
import { endStatement, type SafeForm } from './safe-form.ts';

/** One of the migrations that a change is split into, in the order in which they run. */
export interface SafeMigration {
	/** In order, each with its closing semicolon. */
	readonly statements: readonly string[];
	/** False: it holds a single statement that cannot run inside a transaction, or one that commits as it goes. */
	readonly isTransactional: boolean;
	/** What it does, for its name: `change`, `index_users_name`, `fill`, `guard`, `validate`, `finish`. */
	readonly purpose: string;
}

export interface SafeChange {
	/** One, with the statements as they were, where there is nothing to make safe. */
	readonly migrations: readonly SafeMigration[];
	/** What was written otherwise, a sentence each; empty where nothing was. */
	readonly changes: readonly string[];
}

/**
 * Rewrites statements into forms that do not stop the application, where a mechanical one exists: an index is built
 * concurrently in a migration of its own; a constraint is added NOT VALID and validated later; NOT NULL comes by way of a validated
 * check; a column whose default differs from row to row is added without, and filled in batches. Statements keep their order as far
 * as others depend on it; tables that the statements make themselves are left alone. What has no such form stays as it is.
 * @throws SqlSyntaxError
 */
export async function makeSafe(statements: readonly string[]): Promise<SafeChange> {
	const parsed = await parseEach(statements);
	const newTables = followNewTables(parsed);
	const forms = parsed.map((statement, place) => {
		const form = findSafeForm(statement, newTables[place] ?? new Set());
		return form !== undefined && isDeferred(form) && isDisturbed(statement, parsed.slice(place + 1))
			? undefined
			: form;
	});
	const changes = forms.flatMap((form) => (form === undefined ? [] : [form.change]));
	if (changes.length === 0) {
		const whole = parsed.map(({ text }) => endStatement(text));
		return { migrations: whole.length === 0 ? [] : [toMigration(whole, 'change')], changes };
	}
	return { migrations: arrange(parsed, forms), changes };
}

/** Each statement parsed from its own text, so that places in the tree are places in the text. */
async function parseEach(statements: readonly string[]): Promise<readonly Statement[]> {
	const parsed = (await Promise.all(statements.map((sql) => parseStatements(sql)))).flat();
	return (await Promise.all(parsed.map(({ text }) => parseStatements(text)))).flat();
}

/** Whether a part of it runs after the statements that follow. */
function isDeferred({ fill, guard, validate, finish }: SafeForm): boolean {
	return [fill, guard, validate, finish].some((part) => part !== undefined);
}

/** Whether a later statement renames, moves or drops what the deferred part would speak of. */
function isDisturbed({ node }: Statement, later: readonly Statement[]): boolean {
	const name = nameRelation(node.relation);
	return later.some(({ kind, node: other }) => {
		if (kind === 'DropStmt' && other.removeType === 'OBJECT_TABLE')
			return other.objects.some((object: SyntaxNode) => nameFromList(object.List?.items ?? []) === name);
		if (!other.relation?.relname || nameRelation(other.relation) !== name) return false;
		return kind === 'RenameStmt' || kind === 'AlterObjectSchemaStmt' || other.cmds?.some(drops);
	});
}

function drops({ AlterTableCmd: command }: SyntaxNode): boolean {
	return command.subtype === 'AT_DropColumn' || command.subtype === 'AT_DropConstraint';
}

function arrange(
	parsed: readonly Statement[],
	forms: readonly (SafeForm | undefined)[],
): readonly SafeMigration[] {
	const migrations: SafeMigration[] = [];
	let open: string[] = [];
	const close = () => {
		if (open.length > 0) migrations.push(toMigration(open, 'change'));
		open = [];
	};
	for (const [place, { text }] of parsed.entries()) {
		const form = forms[place];
		open.push(...(form?.now ?? [endStatement(text)]));
		for (const { sql, purpose } of form?.alone ?? []) {
			close();
			migrations.push({ statements: [sql], isTransactional: false, purpose });
		}
	}
	close();
	const collect = (name: 'fill' | 'guard' | 'validate' | 'finish') =>
		forms.flatMap((form) => form?.[name] ?? []);
	return [
		...migrations,
		...collect('fill').map((sql) => ({ statements: [sql], isTransactional: false, purpose: 'fill' })),
		...toMigrations(collect('guard'), 'guard'),
		...toMigrations(collect('validate'), 'validate'),
		...toMigrations(collect('finish'), 'finish'),
	];
}

function toMigrations(statements: readonly string[], purpose: string): readonly SafeMigration[] {
	return statements.length === 0 ? [] : [toMigration(statements, purpose)];
}

function toMigration(statements: readonly string[], purpose: string): SafeMigration {
	return { statements, isTransactional: true, purpose };
}

function findSafeForm(statement: Statement, newTables: NewTables): SafeForm | undefined {
	const { kind, node } = statement;
	if (kind === 'IndexStmt' && !node.concurrent && !newTables.has(nameRelation(node.relation)))
		return buildConcurrently(statement);
	if (kind === 'DropStmt' && node.removeType === 'OBJECT_INDEX' && isPlainDrop(node))
		return dropConcurrently(statement);
	if (
		kind === 'AlterTableStmt' &&
		node.objtype === 'OBJECT_TABLE' &&
		!newTables.has(nameRelation(node.relation))
	)
		return rewriteAlteration(statement);
	return undefined;
}

function buildConcurrently({ node, text }: Statement): SafeForm {
	const sql = text.replace(/^(create\s+(?:unique\s+)?index)\b/i, '$1 CONCURRENTLY');
	const name = node.idxname ?? `on_${node.relation.relname}`;
	return {
		now: [],
		alone: [{ sql: endStatement(sql), purpose: `index_${name}` }],
		change: `Index ${quoteIdentifier(name)} on ${printRelation(node.relation)} is built CONCURRENTLY, in a migration of its own.`,
	};
}

/** CONCURRENTLY takes one index, and no CASCADE. */
function isPlainDrop({ concurrent, objects, behavior }: SyntaxNode): boolean {
	return !concurrent && objects.length === 1 && behavior !== 'DROP_CASCADE';
}

function dropConcurrently({ node, text }: Statement): SafeForm {
	const name = String(node.objects[0]?.List?.items?.at(-1)?.String?.sval);
	return {
		now: [],
		alone: [
			{ sql: endStatement(text.replace(/^(drop\s+index)\b/i, '$1 CONCURRENTLY')), purpose: `drop_${name}` },
		],
		change: `Index ${quoteIdentifier(name)} is dropped CONCURRENTLY, in a migration of its own.`,
	};
}
