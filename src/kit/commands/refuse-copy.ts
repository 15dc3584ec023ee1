import { CompanionError } from '../errors.ts';
import type { Plan } from '../plan/plan.ts';
import { locate } from '../run/locate.ts';
import { COPY_FROM_STDIN, findCopyFromStdin } from '../sql/find-copy-from-stdin.ts';

/**
 * Refuses migrations that want rows from a client, which nobody sends.
 * @throws CompanionError `STATEMENT_FAILED`, before anything runs
 */
export async function refuseCopy({ steps }: Plan): Promise<void> {
	for (const step of steps) {
		if (step.kind !== 'apply') continue;
		const { tag, up } = step;
		const offset = await findCopyFromStdin(up.sql);
		if (offset === undefined) continue;
		const { line, column } = locate(up.sql, offset);
		throw new CompanionError('STATEMENT_FAILED', `${up.file}:${line}:${column}: ${COPY_FROM_STDIN}.`, {
			hint: 'Nothing was changed. Mend the file, then run `pnpm db:migrate` again.',
			details: { tag, file: up.file, line, column },
		});
	}
}
