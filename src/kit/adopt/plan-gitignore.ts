/** Where the embedded server keeps its data. */
const line = '.data/';

/** The text of `.gitignore` with the embedded server's data in it; undefined when it is ignored already. */
export function planGitignore(
	text: string | undefined,
): { readonly text: string; readonly line: string } | undefined {
	if (text === undefined || text.trim() === '') return { text: `${line}\n`, line };
	const isIgnored = text
		.split(/\r?\n/)
		.some((each) => /^(?:\*\*)?\/?\.data(?:\/(?:\*\*?|postgres\/?)?)?$/.test(each.trim()));
	if (isIgnored) return undefined;
	const newline = text.includes('\r\n') ? '\r\n' : '\n';
	return { text: `${text}${text.endsWith('\n') ? '' : newline}${line}${newline}`, line };
}
