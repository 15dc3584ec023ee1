import { CompanionError } from '../../src/kit/errors.ts';

/** The error that an action refuses with; anything else fails the test. */
export function errorOf(action: () => unknown): CompanionError {
	try {
		action();
	} catch (error) {
		return assertCompanionError(error);
	}
	throw new Error('nothing was refused');
}

/** The same for what happens later. */
export async function rejectionOf(promise: Promise<unknown>): Promise<CompanionError> {
	try {
		await promise;
	} catch (error) {
		return assertCompanionError(error);
	}
	throw new Error('nothing was refused');
}

function assertCompanionError(error: unknown): CompanionError {
	if (error instanceof CompanionError) return error;
	throw error;
}
