import type { CompanionSettings } from './config.ts';

/** What may be written in `companion`; everything has a default. */
export type CompanionOptions = Partial<CompanionSettings>;

/**
 * Types the kit's own settings for the configuration file, and returns them unchanged.
 * Write `export const companion = defineCompanion({ … })` beside drizzle-kit's default export.
 */
export function defineCompanion(options: CompanionOptions): CompanionOptions {
	return options;
}

/**
 * What holds where `companion` says nothing.
 * Without `keep`, data that a step throws away is not kept.
 * A shorter `lockTimeout` disturbs the site less and retries more; a longer `lockWait` lets slow deploys queue.
 */
export const companionDefaults: Required<CompanionSettings> = {
	lockTimeout: 5_000,
	lockRetries: 10,
	lockWait: 60_000,
	drift: { ignore: [] },
	keep: { mode: 'never' },
};
