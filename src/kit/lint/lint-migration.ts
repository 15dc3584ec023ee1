import { locate } from '../run/locate.ts';
import type { AllowedFinding, Finding, Findings } from './finding.ts';
import { type Allowance, readAllowances } from './read-allowances.ts';
import type { Hit, LintedMigration, Rule } from './rule.ts';
import { RULES } from './rules.ts';

/** Looks for every rule in one migration. Findings that its SQL allows with a reason are told apart. */
export function lintMigration(linted: LintedMigration, rules: readonly Rule[] = RULES): Findings {
	const { up } = linted.migration;
	if (up === undefined) return { findings: [], allowed: [] };
	const allowances = readAllowances(up.sql, linted.statements);
	const used = new Set<Allowance>();
	const findings: Finding[] = [];
	const allowed: AllowedFinding[] = [];
	for (const rule of rules) {
		for (const hit of rule.find(linted)) {
			const finding = toFinding(rule, hit, linted);
			const allowance = findAllowance(allowances, rule, hit);
			if (allowance === undefined) findings.push(finding);
			else {
				used.add(allowance);
				allowed.push({ ...finding, reason: allowance.reason });
			}
		}
	}
	const isMeasured = linted.statements.every(({ locks }) => locks !== undefined);
	findings.push(...findWrongAllowances(linted, allowances, { used, isMeasured }));
	return { findings: findings.sort(compareLines), allowed };
}

function toFinding(
	{ id, severity, why }: Rule,
	{ statement, what, how, sql }: Hit,
	linted: LintedMigration,
): Finding {
	return {
		code: id,
		severity,
		...{ what, why, how },
		...(sql === undefined ? {} : { sql }),
		...placeOf(linted, statement.start),
	};
}

function placeOf({ migration }: LintedMigration, offset: number) {
	const { line, column } = locate(migration.up?.sql ?? '', offset);
	return {
		tag: migration.tag,
		...(migration.up === undefined ? {} : { file: migration.up.file }),
		line,
		column,
	};
}

function findAllowance(allowances: readonly Allowance[], { id }: Rule, hit: Hit): Allowance | undefined {
	return allowances.find(
		({ rule, reason, statement }) =>
			rule === id && reason !== '' && (hit.isWholeFile || statement?.start === hit.statement.start),
	);
}

/** Allowances that allow nothing: without a reason, of a rule that does not exist, of something that is not there. */
function findWrongAllowances(
	linted: LintedMigration,
	allowances: readonly Allowance[],
	{ used, isMeasured }: { readonly used: ReadonlySet<Allowance>; readonly isMeasured: boolean },
): readonly Finding[] {
	const known = new Set([...RULES.map(({ id }) => id), ...WAYS_BACK]);
	return allowances.flatMap((allowance): readonly Finding[] => {
		const { rule, reason, offset } = allowance;
		const place = placeOf(linted, offset);
		const why = 'Who reads the migration later has to know why the danger was accepted.';
		const form = 'Write `-- companion: allow <rule> because <reason>` before the statement.';
		if (!known.has(rule))
			return [
				{
					code: 'allow-unknown-rule',
					severity: 'error',
					what: rule === '' ? 'An allowance names no rule.' : `There is no rule '${rule}' to allow.`,
					why: 'It silences nothing, although somebody believes that it does.',
					how: `${form} The rules are ${[...known].sort().join(', ')}.`,
					...place,
				},
			];
		if (reason === '')
			return [
				{
					code: 'allow-without-reason',
					severity: 'error',
					what: `${rule} is allowed without a reason.`,
					why,
					how: form,
					...place,
				},
			];
		if (used.has(allowance) || !isMeasured || WAYS_BACK.has(rule)) return [];
		return [
			{
				code: 'allow-unused',
				severity: 'warning',
				what: `${rule} is allowed, and nothing here needs it.`,
				why: 'An allowance that is left over may silence what a later edit brings in.',
				how: 'Remove the comment, or move it before the statement that it is about.',
				...place,
			},
		];
	});
}

/** What a file may say of its way back; looked for with the journal's other problems. */
const WAYS_BACK: ReadonlySet<string> = new Set(['down-missing', 'down-unproven']);

function compareLines(one: Finding, other: Finding): number {
	return (one.line ?? 0) - (other.line ?? 0);
}
