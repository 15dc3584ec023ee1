import { describe, expect, test } from 'vitest';
import {
	nameLostColumn,
	nameLostTable,
	nameLostValues,
	nameOtherLoss,
} from '../../src/kit/journal/name-loss.ts';
import { describeLoss, isRealLoss } from '../../src/kit/plan/counted-loss.ts';

const table = nameLostTable('public', 'invoices', false);
const column = nameLostColumn('public', 'users', 'nickname', false);
const values = nameLostValues('Odd "x"', 'T', 'c', false);
const other = nameOtherLoss('the order of the columns', false);

describe('a counted loss', () => {
	test.each([
		[{ tag: 'a', loss: table, rows: 3 }, 'table invoices: 3 rows', true],
		[{ tag: 'a', loss: table, rows: 1 }, 'table invoices: 1 row', true],
		[{ tag: 'a', loss: table, rows: 0 }, 'table invoices: 0 rows', false],
		[{ tag: 'a', loss: column, rows: 12, values: 3 }, 'users.nickname: 3 of 12 rows hold a value', true],
		[{ tag: 'a', loss: column, rows: 1, values: 1 }, 'users.nickname: 1 of 1 row holds a value', true],
		[{ tag: 'a', loss: column, rows: 12, values: 0 }, 'users.nickname: 0 of 12 rows hold a value', false],
		[
			{ tag: 'a', loss: values, rows: 2, values: 2 },
			'"Odd ""x"""."T".c: 2 of 2 rows hold a value that may change',
			true,
		],
		[{ tag: 'a', loss: other }, 'the order of the columns (cannot be counted)', true],
	])('%j reads %s', (loss, text, isReal) => {
		expect([describeLoss(loss), isRealLoss(loss)]).toEqual([text, isReal]);
	});
});
