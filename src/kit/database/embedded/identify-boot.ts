import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** The same text for as long as the machine runs without a restart. */
export function identifyBoot(): string {
	try {
		return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
	} catch {
		// Not Linux: the hour of the start. Around a full hour it may differ by one, and a cluster is made anew that did not have to be.
		return new Date(Date.now() - uptime() * 1_000).toISOString().slice(0, 13);
	}
}
