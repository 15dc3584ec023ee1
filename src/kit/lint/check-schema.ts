import { basename } from 'node:path';
import type { Config } from '../config/config.ts';
import { CompanionError } from '../errors.ts';
import { draftMigration } from '../generate/draft-migration.ts';
import { findSchemaFiles } from '../generate/find-schema-files.ts';
import { openDrizzleKit } from '../generate/open-drizzle-kit.ts';
import type { Journal } from '../journal/journal.ts';
import type { Finding } from './finding.ts';

/**
 * Whether the TypeScript schema says what the last snapshot says: "you forgot to generate", with the SQL that `generate` would
 * write. Where something may have been renamed, the question is part of the finding and the SQL is what comes without a rename.
 */
export async function checkSchema(config: Config, journal: Journal): Promise<readonly Finding[]> {
	const kit = openDrizzleKit(config.root);
	const questions: string[] = [];
	try {
		const draft = await draftMigration(config, journal, {
			kit,
			ask: async ({ kind, created, candidates }) => {
				questions.push(`${kind} ${created} may be ${candidates.join(' or ')} under a new name`);
				return undefined;
			},
		});
		if (draft.isUnchanged && draft.crash === undefined) return [];
		return [describeChange(config, draft.statements, questions)];
	} catch (error) {
		if (error instanceof CompanionError) return [describeFailure(error)];
		throw error;
	} finally {
		await kit.close();
	}
}

function describeChange(
	config: Config,
	statements: readonly string[],
	questions: readonly string[],
): Finding {
	const [file] = findFiles(config);
	const renames =
		questions.length === 0
			? ''
			: ` Perhaps something was only renamed: ${questions.join('; ')}. Generate will ask.`;
	return {
		code: 'SCHEMA_NOT_GENERATED',
		severity: 'error',
		what:
			statements.length === 0
				? 'The TypeScript schema differs from the last snapshot.'
				: `The TypeScript schema has changes that no migration has: ${statements.length} ${statements.length === 1 ? 'statement' : 'statements'}.`,
		why: 'The code is released against tables that no database has.',
		how: `Make the migration: pnpm db:generate.${renames}`,
		sql: statements,
		...(file === undefined ? {} : { file, line: 1 }),
	};
}

function findFiles({ schema, root }: Config): readonly string[] {
	try {
		return findSchemaFiles(schema, root);
	} catch {
		// Where the pattern cannot be followed, loading the schema has said so already.
		return [];
	}
}

/** What keeps the schema from being compared is a finding too. */
function describeFailure({ code, message, hint, details }: CompanionError): Finding {
	const file = typeof details.file === 'string' ? details.file : undefined;
	return {
		code,
		severity: 'error',
		what: message,
		why: `The TypeScript schema cannot be compared with the last snapshot${file === undefined ? '' : ` because of ${basename(file)}`}.`,
		how: hint ?? 'Correct it and check again.',
		...(file === undefined ? {} : { file, line: 1 }),
	};
}
