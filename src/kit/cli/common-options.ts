import type { OptionSpec } from './command.ts';

/** Options of every command. */
export const commonOptions: Readonly<Record<string, OptionSpec>> = {
	url: {
		type: 'string',
		value: '<postgres url>',
		help: 'database to work on; goes before DATABASE_URL, .env and drizzle.config.ts',
	},
	config: {
		type: 'string',
		value: '<file>',
		help: 'configuration file (default drizzle.config.ts, .js, .mjs, .json)',
	},
	json: { type: 'boolean', help: 'print one JSON document on stdout' },
	verbose: { type: 'boolean', help: 'say more' },
	'no-color': { type: 'boolean', help: 'print without colours' },
	help: { type: 'boolean', short: 'h', help: 'print this' },
};

/** Options of the commands that move a database. */
export const moveOptions = {
	plan: { type: 'boolean', help: 'print the plan and stop' },
	sql: { type: 'boolean', help: 'print a complete script for psql and touch nothing' },
	yes: { type: 'boolean', help: 'answer yes to questions, data loss apart' },
	'no-keep': { type: 'boolean', help: 'do not set lost data aside' },
	keep: { type: 'boolean', help: 'set lost data aside, however much it is' },
	'skip-conflicts': {
		type: 'boolean',
		help: 'leave kept what cannot go back into its table, instead of stopping',
	},
	'lock-wait': {
		type: 'string',
		value: '<duration>',
		help: 'wait this long for another run, as 60s or 10m (default 60s)',
	},
} satisfies Readonly<Record<string, OptionSpec>>;
