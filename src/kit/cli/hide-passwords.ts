/** Text with the password of every URL in it taken out: people put URLs where they do not belong, and errors repeat what was typed. */
export function hidePasswords(text: string): string {
	return text.replace(/\b([a-z][a-z0-9+.-]*:\/\/[^\s:@/'"]*:)[^\s'"]*@/gi, '$1***@');
}
