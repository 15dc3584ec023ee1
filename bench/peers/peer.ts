import type { Contender } from '../measure/contender.ts';
import type { BenchMigration } from '../project/make-migrations.ts';

/** Another tool that applies migrations, given the same ones in its own form. */
export interface Peer {
	readonly name: string;
	/** What npm installs for it, with exact versions. */
	readonly packages?: readonly string[];
	/** What has to be on the PATH, where it does not come from npm. */
	readonly program?: string;
	/**
	 * Writes the migrations in the tool's form.
	 * @returns what to run, and where: beside the packages
	 */
	prepare(place: PeerPlace): Pick<Contender, 'command' | 'env'>;
}

export interface PeerPlace {
	/** A folder of the peer's own; packages resolve in it, and commands run in it. */
	readonly folder: string;
	readonly migrations: readonly BenchMigration[];
	/** The database that they are applied to. */
	readonly url: string;
	/** Writes a file into the folder. */
	readonly write: (path: string, text: string) => void;
}
