/** What says that a database may have objects of kinds that most have none of. PostgreSQL's own have smaller oids than 16384. */
const SIGNS = {
	extensions: inUse('pg_extension'),
	views: inUse('pg_class', "relkind in ('v', 'm')"),
	triggers: 'exists (select from pg_trigger where not tgisinternal)',
	policies: 'exists (select from pg_policy)',
	rules: inUse('pg_rewrite'),
	// Every table has a type of its own, and an array of it.
	types: `${inUse('pg_type', "(typtype in ('e', 'd', 'r') or typtype = 'b' and typcategory <> 'A')")} or ${inUse('pg_class', "relkind = 'c'")}`,
	routines: inUse('pg_proc', "prokind <> 'a'"),
	aggregates: inUse('pg_proc', "prokind = 'a'"),
	'event triggers': 'exists (select from pg_event_trigger)',
	collations: inUse('pg_collation'),
	statistics: 'exists (select from pg_statistic_ext)',
	casts: inUse('pg_cast'),
	operators: inUse('pg_operator'),
	'operator families': inUse('pg_opfamily'),
	'operator classes': inUse('pg_opclass'),
	'text search configurations': inUse('pg_ts_config'),
	'text search dictionaries': inUse('pg_ts_dict'),
	conversions: inUse('pg_conversion'),
	publications: 'exists (select from pg_publication)',
	'foreign-data wrappers': 'exists (select from pg_foreign_data_wrapper)',
	'default privileges': 'exists (select from pg_default_acl)',
	'security labels': 'exists (select from pg_seclabel) or exists (select from pg_shseclabel)',
} as const;

/** A kind of object that is not asked for where there is none: planning its query would cost more than everything else. */
export type RareKind = keyof typeof SIGNS;

/** An expression in SQL: the kinds of which there may be objects, `text[]`. */
export const RARE_KINDS = `array_remove(array[${Object.entries(SIGNS)
	.map(([kind, sign]) => `case when ${sign} then '${kind}' end`)
	.join(', ')}], null)`;

function inUse(catalog: string, condition = 'true'): string {
	return `exists (select from ${catalog} where oid >= 16384 and ${condition})`;
}
