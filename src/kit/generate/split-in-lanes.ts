const breakpoint = '--> statement-breakpoint';

/**
 * The statements of up files in two lists that two sessions may run at once, each in order: no statement of the one has to do with what
 * a statement of the other makes or locks. Undefined where there is something else than simple definitions among them, or one list would
 * have most of the work.
 */
export function splitInLanes(
	texts: readonly string[],
): readonly [readonly string[], readonly string[]] | undefined {
	const statements = texts.flatMap((text) => text.split(breakpoint)).map((text) => text.trim());
	const parsed = statements.filter((text) => text !== '').map(describe);
	if (parsed.length < 2 * least || !parsed.every(isSimple)) return undefined;
	const lanes: [number[], number[]] = [[], []];
	for (const group of groupConnected(parsed)) {
		const [one, other] = lanes;
		(one.length <= other.length ? one : other).push(...group);
	}
	if (lanes.some(({ length }) => length < Math.max(least, parsed.length / 4))) return undefined;
	const [one, other] = lanes.map((places) =>
		places.toSorted((a, b) => a - b).map((place) => parsed[place]?.text ?? ''),
	);
	return [one ?? [], other ?? []];
}

/** So few statements are not worth a second session. */
const least = 10;

interface Definition {
	readonly text: string;
	/** The names of what it makes, changes or refers to with a lock, in lower case and without schemas. */
	readonly touched: readonly string[];
	/** Every word in it. */
	readonly words: ReadonlySet<string>;
}

function isSimple(described: Definition | undefined): described is Definition {
	return described !== undefined;
}

const NAME = '(?:(?:"[^"]+"|\\w+)\\s*\\.\\s*)?("[^"]+"|\\w+)';

/** What tables, indexes and enums are made with, and columns and constraints are added. */
const HEADS = [
	new RegExp(`^create\\s+table\\s+(?:if\\s+not\\s+exists\\s+)?${NAME}\\s*\\(`, 'i'),
	new RegExp(
		`^create\\s+(?:unique\\s+)?index\\s+(?:if\\s+not\\s+exists\\s+)?${NAME}\\s+on\\s+${NAME}[\\s(]`,
		'i',
	),
	new RegExp(`^create\\s+type\\s+${NAME}\\s+as\\s+enum\\b`, 'i'),
	new RegExp(
		`^alter\\s+table\\s+${NAME}\\s+(?:add\\s+(?:column|constraint)\\s|alter\\s+column\\s+${NAME}\\s+(?:set|drop)\\s+(?:default|not)\\b)`,
		'i',
	),
];

/** Names that a statement takes for itself, or locks so that nobody else may. */
const FURTHER = new RegExp(`\\b(?:constraint|references)\\s+${NAME}`, 'gi');

/** What locks a table that its statement changes nothing of, texts in which names may hide, comments. */
const INTRICATE = /\b(?:inherits|partition)\b|;|--|\/\*|[$\\]|[^ -~\t\r\n]|\bu&/i;

function describe(text: string): Definition | undefined {
	const sql = text.replace(/;$/, '').toLowerCase();
	const head = HEADS.map((pattern) => pattern.exec(sql)).find((match) => match !== null);
	if (head === undefined || INTRICATE.test(sql)) return undefined;
	const further = [...sql.matchAll(FURTHER)].map(([, name]) => name);
	const touched = [...head.slice(1), ...further].flatMap((name) => name?.replaceAll('"', '') ?? []);
	return { text: text.replace(/;$/, ''), touched, words: listWords(sql) };
}

function listWords(sql: string): ReadonlySet<string> {
	return new Set([...sql.matchAll(/"([^"]+)"|\w+/g)].map(([word, quoted]) => quoted ?? word));
}

/** Statements that have to do with one another, directly or by way of others, by their places; in the order of their first. */
function groupConnected(statements: readonly Definition[]): Iterable<readonly number[]> {
	const makers = new Map<string, number>();
	const leaders = statements.map((_, place) => place);
	const leaderOf = (place: number): number => {
		const leader = leaders[place] ?? place;
		return leader === place ? place : leaderOf(leader);
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
		const leader = leaderOf(place);
		groups.set(leader, [...(groups.get(leader) ?? []), place]);
	}
	return groups.values();
}
