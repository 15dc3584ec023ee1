import type { Config, ConnectionSettings } from '../config/config.ts';
import { CompanionError } from '../errors.ts';
import type { OnProgress } from '../progress.ts';
import { openSession, type Session } from './session.ts';

/** The database that a command works on. */
export interface Target {
	readonly session: Session;
	/** How others connect to the same database. */
	readonly settings: ConnectionSettings;
	readonly isEmbedded: boolean;
	/** Ends the session, and gives the embedded server's share up. */
	close(): Promise<void>;
}

/**
 * Connects to the configured database, or starts or joins the embedded server where none is configured.
 * @throws CompanionError `DATABASE_UNREACHABLE`; `DATABASE_URL_MISSING` in production
 */
export async function openTarget(
	config: Config,
	{ onProgress }: { readonly onProgress?: OnProgress } = {},
): Promise<Target> {
	if (config.connection !== undefined) return await openConfigured(config.connection);
	if (config.isProduction) throw urlMissing();
	return await openEmbedded(config, onProgress);
}

async function openConfigured(settings: ConnectionSettings): Promise<Target> {
	const session = await openSession(settings);
	return { session, settings, isEmbedded: false, close: () => session.close() };
}

async function openEmbedded(config: Config, onProgress: OnProgress | undefined): Promise<Target> {
	const { embeddedFolder } = await import('./embedded-folder.ts');
	const { startEmbeddedServer } = await import('./embedded/start-embedded-server.ts');
	const server = await startEmbeddedServer({
		folder: embeddedFolder(config),
		...(onProgress === undefined ? {} : { onProgress }),
	});
	try {
		const session = await openSession(server.connection);
		const close = async () => {
			await session.close();
			await server.release();
		};
		return { session, settings: server.connection, isEmbedded: true, close };
	} catch (error) {
		await server.release();
		throw error;
	}
}

function urlMissing(): CompanionError {
	return new CompanionError(
		'DATABASE_URL_MISSING',
		'NODE_ENV is production and no database is configured: a deploy must not fall into the embedded one.',
		{
			hint: 'Set DATABASE_URL, or dbCredentials in drizzle.config.ts, or pass --url.',
		},
	);
}
