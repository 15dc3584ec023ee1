// Ours, as an application calls it at its start: the modules are loaded already.
import { migrate } from '../../dist/index.js';

const [cwd, url] = process.argv.slice(2);
// Loads what `migrate` loads lazily: nothing is pending in this call.
await migrate({ cwd, url, target: 'base' });
const started = performance.now();
await migrate({ cwd, url });
process.stderr.write(`bench: ${performance.now() - started} ms\n`);
