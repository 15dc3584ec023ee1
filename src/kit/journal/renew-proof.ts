import type { DownFile, UpFile } from './migration.ts';

const PROOF = /^(--[ \t]*proof:[ \t]*up )[0-9a-f]{8}\b/m;

/**
 * A proven down file whose proof line names the up file as it is now, for the log, which keeps it without the up file: allowances may
 * have been written into that one since the proof.
 */
export function renewProof(down: DownFile, { checksum }: UpFile): DownFile {
	if (down.proof !== 'proven') return down;
	return { ...down, text: down.text.replace(PROOF, `$1${checksum.slice(0, 8)}`) };
}
