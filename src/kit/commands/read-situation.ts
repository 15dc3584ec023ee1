import { existsSync } from 'node:fs';
import type { Situation } from '../adopt/advise-commands.ts';
import { countTables } from '../adopt/count-tables.ts';
import type { Config } from '../config/config.ts';
import { embeddedFolder } from '../database/embedded-folder.ts';
import { CompanionError } from '../errors.ts';
import { findSchemaFiles } from '../generate/find-schema-files.ts';
import type { History } from '../history/history.ts';
import type { Journal } from '../journal/journal.ts';
import { isJournalUnborn, readJournal } from '../journal/read-journal.ts';
import type { ProjectOptions } from './project-options.ts';
import { readHistory } from './read-history.ts';
import { type Project, withProject } from './with-project.ts';

/**
 * Where a project stands. Changes nothing, and starts no embedded server that was never used.
 * @throws CompanionError when journal or ledger cannot be read
 */
export async function readSituation(config: Config, options: ProjectOptions): Promise<Situation> {
	const journal = isJournalUnborn(config.folder)
		? { folder: config.folder, migrations: [], orphans: [] }
		: readJournal(config.folder);
	const repository = {
		migrations: journal.migrations.length,
		missingDowns: journal.migrations.filter(({ down }) => down === undefined).length,
		hasSchemaFiles: findSchemaFiles(config.schema, config.root).length > 0,
	};
	return { ...repository, ...(await askDatabase(config, journal, options)) };
}

type DatabasePart = Pick<
	Situation,
	'database' | 'unreachable' | 'tables' | 'applied' | 'pending' | 'problems'
>;

async function askDatabase(config: Config, journal: Journal, options: ProjectOptions): Promise<DatabasePart> {
	const nothing = { tables: 0, applied: 0, pending: journal.migrations.length, problems: [] };
	const isConfigured = config.connection !== undefined || options.client !== undefined;
	if (!isConfigured && (config.isProduction || !existsSync(embeddedFolder(config)))) return nothing;
	try {
		return await withProject(options, (project) => readDatabase(project, journal));
	} catch (error) {
		if (!(error instanceof CompanionError) || !isAboutServer(error)) throw error;
		return { ...nothing, unreachable: error.message };
	}
}

function isAboutServer({ code, details }: CompanionError): boolean {
	return code === 'DATABASE_UNREACHABLE' || (code === 'CONFIG_INVALID' && 'package' in details);
}

async function readDatabase({ session, config }: Project, journal: Journal): Promise<DatabasePart> {
	const history = await readHistory(session, config, journal);
	return {
		database: session.label,
		tables: await countTables(session, config.ledger),
		applied: history.entries.filter(({ state }) => state === 'applied').length,
		pending: history.entries.filter(({ state }) => state === 'pending').length,
		problems: listDisagreements(history),
	};
}

function listDisagreements({ problems }: History): readonly string[] {
	const disagreements: readonly string[] = ['EDITED', 'OUT_OF_ORDER', 'UNKNOWN_APPLIED', 'FILE_MISSING'];
	return problems.map(({ code }) => code).filter((code) => disagreements.includes(code));
}
