#!/usr/bin/env bash
# Holds the reference client of the live stream to the contract and to the server: its types are those of the published
# documents, its own tests pass, and against a running server, from Node and from a browser, its state is what REST tells.
#
#   tests/scripts/live-client.sh [path of the frontdesk binary]
#
# Needs node and npm, whose packages (the versions in package-lock.json) are installed once into a cache directory, and
# Chromium for the part in a browser. What cannot be had is skipped, and said so.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD

binary="${1:-target/debug/frontdesk}"
client=$root/api-spec/clients/typescript
cache="${XDG_CACHE_HOME:-$HOME/.cache}/frontdesk-live-client"

# What hangs fails.
tests() { timeout --kill-after=5 120 node --test "$@"; }
say() { printf '== %s\n' "$*" >&2; }

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  say "SKIPPED: the live client cannot be checked (node or npm is missing)"
  exit 0
fi
if [ "$(node -p 'Number(process.versions.node.split(".")[0]) >= 20')" != true ]; then
  say "SKIPPED: the live client cannot be checked (node $(node --version) is older than 20)"
  exit 0
fi

packages="$cache/$(sha256sum "$client/package-lock.json" | cut -c1-16)"
if [ ! -e "$packages/complete" ]; then
  rm -rf "$packages"
  mkdir -p "$packages"
  cp "$client/package.json" "$client/package-lock.json" "$packages"
  if ! npm ci --prefix "$packages" --no-audit --no-fund --silent >&2; then
    say "SKIPPED: the live client cannot be checked (its tools cannot be installed: npm is unreachable)"
    exit 0
  fi
  touch "$packages/complete"
fi

# A copy of what the checks read, so that nothing is left in the tree.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/api-spec/clients" "$work/fixtures"
cp api-spec/openapi.json api-spec/asyncapi.yaml "$work/api-spec"
cp -r fixtures/live "$work/fixtures"
(cd "$client" && tar -c --exclude=node_modules --exclude=dist .) | (mkdir "$work/api-spec/clients/typescript" && cd "$work/api-spec/clients/typescript" && tar -x)
ln -s "$packages/node_modules" "$work/api-spec/clients/typescript/node_modules"

failed=0
[ -x "$binary" ] && binary=$(realpath "$binary") || binary=
cd "$work/api-spec/clients/typescript"

say "types"
npm run --silent types:check || failed=1
npm run --silent build

say "recorded sessions"
tests dist/test/*.test.js || failed=1

if [ -z "$binary" ]; then
  say "no binary: cargo build -p frontdesk"
  exit 1
fi
export FRONTDESK_BINARY=$binary
say "against a running server"
tests dist/test/served/stream.test.js || failed=1

chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -n "$chromium" ]; then
  say "in a browser"
  CHROMIUM=$chromium tests dist/test/served/browser.test.js || failed=1
else
  say "SKIPPED: the live client in a browser (Chromium is missing)"
fi
exit "$failed"
