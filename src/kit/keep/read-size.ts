const units: Readonly<Record<string, number>> = {
	b: 1,
	kb: 1024,
	mb: 1024 ** 2,
	gb: 1024 ** 3,
	tb: 1024 ** 4,
};

/** `1GB`, `500 MB`, `20kB`, `1024` in bytes, counted in 1024s as PostgreSQL does; undefined for anything else. */
export function readSize(text: string): number | undefined {
	const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?b)?\s*$/i.exec(text);
	if (match === null) return undefined;
	return Math.round(Number(match[1]) * (units[(match[2] ?? 'b').toLowerCase()] as number));
}

/** Bytes as people read them: `1.2 MB`. */
export function printSize(bytes: number): string {
	const names = ['bytes', 'kB', 'MB', 'GB', 'TB'];
	let size = bytes;
	let unit = 0;
	for (; size >= 1024 && unit < names.length - 1; unit++) size /= 1024;
	return `${unit === 0 || size >= 100 ? Math.round(size) : Math.round(size * 10) / 10} ${names[unit]}`;
}
