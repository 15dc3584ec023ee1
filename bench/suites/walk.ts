import { rmSync } from 'node:fs';
import type { BenchCase, Contender } from '../measure/contender.ts';
import { program } from '../project/locate-programs.ts';
import { makeMigrations } from '../project/make-migrations.ts';
import { writeProject } from '../project/write-project.ts';

/** `verify` and `reverse --all`: what a migration costs near the beginning and near the end, with the same tables. */
export async function* benchWalk(): AsyncIterable<BenchCase> {
	for (const tables of [20, 200]) {
		// The tables are there before the first migration that is looked at.
		const count = tables + 300;
		const root = writeProject(makeMigrations(count, { tables }), { losses: 'named' });
		for (const command of ['verify', 'reverse']) {
			const around = (place: number): Contender => ({
				name: `the ${place}th`,
				command: ['node', program.floor('walk'), command, root, String(tables + place)],
			});
			yield {
				name: `${command}, ${tables} tables, one migration`,
				measured: 'inside',
				runs: 1,
				contenders: [around(30), around(300)],
				targets: { 'the 300th': 1.5 },
			};
		}
		rmSync(root, { recursive: true, force: true });
	}
}
