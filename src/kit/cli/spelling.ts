let isBinary = false;

/** Commands in texts are spelled for the installed binary from now on. Called once, by the binary's entry. */
export function spellForBinary(): void {
	isBinary = true;
}

/** Spells the commands in a text as this user types them: `pnpm db:migrate`, or `npx drizzle-companion migrate`. */
export function spell(text: string): string {
	return isBinary ? text.replace(/\bpnpm db:(?=[a-z])/g, 'npx drizzle-companion ') : text;
}

/** Files of the project and commands are named as the user would type them. */
export function asTyped(text: string): string {
	const folder = process.cwd();
	return spell(folder === '/' ? text : text.replaceAll(`${folder}/`, ''));
}
