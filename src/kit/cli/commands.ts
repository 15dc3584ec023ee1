import type { CommandSpec } from './command.ts';

/** Each command is loaded when it is asked for, so that none pays for another. */
const loaders: Readonly<Record<string, () => Promise<CommandSpec>>> = {
	init: async () => (await import('./commands/init.ts')).initCommand,
	generate: async () => (await import('./commands/generate.ts')).generateCommand,
	migrate: async () => (await import('./commands/migrate.ts')).migrateCommand,
	rollback: async () => (await import('./commands/rollback.ts')).rollbackCommand,
	baseline: async () => (await import('./commands/baseline.ts')).baselineCommand,
	history: async () => (await import('./commands/history.ts')).historyCommand,
	current: async () => (await import('./commands/current.ts')).currentCommand,
	show: async () => (await import('./commands/show.ts')).showCommand,
	check: async () => (await import('./commands/check.ts')).checkCommand,
	drift: async () => (await import('./commands/drift.ts')).driftCommand,
	verify: async () => (await import('./commands/verify.ts')).verifyCommand,
	reverse: async () => (await import('./commands/reverse.ts')).reverseCommand,
	repair: async () => (await import('./commands/repair.ts')).repairCommand,
	kept: async () => (await import('./commands/kept.ts')).keptCommand,
	server: async () => (await import('./commands/server.ts')).serverCommand,
};

/** The names of the commands, in the order of a project's life. */
export const commandNames = Object.keys(loaders);

/** @throws Error when there is no such command */
export async function loadCommand(name: string): Promise<CommandSpec> {
	const load = loaders[name];
	if (load === undefined) throw new Error(`there is no command ${name}`);
	return await load();
}
