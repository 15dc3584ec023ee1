import type { Problem } from '../history/history.ts';
import type { Paint } from './paint.ts';

/** What is wrong, a paragraph each: the sentence and the way out. */
export function renderProblems(problems: readonly Problem[], paint: Paint): string {
	return problems
		.map(({ code, message, hint }) => `${paint.yellow(`${code}:`)} ${message}\n  ${hint}`)
		.join('\n');
}

/** What is odd, a line each. */
export function renderNotices(notices: readonly string[] = [], paint: Paint): string {
	return notices.map((notice) => `${paint.cyan('note:')} ${notice}`).join('\n');
}
