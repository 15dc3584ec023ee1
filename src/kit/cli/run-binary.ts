import { nearestTag } from '../plan/nearest-tag.ts';
import { commandNames, loadCommand } from './commands.ts';
import { main } from './main.ts';
import { readVersion } from './read-version.ts';
import { renderOverview } from './render-help.ts';
import { spellForBinary } from './spelling.ts';

const binary = 'drizzle-companion';

/**
 * Runs `drizzle-companion <command> …`, or says which commands there are.
 * Exit code 2: no command was named, or none that exists.
 */
export async function runBinary(argv: readonly string[]): Promise<void> {
	spellForBinary();
	const [name, ...rest] = argv;
	if (name === '--version' || name === '-v') return print(readVersion());
	if (name === 'help' && rest[0] !== undefined) return await runBinary([rest[0], '--help']);
	if (name === '--help' || name === '-h' || name === 'help') return print(await overview());
	if (name === undefined) return refuse(await overview());
	if (!commandNames.includes(name)) return refuse(explainUnknown(name));
	await main(name, rest);
}

async function overview(): Promise<string> {
	return renderOverview(await Promise.all(commandNames.map(loadCommand)), binary);
}

function explainUnknown(name: string): string {
	if (name.startsWith('-'))
		return `error[USAGE]: the command comes first, options behind it.\nusage: ${binary} <command> [options]`;
	const nearest = nearestTag(name.replace(/^db:/, ''), commandNames);
	const hint =
		nearest === undefined ? `See ${binary} --help for all commands.` : `Did you mean ${binary} ${nearest}?`;
	return `error[USAGE]: There is no command '${name}'.\nhint: ${hint}`;
}

function print(text: string): void {
	process.stdout.write(`${text}\n`);
}

function refuse(text: string): void {
	process.stderr.write(`${text}\n`);
	process.exitCode = 2;
}
