import type { Snapshot } from '../generate/snapshot.ts';
import type { Journal } from '../journal/journal.ts';
import type { Migration } from '../journal/migration.ts';
import type { MeasuredMigration } from '../locks/measure-migrations.ts';
import type { StatementLocks } from '../locks/statement-locks.ts';
import { locate } from '../run/locate.ts';
import { SqlSyntaxError } from '../sql/parse-statements.ts';
import { listUnindexedForeignKeys, pickNewForeignKeys } from './find-unindexed-foreign-keys.ts';
import type { AllowedFinding, Finding, Findings } from './finding.ts';
import { lintMigration } from './lint-migration.ts';
import { type MigrationFacts, prepareMigration } from './prepare-migration.ts';
import type { UnindexedForeignKey } from './rule.ts';
import { describeSchemaBefore, type SchemaBefore } from './schema-before.ts';

export interface LintJournalOptions {
	/** The migrations to look at, by their place in the journal. */
	readonly indexes: readonly number[];
	/** By tag; what of them can be read. */
	readonly snapshots: ReadonlyMap<string, Snapshot>;
	/** By tag, where no snapshot says it. */
	readonly schemasBefore?: ReadonlyMap<string, SchemaBefore>;
	/** What was measured; absent where no scratch database could be had. */
	readonly measured?: readonly MeasuredMigration<readonly UnindexedForeignKey[]>[];
}

/** Looks for every rule in some migrations of a journal, with what snapshots and measured locks know of them. */
export async function lintJournal(journal: Journal, options: LintJournalOptions): Promise<Findings> {
	const findings: Finding[] = [];
	const allowed: AllowedFinding[] = [];
	for (const index of options.indexes) {
		const migration = journal.migrations[index];
		if (migration?.up === undefined) continue;
		const found = await lintOne(migration, gatherFacts(journal, migration, options));
		findings.push(...found.findings);
		allowed.push(...found.allowed);
	}
	return { findings, allowed };
}

async function lintOne(migration: Migration, facts: MigrationFacts): Promise<Findings> {
	try {
		const { findings, allowed } = lintMigration(await prepareMigration(migration, facts));
		return { findings: [...describeFailure(migration, facts.locks), ...findings], allowed };
	} catch (error) {
		if (!(error instanceof SqlSyntaxError)) throw error;
		return { findings: [describeSyntaxError(migration, error)], allowed: [] };
	}
}

function gatherFacts(
	journal: Journal,
	migration: Migration,
	{ snapshots, schemasBefore, measured }: LintJournalOptions,
): MigrationFacts {
	const own = measured?.find((each) => each.migration.tag === migration.tag);
	const find = (index: number) => pickReadable(snapshots.get(journal.migrations[index]?.tag ?? ''));
	const [before, after] = [find(migration.index - 1), find(migration.index)];
	const unindexed =
		own?.notesAfter !== undefined
			? pickNewForeignKeys(own.notesAfter, own.notesBefore ?? [])
			: after === undefined || (before === undefined && migration.index > 0)
				? undefined
				: pickNewForeignKeys(
						listUnindexedForeignKeys(after),
						before === undefined ? [] : listUnindexedForeignKeys(before),
					);
	const schema = before === undefined ? schemasBefore?.get(migration.tag) : describeSchemaBefore(before);
	return {
		...(schema === undefined ? {} : { before: schema }),
		...(own === undefined ? {} : { locks: own.locks }),
		...(unindexed === undefined ? {} : { unindexedForeignKeys: unindexed }),
	};
}

/** Older versions write the parts of a table differently. */
function pickReadable(snapshot: Snapshot | undefined): Snapshot | undefined {
	return snapshot?.version === '7' ? snapshot : undefined;
}

function describeFailure(migration: Migration, locks: readonly StatementLocks[] = []): readonly Finding[] {
	const failed = locks.at(-1);
	if (failed?.failure === undefined) return [];
	const { message, sqlState } = failed.failure;
	return [
		{
			code: 'STATEMENT_FAILED',
			severity: 'error',
			what: `The migration does not run: ${message}${sqlState === undefined ? '' : ` (${sqlState})`}.`,
			why: 'It was tried on the state that the migrations before it make; no database can be migrated past it.',
			how: 'Correct the statement; if it needs an extension or a version that the embedded PostgreSQL lacks, set SHADOW_DATABASE_URL.',
			...placeOf(migration, failed.start),
		},
	];
}

function describeSyntaxError(migration: Migration, error: SqlSyntaxError): Finding {
	return {
		code: 'syntax-error',
		severity: 'error',
		what: `PostgreSQL's parser refuses the SQL: ${error.message}.`,
		why: 'The migration cannot run.',
		how: 'Correct it at the place named.',
		...placeOf(migration, error.offset),
	};
}

function placeOf({ tag, up }: Migration, offset: number) {
	const { line, column } = locate(up?.sql ?? '', offset);
	return { tag, ...(up === undefined ? {} : { file: up.file }), line, column };
}
