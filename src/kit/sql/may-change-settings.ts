/** Words that begin whatever can SET something: settings themselves, and everything that can call a function, which may. */
const suspicious =
	/\b(?:set|reset|discard|set_config|select|values|insert|update|delete|merge|copy|do|call|execute|perform|prepare|load|refresh|trigger)\b/i;

/** The same words where they only describe a table. */
const harmless =
	/\bset\s+(?:not\s+null|null|default|data\s+type|statistics|storage|schema)\b|\bon\s+(?:delete|update)\b/gi;

/**
 * Says whether SQL may leave the session other than it found it: another role, another search_path. A cheap look at its words, wherever they
 * stand; definitions of tables, types and indexes, which are most of what is generated, are known to change nothing.
 */
export function mayChangeSettings(sql: string): boolean {
	return suspicious.test(sql.replace(harmless, ''));
}
