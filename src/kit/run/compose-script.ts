import { resetStatements } from '../database/session.ts';
import {
	createLedgerStatements,
	createLogStatement,
	upgradeLedgerStatements,
} from '../ledger/ledger-statements.ts';
import { type LedgerTable, settleLedgerTable } from '../ledger/ledger-table.ts';
import type { Plan, Step } from '../plan/plan.ts';
import { writesRows } from '../plan/writes-rows.ts';
import { endStatementsAtBreakpoints } from '../sql/end-statements-at-breakpoints.ts';
import { needsNoTransaction } from '../sql/needs-no-transaction.ts';
import { composeRecords, composeTransaction } from './compose-transaction.ts';
import { sqlOf } from './sql-of-step.ts';

export interface ScriptOptions {
	readonly ledger: LedgerTable;
	readonly settings: { readonly lockTimeout: number };
	readonly hasLedger: boolean;
	readonly hasLog: boolean;
}

/** A plan as a script for `psql -v ON_ERROR_STOP=1`: the migrations' SQL with the ledger's statements. A comment for an empty plan. */
export async function composeScript(plan: Plan, given: ScriptOptions): Promise<string> {
	if (plan.steps.length === 0) return '-- Nothing to do: the database is where the script would bring it.\n';
	const options = { ...given, ledger: settleLedgerTable(given.ledger, { writesRows: writesRows(plan) }) };
	const { ledger, hasLedger, hasLog } = options;
	const creation = [
		...(hasLedger ? upgradeLedgerStatements(ledger) : createLedgerStatements(ledger)),
		...(hasLog ? [] : [createLogStatement(ledger)]),
	];
	const parts = await Promise.all(plan.steps.map((step) => composePart(step, options)));
	return [...creation.map((statement) => `${statement};\n`), ...parts].join('\n');
}

async function composePart(step: Step, { ledger, settings }: ScriptOptions): Promise<string> {
	const title = `-- ${step.kind} ${step.tag}\n`;
	const sql = sqlOf(step);
	const restore = mayLeaveSettings.test(sql) ? resetStatements : [];
	if (!(await needsNoTransaction(sql)))
		return title + composeTransaction(step, { ledger, settings, restore }).text;
	const reset = [...(restore.length > 0 ? restore : ['RESET lock_timeout'])]
		.map((each) => `${each};\n`)
		.join('');
	return `${title}-- not atomic: statements of it cannot run inside a transaction\nSET lock_timeout = ${settings.lockTimeout};\n${endStatementsAtBreakpoints(sql)}\n;\n${reset}${composeRecords([step], ledger)}`;
}

/** A script for people says nothing about settings where nothing can have been set. */
const mayLeaveSettings = /(?:^|;|>)\s*(?:RE)?SET\s|set_config/im;
