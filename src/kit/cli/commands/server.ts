import { serveEmbedded } from '../../commands/server.ts';
import type { CommandSpec, Invocation, Outcome } from '../command.ts';

export const serverCommand: CommandSpec = {
	name: 'server',
	summary:
		'Keeps the embedded PostgreSQL up in the foreground and prints its URL, for the app, psql and drizzle-kit studio.',
	options: {},
	examples: [['pnpm db:server', 'until Ctrl-C']],
	run,
};

async function run({ project, values, terminal }: Invocation): Promise<Outcome> {
	await serveEmbedded({
		...project,
		onReady: (url) => {
			terminal.clear();
			process.stdout.write(values.json ? `${JSON.stringify({ url })}\n` : `${url}\n`);
			terminal.say('Press Ctrl-C to stop.');
		},
	});
	return { text: '', json: undefined, isPrinted: true };
}
