import type { Finding } from '../lint/finding.ts';

/**
 * Findings as GitHub's workflow commands, a line each: they show up beside the changed lines of a pull request.
 * @param root the repository's folder, which file names are written relative to
 */
export function renderAnnotations(findings: readonly Finding[], root: string): string {
	return findings.map((finding) => renderAnnotation(finding, root)).join('\n');
}

function renderAnnotation(
	{ severity, code, what, why, how, file, line, column }: Finding,
	root: string,
): string {
	const properties = [
		...(file === undefined ? [] : [`file=${escapeProperty(relativePath(file, root))}`]),
		...(line === undefined ? [] : [`line=${line}`]),
		...(column === undefined ? [] : [`col=${column}`]),
		`title=${escapeProperty(code)}`,
	];
	return `::${severity} ${properties.join(',')}::${escapeData(`${what}\n${why}\n${how}`)}`;
}

/** A path relative to a folder that it lies in; unchanged where it does not. */
export function relativePath(file: string, root: string): string {
	const folder = root.endsWith('/') ? root : `${root}/`;
	return (file.startsWith(folder) ? file.slice(folder.length) : file).replaceAll('\\', '/');
}

function escapeData(text: string): string {
	return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
	return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
