// The floor of `migrate`: what `pg` and PostgreSQL cost alone. Each migration in one round trip: BEGIN, its SQL, two inserts, COMMIT.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';

const [folder, url] = process.argv.slice(2);
const started = performance.now();
const { entries } = JSON.parse(readFileSync(`${folder}/meta/_journal.json`, 'utf8'));
const client = new pg.Client(url);
await client.connect();
await client.query(`CREATE TABLE ledger (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint);
	CREATE TABLE log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text, tag text, checksum text, at timestamptz DEFAULT now())`);
for (const { tag, when } of entries) {
	const sql = readFileSync(`${folder}/${tag}.sql`, 'utf8');
	const hash = createHash('sha256').update(sql).digest('hex');
	await client.query(`BEGIN; ${sql};
	INSERT INTO ledger (hash, created_at) VALUES ('${hash}', ${when});
	INSERT INTO log (kind, tag, checksum) VALUES ('apply', '${tag}', '${hash}'); COMMIT`);
}
await client.end();
process.stderr.write(`bench: ${performance.now() - started} ms\n`);
