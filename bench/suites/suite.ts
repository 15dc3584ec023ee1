import type { BenchServer } from '../measure/bench-server.ts';
import type { BenchCase, Contender } from '../measure/contender.ts';
import type { BenchMigration } from '../project/make-migrations.ts';

export interface SuiteContext {
	readonly server: BenchServer;
	/** The peers that can be run here, given these migrations, each with an empty database of its own before each run. */
	readonly peersFor: (migrations: readonly BenchMigration[]) => readonly PeerContender[];
}

export type PeerContender = Contender & { readonly prepare: () => Promise<void> };

/** A suite gives its cases one by one, so that the databases and folders of one are gone before the next makes its own. */
export type Suite = (context: SuiteContext) => AsyncIterable<BenchCase>;
