import type { HistoryEntry } from '../history/history.ts';
import type { StatementLocks } from '../locks/statement-locks.ts';
import type { Paint } from './paint.ts';
import { renderBlock } from './render-history.ts';
import { renderLocks } from './render-locks.ts';

/** What its statements lock, or why nobody measured. */
export interface LocksShown {
	readonly migrations: readonly { readonly locks: readonly StatementLocks[] }[];
	readonly notice?: string;
}

/** One migration with its SQL both ways. */
export function renderShow(
	entry: HistoryEntry,
	{ paint, locks }: { readonly paint: Paint; readonly locks: LocksShown },
): string {
	const { migration, applied } = entry;
	const row =
		applied === undefined
			? 'none'
			: `id ${applied.id}, hash ${applied.checksum}, created_at ${applied.when ?? 'NULL'}`;
	const proof = migration?.down === undefined ? 'no down file' : migration.down.proof;
	return [
		renderBlock(entry, paint),
		`  ${paint.dim('ledger row'.padEnd(9))} ${row}`,
		`  ${paint.dim('proof'.padEnd(9))} ${proof}`,
		'',
		paint.bold('up'),
		migration?.up?.sql.trimEnd() ?? '(the file is missing)',
		'',
		...renderMeasured(locks, paint),
		paint.bold('down'),
		migration?.down?.text.trimEnd() ?? '(there is none)',
	].join('\n');
}

function renderMeasured({ migrations, notice }: LocksShown, paint: Paint): readonly string[] {
	if (notice !== undefined) return [paint.dim(notice), ''];
	const locks = migrations.flatMap((migration) => migration.locks);
	return locks.length === 0 ? [] : [paint.bold('locks, as measured'), renderLocks(locks, paint), ''];
}
