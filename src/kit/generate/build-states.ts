export { buildStateBefore } from './build-state-before.ts';
