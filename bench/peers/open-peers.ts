import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { BenchServer } from '../measure/bench-server.ts';
import { isInstalled } from '../project/locate-programs.ts';
import type { BenchMigration } from '../project/make-migrations.ts';
import { repository } from '../project/write-project.ts';
import type { PeerContender } from '../suites/suite.ts';
import { debianPrograms } from './debian-programs.ts';
import { npmLibraries } from './npm-libraries.ts';
import { npmPrograms } from './npm-programs.ts';
import type { Peer } from './peer.ts';

export interface Peers {
	/** The peers that can be run here, given these migrations, each with an empty database of its own before each run. */
	readonly contend: (migrations: readonly BenchMigration[]) => readonly PeerContender[];
	/** Takes their folders away; what npm installed stays for the next time. */
	readonly close: () => void;
}

/** Installs the peers, each apart from the others, where that works; one that does not install is named on stderr and left out. */
export function openPeers(server: BenchServer): Peers {
	const here = [...npmLibraries, ...npmPrograms, ...debianPrograms].filter(install);
	const root = mkdtempSync(join(tmpdir(), 'companion-bench-peers-'));
	return {
		contend: (migrations) => here.map((peer, place) => prepare(peer, { migrations, root, server, place })),
		close: () => rmSync(root, { recursive: true, force: true }),
	};
}

function install({ name, packages, program }: Peer): boolean {
	if (program !== undefined && !isInstalled(program)) return leaveOut(name, `${program} is not on the PATH`);
	if (packages === undefined || existsSync(join(modulesOf(packages), '.package-lock.json'))) return true;
	const folder = dirname(modulesOf(packages));
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
	try {
		execFileSync('npm', ['install', '--no-audit', '--no-fund', '--save-exact', ...packages], {
			cwd: folder,
			stdio: ['ignore', 'ignore', 'pipe'],
		});
		return true;
	} catch (error) {
		rmSync(folder, { recursive: true, force: true });
		return leaveOut(name, (error as Error).message);
	}
}

function leaveOut(name: string, reason: string): false {
	console.error(`${name} is left out: ${reason}`);
	return false;
}

function modulesOf(packages: readonly string[]): string {
	const key = createHash('sha256').update(packages.join(' ')).digest('hex').slice(0, 12);
	return join(repository, '.data', 'bench-peers', key, 'node_modules');
}

interface Preparation {
	readonly migrations: readonly BenchMigration[];
	readonly root: string;
	readonly server: BenchServer;
	readonly place: number;
}

function prepare(peer: Peer, { migrations, root, server, place }: Preparation): PeerContender {
	const folder = join(root, `${migrations.length}-${place}`);
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	if (peer.packages !== undefined) symlinkSync(modulesOf(peer.packages), join(folder, 'node_modules'));
	const database = `peer_${place}`;
	const write = (path: string, text: string) => {
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), text);
	};
	const url = server.urlOf(database);
	return {
		name: peer.name,
		...peer.prepare({ folder, migrations, url, write }),
		cwd: folder,
		prepare: () => server.renew(database),
	};
}
