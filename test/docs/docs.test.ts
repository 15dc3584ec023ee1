import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { repository } from '../harness/repository.ts';
import { useDatabase } from '../harness/test-database.ts';
import { checkMentions } from './check-mentions.ts';
import { checkTypes } from './check-types.ts';
import { linkModules } from './link-modules.ts';
import type { Prepared } from './prepare-project.ts';
import { parsePage, readPages } from './read-page.ts';
import { tryPage } from './try-page.ts';
import { writeShims } from './write-shims.ts';

vi.setConfig({ testTimeout: 600_000 });

const folder = mkdtempSync(join(tmpdir(), 'companion-docs-'));
const shims = writeShims();
beforeAll(() => linkModules(folder));
afterAll(() => {
	for (const each of [folder, shims]) rmSync(each, { recursive: true, force: true });
});

const pages = readPages();
const projects: Prepared[] = [];

describe('the commands, TypeScript, SQL and YAML of', () => {
	// Two pages at a time: each has a database of its own.
	describe.concurrent.each(pages.map((page) => [page.name, page] as const))('%s', (_, page) => {
		const database = useDatabase();
		it('run as they stand, and print what they show', async () => {
			const tried = await tryPage(page, { database, shims, folder });
			projects.push(...tried.projects);
			expect(tried.failure).toBeUndefined();
		});
	});

	it('have no error of types', () => {
		expect(checkTypes(projects.map(({ root }) => root))).toEqual([]);
	});
});

describe('the text', () => {
	it.each(pages.map((page) => [page.name, page] as const))(
		'of %s names commands, options and files that there are',
		async (_, page) => {
			expect(await checkMentions(page)).toEqual([]);
		},
	);

	it('of README.md links every page', () => {
		const links = [...(pages[0]?.text.matchAll(/\]\((docs\/[^)#]+)/g) ?? [])].map(([, path]) => path);
		expect([...new Set(links)].sort()).toEqual(pages.slice(1).map(({ name }) => name));
	});
});

describe('docs/errors.md', () => {
	const codes = [
		...readFileSync(join(repository, 'src/kit/errors.ts'), 'utf8').matchAll(/^\t\| '([A-Z_]+)'/gm),
	].map(([, code]) => code);
	const problems = [
		...(/type ProblemCode =([^;]+);/
			.exec(readFileSync(join(repository, 'src/kit/history/history.ts'), 'utf8'))?.[1]
			?.matchAll(/'([A-Z_]+)'/g) ?? []),
	].map(([, code]) => code);
	const page = readFileSync(join(repository, 'docs/errors.md'), 'utf8');
	const documented = [...page.matchAll(/^\| (`[^|]+`) /gm)].flatMap(([, cell = '']) =>
		[...cell.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code),
	);

	it('has a line for every code, and none for a code that there is not', () => {
		expect(codes.length).toBeGreaterThan(20);
		expect(problems.length).toBeGreaterThan(5);
		expect([...new Set(documented)].sort()).toEqual([...new Set([...codes, ...problems])].sort());
	});
});

describe('a page that has rotted is noticed:', () => {
	const database = useDatabase();
	const block = (language: string, text: string, ...notes: readonly string[]) =>
		parsePage(
			'rotten.md',
			[...notes.map((note) => `<!-- test: ${note} -->`), `\`\`\`${language}\n${text}\n\`\`\`\n`].join('\n'),
		);

	it.each([
		[
			'an unknown option',
			block('sh', 'pnpm db:history --al', 'project clone'),
			/^rotten\.md:2: exits with 2, not 0:[\s\S]*'--al'/,
		],
		[
			'an unknown command',
			block('sh', 'pnpm db:histroy', 'project clone'),
			/exits with 99[\s\S]*does not know: pnpm db:histroy/,
		],
		['a block without a command', block('sh', '# pnpm db:history', 'project clone'), /runs no command/],
		[
			'a command of somebody else',
			block('sh', 'npx drizzle-compagnon init', 'project clone'),
			/exits with 99/,
		],
		[
			'an exit code',
			block('sh', 'pnpm db:history --help', 'project clone', 'exits 3'),
			/exits with 0, not 3/,
		],
		[
			'other output',
			block('console', '$ pnpm db:history --help\nusage: pnpm db:hystery', 'project clone'),
			/the page shows:\nusage: pnpm db:hystery/,
		],
		['a language that nobody tries', block('rust', 'fn main() {}', 'project clone'), /nobody knows/],
		['a block without a language', block('', 'pnpm db:history', 'project clone'), /nobody knows/],
		[
			'TypeScript that throws',
			block('ts', "import { migrat } from 'drizzle-companion';\nawait migrat();", 'project clone'),
			/migrat/,
		],
		['YAML that is none', block('yaml', 'jobs: [', 'project clone'), /Flow/i],
		['SQL that fails', block('sql', 'DROP TABLE nothing;', 'project clone'), /nothing/],
		[
			'a project that nobody prepares',
			block('sh', 'pnpm db:history', 'project shp'),
			/there is no project shp/,
		],
		['a block that is skipped without a reason', block('sh', 'docker build .', 'skip'), /says why/],
	])('%s', async (_, page, expected) => {
		const { failure } = await tryPage(page, { database, shims, folder });
		expect(failure).toMatch(expected);
	});

	it('an error of types', async () => {
		const page = block(
			'ts',
			"import { migrate } from 'drizzle-companion';\nexport const start = () => migrate({ ulr: 'x' });",
			'project clone',
		);
		const tried = await tryPage(page, { database, shims, folder });
		expect(tried.failure).toBeUndefined();
		expect(checkTypes(tried.projects.map(({ root }) => root))).toEqual([expect.stringContaining("'ulr'")]);
	});

	it('a command, an option or a link in its sentences', async () => {
		const page = parsePage(
			'docs/rotten.md',
			'Type `pnpm db:migrat` or `pnpm db:rollback -1 --acept-data-loss`; see [more](mor.md).\n',
		);
		expect(await checkMentions(page)).toEqual([
			'docs/rotten.md:1: there is no command migrat',
			'docs/rotten.md:1: rollback has no --acept-data-loss',
			'docs/rotten.md: links to mor.md, which is not there',
		]);
	});

	it('a comment without a block, and a fence without an end', () => {
		expect(() => parsePage('p.md', '<!-- test: exits 3 -->\n')).toThrow('nothing follows');
		expect(() => parsePage('p.md', '```sh\npnpm db:history\n')).toThrow('has no end');
	});
});
