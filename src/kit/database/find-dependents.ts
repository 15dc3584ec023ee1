import type { DroppedObject } from '../sql/list-dropped.ts';
import { quoteLiteral } from '../sql/quote-identifier.ts';
import type { Session } from './session.ts';

/** Something that PostgreSQL will not let be dropped, because something else needs it. */
export interface Dependent {
	/** What depends, as PostgreSQL names it: `view reports`, `constraint orders_user_fk on table orders`. */
	readonly words: string;
	/** The names by which SQL would speak of it: its own and its table's. */
	readonly names: readonly string[];
	/** What it depends on, as PostgreSQL names it: `table users`, `column email of table users`. */
	readonly on: string;
}

/**
 * What depends on these objects, as they are now, apart from what goes with them by itself. Reads PostgreSQL's catalog only.
 * @param dropped each with the place of the step that drops it; all are asked for at once, since one question costs milliseconds
 * @returns each with the place of the step it would be in the way of, in the order of the places
 */
export async function findDependents<Dropped extends DroppedObject & Placed>(
	session: Session,
	dropped: readonly Dropped[],
): Promise<readonly (Dependent & Placed)[]> {
	if (dropped.length === 0) return [];
	const [rows = []] = await session.run(writeQuery(dropped));
	return rows.map(({ place, words, names, on }) => ({
		place: Number(place),
		words: words ?? '',
		names: (JSON.parse(names ?? '[]') as (string | null)[]).filter((name) => name !== null),
		on: on ?? '',
	}));
}

interface Placed {
	readonly place: number;
}

/** A table is needed by what refers to itself, its columns, its keys and its row type; a view depends by way of its rule. */
function writeQuery(dropped: readonly (DroppedObject & Placed)[]): string {
	const values = dropped.map(
		({ place, kind, name, part = '' }) =>
			`(${place}, ${quoteLiteral(kind)}, ${quoteLiteral(name)}, ${quoteLiteral(part)})`,
	);
	return `WITH dropped (place, kind, name, part) AS (VALUES ${values.join(', ')}),
	relation AS MATERIALIZED (SELECT d.place, d.kind, d.part, c.oid, c.reltype FROM dropped d JOIN pg_class c ON c.oid = to_regclass(d.name) WHERE d.kind <> 'type'),
	target (place, kind, own, classid, objid, objsubid) AS (
		SELECT place, kind, oid, 'pg_class'::regclass::oid, oid, 0 FROM relation WHERE kind = 'relation'
		UNION ALL SELECT r.place, r.kind, r.oid, 'pg_class'::regclass, r.oid, a.attnum::integer FROM relation r
			JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
			WHERE r.kind = 'relation' OR (r.kind IN ('column', 'column type') AND a.attname = r.part)
		UNION ALL SELECT r.place, r.kind, r.oid, 'pg_class'::regclass, k.conindid, 0 FROM relation r
			JOIN pg_constraint k ON k.conrelid = r.oid AND k.contype IN ('p', 'u')
			WHERE r.kind = 'relation' OR (r.kind = 'constraint' AND k.conname = r.part)
		UNION ALL SELECT r.place, r.kind, r.oid, 'pg_type'::regclass, t.oid, 0 FROM relation r
			JOIN pg_type t ON t.oid = r.reltype OR t.oid = (SELECT typarray FROM pg_type WHERE oid = r.reltype) WHERE r.kind = 'relation'
		UNION ALL SELECT d.place, d.kind, NULL, 'pg_type'::regclass, t.oid, 0 FROM dropped d
			JOIN pg_type t ON t.oid = to_regtype(d.name) OR t.oid = (SELECT typarray FROM pg_type WHERE oid = to_regtype(d.name)) WHERE d.kind = 'type'
	),
	found AS (
		SELECT CASE t.kind WHEN 'relation' THEN pg_describe_object('pg_class'::regclass, t.own, 0)
				ELSE pg_describe_object(t.classid, t.objid, t.objsubid) END AS on,
			t.place, t.own, d.classid, d.objid, d.objsubid,
			CASE d.classid WHEN 'pg_rewrite'::regclass THEN (SELECT ev_class FROM pg_rewrite WHERE oid = d.objid)
				WHEN 'pg_attrdef'::regclass THEN (SELECT adrelid FROM pg_attrdef WHERE oid = d.objid)
				WHEN 'pg_constraint'::regclass THEN (SELECT nullif(conrelid, 0) FROM pg_constraint WHERE oid = d.objid)
				WHEN 'pg_policy'::regclass THEN (SELECT polrelid FROM pg_policy WHERE oid = d.objid)
				WHEN 'pg_trigger'::regclass THEN (SELECT tgrelid FROM pg_trigger WHERE oid = d.objid)
				WHEN 'pg_class'::regclass THEN coalesce((SELECT indrelid FROM pg_index WHERE indexrelid = d.objid), d.objid) END AS home
		FROM target t JOIN pg_depend d ON d.refclassid = t.classid AND d.refobjid = t.objid AND d.refobjsubid = t.objsubid
		WHERE d.deptype = 'n' AND (t.kind <> 'column type' OR d.classid = 'pg_rewrite'::regclass)
	)
	SELECT DISTINCT ON (place, words) place, words, "on", names::text FROM (
		SELECT place, CASE classid WHEN 'pg_rewrite'::regclass THEN pg_describe_object('pg_class'::regclass, home, 0)
				ELSE pg_describe_object(classid, objid, objsubid) END AS words, "on",
			json_build_array(
				(SELECT relname FROM pg_class WHERE oid = home),
				(SELECT conname FROM pg_constraint WHERE classid = 'pg_constraint'::regclass AND oid = objid),
				(SELECT proname FROM pg_proc WHERE classid = 'pg_proc'::regclass AND oid = objid),
				(SELECT typname FROM pg_type WHERE classid = 'pg_type'::regclass AND oid = objid)) AS names
		FROM found WHERE home IS DISTINCT FROM own) named ORDER BY place, words, "on"`;
}
