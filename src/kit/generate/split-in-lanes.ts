import { breakpoint } from '../sql/end-statements-at-breakpoints.ts';

/**
 * The statements of up files in two lists that two sessions may run at once, each in order: no statement of the one has to do with what
 * a statement of the other makes or locks. Undefined where there is something else than simple definitions among them, or one list would
 * have most of the work.
 */
export function splitInLanes(
	texts: readonly string[],
): readonly [readonly string[], readonly string[]] | undefined {
	const statements = texts
		.flatMap((text) => text.split(breakpoint))
		.map((text) => text.trim().replace(/;$/, ''))
		.filter((text) => text !== '');
	if (statements.length < 2 * least) return undefined;
	const parsed = statements.map(describe);
	if (!parsed.every(isSimple)) return undefined;
	const lanes: [number[], number[]] = [[], []];
	for (const group of groupConnected(parsed)) {
		const [one, other] = lanes;
		const lane = one.length <= other.length ? one : other;
		for (const place of group) lane.push(place);
	}
	if (lanes.some(({ length }) => length < Math.max(least, parsed.length / 4))) return undefined;
	const [one, other] = lanes.map((places) =>
		places.toSorted((a, b) => a - b).map((place) => statements[place] ?? ''),
	);
	return [one ?? [], other ?? []];
}

/** So few statements are not worth a second session. */
const least = 10;

interface Definition {
	/** The names of what it makes, changes or refers to with a lock, in lower case and without schemas. */
	readonly touched: readonly string[];
	/** Every word in it. */
	readonly words: ReadonlySet<string>;
}

function isSimple(described: Definition | undefined): described is Definition {
	return described !== undefined;
}

const COLUMN = '(?:"[^"]+"|\\w+)';
const NAME = `(?:${COLUMN}\\s*\\.\\s*)?("[^"]+"|\\w+)`;

/** What tables, indexes and enums are made with, and columns and constraints are added. */
const HEADS = [
	new RegExp(`^create\\s+table\\s+(?:if\\s+not\\s+exists\\s+)?${NAME}\\s*\\(`),
	new RegExp(`^create\\s+(?:unique\\s+)?index\\s+(?:if\\s+not\\s+exists\\s+)?${NAME}\\s+on\\s+${NAME}[\\s(]`),
	new RegExp(`^create\\s+type\\s+${NAME}\\s+as\\s+enum\\b`),
	new RegExp(
		`^alter\\s+table\\s+${NAME}\\s+(?:add\\s+(?:column|constraint)\\s|alter\\s+column\\s+${COLUMN}\\s+(?:set|drop)\\s+(?:default|not)\\b)`,
	),
];

/** Names that a statement takes for itself, or locks so that nobody else may. */
const FURTHER = new RegExp(`\\b(?:constraint|references)\\s+${NAME}`, 'g');

/** What locks a table that its statement changes nothing of, texts in which names may hide, comments. */
const INTRICATE = /\b(?:inherits|partition)\b|;|--|\/\*|[$\\]|[^ -~\t\r\n]|\bu&/;

function describe(text: string): Definition | undefined {
	const sql = text.toLowerCase();
	const head = HEADS.map((pattern) => pattern.exec(sql)).find((match) => match !== null);
	if (head === undefined || INTRICATE.test(sql)) return undefined;
	const further = [...sql.matchAll(FURTHER)].map(([, name]) => name);
	const touched = [...head.slice(1), ...further].flatMap((name) => name?.replaceAll('"', '') ?? []);
	return { touched, words: listWords(sql) };
}

function listWords(sql: string): ReadonlySet<string> {
	return new Set([...sql.matchAll(/"([^"]+)"|\w+/g)].map(([word, quoted]) => quoted ?? word));
}

/** Statements that have to do with one another, directly or by way of others, by their places; in the order of their first. */
function groupConnected(statements: readonly Definition[]): Iterable<readonly number[]> {
	const makers = new Map<string, number>();
	const leaders = statements.map((_, place) => place);
	const leaderOf = (place: number): number => {
		let leader = place;
		while (leaders[leader] !== leader) leader = leaders[leader] ?? leader;
		leaders[place] = leader;
		return leader;
	};
	const connect = (one: number, other: number) => {
		const [first = one, last = other] = [leaderOf(one), leaderOf(other)].toSorted((a, b) => a - b);
		leaders[last] = first;
	};
	for (const [place, { touched }] of statements.entries())
		for (const name of touched) {
			const maker = makers.get(name);
			if (maker === undefined) makers.set(name, place);
			else connect(maker, place);
		}
	for (const [place, { words }] of statements.entries())
		for (const word of words) {
			const maker = makers.get(word);
			if (maker !== undefined) connect(maker, place);
		}
	const groups = new Map<number, number[]>();
	for (const place of statements.keys()) {
		const group = groups.get(leaderOf(place));
		if (group === undefined) groups.set(leaderOf(place), [place]);
		else group.push(place);
	}
	return groups.values();
}
