import { setTimeout as sleep } from 'node:timers/promises';
import type { AdminSession } from './admin-session.ts';

export interface Question {
	readonly query: string;
	readonly values: readonly unknown[];
	/** How long to ask. */
	readonly milliseconds: number;
}

/** Asks every few milliseconds until the query gives no rows any more, or the time is up. */
export async function awaitNoRows(
	admin: AdminSession,
	{ query, values, milliseconds }: Question,
): Promise<void> {
	const deadline = performance.now() + milliseconds;
	while (performance.now() < deadline) {
		const { rows } = await admin.run(query, values);
		if (rows.length === 0) return;
		await sleep(3);
	}
}
