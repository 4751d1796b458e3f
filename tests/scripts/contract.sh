#!/usr/bin/env bash
# Holds the published contracts to what they promise: lints them, then fuzzes a running server with the one of the REST API.
#
#   tests/scripts/contract.sh [path of the frontdesk binary]
#
# Needs npm (redocly, spectral, the AsyncAPI parser) and pip (schemathesis), which are installed once, in pinned versions, into a cache
# directory. Where they cannot be had, the part that needs them is skipped, and said so.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD

REDOCLY=2.77.0
SPECTRAL=6.16.3
ASYNCAPI=3.6.3
SCHEMATHESIS=4.32.5
FUZZ_SECONDS=60
binary="${1:-target/debug/frontdesk}"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/frontdesk-contract"
contract=api-spec/openapi.json
live=api-spec/asyncapi.yaml
mkdir -p "$cache"

say() { printf '== %s\n' "$*" >&2; }

npm_tools() {
  local dir="$cache/npm-$REDOCLY-$SPECTRAL"
  [ -x "$dir/node_modules/.bin/spectral" ] && [ -x "$dir/node_modules/.bin/redocly" ] && { echo "$dir"; return; }
  command -v npm >/dev/null || return 1
  mkdir -p "$dir"
  npm install --prefix "$dir" --no-audit --no-fund --silent \
    "@redocly/cli@$REDOCLY" "@stoplight/spectral-cli@$SPECTRAL" >&2 || return 1
  echo "$dir"
}

asyncapi_tool() {
  local dir="$cache/asyncapi-$ASYNCAPI"
  [ -d "$dir/node_modules/@asyncapi/parser" ] && { echo "$dir"; return; }
  command -v npm >/dev/null || return 1
  mkdir -p "$dir"
  npm install --prefix "$dir" --no-audit --no-fund --silent "@asyncapi/parser@$ASYNCAPI" >&2 || return 1
  echo "$dir"
}

schemathesis_tool() {
  local dir="$cache/schemathesis-$SCHEMATHESIS"
  [ -x "$dir/bin/schemathesis" ] && { echo "$dir"; return; }
  command -v python3 >/dev/null || return 1
  python3 -m venv "$dir" >&2 && "$dir/bin/pip" install --quiet "schemathesis==$SCHEMATHESIS" >&2 || return 1
  echo "$dir"
}

failed=0

if tools=$(npm_tools); then
  say "redocly"
  REDOCLY_TELEMETRY=off "$tools/node_modules/.bin/redocly" lint --config .redocly.yaml "$contract" "$live" || failed=1
  say "spectral"
  "$tools/node_modules/.bin/spectral" lint --ruleset .spectral.yaml --fail-severity warn "$contract" || failed=1
else
  say "SKIPPED: redocly and spectral cannot be installed (npm is missing or unreachable)"
fi

if parser=$(asyncapi_tool); then
  say "the AsyncAPI parser"
  node tests/scripts/asyncapi.mjs "$parser" "$live" || failed=1
else
  parser=
  say "SKIPPED: the AsyncAPI parser cannot be installed (npm is missing or unreachable)"
fi

if ! tool=$(schemathesis_tool); then
  say "SKIPPED: schemathesis cannot be installed (python3 or pip is missing or unreachable)"
  exit "$failed"
fi
if [ ! -x "$binary" ]; then
  say "no binary at $binary: cargo build -p frontdesk"
  exit 1
fi

data=$(mktemp -d)
server=
stop() {
  [ -n "$server" ] && kill "$server" 2>/dev/null && wait "$server" 2>/dev/null
  rm -rf "$data"
}
trap stop EXIT

: >"$data/out"
email=fuzz@example.com
password="seven green boats"
FRONTDESK__DATA_DIR="$data/desk" \
FRONTDESK__MASTER_KEY=$(printf 'ab%.0s' $(seq 32)) \
FRONTDESK__SERVER__BIND=127.0.0.1:0 \
FRONTDESK__BOOTSTRAP__EMAIL="$email" \
FRONTDESK__BOOTSTRAP__PASSWORD="$password" \
FRONTDESK__LOGGING__LEVEL=warn \
  "$binary" serve >"$data/out" 2>"$data/log" &
server=$!
for _ in $(seq 100); do
  grep -q 'listening on' "$data/out" && break
  kill -0 "$server" 2>/dev/null || { cat "$data/log" >&2; exit 1; }
  sleep 0.1
done
base=$(sed -n 's/^frontdesk listening on //p' "$data/out")

field() { python3 -c 'import json,sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
call() { curl -sS -X "$1" "$base$2" -H "Authorization: Bearer ${FRONTDESK_TOKEN:-}" -H 'Content-Type: application/json' -d "$3"; }

FRONTDESK_TOKEN=$(call POST /v1/auth/login "{\"email\":\"$email\",\"password\":\"$password\"}" | field access_token)
export FRONTDESK_TOKEN
# Something to find: a number, a conversation.
call POST /v1/channels '{"type":"whatsapp","name":"Support","phone_e164":"+15550783881","credentials":{"phone_number_id":"106540352242922","waba_id":"102290129340398","access_token":"token","app_secret":"secret","verify_token":"verify"}}' >/dev/null
body=$(printf '{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},"contacts":[{"profile":{"name":"Kim"},"wa_id":"4915112345678"}],"messages":[{"from":"4915112345678","id":"wamid.seed","timestamp":"%s","type":"text","text":{"body":"hello"}}]}}]}]}' "$(date +%s)")
signature=$(printf '%s' "$body" | python3 -c 'import hmac,hashlib,sys; print(hmac.new(b"secret", sys.stdin.buffer.read(), hashlib.sha256).hexdigest())')
curl -sS -X POST "$base/v1/inbound/whatsapp" -H "X-Hub-Signature-256: sha256=$signature" -d "$body"

if [ -n "$parser" ]; then
  say "the live stream's contract as the server gives it"
  curl -sS "$base/asyncapi.json" -o "$data/asyncapi.json"
  node tests/scripts/asyncapi.mjs "$parser" "$live" "$data/asyncapi.json" || failed=1
fi

say "schemathesis, at most $FUZZ_SECONDS seconds"
status=0
# From a directory of its own: it leaves a cache where it stands.
(cd "$data" && timeout --signal=INT --kill-after=10 "$((FUZZ_SECONDS + 30))" \
  "$tool/bin/schemathesis" --config-file "$root/tests/contract/schemathesis.toml" run "$root/$contract" --url "$base" \
  --phases examples,coverage,fuzzing --max-time "$FUZZ_SECONDS" --warnings off) || status=$?
[ "$status" -eq 0 ] || failed=1
if grep -q 'panicked' "$data/log"; then
  say "the server panicked:"
  grep -A3 'panicked' "$data/log" >&2
  failed=1
fi
exit "$failed"
