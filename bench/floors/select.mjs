// The floor of every command that finds nothing to do: node starts, connects with `pg` and selects once.
import pg from 'pg';

const client = new pg.Client(process.argv[2]);
await client.connect();
await client.query('SELECT 1');
await client.end();
