import type { Config } from '../config/config.ts';
import type { ScratchLocation } from '../database/scratch/open-scratch-server.ts';
import { scratchLocation } from '../database/scratch/scratch-location.ts';
import type { Session } from '../database/session.ts';

/**
 * Where scratch databases that are compared with a live one are made: on its own server where the role may, so that
 * extensions, roles and version are the same; elsewhere as for every command.
 */
export async function chooseLocation(session: Session, config: Config): Promise<ScratchLocation> {
	if (config.connection === undefined || config.shadowUrl !== undefined) return scratchLocation(config);
	const [[role] = []] = await session.run(
		'SELECT rolcreatedb OR rolsuper AS may FROM pg_roles WHERE rolname = current_user',
	);
	return role?.may === 't' ? { kind: 'server', connection: session.connection } : scratchLocation(config);
}
