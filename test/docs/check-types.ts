import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { repository } from '../harness/repository.ts';

/** Every error of types in the TypeScript files of these folders: `file.ts(3): what`. */
export function checkTypes(folders: readonly string[]): readonly string[] {
	const files = folders.flatMap(listTypeScript);
	const program = ts.createProgram(files, {
		target: ts.ScriptTarget.ES2023,
		module: ts.ModuleKind.NodeNext,
		moduleResolution: ts.ModuleResolutionKind.NodeNext,
		lib: ['lib.es2023.d.ts'],
		types: ['node'],
		typeRoots: [join(repository, 'node_modules/@types')],
		strict: true,
		paths: {
			'drizzle-companion': [join(repository, 'src/kit/index.ts')],
			'drizzle-companion/testing': [join(repository, 'src/kit/testing.ts')],
		},
		noEmit: true,
		skipLibCheck: true,
		allowImportingTsExtensions: true,
	});
	return files.flatMap((file) =>
		ts.getPreEmitDiagnostics(program, program.getSourceFile(file)).map(({ messageText, start = 0 }) => {
			const line = (program.getSourceFile(file)?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
			return `${file}(${line}): ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
		}),
	);
}

function listTypeScript(folder: string): readonly string[] {
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
		.map((entry) => join(entry.parentPath, entry.name))
		.filter((file) => !file.includes('/node_modules/'));
}
