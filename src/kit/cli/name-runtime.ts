/**
 * Gives Node 20 the `navigator` that later ones have. Where there is none, `pg` asks whether it runs at Cloudflare's by making a
 * `Response`, and so loads all of node's fetch: a sixth of the time that a command with nothing to do takes. Call it before `pg` is imported.
 */
export function nameRuntime(): void {
	if ('navigator' in globalThis) return;
	const value = { userAgent: `Node.js/${process.versions.node.split('.', 1)[0]}` };
	Object.defineProperty(globalThis, 'navigator', { value, configurable: true, writable: true });
}
