import type { Config } from '../../config/config.ts';
import { scratchFolder } from '../embedded-folder.ts';
import type { ScratchLocation } from './open-scratch-server.ts';

/** Where a project's scratch databases are made: the server of `SHADOW_DATABASE_URL`, or an embedded one of their own. */
export function scratchLocation(config: Pick<Config, 'root' | 'shadowUrl'>): ScratchLocation {
	if (config.shadowUrl !== undefined)
		return { kind: 'server', connection: { connectionString: config.shadowUrl } };
	return { kind: 'embedded', folder: scratchFolder(config) };
}
