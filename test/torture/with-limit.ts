/** What some work gives, or `hung` when it takes longer than a minute. */
export async function withLimit<Result>(work: Promise<Result>): Promise<Result | 'hung'> {
	let timer: NodeJS.Timeout | undefined;
	const limit = new Promise<'hung'>((resolve) => {
		timer = setTimeout(() => resolve('hung'), 60_000);
	});
	return await Promise.race([work, limit]).finally(() => clearTimeout(timer));
}
