import { type Verified, type VerifyOptions, type VerifyReport, verify } from './commands/verify.ts';
import { loadConfig } from './config/load-config.ts';
import { readJournal } from './journal/read-journal.ts';

/** `test` of vitest or of node:test. */
export type TestFunction = (
	name: string,
	options: { readonly timeout: number },
	work: () => Promise<void>,
) => unknown;

export interface VerifyMigrationsOptions extends Omit<VerifyOptions, 'onVerified' | 'signal'> {
	/** How long all of it may take. Milliseconds; default ten minutes. */
	readonly timeout?: number;
}

/**
 * Makes one test per migration, up, down and up again in a scratch database, and one that the end equals the TypeScript tables.
 *
 * ```ts
 * import { test } from 'vitest'; // or from 'node:test'
 * import { verifyMigrations } from 'drizzle-companion/testing';
 *
 * await verifyMigrations(test);
 * ```
 */
export async function verifyMigrations(
	test: TestFunction,
	{ timeout = 600_000, ...options }: VerifyMigrationsOptions = {},
): Promise<void> {
	const { folder } = await loadConfig(options);
	const verification = new Verification(options);
	for (const { tag } of readJournal(folder).migrations) {
		test(`${tag} goes up, down and up again`, { timeout }, () => verification.expectRight(tag));
	}
	test('the migrations end where the TypeScript tables are', { timeout }, () => verification.expectEnd());
}

/** One walk through the history, begun by the first test that needs it. */
class Verification {
	private readonly options: VerifyOptions;
	private readonly seen: Verified[] = [];
	private readonly waiting = new Map<string, (verified: Verified) => void>();
	private running: Promise<VerifyReport> | undefined;

	constructor(options: VerifyOptions) {
		this.options = options;
	}

	async expectRight(tag: string): Promise<void> {
		const verified = await Promise.race([
			this.wait(tag),
			this.run().then(() => this.seen.find((each) => each.tag === tag)),
		]);
		if (verified === undefined) throw new Error(this.unreached(tag));
		if (!verified.isRight)
			throw new Error(`${tag}:\n${verified.problems.map((problem) => `- ${problem}`).join('\n')}`);
	}

	async expectEnd(): Promise<void> {
		const { differences } = await this.run();
		if (differences === undefined) throw new Error(this.unreached('the end'));
		if (differences.length > 0) throw new Error(differences.map((each) => `- ${each}`).join('\n'));
	}

	private run(): Promise<VerifyReport> {
		this.running ??= verify({ ...this.options, onVerified: (verified) => this.take(verified) });
		return this.running;
	}

	private take(verified: Verified): void {
		this.seen.push(verified);
		this.waiting.get(verified.tag)?.(verified);
	}

	private async wait(tag: string): Promise<Verified> {
		const known = this.seen.find((each) => each.tag === tag);
		if (known !== undefined) return known;
		return await new Promise((resolve) => this.waiting.set(tag, resolve));
	}

	private unreached(place: string): string {
		const failed = this.seen.find(({ isRight }) => !isRight);
		return failed === undefined
			? `${place} is before the migration that verification began with.`
			: `${place} was not reached: ${failed.tag} failed.`;
	}
}
