import type { Kept, KeptReport, RefillReport } from '../keep/kept.ts';
import type { KeepPlan, PlannedKeep, PlannedRefill } from '../keep/plan-keep.ts';
import { printSize } from '../keep/read-size.ts';
import type { Paint } from './paint.ts';
import { formatDuration } from './render-history.ts';
import { renderTable } from './render-table.ts';

/** What will be kept and given back, before anything runs; no line when there is nothing of either. */
export function renderKeepPlan(keep: KeepPlan | undefined, paint: Paint): readonly string[] {
	if (keep === undefined) return [];
	const kept = keep.keeps.filter((each) => keep.tags.has(each.tag) && isThere(each));
	const refills = keep.refills.filter(({ rows, kind }) => rows > 0 || kind === 'sequence');
	const time = `about ${formatDuration(keep.estimateMilliseconds)}`;
	const size = keep.bytes > 0 ? ` (about ${printSize(keep.bytes)}, ${time})` : '';
	return [
		...(kept.length > 0
			? [`This will be kept in drizzle_kept${size}:`, ...kept.map((each) => `  ${describeKeep(each)}`)]
			: []),
		...(refills.length > 0
			? [
					`This comes back from drizzle_kept (${time}):`,
					...refills.map((each) => `  ${describeComing(each)}`),
				]
			: []),
		...keep.conflicts.flatMap(({ subject, count: rows, examples }) => [
			paint.yellow(`${count(rows, 'row')} of ${subject} cannot go back:`),
			...examples.map((example) => `  ${example}`),
		]),
		...keep.problems.map(({ tag, reason }) =>
			paint.yellow(`What ${tag} throws away is not kept: ${reason}.`),
		),
	];
}

/** Deleted and inserted again under another key looks the same as a changed key. */
function describeComing(refill: PlannedRefill): string {
	const { gone = 0, added = 0 } = refill;
	const parts = [
		describeKept(refill),
		...(gone > 0
			? [
					`${count(gone, 'row')} ${gone === 1 ? 'is' : 'are'} not there any more${added > 0 ? ', or under another key' : ''}`,
				]
			: []),
		...(added > 0 ? [`${count(added, 'row')} ${added === 1 ? 'is' : 'are'} new`] : []),
	];
	return parts.join('; ');
}

/** What a step kept and gave back, a line each. */
export function renderStepKept(
	{
		kept = [],
		refilled = [],
	}: { readonly kept?: readonly KeptReport[]; readonly refilled?: readonly RefillReport[] },
	paint: Paint,
): readonly string[] {
	return [
		...kept
			.filter(({ how, kind }) => how !== 'none' && kind !== 'sequence')
			.map((each) => `  ${describeKept(each)} kept`),
		...refilled.filter(isWorthSaying).map((each) => `  ${describeRefill(each)}`),
	].map((line) => paint.dim(line));
}

/** The document's part about what is kept and given back. */
export function keepJson(keep: KeepPlan | undefined): object {
	if (keep === undefined) return {};
	const { keeps, refills, conflicts, bytes, problems, estimateMilliseconds, settings } = keep;
	return {
		keep: {
			...settings,
			bytes,
			estimateMilliseconds,
			kept: keeps.filter(({ tag }) => keep.tags.has(tag)),
			refills: refills.map(({ id, tag, subject, rows, values, gone, added }) => ({
				id,
				tag,
				subject,
				rows,
				values,
				gone,
				added,
			})),
			conflicts,
			problems,
		},
	};
}

/** The list of what is kept. */
export function renderKeptList(kept: readonly Kept[], paint: Paint): string {
	if (kept.length === 0) return 'Nothing is kept.';
	const header = ['id', 'what', 'rows', 'values', 'size', 'from', 'kept', 'by'].map((text) => ({
		text,
		brush: paint.dim,
	}));
	const rows = kept.map((each) => [
		{ text: String(each.id), align: 'right' as const },
		{ text: each.subject, brush: paint.bold },
		{ text: String(each.rows), align: 'right' as const },
		{ text: String(each.values), align: 'right' as const },
		{ text: printSize(each.bytes), align: 'right' as const },
		{ text: each.direction === 'apply' ? each.tag : `rollback of ${each.tag}` },
		{ text: `${each.at.slice(0, 19).replace('T', ' ')} UTC` },
		{ text: each.by },
	]);
	return renderTable([header, ...rows]);
}

/** What came back and what did not, in words. */
export function describeRefill({
	subject,
	kind,
	refilled,
	deletedSince,
	insertedSince,
	changedSince,
	conflicts,
	stays,
}: RefillReport): string {
	const name = nameOf(subject);
	const unit = kind === 'table' ? 'row' : 'value';
	const parts = [
		...(kind === 'sequence' && stays === undefined ? ['goes on where it stood'] : []),
		...(kind !== 'sequence' && (refilled > 0 || stays === undefined)
			? [`${count(refilled, unit)} back`]
			: []),
		...(deletedSince > 0 ? [`${count(deletedSince, 'row')} deleted since`] : []),
		...(insertedSince > 0 ? [`${count(insertedSince, 'row')} inserted since`] : []),
		...(changedSince > 0 ? [`${count(changedSince, 'value')} changed since`] : []),
		...(conflicts > 0 ? [`${count(conflicts, unit)} in conflict, still kept`] : []),
		...(stays === undefined ? [] : [`still kept: ${stays}`]),
	];
	return `${name}: ${parts.join(', ')}`;
}

function isWorthSaying({
	kind,
	refilled,
	deletedSince,
	insertedSince,
	stays,
	conflicts,
	changedSince,
}: RefillReport): boolean {
	return (
		kind !== 'sequence' &&
		(refilled + deletedSince + insertedSince + conflicts + changedSince > 0 || stays !== undefined)
	);
}

function isThere({ values, kind }: PlannedKeep): boolean {
	return kind !== 'sequence' && (values === undefined || values > 0);
}

function describeKeep(keep: PlannedKeep): string {
	const how = keep.isMoved ? ' (moved, not copied)' : '';
	const note = keep.note === undefined ? '' : ` (${keep.note})`;
	if (keep.rows === undefined || keep.values === undefined) return `${nameOf(keep.subject)}${how}${note}`;
	return `${describeKept({ ...keep, rows: keep.rows, values: keep.values })}${how}${note}`;
}

/** `users.nickname: 3 of 12 values`, `table invoices: 12 rows`. */
function describeKept({
	subject,
	kind,
	rows,
	values,
}: Pick<KeptReport, 'subject' | 'kind' | 'rows' | 'values'>): string {
	if (kind === 'sequence') return subject;
	if (kind === 'table') return `${subject}: ${count(rows, 'row')}`;
	return `${nameOf(subject)}: ${values} of ${count(rows, 'value')}`;
}

function nameOf(subject: string): string {
	return subject.replace(/^(?:values of )?column /, '');
}

function count(number: number, unit: string): string {
	return `${number} ${unit}${number === 1 ? '' : 's'}`;
}

/** What `kept` lists, or did. */
export interface KeptShown {
	readonly kept: readonly Kept[];
	readonly restored?: readonly RefillReport[];
	readonly exported?: { readonly file: string; readonly rows: number };
	readonly isDropped?: boolean;
}

/** What is kept, or what was done with it. */
export function renderKept({ kept, restored, exported, isDropped }: KeptShown, paint: Paint): string {
	if (restored !== undefined) {
		if (restored.length === 0) return 'Nothing is kept.';
		return restored.map(describeRefill).join('\n');
	}
	if (exported !== undefined) return `${count(exported.rows, 'row')} written to ${exported.file}.`;
	if (!isDropped) return renderKeptList(kept, paint);
	if (kept.length === 0) return 'Nothing to throw away.';
	return kept.map(({ subject, rows }) => `${subject}: ${count(rows, 'row')} thrown away`).join('\n');
}
