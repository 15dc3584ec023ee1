import { readSize } from './read-size.ts';

/** Whether what a step throws away is set aside: always, when somebody says yes, or never. */
export type KeepMode = 'always' | 'ask' | 'never';

/** `companion.keep` as it is written. */
export interface KeepOptions {
	/** Default: `never`. Keeping costs time and space, and a refill is one more thing that may conflict: it has to be chosen. */
	readonly mode?: KeepMode;
	/** The most that one command copies without being told: `'1GB'`, `'500 MB'`, or bytes. Tables that are moved do not count. */
	readonly limit?: string | number;
}

/** The same, every default filled in. */
export interface KeepSettings {
	readonly mode: KeepMode;
	/** Bytes. */
	readonly limit: number;
}

const defaultLimit = '1GB';

/** What holds where the configuration says nothing. */
export function resolveKeepSettings({ mode = 'never', limit }: KeepOptions = {}): KeepSettings {
	return {
		mode,
		limit: typeof limit === 'number' ? limit : (readSize(limit ?? defaultLimit) ?? 0),
	};
}
