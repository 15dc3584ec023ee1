import { describe, expect, it } from 'vitest';
import { adviseCommands, type Situation } from '../../src/kit/adopt/advise-commands.ts';

const situation: Situation = {
	database: 'app@h:5432/shop',
	migrations: 0,
	missingDowns: 0,
	hasSchemaFiles: true,
	tables: 0,
	applied: 0,
	pending: 0,
	problems: [],
};

describe('adviseCommands', () => {
	it.each<[string, Partial<Situation>, [string, string]]>([
		['nothing yet', {}, ['generate', 'migrate']],
		['tables made by push', { tables: 3 }, ['generate', 'baseline']],
		['tables without TypeScript', { tables: 3, hasSchemaFiles: false }, ['baseline', 'history']],
		[
			'a journal and an empty database',
			{ migrations: 2, pending: 2, missingDowns: 2 },
			['migrate', 'reverse'],
		],
		['a journal with downs and an empty database', { migrations: 2, pending: 2 }, ['migrate', 'history']],
		[
			'a journal, tables and no ledger',
			{ migrations: 2, pending: 2, missingDowns: 2, tables: 3 },
			['baseline', 'reverse'],
		],
		[
			'a ledger without downs',
			{ migrations: 2, applied: 2, missingDowns: 2, tables: 3 },
			['reverse', 'history'],
		],
		[
			'the same, with pending',
			{ migrations: 2, applied: 1, pending: 1, missingDowns: 2, tables: 3 },
			['reverse', 'migrate'],
		],
		['all in order', { migrations: 2, applied: 2, tables: 3 }, ['history', 'generate']],
		['one pending', { migrations: 2, applied: 1, pending: 1, tables: 3 }, ['migrate', 'history']],
		['a ledger that disagrees', { migrations: 2, applied: 2, problems: ['EDITED'] }, ['history', 'repair']],
		['no answer', { unreachable: 'refused' }, ['current', 'history']],
	])('%s', (_name, shape, expected) => {
		expect(adviseCommands({ ...situation, ...shape }).map(({ command }) => command)).toEqual(expected);
	});
});
