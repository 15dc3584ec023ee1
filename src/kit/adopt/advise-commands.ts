/** Where a project stands when it is adopted. */
export interface Situation {
	/** The database's label; absent: none is configured and no embedded one exists yet. */
	readonly database?: string;
	/** Why the database could not be asked. */
	readonly unreachable?: string;
	readonly migrations: number;
	readonly missingDowns: number;
	readonly hasSchemaFiles: boolean;
	/** Of the application; the ledger and its log do not count. */
	readonly tables: number;
	readonly applied: number;
	readonly pending: number;
	/** Where journal and ledger disagree: problem codes. */
	readonly problems: readonly string[];
}

/** A command that comes next, and why. */
export interface Advice {
	readonly command: string;
	readonly args: readonly string[];
	readonly why: string;
}

/** Where the project stands, in a sentence. */
export function describeSituation(situation: Situation): string {
	const { database, unreachable, migrations, tables, applied, missingDowns } = situation;
	if (unreachable !== undefined) return `The database cannot be asked: ${unreachable}`;
	if (database === undefined)
		return `No database is configured: an embedded PostgreSQL is started under .data/postgres when one is needed. The journal has ${count(migrations, 'migration')}.`;
	if (applied > 0)
		return `${database} has ${applied} of ${count(migrations, 'migration')} applied; ${missingDowns === 0 ? 'every one has a way back' : `${missingDowns} ${missingDowns === 1 ? 'has' : 'have'} no way back yet`}.`;
	if (tables > 0)
		return `${database} has ${count(tables, 'table')} and no record of migrations; the journal has ${count(migrations, 'migration')}.`;
	return `${database} is empty; the journal has ${count(migrations, 'migration')}.`;
}

/** The two commands that come next. */
export function adviseCommands(situation: Situation): readonly [Advice, Advice] {
	const { unreachable, migrations, applied, tables, problems } = situation;
	if (unreachable !== undefined)
		return [
			advice('current', 'once the database answers: where it stands'),
			advice('history', 'every migration and its state'),
		];
	if (problems.length > 0)
		return [
			advice('history', 'where journal and database disagree, and the way out of each'),
			advice('repair --plan', 'what could be mended in the record'),
		];
	if (migrations === 0) return adviseWithoutJournal(situation);
	if (applied > 0) return adviseUnderMigrations(situation);
	const rest = situation.missingDowns > 0 ? wayBack : look;
	return tables > 0
		? [advice('baseline', 'prove that the database has what the migrations make, and record it'), rest]
		: [advice('migrate', 'apply the migrations'), rest];
}

const wayBack = {
	command: 'reverse',
	args: ['--all'],
	why: 'derive and prove the way back of every migration',
};
const look = { command: 'history', args: [], why: 'see every migration and its state' };

function adviseWithoutJournal({ tables, hasSchemaFiles }: Situation): readonly [Advice, Advice] {
	if (tables === 0)
		return [advice('generate -m init', 'make the first migration'), advice('migrate', 'apply it')];
	if (hasSchemaFiles)
		return [
			advice('generate -m init', 'make the first migration from your tables'),
			advice('baseline', 'prove that the database has them already, and record it'),
		];
	return [
		advice('baseline --pull', 'turn the tables into TypeScript and a first migration, and record it'),
		advice('history', 'see it'),
	];
}

function adviseUnderMigrations({ missingDowns, pending }: Situation): readonly [Advice, Advice] {
	if (missingDowns > 0)
		return [wayBack, pending > 0 ? advice('migrate', `apply ${count(pending, 'pending migration')}`) : look];
	if (pending > 0) return [advice('migrate', `apply ${count(pending, 'pending migration')}`), look];
	return [look, advice('generate', 'after the next change of your tables')];
}

function advice(line: string, why: string): Advice {
	const [command = '', ...args] = line.split(' ');
	return { command, args, why };
}

function count(number: number, noun: string): string {
	return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
