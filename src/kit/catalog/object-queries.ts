import type { RareKind } from './rare-kinds.ts';

/**
 * One query per kind of object. Each gives `kind`, `names` (text[]), `identity`, `parent` and `attributes` (jsonb
 * without nulls). They are run with an empty search_path, so that every name PostgreSQL prints is qualified.
 * @param present the rare kinds that there may be; of the others there is none
 */
export function listObjectQueries(majorVersion: number, present: readonly RareKind[]): readonly string[] {
	const where = (kind: RareKind, ...queries: readonly string[]) => (present.includes(kind) ? queries : []);
	return [
		SCHEMAS,
		...where('extensions', EXTENSIONS),
		RELATIONS,
		...where('views', VIEWS),
		SEQUENCES,
		columns(majorVersion),
		CONSTRAINTS,
		indexes(majorVersion),
		...where('triggers', TRIGGERS),
		...where('policies', POLICIES),
		...where('rules', RULES),
		...where('types', TYPES),
		...where('routines', ROUTINES),
		...where('aggregates', AGGREGATES),
		...where('event triggers', EVENT_TRIGGERS),
		...where('collations', COLLATIONS),
		...where('statistics', statistics(majorVersion)),
		...where('casts', CASTS),
		...where('operators', OPERATORS),
		...where('operator families', OPERATOR_FAMILIES),
		...where('operator classes', OPERATOR_CLASSES),
		...where('text search configurations', TEXT_SEARCH_CONFIGURATIONS),
		...where('text search dictionaries', TEXT_SEARCH_DICTIONARIES),
		...where('conversions', CONVERSIONS),
		...where('publications', PUBLICATIONS, publicationTables(majorVersion)),
		...where('foreign-data wrappers', FOREIGN_DATA_WRAPPERS, FOREIGN_SERVERS),
		...where('default privileges', DEFAULT_PRIVILEGES),
		...where('security labels', SECURITY_LABELS),
	];
}

/** Schemas that PostgreSQL itself keeps, and objects that belong to an extension, are nobody's migration. */
const IN_USER_SCHEMA = `n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)' and n.nspname <> all ($1)`;

const owned = (catalog: string, oid: string) =>
	`not exists (select 1 from pg_depend e where e.classid = '${catalog}'::regclass and e.objid = ${oid} and e.deptype = 'e')`;

const identity = (catalog: string, oid: string, sub = '0') => `concat('${catalog}:', ${oid}, ':', ${sub})`;

const select = (
	kind: string,
	names: string,
	identity: string,
	parent: string,
	attributes: readonly string[] | Attributes,
	from: string,
) =>
	`select ${kind} as kind, array[${names}]::text[] as names, ${identity} as identity, ${parent} as parent,
	${buildAttributes(attributes)} as attributes ${from}`;

/** Many attributes that hardly any object has: to build them for nothing costs more than the others. */
interface Attributes {
	readonly common: readonly string[];
	readonly rare: readonly string[];
	/** Whether an object has none of the rare ones. */
	readonly isPlain: string;
}

const build = (attributes: readonly string[]) =>
	`jsonb_strip_nulls(jsonb_build_object(${attributes.join(', ')}))`;

function buildAttributes(attributes: readonly string[] | Attributes): string {
	if (!('isPlain' in attributes)) return build(attributes);
	const { common, rare, isPlain } = attributes;
	return `case when ${isPlain} then ${build(common)} else ${build([...common, ...rare])} end`;
}

const IN_SCHEMA = identity('pg_namespace', 'n.oid');

/** Who may do what, apart from the defaults. The owner goes by that name, so that owners may differ. */
const privileges = (acl: string, type: string, owner: string) =>
	`case when ${acl} is not null then nullif(${listPrivileges(acl, type, owner)}, ${listPrivileges(`acldefault('${type}', ${owner})`, type, owner)}) end`;

const listPrivileges = (acl: string, type: string, owner: string) => `(
	select coalesce(jsonb_object_agg(x.grantee, x.list), '{}') from (
		select case e.grantee when 0 then 'PUBLIC' when ${owner} then '(owner)' else pg_get_userbyid(e.grantee) end as grantee,
			case when array_agg(distinct e.privilege_type::text) filter (where not e.is_grantable) @>
				(select array_agg(d.privilege_type::text) from aclexplode(acldefault('${type}', ${owner})) d where d.grantee = ${owner})
			then 'ALL' else string_agg(distinct e.privilege_type || case when e.is_grantable then ' with grant option' else '' end, ', ') end as list
		from aclexplode(${acl}) e group by 1) x)`;

/** What is looked up for each object only where there is any of it; that there is none is found out once. */
const whereAny = (found: string, lookup: string) =>
	`case when exists (select from ${found}) then ${lookup} end`;

/** What `obj_description` and `col_description` give: as functions in SQL, they cost more than everything else that is said of a table. */
const comment = (catalog: string, oid: string, sub = '0') =>
	`'comment', ${whereAny(
		'pg_description where objoid >= 16384',
		`(select e.description from pg_description e where e.objoid = ${oid} and e.classoid = '${catalog}'::regclass and e.objsubid = ${sub})`,
	)}`;

/** Most things have none, and a subquery that finds nothing costs as well. */
const sorted = (options: string) =>
	`case when ${options} is not null then (select nullif(array_agg(o order by o), '{}') from unnest(${options}) o) end`;

const SCHEMAS = select(
	"'schema'",
	'n.nspname',
	IN_SCHEMA,
	'null',
	[
		`'privileges', case when n.nspname <> 'public' then ${privileges('n.nspacl', 'n', 'n.nspowner')}
			else nullif(${listPrivileges("coalesce(n.nspacl, acldefault('n', n.nspowner))", 'n', 'n.nspowner')},
				coalesce((select ${listPrivileges('i.initprivs', 'n', 'n.nspowner')} from pg_init_privs i
					where i.objoid = n.oid and i.classoid = 'pg_namespace'::regclass), '{"PUBLIC": "USAGE", "(owner)": "ALL"}')) end`,
		`'comment', nullif(obj_description(n.oid, 'pg_namespace'), 'standard public schema')`,
	],
	`from pg_namespace n where ${IN_USER_SCHEMA} and ${owned('pg_namespace', 'n.oid')}`,
);

const EXTENSIONS = select(
	"'extension'",
	'x.extname',
	identity('pg_extension', 'x.oid'),
	'null',
	["'schema', n.nspname"],
	"from pg_extension x join pg_namespace n on n.oid = x.extnamespace where x.extname <> 'plpgsql' and n.nspname <> all ($1)",
);

const RELATION_KIND = `case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
	when 'S' then 'sequence' when 'c' then 'type' else 'table' end`;

const RELATION = identity('pg_class', 'c.oid');

const CLUSTERED_ON =
	'(select r.relname from pg_index i join pg_class r on r.oid = i.indexrelid where i.indrelid = c.oid and i.indisclustered)';

const RELATIONS = select(
	RELATION_KIND,
	'n.nspname, c.relname',
	RELATION,
	IN_SCHEMA,
	{
		common: [
			`'toast options', ${whereAny("pg_class where relkind = 't' and reloptions is not null", `(select ${sorted('o.reloptions')} from pg_class o where o.oid = c.reltoastrelid)`)}`,
			`'parents', ${whereAny('pg_inherits', '(select array_agg(i.inhparent::regclass::text order by i.inhseqno) from pg_inherits i where i.inhrelid = c.oid)')}`,
			`'clustered on', ${whereAny('pg_index where indisclustered', CLUSTERED_ON)}`,
			comment('pg_class', 'c.oid'),
		],
		isPlain: `c.relkind = 'r' and c.relpersistence = 'p' and not c.relrowsecurity and not c.relforcerowsecurity and c.relreplident = 'd'
			and c.reloptions is null and c.relpartbound is null and c.reloftype = 0 and c.relacl is null
			and c.relam = (select oid from pg_am where amname = 'heap')`,
		rare: [
			"'persistence', nullif(c.relpersistence, 'p')",
			"'row security', nullif(c.relrowsecurity, false)",
			"'forced row security', nullif(c.relforcerowsecurity, false)",
			`'replica identity', case c.relreplident when 'd' then null when 'i' then (select 'index ' || r.relname from pg_index i
				join pg_class r on r.oid = i.indexrelid where i.indrelid = c.oid and i.indisreplident) else c.relreplident::text end`,
			`'options', ${sorted('c.reloptions')}`,
			"'partition key', case c.relkind when 'p' then pg_get_partkeydef(c.oid) end",
			"'partition bound', pg_get_expr(c.relpartbound, c.oid)",
			"'of type', nullif(c.reloftype, 0)::regtype::text",
			`'access method', (select nullif(a.amname, 'heap') from pg_am a where a.oid = c.relam)`,
			`'server', (select s.srvname from pg_foreign_table t join pg_foreign_server s on s.oid = t.ftserver where t.ftrelid = c.oid)`,
			`'foreign options', (select ${sorted('t.ftoptions')} from pg_foreign_table t where t.ftrelid = c.oid)`,
			`'privileges', ${privileges('c.relacl', 'r', 'c.relowner')}`,
		],
	},
	`from pg_class c join pg_namespace n on n.oid = c.relnamespace
	where c.relkind in ('r', 'p', 'f') and ${IN_USER_SCHEMA} and ${owned('pg_class', 'c.oid')}`,
);

const VIEWS = select(
	RELATION_KIND,
	'n.nspname, c.relname',
	RELATION,
	IN_SCHEMA,
	[
		"'definition', pg_get_viewdef(c.oid)",
		`'options', ${sorted('c.reloptions')}`,
		"'populated', nullif(c.relispopulated, true)",
		`'access method', (select nullif(a.amname, 'heap') from pg_am a where a.oid = c.relam)`,
		`'clustered on', ${CLUSTERED_ON}`,
		`'privileges', ${privileges('c.relacl', 'r', 'c.relowner')}`,
		comment('pg_class', 'c.oid'),
	],
	`from pg_class c join pg_namespace n on n.oid = c.relnamespace
	where c.relkind in ('v', 'm') and ${IN_USER_SCHEMA} and ${owned('pg_class', 'c.oid')}`,
);

const SEQUENCES = select(
	RELATION_KIND,
	'n.nspname, c.relname',
	RELATION,
	IN_SCHEMA,
	{
		common: [
			"'type', s.seqtypid::regtype::text",
			"'start', s.seqstart::text",
			"'increment', s.seqincrement::text",
			"'minimum', s.seqmin::text",
			"'maximum', s.seqmax::text",
			"'cache', s.seqcache::text",
			`'owned by', (select concat(d.refobjid::regclass, '.', quote_ident(a.attname), case d.deptype when 'i' then ' (identity)' end)
			from pg_depend d join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
			where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i'))`,
			comment('pg_class', 'c.oid'),
		],
		isPlain: "c.relpersistence = 'p' and not s.seqcycle and c.relacl is null",
		rare: [
			"'cycle', nullif(s.seqcycle, false)",
			"'persistence', nullif(c.relpersistence, 'p')",
			`'privileges', ${privileges('c.relacl', 's', 'c.relowner')}`,
		],
	},
	`from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_sequence s on s.seqrelid = c.oid
	where ${IN_USER_SCHEMA} and ${owned('pg_class', 'c.oid')}`,
);

const columns = (majorVersion: number) => {
	const statisticsTarget = majorVersion >= 17 ? 'a.attstattarget' : 'nullif(a.attstattarget, -1)';
	return select(
		"'column'",
		'n.nspname, c.relname, a.attname',
		identity('pg_class', 'c.oid', 'a.attnum'),
		RELATION,
		{
			common: [
				"'of', c.relkind::text",
				"'type', case when c.relkind not in ('v', 'm') then format_type(a.atttypid, a.atttypmod) end",
				"'not null', nullif(a.attnotnull, false)",
				"'default', case a.attgenerated when '' then pg_get_expr(d.adbin, d.adrelid) end",
				comment('pg_class', 'c.oid', 'a.attnum'),
			],
			isPlain: `a.attgenerated = '' and a.attidentity = '' and a.attcollation = t.typcollation and a.attstorage = t.typstorage
				and a.attcompression = '' and ${statisticsTarget} is null and a.attoptions is null and a.attfdwoptions is null and a.attislocal and a.attacl is null`,
			rare: [
				`'generated', case a.attgenerated when '' then null when 's' then pg_get_expr(d.adbin, d.adrelid) || ' stored' else pg_get_expr(d.adbin, d.adrelid) || ' virtual' end`,
				"'identity', case a.attidentity when 'a' then 'always' when 'd' then 'by default' end",
				"'collation', case when c.relkind not in ('v', 'm') and a.attcollation <> t.typcollation then a.attcollation::regcollation::text end",
				"'storage', case when c.relkind in ('r', 'p', 'm', 'f') and a.attstorage <> t.typstorage then case a.attstorage when 'p' then 'plain' when 'e' then 'external' when 'm' then 'main' else 'extended' end end",
				"'compression', case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end",
				`'statistics target', ${statisticsTarget}`,
				`'options', ${sorted('a.attoptions')}`,
				`'foreign options', ${sorted('a.attfdwoptions')}`,
				"'inherited', case when not a.attislocal then true end",
				`'privileges', ${privileges('a.attacl', 'c', 'c.relowner')}`,
			],
		},
		`from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
		join pg_type t on t.oid = a.atttypid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
		where c.relkind in ('r', 'p', 'f', 'v', 'm') and a.attnum > 0 and not a.attisdropped and ${IN_USER_SCHEMA} and ${owned('pg_class', 'c.oid')}`,
	);
};

/** NOT NULL is a property of its column here: PostgreSQL 18 stores it as a constraint as well. */
const CONSTRAINTS = select(
	"'constraint'",
	'n.nspname, coalesce(c.relname, t.typname), k.conname',
	identity('pg_constraint', 'k.oid'),
	`coalesce(${identity('pg_class', 'nullif(k.conrelid, 0)')}, ${identity('pg_type', 'nullif(k.contypid, 0)')})`,
	[
		"'of', case when k.contypid <> 0 then 'domain' else c.relkind::text end",
		"'definition', pg_get_constraintdef(k.oid)",
		"'inherited', case when not k.conislocal then true end",
		`'storage', ${whereAny("pg_class where relkind in ('i', 'I') and reloptions is not null", `(select ${sorted('x.reloptions')} from pg_class x where x.oid = k.conindid and k.contype in ('p', 'u', 'x'))`)}`,
		comment('pg_constraint', 'k.oid'),
	],
	`from pg_constraint k join pg_namespace n on n.oid = k.connamespace left join pg_class c on c.oid = k.conrelid
	left join pg_type t on t.oid = k.contypid
	where k.contype in ('p', 'u', 'f', 'c', 'x') and k.conparentid = 0 and ${IN_USER_SCHEMA}
	and (c.oid is null or ${owned('pg_class', 'c.oid')}) and (t.oid is null or ${owned('pg_type', 't.oid')})`,
)
	.replace(identity('pg_class', 'nullif(k.conrelid, 0)'), "'pg_class:' || nullif(k.conrelid, 0) || ':0'")
	.replace(identity('pg_type', 'nullif(k.contypid, 0)'), "'pg_type:' || nullif(k.contypid, 0) || ':0'");

const indexes = (majorVersion: number) =>
	select(
		"'index'",
		'n.nspname, c.relname',
		RELATION,
		identity('pg_class', 'i.indrelid'),
		[
			"'table', i.indrelid::regclass::text",
			"'definition', pg_get_indexdef(i.indexrelid)",
			"'valid', case when c.relkind = 'i' then nullif(i.indisvalid, true) end",
			`'part of', (select h.inhparent::regclass::text from pg_inherits h where h.inhrelid = c.oid)`,
			`'statistics targets', (select nullif(jsonb_object_agg(a.attnum, a.attstattarget), '{}') from pg_attribute a
				where a.attrelid = c.oid and ${majorVersion >= 17 ? 'a.attstattarget is not null' : 'a.attstattarget <> -1'})`,
			comment('pg_class', 'c.oid'),
		],
		`from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
		where ${IN_USER_SCHEMA} and ${owned('pg_class', 'i.indrelid')}
		and not exists (select 1 from pg_constraint k where k.conindid = c.oid and k.contype in ('p', 'u', 'x'))`,
	);

const TRIGGERS = select(
	"'trigger'",
	'n.nspname, c.relname, g.tgname',
	identity('pg_trigger', 'g.oid'),
	RELATION,
	[
		"'of', c.relkind::text",
		"'definition', pg_get_triggerdef(g.oid)",
		"'enabled', nullif(g.tgenabled, 'O')",
		comment('pg_trigger', 'g.oid'),
	],
	`from pg_trigger g join pg_class c on c.oid = g.tgrelid join pg_namespace n on n.oid = c.relnamespace
	where not g.tgisinternal and g.tgparentid = 0 and ${IN_USER_SCHEMA} and ${owned('pg_class', 'c.oid')}`,
);

const POLICIES = select(
	"'policy'",
	'n.nspname, c.relname, p.polname',
	identity('pg_policy', 'p.oid'),
	RELATION,
	[
		"'command', nullif(p.polcmd, '*')",
		"'restrictive', nullif(not p.polpermissive, false)",
		`'roles', (select array_agg(r.name order by r.name) from (select case u when 0 then 'public' else pg_get_userbyid(u) end as name from unnest(p.polroles) u) r)`,
		"'using', pg_get_expr(p.polqual, p.polrelid)",
		"'with check', pg_get_expr(p.polwithcheck, p.polrelid)",
		comment('pg_policy', 'p.oid'),
	],
	`from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
	where ${IN_USER_SCHEMA} and ${owned('pg_class', 'c.oid')}`,
);

const RULES = select(
	"'rule'",
	'n.nspname, c.relname, r.rulename',
	identity('pg_rewrite', 'r.oid'),
	RELATION,
	[
		"'definition', pg_get_ruledef(r.oid)",
		"'enabled', nullif(r.ev_enabled, 'O')",
		comment('pg_rewrite', 'r.oid'),
	],
	`from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace
	where r.rulename <> '_RETURN' and ${IN_USER_SCHEMA} and ${owned('pg_class', 'c.oid')}`,
);

const TYPES = select(
	"case t.typtype when 'e' then 'enum' when 'd' then 'domain' when 'r' then 'range' else 'type' end",
	'n.nspname, t.typname',
	identity('pg_type', 't.oid'),
	IN_SCHEMA,
	[
		"'values', (select array_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid)",
		`'attributes', (select jsonb_agg(jsonb_build_array(a.attname, format_type(a.atttypid, a.atttypmod), nullif(a.attcollation, 0)::regcollation::text,
			col_description(a.attrelid, a.attnum)) order by a.attnum) from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped)`,
		"'base type', case t.typtype when 'd' then format_type(t.typbasetype, t.typtypmod) end",
		"'not null', nullif(t.typnotnull, false)",
		"'default', t.typdefault",
		`'collation', (select nullif(t.typcollation, b.typcollation)::regcollation::text from pg_type b where b.oid = t.typbasetype)`,
		`'range', (select jsonb_build_array(r.rngsubtype::regtype::text, r.rngmultitypid::regtype::text, nullif(r.rngcollation, 0)::regcollation::text, (select o.opcname from pg_opclass o where o.oid = r.rngsubopc),
			nullif(r.rngcanonical::oid, 0)::regproc::text, nullif(r.rngsubdiff::oid, 0)::regproc::text) from pg_range r where r.rngtypid = t.oid)`,
		"'input', case t.typtype when 'b' then t.typinput::regproc::text end",
		`'privileges', ${privileges('t.typacl', 'T', 't.typowner')}`,
		comment('pg_type', 't.oid'),
	],
	`from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
	where (t.typtype in ('e', 'd', 'r') or c.relkind = 'c' or t.typtype = 'b' and t.typelem = 0 and t.typcategory <> 'A') and ${IN_USER_SCHEMA} and ${owned('pg_type', 't.oid')}`,
);

const ROUTINE_NAMES = 'n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)';

const ROUTINES = select(
	"case p.prokind when 'p' then 'procedure' else 'function' end",
	ROUTINE_NAMES,
	identity('pg_proc', 'p.oid'),
	IN_SCHEMA,
	[
		"'definition', pg_get_functiondef(p.oid)",
		`'privileges', ${privileges('p.proacl', 'f', 'p.proowner')}`,
		comment('pg_proc', 'p.oid'),
	],
	`from pg_proc p join pg_namespace n on n.oid = p.pronamespace
	where p.prokind <> 'a' and ${IN_USER_SCHEMA} and ${owned('pg_proc', 'p.oid')}
	and not exists (select 1 from pg_depend i where i.classid = 'pg_proc'::regclass and i.objid = p.oid and i.deptype = 'i')`,
);

const AGGREGATES = select(
	"'aggregate'",
	ROUTINE_NAMES,
	identity('pg_proc', 'p.oid'),
	IN_SCHEMA,
	[
		`'definition', to_jsonb(a) - 'aggfnoid' || jsonb_build_object('aggtranstype', a.aggtranstype::regtype::text, 'aggmtranstype', nullif(a.aggmtranstype, 0)::regtype::text, 'aggsortop', nullif(a.aggsortop, 0)::regoperator::text)`,
		`'privileges', ${privileges('p.proacl', 'f', 'p.proowner')}`,
		comment('pg_proc', 'p.oid'),
	],
	`from pg_aggregate a join pg_proc p on p.oid = a.aggfnoid join pg_namespace n on n.oid = p.pronamespace
	where ${IN_USER_SCHEMA} and ${owned('pg_proc', 'p.oid')}`,
);

const EVENT_TRIGGERS = select(
	"'event trigger'",
	'v.evtname',
	identity('pg_event_trigger', 'v.oid'),
	'null',
	[
		"'event', v.evtevent",
		"'function', v.evtfoid::regproc::text",
		"'enabled', nullif(v.evtenabled, 'O')",
		"'tags', v.evttags",
		comment('pg_event_trigger', 'v.oid'),
	],
	`from pg_event_trigger v where ${owned('pg_event_trigger', 'v.oid')}`,
);

const COLLATIONS = select(
	"'collation'",
	'n.nspname, l.collname',
	identity('pg_collation', 'l.oid'),
	IN_SCHEMA,
	[
		"'provider', l.collprovider::text",
		"'deterministic', l.collisdeterministic",
		"'locale', coalesce(to_jsonb(l)->>'colllocale', to_jsonb(l)->>'colliculocale', l.collcollate)",
		"'character type', l.collctype",
		"'rules', to_jsonb(l)->>'collicurules'",
		comment('pg_collation', 'l.oid'),
	],
	`from pg_collation l join pg_namespace n on n.oid = l.collnamespace where ${IN_USER_SCHEMA} and ${owned('pg_collation', 'l.oid')}`,
);

/** Columns by their names: PostgreSQL puts them in the order in which they stand in the table, which a column that comes back has not. */
const STATISTICS_DEFINITION = `coalesce((select replace(pg_get_statisticsobjdef(x.oid),
	' ON ' || string_agg(quote_ident(a.attname), ', ' order by a.attnum), ' ON ' || string_agg(quote_ident(a.attname), ', ' order by a.attname))
	from pg_attribute a where a.attrelid = x.stxrelid and a.attnum = any (x.stxkeys)), pg_get_statisticsobjdef(x.oid))`;

const statistics = (majorVersion: number) =>
	select(
		"'statistics'",
		'n.nspname, x.stxname',
		identity('pg_statistic_ext', 'x.oid'),
		IN_SCHEMA,
		[
			`'definition', ${STATISTICS_DEFINITION}`,
			`'target', ${majorVersion >= 17 ? 'x.stxstattarget' : 'nullif(x.stxstattarget, -1)'}`,
			comment('pg_statistic_ext', 'x.oid'),
		],
		`from pg_statistic_ext x join pg_namespace n on n.oid = x.stxnamespace where ${IN_USER_SCHEMA} and ${owned('pg_statistic_ext', 'x.oid')}`,
	);

/** Built-in casts, operator classes and the like have no schema of their own to tell them by: 16384 is the first user oid. */
const CASTS = select(
	"'cast'",
	'format_type(k.castsource, null), format_type(k.casttarget, null)',
	identity('pg_cast', 'k.oid'),
	'null',
	[
		"'function', nullif(k.castfunc, 0)::regprocedure::text",
		"'context', k.castcontext::text",
		"'method', k.castmethod::text",
		comment('pg_cast', 'k.oid'),
	],
	`from pg_cast k where k.oid >= 16384 and not exists (select 1 from pg_depend e where e.classid = 'pg_cast'::regclass and e.objid = k.oid and e.deptype in ('e', 'i'))`,
);

const OPERATORS = select(
	"'operator'",
	"n.nspname, o.oprname, coalesce(nullif(o.oprleft, 0)::regtype::text, 'NONE'), coalesce(nullif(o.oprright, 0)::regtype::text, 'NONE')",
	identity('pg_operator', 'o.oid'),
	IN_SCHEMA,
	[
		"'function', nullif(o.oprcode, 0)::regproc::text",
		"'commutator', nullif(o.oprcom, 0)::regoperator::text",
		"'negator', nullif(o.oprnegate, 0)::regoperator::text",
		"'restrict', nullif(o.oprrest::oid, 0)::regproc::text",
		"'join', nullif(o.oprjoin::oid, 0)::regproc::text",
		"'hashes', nullif(o.oprcanhash, false)",
		"'merges', nullif(o.oprcanmerge, false)",
		comment('pg_operator', 'o.oid'),
	],
	`from pg_operator o join pg_namespace n on n.oid = o.oprnamespace where ${IN_USER_SCHEMA} and ${owned('pg_operator', 'o.oid')}`,
);

/** The operators and support functions that belong to an operator class, or to a family itself. */
const members = (owner: string, oid: string) => [
	`(select array_agg(concat('OPERATOR ', m.amopstrategy, ' ', m.amopopr::regoperator, case m.amoppurpose when 'o' then
			(select format(' FOR ORDER BY %I.%I', n.nspname, f.opfname) from pg_opfamily f join pg_namespace n on n.oid = f.opfnamespace where f.oid = m.amopsortfamily) end)
		order by m.amopstrategy, m.amopopr) from pg_amop m join pg_depend d on d.classid = 'pg_amop'::regclass and d.objid = m.oid
		where d.refclassid = '${owner}'::regclass and d.refobjid = ${oid})`,
	`(select array_agg(concat('FUNCTION ', m.amprocnum, ' (', m.amproclefttype::regtype, ', ', m.amprocrighttype::regtype, ') ', m.amproc::regprocedure)
		order by m.amprocnum, m.amproclefttype, m.amprocrighttype) from pg_amproc m join pg_depend d on d.classid = 'pg_amproc'::regclass and d.objid = m.oid
		where d.refclassid = '${owner}'::regclass and d.refobjid = ${oid})`,
];

const [classOperators, classFunctions] = members('pg_opclass', 'o.oid');
const [familyOperators, familyFunctions] = members('pg_opfamily', 'f.oid');

const OPERATOR_CLASSES = select(
	"'operator class'",
	'n.nspname, o.opcname, a.amname',
	identity('pg_opclass', 'o.oid'),
	IN_SCHEMA,
	[
		"'type', o.opcintype::regtype::text",
		"'default', nullif(o.opcdefault, false)",
		"'key type', nullif(o.opckeytype, 0)::regtype::text",
		"'family', (select format('%I.%I', fn.nspname, f.opfname) from pg_opfamily f join pg_namespace fn on fn.oid = f.opfnamespace where f.oid = o.opcfamily)",
		`'operators', ${classOperators}`,
		`'functions', ${classFunctions}`,
		comment('pg_opclass', 'o.oid'),
	],
	`from pg_opclass o join pg_namespace n on n.oid = o.opcnamespace join pg_am a on a.oid = o.opcmethod where ${IN_USER_SCHEMA} and ${owned('pg_opclass', 'o.oid')}`,
);

const OPERATOR_FAMILIES = select(
	"'operator family'",
	'n.nspname, f.opfname, a.amname',
	identity('pg_opfamily', 'f.oid'),
	IN_SCHEMA,
	[`'operators', ${familyOperators}`, `'functions', ${familyFunctions}`, comment('pg_opfamily', 'f.oid')],
	`from pg_opfamily f join pg_namespace n on n.oid = f.opfnamespace join pg_am a on a.oid = f.opfmethod where ${IN_USER_SCHEMA} and ${owned('pg_opfamily', 'f.oid')}`,
);

const TEXT_SEARCH_CONFIGURATIONS = select(
	"'text search configuration'",
	'n.nspname, f.cfgname',
	identity('pg_ts_config', 'f.oid'),
	IN_SCHEMA,
	[
		"'parser', (select s.prsname from pg_ts_parser s where s.oid = f.cfgparser)",
		`'mappings', (select jsonb_object_agg(m.alias, m.dictionaries) from (select t.alias, jsonb_agg(m.mapdict::regdictionary::text order by m.mapseqno) as dictionaries
			from pg_ts_config_map m join ts_token_type(f.cfgparser) t on t.tokid = m.maptokentype where m.mapcfg = f.oid group by t.alias) m)`,
		comment('pg_ts_config', 'f.oid'),
	],
	`from pg_ts_config f join pg_namespace n on n.oid = f.cfgnamespace where ${IN_USER_SCHEMA} and ${owned('pg_ts_config', 'f.oid')}`,
);

const TEXT_SEARCH_DICTIONARIES = select(
	"'text search dictionary'",
	'n.nspname, d.dictname',
	identity('pg_ts_dict', 'd.oid'),
	IN_SCHEMA,
	[
		"'template', (select concat(m.nspname, '.', t.tmplname) from pg_ts_template t join pg_namespace m on m.oid = t.tmplnamespace where t.oid = d.dicttemplate)",
		"'options', d.dictinitoption",
		comment('pg_ts_dict', 'd.oid'),
	],
	`from pg_ts_dict d join pg_namespace n on n.oid = d.dictnamespace where ${IN_USER_SCHEMA} and ${owned('pg_ts_dict', 'd.oid')}`,
);

const CONVERSIONS = select(
	"'conversion'",
	'n.nspname, v.conname',
	identity('pg_conversion', 'v.oid'),
	IN_SCHEMA,
	[
		"'from', pg_encoding_to_char(v.conforencoding)",
		"'to', pg_encoding_to_char(v.contoencoding)",
		"'function', v.conproc::regproc::text",
		"'default', v.condefault",
	],
	`from pg_conversion v join pg_namespace n on n.oid = v.connamespace where ${IN_USER_SCHEMA} and ${owned('pg_conversion', 'v.oid')}`,
);

const PUBLICATIONS = select(
	"'publication'",
	'p.pubname',
	identity('pg_publication', 'p.oid'),
	'null',
	[
		"'all tables', nullif(p.puballtables, false)",
		"'publishes', concat_ws(', ', case when p.pubinsert then 'insert' end, case when p.pubupdate then 'update' end, case when p.pubdelete then 'delete' end, case when p.pubtruncate then 'truncate' end)",
		"'via root', nullif(p.pubviaroot, false)",
		comment('pg_publication', 'p.oid'),
	],
	`from pg_publication p where ${owned('pg_publication', 'p.oid')}`,
);

const publicationTables = (majorVersion: number) =>
	select(
		"'publication of table'",
		'p.pubname, n.nspname, c.relname',
		identity('pg_publication_rel', 'r.oid'),
		identity('pg_publication', 'p.oid'),
		majorVersion >= 15
			? [
					"'rows', pg_get_expr(r.prqual, r.prrelid)",
					"'columns', (select array_agg(a.attname order by a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum = any (r.prattrs))",
				]
			: [],
		`from pg_publication_rel r join pg_publication p on p.oid = r.prpubid join pg_class c on c.oid = r.prrelid join pg_namespace n on n.oid = c.relnamespace where ${IN_USER_SCHEMA}`,
	);

const FOREIGN_DATA_WRAPPERS = select(
	"'foreign-data wrapper'",
	'w.fdwname',
	identity('pg_foreign_data_wrapper', 'w.oid'),
	'null',
	[
		"'handler', nullif(w.fdwhandler, 0)::regproc::text",
		"'validator', nullif(w.fdwvalidator, 0)::regproc::text",
		`'options', ${sorted('w.fdwoptions')}`,
		`'privileges', ${privileges('w.fdwacl', 'F', 'w.fdwowner')}`,
		comment('pg_foreign_data_wrapper', 'w.oid'),
	],
	`from pg_foreign_data_wrapper w where ${owned('pg_foreign_data_wrapper', 'w.oid')}`,
);

const FOREIGN_SERVERS = select(
	"'server'",
	's.srvname',
	identity('pg_foreign_server', 's.oid'),
	'null',
	[
		"'wrapper', w.fdwname",
		"'type', s.srvtype",
		"'version', s.srvversion",
		`'options', ${sorted('s.srvoptions')}`,
		`'privileges', ${privileges('s.srvacl', 'S', 's.srvowner')}`,
		comment('pg_foreign_server', 's.oid'),
	],
	`from pg_foreign_server s join pg_foreign_data_wrapper w on w.oid = s.srvfdw where ${owned('pg_foreign_server', 's.oid')}`,
);

/** MAINTAIN came with PostgreSQL 17: all of a table's privileges read the same before and after. */
const DEFAULT_PRIVILEGES = select(
	"'default privileges'",
	"case when a.defaclrole = r.oid then '(owner)' else pg_get_userbyid(a.defaclrole) end, coalesce(n.nspname, '(all schemas)'), a.defaclobjtype::text",
	identity('pg_default_acl', 'a.oid'),
	'null',
	[
		`'privileges', (select coalesce(jsonb_object_agg(x.grantee, x.list), '{}') from (
			select case e.grantee when 0 then 'PUBLIC' when a.defaclrole then '(owner)' else pg_get_userbyid(e.grantee) end as grantee,
				string_agg(e.privilege_type || case when e.is_grantable then ' with grant option' else '' end, ', ' order by e.privilege_type) as list
			from aclexplode(a.defaclacl) e where e.privilege_type <> 'MAINTAIN' group by 1) x)`,
	],
	`from pg_default_acl a join pg_roles r on r.rolname = current_user left join pg_namespace n on n.oid = a.defaclnamespace
	where n.oid is null or ${IN_USER_SCHEMA}`,
);

const SECURITY_LABELS = select(
	"'security label'",
	'l.provider, l.objtype, l.objname',
	"concat('label:', l.classoid, ':', l.objoid, ':', l.objsubid, l.provider)",
	'null',
	["'label', l.label"],
	"from pg_seclabels l where l.objtype not in ('role', 'database', 'tablespace')",
);
