import type { Rule } from './rule.ts';
import {
	addComputedColumn,
	addConstrainedColumn,
	addRequiredColumn,
	changeType,
	setNotNull,
	volatileDefault,
} from './rules/columns.ts';
import {
	constraintNotValid,
	exclusionConstraint,
	foreignKeyIndex,
	uniqueConstraint,
	validateTogether,
} from './rules/constraints.ts';
import { deleteAllRows, dropColumn, dropSchema, dropTable } from './rules/destructive.ts';
import {
	dropIndexConcurrently,
	indexConcurrently,
	refreshConcurrently,
	reindexConcurrently,
} from './rules/indexes.ts';
import { renameBreaksCode } from './rules/renames.ts';
import {
	dataAndSchema,
	enumValueUsed,
	locksOtherTable,
	notAtomic,
	rewritesTable,
	severalExclusiveLocks,
	transactionControl,
} from './rules/transactions.ts';

/**
 * Every rule. What the runner itself solves is not among them: a lock timeout with retries, statements that run outside a
 * transaction by themselves, an index left invalid.
 */
export const RULES: readonly Rule[] = [
	dropTable,
	dropColumn,
	dropSchema,
	deleteAllRows,
	addRequiredColumn,
	volatileDefault,
	addComputedColumn,
	addConstrainedColumn,
	setNotNull,
	changeType,
	constraintNotValid,
	validateTogether,
	uniqueConstraint,
	exclusionConstraint,
	foreignKeyIndex,
	indexConcurrently,
	dropIndexConcurrently,
	reindexConcurrently,
	refreshConcurrently,
	renameBreaksCode,
	enumValueUsed,
	notAtomic,
	transactionControl,
	severalExclusiveLocks,
	locksOtherTable,
	rewritesTable,
	dataAndSchema,
];
