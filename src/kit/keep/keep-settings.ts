import { readSize } from './read-size.ts';

/** Whether what a step throws away is set aside: always, when somebody says yes, or never. */
export type KeepMode = 'always' | 'ask' | 'never';

/** `companion.keep` as it is written. */
export interface KeepOptions {
	/** Default: `always`, and `never` where `NODE_ENV` is `production`. */
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
export function resolveKeepSettings(
	{ mode, limit }: KeepOptions = {},
	{ isProduction }: { readonly isProduction: boolean },
): KeepSettings {
	return {
		mode: mode ?? (isProduction ? 'never' : 'always'),
		limit: typeof limit === 'number' ? limit : (readSize(limit ?? defaultLimit) ?? 0),
	};
}
