import { describe, expect, it } from 'vitest';
import { guardDatabase } from '../../src/kit/commands/guard-database.ts';
import type { Session } from '../../src/kit/database/session.ts';
import { rejectionOf } from '../harness/error-of.ts';

const at = (host: string) => ({ host, label: `app@${host}:5432/shop`, database: 'shop' }) as Session;

describe('what is dangerous elsewhere', () => {
	it.each(['', 'localhost', '/var/run/postgresql', '127.0.0.1', '127.1', '127.255.0.9', '::1', '[::1]'])(
		'passes on this machine: %s',
		async (host) => {
			await expect(guardDatabase(at(host), 'roll back', {})).resolves.toBeUndefined();
		},
	);

	it.each(['127.0.0.1.example.com', 'localhost.example.com', '10.0.0.1', '12.7.0.1', '2001:db8::1', 'db'])(
		'does not pass at %s without a yes, the name or a terminal',
		async (host) => {
			const { code, hint, message } = await rejectionOf(guardDatabase(at(host), 'roll back', {}));
			expect([code, hint]).toEqual(['CONFIRMATION_REQUIRED', expect.stringContaining('--yes')]);
			expect(message).toContain(`app@${host}:5432/shop`);
			await guardDatabase(at(host), 'roll back', { yes: true });
			await guardDatabase(at(host), 'roll back', { askDatabaseName: async () => ' shop\n' });
			const wrong = guardDatabase(at(host), 'roll back', { askDatabaseName: async () => 'shop2' });
			expect((await rejectionOf(wrong)).code).toBe('CONFIRMATION_REQUIRED');
		},
	);
});
