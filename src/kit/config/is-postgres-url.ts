/**
 * Says whether text is a URL that PostgreSQL's clients take, and take as it was meant: a password with `/`, `?` or `#` that is not
 * percent-encoded would end the host early, and what is left of it would be read as a name.
 */
export function isPostgresUrl(text: string): boolean {
	const [, authority = '', rest = ''] = /^postgres(?:ql)?:\/\/([^/?#\s]*)(\S*)$/.exec(text) ?? [undefined];
	if (!/^postgres(?:ql)?:\/\/\S*$/.test(text) || rest.includes('@')) return false;
	return (
		isDecodable(authority + rest) &&
		URL.canParse(`http://${authority.replace(/(^|@)$/, '$1localhost')}${rest}`)
	);
}

function isDecodable(text: string): boolean {
	try {
		decodeURIComponent(text);
		return true;
	} catch {
		return false;
	}
}
