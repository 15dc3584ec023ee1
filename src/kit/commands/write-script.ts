import { noteInScript } from '../keep/note-in-script.ts';
import { composeScript } from '../run/compose-script.ts';
import type { Planned } from './move.ts';
import type { Project } from './with-project.ts';

/** What a plan would do, as a script for a DBA. */
export async function writeScript({ config }: Project, { plan, history, keep }: Planned): Promise<string> {
	const ledger = { ...config.ledger, ...history.ledgerForm };
	const script = await composeScript(plan, { ...history, ledger, settings: config.companion });
	return `${noteInScript(keep)}${script}`;
}
