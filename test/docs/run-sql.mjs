// Stands for psql where there is none: psql <url> [-f file] [-c statement]; without either, what stands on stdin.
import { readFileSync } from 'node:fs';
import pg from 'pg';

const args = process.argv.slice(2);
const take = (name) => (args.includes(name) ? args.splice(args.indexOf(name), 2)[1] : undefined);
const file = take('-f');
const sql = take('-c') ?? readFileSync(file ?? 0, 'utf8');
const unknown = args.filter((word) => !/^postgres(ql)?:/.test(word) && word !== '-X' && word !== '-1');
if (unknown.length > 0) throw new Error(`psql ${unknown.join(' ')}`);
const client = new pg.Client({
	connectionString: args.find((word) => word.startsWith('postgres')) ?? process.env.DATABASE_URL,
});
await client.connect();
await client.query(sql);
await client.end();
