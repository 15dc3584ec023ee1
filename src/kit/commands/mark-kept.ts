import type { Config } from '../config/config.ts';
import type { Session } from '../database/session.ts';
import type { History, HistoryEntry } from '../history/history.ts';
import type { Kept } from '../keep/kept.ts';
import { ledgerTable } from '../ledger/ledger-name.ts';

/** The same history, with the lossy migrations marked whose losses are kept, or would be: their way back gives everything back. */
export async function markKept<Shown extends Pick<History, 'entries'>>(
	session: Session,
	config: Config,
	history: Shown,
): Promise<Shown> {
	if (!history.entries.some(isAppliedAndLossy)) return history;
	const { readKept } = await import('../keep/read-kept.ts');
	const { resolveKeepSettings } = await import('../keep/keep-settings.ts');
	const kept = await readKept(session, { ledger: ledgerTable(config.ledger), direction: 'apply' });
	const { mode } = resolveKeepSettings(config);
	const mark = (entry: HistoryEntry) =>
		isAppliedAndLossy(entry) && gives(entry, kept, mode === 'always') ? { ...entry, isKept: true } : entry;
	return { ...history, entries: history.entries.map(mark) };
}

function isAppliedAndLossy({ state, reversibility }: HistoryEntry): boolean {
	return state === 'applied' && reversibility === 'lossy';
}

/** What the up threw away is in the registry; what the down would throw away will be. */
function gives({ when, migration }: HistoryEntry, kept: readonly Kept[], isKeeping: boolean): boolean {
	const losses = migration?.down?.loses ?? [];
	if (
		losses.length === 0 ||
		losses.some(({ kind, subject }) => kind === 'other' && !subject.startsWith('position of sequence '))
	)
		return false;
	const [byUp, byDown] = [
		losses.some(({ isLostByUp }) => isLostByUp),
		losses.some(({ isLostByUp }) => !isLostByUp),
	];
	return (!byUp || kept.some((each) => each.when === when)) && (!byDown || isKeeping);
}
