import type { AllowedFinding, Finding } from '../lint/finding.ts';
import { relativePath } from './render-annotations.ts';

export interface SarifSubject {
	readonly findings: readonly Finding[];
	readonly allowed: readonly AllowedFinding[];
	/** The repository's folder, which file names are written relative to. */
	readonly root: string;
}

/**
 * Findings as a SARIF 2.1.0 log, for code scanning. What the SQL allows is in it as suppressed, with its reason.
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function findingsSarif({ findings, allowed, root }: SarifSubject): object {
	const all = [...findings, ...allowed];
	const codes = [...new Set(all.map(({ code }) => code))];
	return {
		$schema: 'https://json.schemastore.org/sarif-2.1.0.json',
		version: '2.1.0',
		runs: [
			{
				tool: { driver: { name: 'drizzle-companion', rules: codes.map((code) => toRule(code, all)) } },
				columnKind: 'utf16CodeUnits',
				results: all.map((finding) => toResult(finding, { codes, root })),
			},
		],
	};
}

function toRule(code: string, findings: readonly Finding[]): object {
	const { why = '', how = '', severity = 'error' } = findings.find((finding) => finding.code === code) ?? {};
	return {
		id: code,
		shortDescription: { text: code },
		fullDescription: { text: why },
		help: { text: how },
		defaultConfiguration: { level: severity },
	};
}

function toResult(
	finding: Finding | AllowedFinding,
	{ codes, root }: { readonly codes: readonly string[]; readonly root: string },
): object {
	const { code, severity, what, how, file, line = 1, column } = finding;
	return {
		ruleId: code,
		ruleIndex: codes.indexOf(code),
		level: severity,
		message: { text: `${what} ${how}` },
		locations: file === undefined ? [] : [toLocation(relativePath(file, root), line, column)],
		...('reason' in finding ? { suppressions: [{ kind: 'inSource', justification: finding.reason }] } : {}),
	};
}

function toLocation(path: string, startLine: number, startColumn: number | undefined): object {
	return {
		physicalLocation: {
			artifactLocation: { uri: path.split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' },
			region: { startLine, ...(startColumn === undefined ? {} : { startColumn }) },
		},
	};
}
