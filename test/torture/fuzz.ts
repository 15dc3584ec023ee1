import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { loadConfig } from '../../src/kit/config/load-config.ts';
import { CompanionError } from '../../src/kit/errors.ts';
import { compareHistory } from '../../src/kit/history/compare-history.ts';
import { isChecksumOfOtherLineEnds } from '../../src/kit/journal/checksum.ts';
import { readJournal } from '../../src/kit/journal/read-journal.ts';
import { checkSnapshots } from '../../src/kit/lint/check-snapshots.ts';
import type { Plan } from '../../src/kit/plan/plan.ts';
import { planMigrate } from '../../src/kit/plan/plan-migrate.ts';
import { planRepair } from '../../src/kit/plan/plan-repair.ts';
import { planRollback } from '../../src/kit/plan/plan-rollback.ts';
import { composeScript } from '../../src/kit/run/compose-script.ts';
import { writeWorkload } from './a-workload.ts';
import { mutateJson, mutateText } from './mutate.ts';
import { countRounds, type Torture } from './scenario.ts';

const journalFile = 'drizzle/meta/_journal.json';

/** Files of a project are mutated and read: a result, or an error with a code; each in a moment. */
export async function fuzzFiles(torture: Torture): Promise<void> {
	const { stage, random, tally } = torture;
	const sound = { ...writeWorkload(), 'drizzle/meta/0001_snapshot.json': snapshot };
	const paths = Object.keys(sound);
	const cwd = stage.makeProject('fuzz', sound);
	for (const round of countRounds(torture)) {
		const path = random.pick([journalFile, ...paths]);
		const text = sound[path as keyof typeof sound] ?? '';
		const isJson = path.endsWith('.json') && random.below(2) === 0;
		const mutated = isJson ? JSON.stringify(mutateJson(JSON.parse(text), random)) : mutateText(text, random);
		write(join(cwd, path), mutated ?? '');
		const started = performance.now();
		try {
			await readEverything(cwd, path);
		} catch (error) {
			if (!(error instanceof CompanionError) || error.code === 'UNEXPECTED')
				tally.failures.push(
					`round ${round}: ${path} as ${JSON.stringify(mutated).slice(0, 300)}: ${(error as Error).stack?.split('\n').slice(0, 4).join(' | ')}`,
				);
		}
		if (performance.now() - started > 10_000)
			tally.failures.push(`round ${round}: ${path} took ${Math.round(performance.now() - started)} ms`);
		tally.inputs += 1;
		write(join(cwd, path), text);
	}
}

const snapshot = JSON.stringify({
	id: 'b',
	prevId: 'a',
	version: '7',
	dialect: 'postgresql',
	tables: { 'public.t': { name: 't', schema: '', columns: {} } },
	enums: {},
	schemas: {},
	sequences: {},
	roles: {},
	policies: {},
	views: {},
	_meta: { columns: {}, schemas: {}, tables: {} },
});

async function readEverything(cwd: string, path: string): Promise<void> {
	if (path === 'drizzle.config.json') return void (await loadConfig({ cwd, config: 'drizzle.config.json' }));
	const journal = readJournal(join(cwd, 'drizzle'));
	checkSnapshots(journal);
	const all = journal.migrations.map(({ when, up }, index) => ({
		id: index + 1,
		checksum: up?.checksum ?? '',
		when,
	}));
	for (const applied of [[], all.slice(1, 3), all]) {
		const history = compareHistory(
			journal,
			{ exists: true, hasLog: true, applied, events: [] },
			{ isSameText: isChecksumOfOtherLineEnds },
		);
		planRepair(history, []);
		for (const plan of [
			() => planMigrate(history, { target: 'head', outOfOrder: true }),
			() => planRollback(history, { target: 'base', keptDowns: new Map() }),
		])
			await composePlan(plan);
	}
}

async function composePlan(plan: () => Plan): Promise<void> {
	const ledger = { schema: 'drizzle', table: '__drizzle_migrations' };
	try {
		await composeScript(plan(), { ledger, settings: { lockTimeout: 1 }, hasLedger: true, hasLog: true });
	} catch (error) {
		if (!(error instanceof CompanionError) || error.code === 'UNEXPECTED') throw error;
	}
}

/** Writes what no file system refuses. */
function write(file: string, text: string): void {
	mkdirSync(dirname(file), { recursive: true });
	rmSync(file, { force: true });
	writeFileSync(file, text);
}
