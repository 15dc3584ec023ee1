/** What takes the place of a statement: something at its place, and more in later migrations. */
export interface SafeForm {
	/** In the migration that holds the other statements. */
	readonly now: readonly string[];
	/** Each runs by itself, outside a transaction, after `now` and before `then`. */
	readonly alone?: readonly { readonly sql: string; readonly purpose: string }[];
	/** After every statement of `now` and `alone`: fills rows, in batches that commit. */
	readonly fill?: readonly string[];
	/** After that: what the filled rows now keep to, instant. */
	readonly guard?: readonly string[];
	/** After that: reads all rows, while everybody works. */
	readonly validate?: readonly string[];
	/** Last: instant, since what it needs is there and known to hold. */
	readonly finish?: readonly string[];
	readonly change: string;
}

/** With its closing semicolon. */
export function endStatement(text: string): string {
	return `${text.trimEnd().replace(/;$/, '')};`;
}
