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

const changes = JSON.parse(
	readFileSync(new URL('./schema-changes.json', import.meta.url), 'utf8'),
) as readonly SchemaChange[];

/** Every fourth: enough of each kind, since like stands beside like. What makes roles is about the server, and no drift. */
const samples = changes.filter(
	({ roles, up }, place) => place % 4 === 1 && roles.length === 0 && up.length > 0,
);

const live = useDatabase();

describe('a change that Drizzle can express, made by hand', () => {
	it.each(samples.map((change) => [change.id, change.name, change] as const))(
		'is reported: %s %s',
		async (_id, _name, { statements, up }) => {
			await live.empty();
			const { root } = aProject({
				migrations: [
					{ tag: '0000_base', up: statements.map(endStatement).join('\n--> statement-breakpoint\n') },
				],
			});
			await migrate({ cwd: root, url: live.url });
			try {
				for (const sql of up) await live.query(sql);
			} catch {
				return; // drizzle-kit's SQL does not run for every change, and then there may be none.
			}
			const { differences, leftOut } = await drift({ cwd: root, url: live.url });
			// What is made in a schema that nobody named is not the migrations', and is said to be left out.
			expect([...differences.map(({ words }) => words), ...leftOut]).not.toEqual([]);
		},
	);
});

function endStatement(sql: string): string {
	return sql.replace(/;?\s*$/, ';');
}
