import type { Config } from '../config/config.ts';
import { resolveKeepSettings } from '../keep/keep-settings.ts';
import type { KeepPlan } from '../keep/plan-keep.ts';

/** What is set aside and given back of a plan without steps. */
export function keepNothing(config: Config): KeepPlan {
	const nothing = { tags: new Set<string>(), keeps: [], refills: [], conflicts: [], problems: [] };
	return { settings: resolveKeepSettings(config), ...nothing, bytes: 0, estimateMilliseconds: 0 };
}
