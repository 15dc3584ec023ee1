import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Prepared } from './prepare-project.ts';
import type { Block } from './read-page.ts';
import { type } from './type.ts';

/**
 * Reads a Dockerfile, a workflow or manifests for Kubernetes, and runs the commands in it in the project.
 * @throws Error when it is not what it says, or a command fails
 */
export async function checkDocument(block: Block, project: Prepared): Promise<void> {
	if (block.language === 'dockerfile') return await checkDockerfile(block.text, project);
	const documents = readYaml(block.text);
	for (const document of documents) {
		if ('jobs' in document) await checkWorkflow(document as unknown as Workflow, project);
		else if ('apiVersion' in document) await checkManifest(document as unknown as Manifest, project);
		else throw new Error('YAML that is neither a workflow nor a manifest');
	}
}

function readYaml(text: string): readonly Record<string, unknown>[] {
	return parseAllDocuments(text).map((document) => {
		if (document.errors[0] !== undefined) throw document.errors[0];
		return document.toJS() as Record<string, unknown>;
	});
}

interface Workflow {
	readonly on: unknown;
	readonly permissions?: Readonly<Record<string, string>>;
	readonly jobs: Readonly<
		Record<string, { readonly 'runs-on': string; readonly env?: Values; readonly steps: readonly Step[] }>
	>;
}
type Values = Readonly<Record<string, string>>;
interface Step {
	readonly uses?: string;
	readonly run?: string;
	readonly env?: Values;
	readonly if?: string;
}

/** What GitHub would put in for the expressions that the documentation may use. */
const expressions: Values = {
	'github.base_ref': 'main',
	'github.event.pull_request.number': '7',
	'github.token': 'a-token',
	'github.repository': 'acme/shop',
};

/** Runs the steps of every job, one after the other; an action must say its version. */
async function checkWorkflow({ on, jobs }: Workflow, project: Prepared): Promise<void> {
	if (on === undefined) throw new Error('the workflow is never started');
	for (const [name, job] of Object.entries(jobs)) {
		if (typeof job['runs-on'] !== 'string') throw new Error(`${name} runs on nothing`);
		for (const step of job.steps) {
			if ((step.uses === undefined) === (step.run === undefined))
				throw new Error(`a step of ${name} neither uses nor runs`);
			if (step.uses !== undefined && !/^[\w-]+\/[\w-]+@v\d+$/.test(step.uses))
				throw new Error(`${step.uses} has no version`);
			if (step.run === undefined) continue;
			if (step.run.includes('${{'))
				throw new Error('an expression in a script runs what a stranger wrote: use env');
			const env = fillIn({ ...job.env, ...step.env });
			await type(step.run, { ...project, env: { ...project.env, ...env } });
		}
	}
}

function fillIn(values: Values): Values {
	const fill = (text: string) =>
		text.replace(/\$\{\{\s*(.+?)\s*\}\}/g, (_, name: string) => {
			const value = expressions[name];
			if (value === undefined) throw new Error(`the test knows no \${{ ${name} }}`);
			return value;
		});
	return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, fill(String(value))]));
}

interface Container {
	readonly name?: string;
	readonly image?: string;
	readonly command?: readonly string[];
	readonly args?: readonly string[];
	readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[];
	readonly readinessProbe?: { readonly exec?: { readonly command: readonly string[] } };
}
interface Manifest {
	readonly apiVersion: string;
	readonly kind: string;
	readonly metadata?: { readonly name?: string };
	readonly spec?: {
		readonly selector?: { readonly matchLabels: Values };
		readonly template?: {
			readonly metadata?: { readonly labels?: Values };
			readonly spec?: {
				readonly restartPolicy?: string;
				readonly containers?: readonly Container[];
				readonly initContainers?: readonly Container[];
			};
		};
	};
}

const versions: Values = { Job: 'batch/v1', Deployment: 'apps/v1' };

/** Checks what Kubernetes would refuse, and runs the commands of init containers, of jobs and of probes. */
async function checkManifest(
	{ apiVersion, kind, metadata, spec }: Manifest,
	project: Prepared,
): Promise<void> {
	if (versions[kind] !== apiVersion) throw new Error(`${kind} is not of ${apiVersion}`);
	if (!/^[a-z0-9-]+$/.test(metadata?.name ?? '')) throw new Error(`${kind} has no good name`);
	const pod = spec?.template?.spec;
	const containers = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
	if (pod?.containers === undefined || containers.some(({ name, image }) => !name || !image))
		throw new Error(`${kind} has a container without name or image`);
	if (kind === 'Job' && !['Never', 'OnFailure'].includes(pod.restartPolicy ?? ''))
		throw new Error('a Job must say its restartPolicy');
	if (
		kind === 'Deployment' &&
		JSON.stringify(spec?.selector?.matchLabels) !== JSON.stringify(spec?.template?.metadata?.labels)
	)
		throw new Error('the selector does not match the labels');
	for (const { command, args = [], env = [], readinessProbe } of containers) {
		if (
			env.some(({ name, value, valueFrom }) => !name || (value === undefined) === (valueFrom === undefined))
		)
			throw new Error('a variable of the environment has no value');
		if (command !== undefined) await type(spell([...command, ...args]), project);
		if (readinessProbe?.exec !== undefined) await type(spell(readinessProbe.exec.command), project);
	}
}

/** Runs `RUN`, and the last `CMD` or `ENTRYPOINT` of each stage; what is copied from the project must be there. */
async function checkDockerfile(text: string, project: Prepared): Promise<void> {
	const lines = text
		.replace(/\\\n/g, ' ')
		.split('\n')
		.filter((line) => line.trim() !== '' && !line.startsWith('#'));
	const stages = new Set<string>();
	if (!lines[0]?.startsWith('FROM ')) throw new Error('a Dockerfile begins with FROM');
	for (const line of lines) {
		const [, instruction = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
		if (instruction === 'FROM') stages.add(/ AS (\S+)$/.exec(rest)?.[1] ?? '');
		else if (instruction === 'COPY') checkCopy(rest, { stages, project });
		else if (instruction === 'RUN') await type(rest, project);
		else if (instruction === 'CMD' || instruction === 'ENTRYPOINT')
			await runMain(JSON.parse(rest) as string[], project);
		else if (!['ENV', 'WORKDIR', 'USER', 'EXPOSE', 'ARG'].includes(instruction))
			throw new Error(`unknown instruction: ${line}`);
	}
}

/** A server would run for ever; it has a block of its own. */
async function runMain(words: readonly string[], project: Prepared): Promise<void> {
	if (words[0] !== 'node') return await type(spell(words), project);
	if (!existsSync(join(project.root, words[1] ?? ''))) throw new Error(`there is no ${words[1]}`);
}

function checkCopy(
	rest: string,
	{ stages, project }: { stages: ReadonlySet<string>; project: Prepared },
): void {
	const words = rest.split(/\s+/);
	const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
	if (from !== undefined) {
		if (!stages.has(from)) throw new Error(`COPY from ${from}, which is no stage`);
		return;
	}
	for (const source of words.slice(0, -1))
		if (!existsSync(join(project.root, source.replace(/\*$/, ''))))
			throw new Error(`COPY of ${source}, which is not there`);
}

function spell(words: readonly string[]): string {
	return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
}
