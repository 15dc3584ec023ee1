import type { InSchema, Model, Named, Table } from './model.ts';

/** The renames between two schemas, as `generate` takes them: the left side as the first schema has it. */
export function listRenames(before: Model, after: Model): readonly string[] {
	const members = ['enums', 'sequences', 'tables', 'views'] as const;
	return [
		...pair(before.schemas, after.schemas).flatMap(([one, other]) =>
			write('schema', [one.name], [other.name]),
		),
		...members.flatMap((kind) =>
			pair<InSchema>(before[kind], after[kind]).flatMap(([one, other]) => {
				const isMoved = one.schema !== other.schema || one.name !== other.name;
				return isMoved ? write(kind.slice(0, -1), pathOf(before, one), pathOf(after, other)) : [];
			}),
		),
		...pair(before.tables, after.tables).flatMap(([one, other]) => [
			...listMembers('column', { before, after }, [one, other], ({ columns }) => columns),
			...listMembers('policy', { before, after }, [one, other], ({ policies }) => policies),
		]),
	];
}

function listMembers(
	kind: string,
	{ before, after }: { readonly before: Model; readonly after: Model },
	[one, other]: readonly [Table, Table],
	list: (table: Table) => readonly Named[],
): readonly string[] {
	return pair(list(one), list(other)).flatMap(([was, is]) =>
		was.name === is.name
			? []
			: write(kind, [...pathOf(before, one), was.name], [...pathOf(after, other), is.name]),
	);
}

/** What is in both, by number. */
function pair<Thing extends Named>(
	before: readonly Thing[],
	after: readonly Thing[],
): readonly (readonly [Thing, Thing])[] {
	return before.flatMap((one) => {
		const other = after.find(({ id }) => id === one.id);
		return other === undefined ? [] : [[one, other] as const];
	});
}

function pathOf({ schemas }: Model, { schema, name }: InSchema): readonly string[] {
	return [schemas.find(({ id }) => id === schema)?.name ?? 'public', name];
}

function write(kind: string, from: readonly string[], to: readonly string[]): readonly string[] {
	const path = (parts: readonly string[]) => parts.map((part) => `"${part}"`).join('.');
	return JSON.stringify(from) === JSON.stringify(to) ? [] : [`${kind}:${path(from)}=${path(to)}`];
}
