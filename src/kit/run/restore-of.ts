import type { Session } from '../database/session.ts';
import { watchClientStatement } from '../database/session-settings.ts';

/** The statements that undo what a migration SET, with what the run itself relies on. */
export function restoreOf({ restoreStatements }: Session): readonly string[] {
	return [...restoreStatements, watchClientStatement];
}
