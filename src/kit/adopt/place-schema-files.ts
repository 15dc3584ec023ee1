import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, join, relative, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { CompanionError } from '../errors.ts';
import { findSchemaFiles } from '../generate/find-schema-files.ts';
import type { PulledFiles } from './run-drizzle-kit-pull.ts';

/** A file to write. */
export interface NewFile {
	/** Absolute. */
	readonly file: string;
	readonly text: string;
}

/**
 * Decides where pulled TypeScript goes: into the file that `schema` of the configuration names, or into `schema.ts`,
 * `relations.ts` and `index.ts` of the folder that it names.
 * @throws CompanionError `CONFIG_INVALID` when `schema` names no place, or when files are there already
 */
export function placeSchemaFiles(
	config: Pick<Config, 'root' | 'schema'>,
	pulled: PulledFiles,
): readonly NewFile[] {
	const { main, isFolder } = choosePlace(config);
	const ending = readImportEnding(config.root);
	const hasRelations = /\brelations\(/.test(pulled.relations);
	const name = main.slice(dirname(main).length + 1, -extname(main).length);
	const files = [
		{ file: main, text: endLine(pulled.schema) },
		...(hasRelations
			? [
					{
						file: join(dirname(main), 'relations.ts'),
						text: endLine(pulled.relations.replace(/from "\.\/schema"/, `from "./${name}${ending}"`)),
					},
				]
			: []),
		...(isFolder ? [{ file: join(dirname(main), 'index.ts'), text: writeIndex(ending, hasRelations) }] : []),
	];
	refuseExisting(files);
	return files;
}

/**
 * Refuses where the project has TypeScript tables already.
 * @throws CompanionError `CONFIG_INVALID`
 */
export function refuseSchemaFiles({ root, schema }: Pick<Config, 'root' | 'schema'>): void {
	const files = findSchemaFiles(schema, root);
	if (files.length === 0) return;
	throw occupied(files.map((file) => relative(root, file)));
}

function choosePlace({ root, schema }: Pick<Config, 'root' | 'schema'>): { main: string; isFolder: boolean } {
	const [pattern] = schema;
	if (pattern === undefined || /[{}!()[\]]/.test(pattern)) throw noPlace(pattern);
	const plain = pattern.replaceAll('**/', '').replaceAll('*', 'schema');
	const isFile = /\.[cm]?tsx?$/.test(plain);
	if (/\.[cm]?jsx?$/.test(plain)) throw noPlace(pattern);
	return { main: resolve(root, isFile ? plain : join(plain, 'schema.ts')), isFolder: !isFile };
}

/** How the project's modules import each other, as its tsconfig has it. */
function readImportEnding(root: string): string {
	const file = join(root, 'tsconfig.json');
	const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
	if (/"(?:allowImportingTsExtensions|rewriteRelativeImportExtensions)"\s*:\s*true/.test(text)) return '.ts';
	return /"module(?:Resolution)?"\s*:\s*"node(?:16|18|20|next)"/i.test(text) ? '.js' : '';
}

function writeIndex(ending: string, hasRelations: boolean): string {
	const names = hasRelations ? ['schema', 'relations'] : ['schema'];
	return names.map((name) => `export * from './${name}${ending}';\n`).join('');
}

function endLine(text: string): string {
	return `${text.trimEnd()}\n`;
}

function refuseExisting(files: readonly NewFile[]): void {
	const taken = files.map(({ file }) => file).filter((file) => existsSync(file));
	if (taken.length > 0) throw occupied(taken);
}

function occupied(files: readonly string[]): CompanionError {
	return new CompanionError('CONFIG_INVALID', `There is a schema already: ${files.join(', ')}.`, {
		hint: "Nothing was written. If these tables are the database's, make the first migration from them: pnpm db:generate -m init, then pnpm db:baseline. Otherwise move the files away and run the command again.",
		details: { files },
	});
}

function noPlace(pattern: string | undefined): CompanionError {
	return new CompanionError(
		'CONFIG_INVALID',
		pattern === undefined
			? 'drizzle.config.ts names no `schema`, so that there is no place for the TypeScript tables.'
			: `\`schema\` in drizzle.config.ts is ${JSON.stringify(pattern)}, which names no single place for new TypeScript tables.`,
		{ hint: "Set it to a file or a folder: schema: './src/db/schema'." },
	);
}
