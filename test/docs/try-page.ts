import { type Prepared, prepareProject } from './prepare-project.ts';
import type { Surroundings } from './projects.ts';
import type { Page } from './read-page.ts';
import { runBlock } from './run-block.ts';

/** What stopped a page's blocks from running, with the block's place; `undefined` when all of them ran. */
export async function tryPage(
	{ blocks }: Pick<Page, 'blocks'>,
	surroundings: Surroundings,
): Promise<{ readonly failure?: string; readonly projects: readonly Prepared[] }> {
	const projects: Prepared[] = [];
	for (const block of blocks) {
		try {
			const notes = new Map(block.notes);
			const skip = notes.get('skip');
			if (skip !== undefined) {
				if (!/^because \S+/.test(skip)) throw new Error('a block that is skipped says why: skip because …');
				continue;
			}
			const name = notes.get('project');
			if (name !== undefined) projects.push(await prepareProject(name, surroundings));
			const project = projects.at(-1);
			if (project === undefined) throw new Error('no project was named: <!-- test: project shop -->');
			await runBlock(block, project);
		} catch (error) {
			return { failure: `${block.where}: ${(error as Error).message}`, projects };
		}
	}
	return { projects };
}
