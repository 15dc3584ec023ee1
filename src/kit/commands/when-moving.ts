/** What moving a database takes beyond looking at it: loaded in one go, and only when a plan has steps. */
export { withLock } from '../database/advisory-lock.ts';
export { planKeep } from '../keep/plan-keep.ts';
export { Overtaken } from '../run/overtaken.ts';
export { runPlan } from '../run/run-plan.ts';
export { refuseCopy } from './refuse-copy.ts';
