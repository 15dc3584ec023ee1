/** What was made of an object before, or made of it now: it is thought to be never changed, and forgotten with it. */
export function remember<Of extends object, Value>(
	memory: WeakMap<Of, Value>,
	of: Of,
	make: () => Value,
): Value {
	const known = memory.get(of) ?? make();
	memory.set(of, known);
	return known;
}
