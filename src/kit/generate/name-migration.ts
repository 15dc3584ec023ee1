import type { Prefix } from '../config/config.ts';
import { CompanionError } from '../errors.ts';

/** Letters and digits of any script, as they stand in file names; the rest separates words. Bytes in UTF-8. */
const LONGEST_NAME = 80;

export interface NameOptions {
	/** `--name`: kept as typed as far as a file name allows. */
	readonly name?: string | undefined;
	/** `-m`: a sentence. */
	readonly message?: string | undefined;
	/** Used when neither says anything. */
	readonly fallback: string;
}

/** The part of a tag after its prefix: `add nickname to users` gives `add_nickname_to_users`. */
export function chooseName({ name, message, fallback }: NameOptions): string {
	const wanted = name === undefined ? toSlug((message ?? '').toLowerCase()) : toSlug(name);
	return wanted === '' ? toSlug(fallback) : wanted;
}

/**
 * Names for the migrations that one change is split into: the first has the change's own, each other says behind it what it does.
 * @param purposes in the order in which they run; `change` is what needs no name
 */
export function nameSteps(name: string, purposes: readonly string[]): readonly string[] {
	const taken = new Set<string>();
	return purposes.map((purpose, step) => {
		const suffix = toSlug(purpose);
		const wanted = step === 0 && (purpose === 'change' || purposes.length === 1) ? name : `${name}_${suffix}`;
		const found = avoid(taken, wanted);
		taken.add(found);
		return found;
	});
}

function avoid(taken: ReadonlySet<string>, wanted: string): string {
	let found = wanted;
	for (let number = 2; taken.has(found); number += 1) found = `${wanted}_${number}`;
	return found;
}

/** Text as part of a file name. Accents are dropped; dots and dashes stay inside words. */
function toSlug(text: string): string {
	const words = text
		.normalize('NFKD')
		.replace(/(\p{Script=Latin})\p{M}+/gu, '$1')
		.normalize('NFC')
		.replaceAll(/['’`"]/g, '')
		.replace(/[^\p{L}\p{M}\p{N}_.-]+/gu, '_')
		.replace(/\.{2,}/g, '.');
	return trimSeparators(cutBytes(trimSeparators(words), LONGEST_NAME));
}

function trimSeparators(text: string): string {
	return text.replace(/^[_.-]+|[_.-]+$/g, '');
}

/** At a word's end where there is one. */
function cutBytes(text: string, most: number): string {
	if (Buffer.byteLength(text) <= most) return text;
	let cut = '';
	for (const character of text) {
		if (Buffer.byteLength(cut + character) > most) break;
		cut += character;
	}
	const end = cut.lastIndexOf('_');
	return end > most / 2 ? cut.slice(0, end) : cut;
}

/** What a new migration's place depends on. */
export interface PrefixOptions {
	readonly prefix: Prefix;
	readonly now: number;
	/** `idx` of the new entry. */
	readonly index: number;
	/** Of the entries that are there. */
	readonly tags: readonly string[];
}

/**
 * The part of a tag before the first `_`, as drizzle-kit writes it. Of two made within one second the second gets the next
 * one: drizzle-kit would write over the first's snapshot.
 * @throws CompanionError `CONFIG_INVALID` for `none`
 */
export function choosePrefix({ prefix, now, index, tags }: PrefixOptions): string {
	if (prefix === 'none') throw prefixNone();
	if (prefix === 'index') return String(index).padStart(4, '0');
	const taken = new Set(tags.map((tag) => tag.split('_')[0]));
	let time = now;
	while (taken.has(writeTime(prefix, time))) time += 1000;
	return writeTime(prefix, time);
}

function writeTime(prefix: 'timestamp' | 'supabase' | 'unix', time: number): string {
	if (prefix === 'unix') return String(Math.floor(time / 1000));
	return new Date(time).toISOString().replace(/\D/g, '').slice(0, 14);
}

function prefixNone(): CompanionError {
	return new CompanionError('CONFIG_INVALID', "migrations.prefix 'none' cannot be used for new migrations.", {
		hint: "drizzle-kit then writes every snapshot to meta/_snapshot.json and never reads it again, so that the next generate starts from nothing. Use 'index', or 'timestamp' where many branches generate.",
	});
}
