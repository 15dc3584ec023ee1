import { CompanionError } from '../errors.ts';

const units: Readonly<Record<string, number>> = {
	ms: 1,
	s: 1_000,
	m: 60_000,
	min: 60_000,
	h: 3_600_000,
	d: 86_400_000,
};

/**
 * `60s`, `10m`, `500ms`, `1h`, or bare seconds, in milliseconds.
 * @throws CompanionError `USAGE`
 */
export function readDuration(option: string, text: string): number {
	const match = /^(\d+(?:\.\d+)?)(ms|s|min|m|h|d)?$/.exec(text);
	const milliseconds = Math.round(Number(match?.[1]) * (units[match?.[2] ?? 's'] as number));
	if (!Number.isSafeInteger(milliseconds))
		throw new CompanionError('USAGE', `--${option} takes a duration such as 60s or 10m, not '${text}'.`);
	return milliseconds;
}
