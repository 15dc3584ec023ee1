import type { Randomness } from './randomness.ts';

const tokens = [
	"'",
	'"',
	'$$',
	';',
	'--',
	'/*',
	'*/',
	'--> statement-breakpoint',
	'\n',
	'\r\n',
	'\0',
	'\uFEFF',
	'\\',
	'..',
	'/',
	'é',
	'😀',
	'\ud800',
	'BEGIN;',
	'COMMIT;',
	'ROLLBACK;',
	'CONCURRENTLY',
	"E'\\'",
	'$a$',
	'{',
	'}',
	'[',
	']',
	',',
	':',
	'null',
	'-1',
	'1e999',
	'"__proto__"',
	'<<<<<<< ours\n',
	'=======\n',
	'>>>>>>> theirs\n',
	'-- down of x: lossless\n',
	'-- loses: table t\n',
	'-- proof: up 00, down 00, PostgreSQL 18\n',
	'-- companion: no-transaction\n',
];

/** A text changed in a few places: pieces taken out, doubled, moved, or replaced by what parsers stumble over. */
export function mutateText(text: string, random: Randomness): string {
	let changed = text;
	for (let times = 1 + random.below(4); times > 0; times -= 1) {
		const from = random.below(changed.length + 1);
		const to = Math.min(from + random.below(40), changed.length);
		const piece = changed.slice(from, to);
		const other = random.below(changed.length + 1);
		changed = random.pick([
			() => changed.slice(0, from) + changed.slice(to),
			() => changed.slice(0, from) + piece + changed.slice(from),
			() => changed.slice(0, other) + piece + changed.slice(other),
			() => changed.slice(0, from) + random.pick(tokens) + changed.slice(from),
			() => changed.slice(0, from) + random.pick(tokens) + changed.slice(to),
			() => changed.slice(0, from),
			() => changed.slice(0, from) + String.fromCharCode(random.below(0x250)) + changed.slice(from + 1),
		])();
	}
	return changed;
}

const values: readonly unknown[] = [
	null,
	true,
	0,
	-1,
	1.5,
	1e300,
	Number.MAX_SAFE_INTEGER + 2,
	'',
	'x',
	'../x',
	'\0',
	'é'.repeat(200),
	[],
	{},
	[[]],
	{ a: 1 },
];

/** A JSON document with values replaced, taken out, renamed or doubled, at any depth. */
export function mutateJson(document: unknown, random: Randomness): unknown {
	const copy: unknown = structuredClone(document);
	for (let times = 1 + random.below(3); times > 0; times -= 1) {
		const holders = listHolders(copy);
		const holder = holders.length === 0 ? undefined : random.pick(holders);
		if (holder === undefined) return structuredClone(random.pick(values));
		const keys = Object.keys(holder);
		const key = keys.length === 0 ? '0' : random.pick(keys);
		const target = holder as Record<string, unknown>;
		random.pick([
			() => {
				target[key] = structuredClone(random.pick(values));
			},
			() => {
				delete target[key];
			},
			() => {
				target[`${key}x`] = target[key];
			},
			() => {
				if (Array.isArray(holder)) holder.push(structuredClone(holder[0]));
			},
			() => {
				if (Array.isArray(holder)) holder.reverse();
			},
		])();
	}
	return copy;
}

function listHolders(value: unknown): readonly object[] {
	if (typeof value !== 'object' || value === null) return [];
	return [value, ...Object.values(value).flatMap(listHolders)];
}
