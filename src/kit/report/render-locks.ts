import { describeBlocking, rankLock } from '../locks/lock-mode.ts';
import type { RelationEffect, StatementLocks, TableSize } from '../locks/statement-locks.ts';
import { quoteQualified } from '../sql/quote-identifier.ts';
import type { Paint } from './paint.ts';

/** What each statement locks, rewrites and scans, two lines or more each. Empty for no statements. */
export function renderLocks(locks: readonly StatementLocks[], paint: Paint): string {
	return locks.map((statement, place) => renderStatement(statement, place + 1, paint)).join('\n');
}

/** What one statement does to relations that existed before, a line each, without the statement. */
export function renderEffects({ effects }: Pick<StatementLocks, 'effects'>, paint: Paint): readonly string[] {
	return effects.map((effect) => renderEffect(effect, paint));
}

function renderStatement(
	{ text, effects, isTransactional, failure }: StatementLocks,
	number: number,
	paint: Paint,
): string {
	const alone = isTransactional ? '' : paint.dim('  (by itself, outside a transaction)');
	const lines = effects.map((effect) => `     ${renderEffect(effect, paint)}`);
	if (failure !== undefined) lines.push(`     ${paint.red('fails')}: ${failure.message}`);
	else if (effects.length === 0) lines.push(`     ${paint.dim('locks nothing that existed before')}`);
	return [`${String(number).padStart(3)}. ${shorten(text)}${alone}`, ...lines].join('\n');
}

function renderEffect(effect: RelationEffect, paint: Paint): string {
	const { schema, name, kind, lock, isRewritten, isScanned, size } = effect;
	const label = kind === 'table' ? '' : `${kind} `;
	const facts = [
		...(lock === undefined ? [] : [`${lock} (blocks ${describeBlocking(lock)})`]),
		...(isRewritten ? [`${kind === 'table' ? 'rewrites it' : 'is written anew'}`] : []),
		...(isScanned && !isRewritten ? ['reads all of it'] : []),
		...(size === undefined ? [] : [renderSize(size)]),
	];
	return `${label}${quoteQualified(schema, name)}: ${brushFor(effect, paint)(facts.join(', '))}`;
}

function brushFor({ lock, isRewritten }: RelationEffect, paint: Paint) {
	if (lock === 'ACCESS EXCLUSIVE' && isRewritten) return paint.red;
	return rankLock(lock) >= rankLock('SHARE') ? paint.yellow : paint.dim;
}

/** `1.2 million rows, 340 MB` */
export function renderSize({ rows, bytes }: TableSize): string {
	const count = rows === undefined ? [] : [`about ${renderCount(rows)} rows`];
	return [...count, renderBytes(bytes)].join(', ');
}

function renderCount(count: number): string {
	if (count < 1_000_000) return count.toLocaleString('en-US');
	return `${(count / 1_000_000).toFixed(1)} million`;
}

function renderBytes(bytes: number): string {
	const units = ['B', 'kB', 'MB', 'GB', 'TB'];
	const power = Math.min(bytes <= 0 ? 0 : Math.floor(Math.log(bytes) / Math.log(1024)), units.length - 1);
	const value = bytes / 1024 ** power;
	return `${value >= 10 || power === 0 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

const widest = 100;

function shorten(text: string): string {
	const line = text.replace(/\s+/g, ' ').trim();
	return line.length > widest ? `${line.slice(0, widest - 1)}…` : line;
}
