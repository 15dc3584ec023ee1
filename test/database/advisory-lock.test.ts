import { expect, test } from 'vitest';
import { lockKey } from '../../src/kit/database/advisory-lock.ts';

test('the lock of a ledger has the same key for ever, since old and new versions must exclude each other', () => {
	expect(lockKey({ schema: 'drizzle', table: '__drizzle_migrations' })).toBe(8213862304639267424n);
	expect(lockKey({ schema: 'Odd "x"', table: 'tä' })).toBe(-8652934362624257785n);
});
