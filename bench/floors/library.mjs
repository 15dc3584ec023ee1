// Ours, as an application calls it at its start: the modules are loaded already.
import { migrate } from '../../dist/index.js';

const [cwd, url] = process.argv.slice(2);
// Loads what `migrate` loads when there is something to do, and changes nothing.
await migrate({ cwd, url, only: 'plan' });
const started = performance.now();
await migrate({ cwd, url });
process.stderr.write(`bench: ${performance.now() - started} ms\n`);
