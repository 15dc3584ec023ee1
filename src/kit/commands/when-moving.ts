/** What moving a database takes beyond looking at it: loaded in one go, and only when a plan has steps. */
export { keepDecider, refuseLoss } from './decide-keep.ts';
export { refuseCopy } from './refuse-copy.ts';
export { runMove } from './run-move.ts';
