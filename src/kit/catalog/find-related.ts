import type pg from 'pg';
import type { ObjectDifference } from './compare-objects.ts';
import { type Home, listHomes, NAMED_RELATIONS, nameRelations, writeHome } from './home.ts';

/**
 * The relations that planning a change between two databases is about: those that differ, whatever depends on them, since it may have to
 * be made anew, and what all of these are made of. What is the same in both depends on the same in both.
 */
export async function findRelated(
	pools: { readonly actual: pg.Pool; readonly expected: pg.Pool },
	differences: readonly ObjectDifference[],
): Promise<readonly Home[]> {
	const homes = listHomes(differences);
	const found = await Promise.all(
		(['actual', 'expected'] as const).map(async (side) => {
			const identities = differences
				.flatMap((difference) => difference[side] ?? [])
				.flatMap(({ identity, parent }) => [identity, parent ?? []].flat())
				.filter((identity) => /^pg_(?!namespace)/.test(identity))
				.map((identity) => identity.split(':'));
			const { rows } = await pools[side].query(RELATED, [
				...nameRelations(homes),
				identities.map(([table]) => table),
				identities.map(([, oid]) => oid),
			]);
			return rows as readonly Home[];
		}),
	);
	return [...new Map(found.flat().map((home) => [writeHome(home), home])).values()];
}

/** What is dropped and made together with a relation; an index goes by its table. */
const PARTS = `
	SELECT 'pg_class'::regclass::oid AS classid, c.oid AS objid, coalesce(i.indrelid, c.oid) AS relation
	FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid WHERE c.relkind NOT IN ('c', 't')
	UNION ALL SELECT 'pg_constraint'::regclass, oid, conrelid FROM pg_catalog.pg_constraint WHERE conrelid <> 0
	UNION ALL SELECT 'pg_attrdef'::regclass, oid, adrelid FROM pg_catalog.pg_attrdef
	UNION ALL SELECT 'pg_rewrite'::regclass, oid, ev_class FROM pg_catalog.pg_rewrite
	UNION ALL SELECT 'pg_trigger'::regclass, oid, tgrelid FROM pg_catalog.pg_trigger
	UNION ALL SELECT 'pg_policy'::regclass, oid, polrelid FROM pg_catalog.pg_policy`;

/** A view is used as a relation and made of others as a rule, a column as the one and as a default the other. Nothing uses a foreign key. */
const RELATED = `
	WITH RECURSIVE part AS (${PARTS}),
	affected (classid, objid) AS (
		SELECT 'pg_class'::regclass::oid, c.oid FROM ${NAMED_RELATIONS}
		UNION SELECT object.catalog::regclass::oid, object.oid FROM unnest($3::text[], $4::oid[]) AS object (catalog, oid)
		UNION SELECT next.classid, next.objid FROM affected a CROSS JOIN LATERAL (
			SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.refclassid = a.classid AND d.refobjid = a.objid
			UNION ALL SELECT 'pg_class'::regclass, r.ev_class FROM pg_catalog.pg_rewrite r
			WHERE a.classid = 'pg_rewrite'::regclass AND r.oid = a.objid
			UNION ALL SELECT 'pg_class'::regclass, d.adrelid FROM pg_catalog.pg_attrdef d
			WHERE a.classid = 'pg_attrdef'::regclass AND d.oid = a.objid
		) next
	),
	remade AS (SELECT DISTINCT part.relation FROM affected JOIN part USING (classid, objid)),
	used AS (
		SELECT other.relation FROM remade JOIN part USING (relation)
		JOIN pg_catalog.pg_depend d USING (classid, objid)
		JOIN part other ON other.classid = d.refclassid AND other.objid = d.refobjid
	)
	SELECT n.nspname AS schema, c.relname AS name
	FROM (SELECT relation FROM remade UNION SELECT relation FROM used) related
	JOIN pg_catalog.pg_class c ON c.oid = related.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`;
