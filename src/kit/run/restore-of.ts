import type { Session } from '../database/session.ts';
import { setWatchStatement, watchClientStatement } from '../database/session-settings.ts';
import type { Means } from './read-means.ts';

/**
 * The statements that undo what a migration SET, with what the run itself relies on.
 * @param means what is known of the server saves asking it
 */
export function restoreOf({ restoreStatements }: Session, means?: Means): readonly string[] {
	return [...restoreStatements, means?.watchesClient ? setWatchStatement : watchClientStatement];
}
