import { main } from '../src/kit/cli/main.ts';

await main('migrate');
