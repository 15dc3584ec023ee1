import { describe, expect, inject, test } from 'vitest';
import { aProject } from '../harness/a-project.ts';
import { seededProperty } from '../harness/property.ts';
import { createRandom } from '../reverse/random-schema/random.ts';
import { useScratch } from '../reverse/use-scratch-server.ts';
import { changeSchema, makeSchema } from './random-schema-pairs/change-schema.ts';
import { type FoundCase, foundCases } from './random-schema-pairs/found-cases.ts';
import { listRenames } from './random-schema-pairs/list-renames.ts';
import type { Model } from './random-schema-pairs/model.ts';
import { printSchema, schemaImports } from './random-schema-pairs/print-schema.ts';
import { type Outcome, type Step, startWalk } from './random-schema-pairs/schema-walk.ts';

const CHANGES_PER_RUN = 2;

const scratch = useScratch();
/** A run is a new project and some changes of it, every one of them a pair. */
const property = seededProperty(1, { secondsPerRun: 60 });

describe('a random change of random TypeScript tables', () => {
	test('arrives and goes back again, or is refused and leaves nothing', {
		timeout: property.timeout,
	}, async () => {
		await property.check(async (seed) => {
			for (const { before, step, outcome } of await walkAtRandom(seed))
				if (outcome.wrong.length > 0) throw new Error(describeFailure(seed, { before, step, outcome }));
		});
	});
});

/** Each takes seconds: they are tried one by one with `COMPANION_EVERY_CASE=1`, and all in one pair otherwise. */
const isThorough = process.env.COMPANION_EVERY_CASE === '1';

describe('what once failed', () => {
	test.each((isThorough ? foundCases : [joinCases(foundCases)]).map((each) => [each.name, each] as const))(
		'%s',
		async (_name, { before, after, renames = [] }) => {
			const walk = await startWalk(makeProject(), scratch);
			try {
				const start = { source: schemaImports + before, renames: [] };
				expect(await walk.take(start)).toMatchObject({ kind: 'written', wrong: [] });
				const end = { source: schemaImports + after, renames };
				expect(await walk.take(end)).toMatchObject({ kind: 'written', wrong: [] });
			} finally {
				await walk.close();
			}
		},
	);
});

function joinCases(cases: readonly FoundCase[]): FoundCase {
	return {
		name: 'arrives and goes back again, all at once',
		before: cases.map(({ before }) => before).join('\n'),
		after: cases.map(({ after }) => after).join('\n'),
		renames: cases.flatMap(({ renames = [] }) => renames),
	};
}

function makeProject() {
	return aProject({ files: { '.env': `SHADOW_DATABASE_URL=${inject('serverUrl')}\n` } });
}

interface Walked {
	/** The schema before; undefined for the first. */
	readonly before: string | undefined;
	readonly step: Step;
	readonly outcome: Outcome;
}

/** From nothing to a schema, and on from there by some changes; one that is refused is as if it had not been. */
async function walkAtRandom(seed: number): Promise<readonly Walked[]> {
	const random = createRandom(seed);
	const walk = await startWalk(makeProject(), scratch);
	const walked: Walked[] = [];
	let model: Model | undefined;
	try {
		for (let count = 0; count <= CHANGES_PER_RUN; count++) {
			const next: Model = model === undefined ? makeSchema(random) : changeSchema(model, random);
			const renames = model === undefined ? [] : listRenames(model, next);
			const step = { source: printSchema(next), renames };
			const outcome = await walk.take(step);
			walked.push({ before: model && printSchema(model), step, outcome });
			if (outcome.wrong.length > 0) break;
			if (outcome.kind !== 'refused') model = next;
		}
		return walked;
	} finally {
		await walk.close();
	}
}

function describeFailure(seed: number, { before, step, outcome }: Walked): string {
	return [
		`seed ${seed}: ${outcome.wrong.join('; ')}`,
		...(before === undefined ? [] : ['// before', before]),
		...['// after', step.source, ...step.renames],
	].join('\n');
}
