#!/usr/bin/env node
import { runBinary } from './run-binary.ts';

await runBinary(process.argv.slice(2));
