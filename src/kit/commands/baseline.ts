import type { Difference } from '../catalog/catalog.ts';
import { CompanionError } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import { readJournal } from '../journal/read-journal.ts';
import type { Plan } from '../plan/plan.ts';
import { planBaseline } from '../plan/plan-baseline.ts';
import { type GuardOptions, guardDatabase } from './guard-database.ts';
import { type MoveOptions, type MoveReport, move } from './move.ts';
import { readHistory } from './read-history.ts';
import { type Project, withProject } from './with-project.ts';

export interface BaselineOptions extends MoveOptions, GuardOptions {
	/** Default `head`. */
	readonly target?: string;
	/** Forget every row first, then record from scratch. */
	readonly purge?: boolean;
	/** Record although the database differs. */
	readonly force?: boolean;
}

export interface BaselineReport extends MoveReport {
	/** How the database differs from what the migrations make; empty when it was proven equal. */
	readonly differences: readonly Difference[];
}

/**
 * Records migrations as applied without running them, after proving that the database has what they make: a scratch database
 * is built from them and the two catalogs are compared.
 * @throws CompanionError `BASELINE_DIFFERS` with every difference in `details.differences`
 */
export async function baseline(options: BaselineOptions = {}): Promise<BaselineReport> {
	return await withProject(options, async (project) => {
		const journal = readJournal(project.config.folder);
		const intent = { target: options.target ?? 'head', purge: options.purge ?? false };
		const planned = async () => {
			const history = await readHistory(project.session, project.config, journal);
			return { history, plan: planBaseline(history, intent) };
		};
		if (options.force && options.only === undefined)
			await guardDatabase(project.session, 'record what is not proven', options);
		const proof = new Proof(project, journal, options);
		const readPlan = async () => {
			const { history, plan } = await planned();
			await proof.seek(plan);
			return { history, plan };
		};
		const report = await move(project, options, { journal, readPlan });
		return { ...report, differences: proof.differences };
	});
}

/** Proves once for each set of migrations, before the lock is taken: comparing takes a while, and nothing must wait for it. */
class Proof {
	differences: readonly Difference[] = [];
	private proven: number | undefined;
	private readonly project: Project;
	private readonly journal: Journal;
	private readonly options: BaselineOptions;

	constructor(project: Project, journal: Journal, options: BaselineOptions) {
		this.project = project;
		this.journal = journal;
		this.options = options;
	}

	async seek(plan: Plan): Promise<void> {
		if (!plan.steps.some(({ kind }) => kind === 'stamp') || this.proven === plan.to) return;
		const { compareWithMigrations } = await import('../drift/compare-with-migrations.ts');
		const { config, session } = this.project;
		const { onProgress, signal, force } = this.options;
		const stamped = { ...this.journal, migrations: this.journal.migrations.slice(0, plan.to) };
		this.differences = await compareWithMigrations(session, stamped, {
			config,
			onProgress,
			signal,
		});
		if (this.differences.length > 0 && !force) throw differs(session.label, plan, this.differences);
		this.proven = plan.to;
	}
}

function differs(database: string, plan: Plan, differences: readonly Difference[]): CompanionError {
	const tag = plan.steps.at(-1)?.tag;
	const count = differences.length === 1 ? 'in one thing' : `in ${differences.length} things`;
	return new CompanionError(
		'BASELINE_DIFFERS',
		`${database} differs from what the migrations up to ${tag} make, ${count}:\n${differences.map(describe).join('\n')}`,
		{
			hint: 'Nothing was recorded. Bring the database in line with the SQL above and run the command again, or record all the same with --force.',
			details: { differences },
		},
	);
}

function describe({ words, sql }: Difference): string {
	return [
		`  - ${words}`,
		...sql.flatMap((statement) => statement.split('\n').map((line) => `      ${line}`)),
	].join('\n');
}
