type Expressions = Readonly<Record<string, readonly string[]>>;

/** What a generated column of the same type can be made of, by the kind of its source; `$` is the column. */
export const GENERATED: Expressions = {
	integer: ['$ + 1', '$ * 2'],
	number: ['$ * 2', '-$'],
	text: ['lower($)', "$ || '!'", 'upper($)'],
};

const ALWAYS = ['$ is not null'];

/** What can be demanded of a column, by kind. */
export const CHECKS: Expressions = {
	integer: ['$ > 0', '$ between -5 and 50000', '$ <> 13', ...ALWAYS],
	serial: ['$ > 0'],
	number: ['$ >= 0', '$ < 1000000', ...ALWAYS],
	text: ['length($) < 100', "$ <> ''", "$ in ('x', 'y', 'abc')", ...ALWAYS],
	time: [...ALWAYS],
	list: ['cardinality($) < 10', ...ALWAYS],
	enum: ALWAYS,
	other: ALWAYS,
};

/** What an index can be made of beside the column itself, by kind. */
export const INDEXED: Expressions = {
	integer: ['($ + 1)', 'abs($)'],
	text: ['lower($)', "($ || 'x')", 'lower($) desc'],
	list: ['cardinality($)'],
};
