import { deserialize, serialize } from 'node:v8';
import type { DependencyEdge, Fact } from '@supabase/pg-delta';
import type { Catalog } from './catalog.ts';

type Flat = Omit<Catalog, 'facts'> & {
	readonly facts: readonly Fact[];
	readonly edges: readonly DependencyEdge[];
};

/** A catalog as bytes, for this version of Node and of this kit to read again. */
export function serializeCatalog({ facts, ...rest }: Catalog): Buffer {
	return serialize({ ...rest, facts: facts.facts(), edges: facts.edges } satisfies Flat);
}

export async function deserializeCatalog(bytes: Uint8Array): Promise<Catalog> {
	const { buildFactBase } = await import('./pg-delta.ts');
	const { facts, edges, ...rest } = deserialize(bytes) as Flat;
	return { ...rest, facts: buildFactBase([...facts], [...edges]) };
}
