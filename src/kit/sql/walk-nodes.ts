import type { SyntaxNode } from './parse-statements.ts';

/** Every node of that name in a parse tree, at any depth, in source order. `except` names nodes that are not entered. */
export function findNodes(
	tree: unknown,
	name: string | ((name: string) => boolean),
	except: (name: string) => boolean = () => false,
): readonly SyntaxNode[] {
	const matches = typeof name === 'string' ? (key: string) => key === name : name;
	const found: SyntaxNode[] = [];
	visit(tree, (key, node) => {
		if (matches(key)) found.push(node);
		return !except(key);
	});
	return found;
}

/** Whether a parse tree has such a node. */
export function hasNode(
	tree: unknown,
	name: string,
	test: (node: SyntaxNode) => boolean = () => true,
): boolean {
	return findNodes(tree, name).some(test);
}

/** Calls back for every object-valued key, parents first; the children of a node are skipped on `false`. */
export function visit(tree: unknown, onNode: (name: string, node: SyntaxNode) => boolean): void {
	if (typeof tree !== 'object' || tree === null) return;
	if (Array.isArray(tree)) {
		for (const item of tree) visit(item, onNode);
		return;
	}
	for (const [key, value] of Object.entries(tree)) {
		if (typeof value !== 'object' || value === null) continue;
		if (Array.isArray(value) || onNode(key, value as SyntaxNode)) visit(value, onNode);
	}
}
