import { show } from '../../commands/show.ts';
import { entryJson } from '../../report/render-json.ts';
import { renderShow } from '../../report/render-show.ts';
import type { CommandSpec, Invocation, Outcome } from '../command.ts';

export const showCommand: CommandSpec = {
	name: 'show',
	summary: 'One migration: its SQL both ways, what it loses, what it locks, its proof and its ledger row.',
	positional: '<target>',
	options: {},
	examples: [
		['pnpm db:show head', 'the newest migration'],
		['pnpm db:show 0003', 'by index or tag'],
	],
	run,
};

async function run({ target = '', project, paint }: Invocation): Promise<Outcome> {
	const { database, entry, locks } = await show({ ...project, target });
	const { migration, applied } = entry;
	const json = {
		database,
		...entryJson(entry),
		up: migration?.up?.sql,
		down: migration?.down?.text,
		proof: migration?.down?.proof,
		ledger:
			applied === undefined
				? undefined
				: { id: applied.id, hash: applied.checksum, created_at: applied.when },
		locks: locks.migrations[0]?.locks,
	};
	return { text: renderShow(entry, { paint, locks }), json };
}
