import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { drift } from '../../src/kit/commands/drift.ts';
import { migrate } from '../../src/kit/commands/migrate.ts';
import { aProject } from '../harness/a-project.ts';
import { useDatabase } from '../harness/test-database.ts';

interface SchemaChange {
	readonly id: string;
	readonly name: string;
	readonly roles: readonly string[];
	readonly statements: readonly string[];
	readonly up: readonly string[];
}

/** Everything that Drizzle can express, as drizzle-kit wrote it, and some hand-written SQL around it. */
const changes = JSON.parse(
	readFileSync(new URL('./schema-changes.json', import.meta.url), 'utf8'),
) as readonly SchemaChange[];

const live = useDatabase();

describe('a freshly migrated database', () => {
	it.each(changes.map((change) => [change.id, change.name, change] as const))(
		'shows no drift: %s %s',
		async (id, _name, { statements, up, roles }) => {
			await live.empty();
			const join = (parts: readonly string[]) =>
				renameRoles(
					parts.map((part) => part.replace(/;?\s*$/, ';')).join('\n--> statement-breakpoint\n'),
					id,
					roles,
				);
			const { root } = aProject({
				migrations: [
					{ tag: '0000_base', up: join(statements) },
					{ tag: '0001_change', up: join(up) },
				],
			});
			const options = { cwd: root, url: live.url };
			await migrate({ ...options, target: '0000' });
			try {
				await migrate(options);
			} catch {
				// drizzle-kit's SQL does not run for every change; the state before it is as good a database.
			}
			const report = await drift(options);
			expect(report.differences.map(({ words }) => words)).toEqual([]);
			expect(report.leftOut).toEqual([]);
		},
	);
});

/** Roles belong to the server and outlive the database, so that each case has its own. */
function renameRoles(sql: string, id: string, roles: readonly string[]): string {
	return roles.reduce((text, role) => text.replaceAll(role, `${role}_${id}_${process.pid}`), sql);
}
