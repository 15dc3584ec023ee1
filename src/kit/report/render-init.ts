import type { Paint } from './paint.ts';

/** What `init` plans and did, as far as it is shown. */
export interface InitShown {
	readonly changes: readonly { readonly file: string; readonly added: readonly string[] }[];
	readonly notices: readonly string[];
	readonly situation: string;
	readonly next: readonly { readonly command: string; readonly why: string }[];
}

/** The lines that are added, file by file. */
export function renderChanges({ changes }: Pick<InitShown, 'changes'>, paint: Paint): string {
	return changes
		.map(({ file, added }) =>
			[paint.bold(file), ...added.map((line) => paint.green(`  + ${line}`))].join('\n'),
		)
		.join('\n');
}

/** What was done and what comes next. */
export function renderInit(report: InitShown & { readonly isChanged: boolean }, paint: Paint): string {
	const width = Math.max(...report.next.map(({ command }) => command.length));
	return [
		report.isChanged
			? `${renderChanges(report, paint)}\nwritten.`
			: report.changes.length === 0
				? 'Nothing to change: the project is set up.'
				: `${renderChanges(report, paint)}\nwould be written.`,
		...report.notices.map((notice) => `${paint.yellow('note:')} ${notice}`),
		'',
		report.situation,
		'',
		'Next:',
		...report.next.map(({ command, why }) => `  ${paint.bold(command.padEnd(width))}  ${why}`),
	].join('\n');
}
