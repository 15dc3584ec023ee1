// The floor of building what migrations make: `pg` and PostgreSQL alone, with all of their SQL in one transaction.
import { readFileSync } from 'node:fs';
import pg from 'pg';

const [folder, url] = process.argv.slice(2);
const { entries } = JSON.parse(readFileSync(`${folder}/meta/_journal.json`, 'utf8'));
const client = new pg.Client(url);
await client.connect();
await client.query(entries.map(({ tag }) => readFileSync(`${folder}/${tag}.sql`, 'utf8')).join(';\n'));
await client.end();
