import { describe, expect, it } from 'vitest';
import { checkConfigFile } from '../../src/kit/config/check-config-file.ts';
import { resolveKeepSettings } from '../../src/kit/keep/keep-settings.ts';

describe('whether what a step throws away is kept', () => {
	it.each([
		['nothing is said', undefined, 'never', 'never'],
		['keep is there without a mode', { limit: '1GB' }, 'always', 'never'],
		['keep is empty', {}, 'always', 'never'],
		['always is chosen', { mode: 'always' }, 'always', 'always'],
		['ask is chosen', { mode: 'ask' }, 'ask', 'ask'],
		['never is chosen', { mode: 'never' }, 'never', 'never'],
	] as const)('%s: elsewhere, and in production', (_, keep, elsewhere, inProduction) => {
		const { settings } = checkConfigFile({ dialect: 'postgresql' }, keep && { keep }, { isWritten: true });
		const modeOf = (isProduction: boolean) =>
			resolveKeepSettings({ isProduction, companion: settings.companion }).mode;
		expect([modeOf(false), modeOf(true)]).toEqual([elsewhere, inProduction]);
	});

	it('is limited to 1 GB where no limit is said', () => {
		const limitOf = (keep: object) =>
			resolveKeepSettings({
				isProduction: false,
				companion: { lockTimeout: 1, lockRetries: 1, lockWait: 1, keep },
			}).limit;
		expect([limitOf({}), limitOf({ limit: '2 kB' }), limitOf({ limit: 7 })]).toEqual([
			1_073_741_824, 2_048, 7,
		]);
	});
});
