import type { Session } from '../database/session.ts';
import { quoteLiteral } from '../sql/quote-identifier.ts';
import { storeTable } from './kept-schema.ts';

/** Default privileges may have granted something. */
export async function revokeAll(session: Session, store: string): Promise<void> {
	const [grants = []] = await session.run(
		`SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee
		FROM pg_class c CROSS JOIN aclexplode(c.relacl) a WHERE c.oid = ${quoteLiteral(storeTable(store))}::regclass AND a.grantee <> c.relowner
		UNION SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END
		FROM pg_attribute t CROSS JOIN aclexplode(t.attacl) a WHERE t.attrelid = ${quoteLiteral(storeTable(store))}::regclass`,
	);
	for (const { grantee } of grants)
		await session.run(`REVOKE ALL ON ${storeTable(store)} FROM ${grantee} CASCADE`);
}
