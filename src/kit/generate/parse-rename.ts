import { CompanionError } from '../errors.ts';
import { ENTITY_KINDS, type EntityKind } from './entity.ts';

/**
 * One `--rename`, read: `old=new`; `=new` says that it is new and not renamed, `old=` that it is dropped.
 * Names are given in parts, as far as written.
 */
export interface RenameAnswer {
	/** As typed. */
	readonly text: string;
	/** From a prefix such as `table:`, where a name alone would be ambiguous. */
	readonly kind?: EntityKind;
	readonly from?: readonly string[];
	readonly to?: readonly string[];
}

/**
 * Reads one `--rename`. Names with a dot, an equals sign or a colon are quoted as in SQL: `users."a.b"=users.c`.
 * @throws CompanionError `USAGE` when it cannot be read
 */
export function parseRename(text: string): RenameAnswer {
	const { kind, names } = splitKind(text);
	const match = new RegExp(`^(${NAME})?=(${NAME})?$`).exec(names);
	const [, from, to] = match ?? [];
	if (from === undefined && to === undefined) throw unreadable(text);
	return {
		text,
		...(kind === undefined ? {} : { kind }),
		...(from === undefined ? {} : { from: splitParts(from) }),
		...(to === undefined ? {} : { to: splitParts(to) }),
	};
}

const PART = String.raw`(?:"(?:[^"]|"")+"|[^".=\s][^".=]*)`;
const NAME = String.raw`${PART}(?:\.${PART}){0,2}`;

function splitKind(text: string): { kind?: EntityKind; names: string } {
	const kind = ENTITY_KINDS.find((each) => text.startsWith(`${each}:`));
	return kind === undefined ? { names: text.trim() } : { kind, names: text.slice(kind.length + 1).trim() };
}

function splitParts(name: string): string[] {
	const parts = name.match(new RegExp(PART, 'g')) ?? [];
	return parts.map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.trim()));
}

function unreadable(text: string): CompanionError {
	return new CompanionError('USAGE', `--rename ${text} is not of the form old=new.`, {
		hint: 'For example --rename users=people, --rename users.name=users.full_name, --rename auth.users=public.users; --rename =users.full_name says that a column is new.',
		details: { rename: text },
	});
}
