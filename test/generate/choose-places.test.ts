import { expect, test } from 'vitest';
import { loadConfig } from '../../src/kit/config/load-config.ts';
import { choosePlaces } from '../../src/kit/generate/choose-places.ts';
import { readJournal } from '../../src/kit/journal/read-journal.ts';
import { aProject } from '../harness/a-project.ts';

const at = 1_795_354_683_091;

async function place(names: readonly string[], { last, now }: { last: number; now: number }) {
	const { root } = aProject({ migrations: [{ tag: '0000_a', up: 'SELECT 1;', when: last }] });
	const config = await loadConfig({ cwd: root });
	return choosePlaces(config, readJournal(config.folder), { names, now });
}

test('a migration has the time at which it was made', async () => {
	expect(await place(['b'], { last: at, now: at + 60_000 })).toMatchObject([
		{ tag: '0001_b', when: at + 60_000 },
	]);
});

test('no two migrations are of one second, by which drizzle-kit 1.0 will name their folders', async () => {
	const [first, second] = await place(['b', 'c'], { last: at, now: at + 5 });
	expect([first?.when, second?.when]).toEqual([1_795_354_684_000, 1_795_354_685_000]);
});
