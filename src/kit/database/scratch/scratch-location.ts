import type { Config } from '../../config/config.ts';
import { embeddedFolder } from '../embedded-folder.ts';
import type { ScratchLocation } from './open-scratch-server.ts';

/** Where a project's scratch databases are made: the server of `SHADOW_DATABASE_URL`, or the embedded one. */
export function scratchLocation(config: Pick<Config, 'root' | 'shadowUrl'>): ScratchLocation {
	if (config.shadowUrl !== undefined)
		return { kind: 'server', connection: { connectionString: config.shadowUrl } };
	return { kind: 'embedded', folder: embeddedFolder(config) };
}
