import type { Session } from '../database/session.ts';
import { quoteLiteral } from '../sql/quote-identifier.ts';
import { storeTable } from './kept-schema.ts';

/**
 * Makes a new store nobody's business but its owner's: default privileges may have granted something, and a publication of all tables
 * would let no row of it be changed that nothing identifies.
 */
export async function secludeStore(session: Session, store: string): Promise<void> {
	await session.run(`ALTER TABLE ${storeTable(store)} REPLICA IDENTITY FULL`);
	const [grants = []] = await session.run(
		`SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee
		FROM pg_class c CROSS JOIN aclexplode(c.relacl) a WHERE c.oid = ${quoteLiteral(storeTable(store))}::regclass AND a.grantee <> c.relowner
		UNION SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
		FROM pg_attribute t CROSS JOIN aclexplode(t.attacl) a WHERE t.attrelid = ${quoteLiteral(storeTable(store))}::regclass`,
	);
	for (const { grantee } of grants)
		await session.run(`REVOKE ALL ON ${storeTable(store)} FROM ${grantee} CASCADE`);
}
