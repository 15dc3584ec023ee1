import type { Config } from '../config/config.ts';
import { readSize } from './read-size.ts';

/** Whether what a step throws away is set aside: always, when somebody says yes, or never. */
export type KeepMode = 'always' | 'ask' | 'never';

/** `companion.keep` as it is written. */
export interface KeepOptions {
	/**
	 * Default: `always`, and `never` where `NODE_ENV` is `production`: there the time and the space that keeping costs have to be chosen,
	 * by writing a mode here, which holds everywhere, or with `--keep` for one command. Without any `keep` it is `never`.
	 * What is kept already is given back in every mode.
	 */
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

/** `companion.keep` with what holds where it says nothing. */
export function resolveKeepSettings({
	isProduction,
	companion: { keep = {} },
}: Pick<Config, 'isProduction' | 'companion'>): KeepSettings {
	const limit = keep.limit ?? defaultLimit;
	return {
		mode: keep.mode ?? (isProduction ? 'never' : 'always'),
		limit: typeof limit === 'number' ? limit : (readSize(limit) ?? 0),
	};
}
