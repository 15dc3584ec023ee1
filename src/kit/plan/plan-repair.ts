import type { History, HistoryEntry } from '../history/history.ts';
import { floorToSecond } from '../journal/folder-name.ts';
import type { Migration } from '../journal/migration.ts';
import { nameUpFile } from '../journal/name-files.ts';
import type { AppliedMigration } from '../ledger/ledger.ts';
import type { AcceptStep, ForgetStep, Plan, Step } from './plan.ts';

/** One thing to mend, and what the user has to agree to. */
export interface Repair {
	readonly step: Step;
	/** A sentence: what is wrong and what will be done about it. */
	readonly description: string;
}

/**
 * Plans what brings the ledger in line with the journal: rows of migrations that the journal lacks are forgotten, rows that repeat
 * another are removed, and rows whose checksum or time differs take over the journal's. Nothing but the ledger is touched.
 * @param duplicates ledger rows that repeat the row of a known migration
 */
export function planRepair(history: History, duplicates: readonly AppliedMigration[]): readonly Repair[] {
	return [...history.entries.flatMap(repairEntry), ...duplicates.map((row) => removeDuplicate(row, history))];
}

/** The plan that carries out the repairs which were agreed to. */
export function planOfRepairs(history: History, repairs: readonly Repair[]): Plan {
	const forgotten = repairs.filter(
		({ step }) => step.kind === 'forget' && history.entries[step.index]?.applied?.id === step.rowId,
	).length;
	return { from: history.position, to: history.position - forgotten, steps: repairs.map(({ step }) => step) };
}

function repairEntry(entry: HistoryEntry): readonly Repair[] {
	const { tag, applied, migration, problems } = entry;
	if (applied === undefined) return [];
	if (migration === undefined) {
		return [
			{
				step: forgetStep(entry, applied),
				description: `${tag} is applied and not in the journal: its row ${applied.id} will be forgotten; what it changed in the database stays`,
			},
		];
	}
	if (migration.up === undefined) return [];
	if (problems.includes('EDITED')) {
		return [
			{
				step: acceptStep(entry, applied),
				description: `${nameUpFile(migration)} was edited after it was applied: its present checksum will be accepted; nothing of the edit is run`,
			},
		];
	}
	if (problems.includes('UNKNOWN_APPLIED')) {
		return [
			{
				step: acceptStep(entry, applied),
				description: describeStamp(migration, applied),
			},
		];
	}
	return [];
}

function describeStamp({ tag, when, layout }: Migration, row: AppliedMigration): string {
	return layout === 'folders'
		? `the row ${row.id} of ${tag} has ${row.name === undefined ? 'no name' : `the name ${row.name}`}: it will take over the folder's`
		: `the row ${row.id} of ${tag} has created_at ${row.when ?? 'NULL'}: it will take over the journal's ${when}`;
}

function removeDuplicate(row: AppliedMigration, { entries }: History): Repair {
	const entry = entries.find((each) => isRepeated(each, row)) as HistoryEntry;
	return {
		step: { ...forgetStep(entry, row), isDuplicate: true },
		description: `the row ${row.id} repeats the row ${entry.applied?.id} of ${entry.tag}: it will be removed`,
	};
}

/** In 1.0's layout rows repeat each other by name; rows that 0.x wrote, by the second. */
function isRepeated({ tag, when, migration }: HistoryEntry, row: AppliedMigration): boolean {
	if (migration?.layout !== 'folders') return when === row.when;
	return row.name === undefined ? when === floorToSecond(row.when ?? Number.NaN) : tag === row.name;
}

function forgetStep({ index, tag, when }: HistoryEntry, { id, checksum }: AppliedMigration): ForgetStep {
	return { kind: 'forget', index, tag, when, checksum, rowId: id };
}

function acceptStep({ index, tag, migration }: HistoryEntry, { id }: AppliedMigration): AcceptStep {
	const { when, up, down } = migration as NonNullable<HistoryEntry['migration']>;
	return {
		kind: 'accept',
		index,
		tag,
		when,
		checksum: up?.checksum ?? '',
		rowId: id,
		...(down === undefined ? {} : { down }),
	};
}
