#!/usr/bin/env node
import { keepCompiled } from '../config/keep-compiled.ts';

keepCompiled();
const { runBinary } = await import('./run-binary.ts');
await runBinary(process.argv.slice(2));
