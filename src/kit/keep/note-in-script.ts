import type { KeepPlan } from './plan-keep.ts';

/** Comments for a script that a DBA runs: what it does not do, which a run would have done. */
export function noteInScript(keep: KeepPlan | undefined): string {
	const lost = (keep?.keeps ?? []).filter(({ values }) => values !== 0);
	const refills = (keep?.refills ?? []).filter(({ store }) => store !== undefined);
	return [
		...lost.map(({ tag, subject }) => `-- not set aside by this script, and lost: ${subject} (${tag})`),
		...refills.map(
			({ id, subject }) =>
				`-- not given back by this script: ${subject}; afterwards: db:kept ${id} --restore`,
		),
	]
		.map((line) => `${line.replace(/\s+/g, ' ')}\n`)
		.join('');
}
