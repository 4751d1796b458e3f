#!/bin/sh
# Fills the disk under a running server: a small tmpfs holds the data, a file takes what is left, webhooks, commands and
# reads go on. Shows that writes answer 503 and leave nothing, reads answer 200, and that writing resumes by itself once there
# is space again. Twice: with the disk filled at once, and with it filled while webhooks stream in.
#
#   tests/scripts/disk-full.sh
#
# Needs root, mount, curl, openssl, and a built binary: cargo build
set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
binary=${FRONTDESK:-${CARGO_TARGET_DIR:-$here/target}/debug/frontdesk}
skip() {
    echo "SKIPPED: $1, no disk was filled"
    exit 0
}
[ "$(id -u)" -eq 0 ] || skip "not root"
for tool in mount curl openssl; do
    command -v "$tool" >/dev/null 2>&1 || skip "no $tool"
done
[ -x "$binary" ] || { echo "build it first: cargo build ($binary)"; exit 64; }
work=$(mktemp -d)
server=
clean() {
    [ -n "$server" ] && kill -9 "$server" 2>/dev/null
    wait 2>/dev/null
    umount "$work/disk" 2>/dev/null
    rm -rf "$work"
}
trap clean EXIT
mkdir "$work/disk"
openssl rand -hex 32 >"$work/key"
export FRONTDESK__SERVER__BIND=127.0.0.1:0 FRONTDESK__DATA_DIR="$work/disk/data" FRONTDESK__MASTER_KEY_FILE="$work/key"
export FRONTDESK__BOOTSTRAP__EMAIL=a@example.com FRONTDESK__BOOTSTRAP__PASSWORD=a-password-for-scripts
export FRONTDESK__LOG__SEGMENT_MIB=2
json='Content-Type: application/json'
# What is asked for with the token; prints the body, then a line with the status.
ask() {
    curl -s -w '\n%{http_code}' -H "Authorization: Bearer $token" -H "$json" "$@"
}
status_of() { printf '%s' "$1" | tail -n 1; }
# Makes a brand, which is one event.
write() { status_of "$(ask "$url/v1/brands" -d "{\"name\":\"$1\"}")"; }
brands() { ask "$url/v1/brands?limit=100" | grep -o '"id":"brand_[0-9a-z]*' | wc -l; }
# A customer's message with an id of its own, signed; its text is padded to fill a disk faster.
webhook() {
    body='{"object":"whatsapp_business_account","entry":[{"id":"20","changes":[{"field":"messages","value":{"messaging_product":"whatsapp",
        "metadata":{"display_phone_number":"12025550188","phone_number_id":"10"},"contacts":[{"profile":{"name":"Kim"},"wa_id":"12025550111"}],
        "messages":[{"from":"12025550111","id":"wamid.'"$1"'","timestamp":"'"$(date +%s)"'","type":"text","text":{"body":"'"$1 $padding"'"}}]}}]}]}'
    signature=$(printf '%s' "$body" | openssl dgst -sha256 -hmac s3cret -r | cut -d ' ' -f 1)
    printf '%s' "$body" | curl -s -o /dev/null -w '%{http_code}' -H "$json" -H "X-Hub-Signature-256: sha256=$signature" \
        --data-binary @- "$url/v1/inbound/whatsapp"
}
# How often a message with this id is there.
received() {
    conversation=$(ask "$url/v1/conversations?view=all" | grep -o '"id":"conv_[0-9a-z]*' | head -n 1 | cut -d '"' -f 4)
    ask "$url/v1/conversations/$conversation/messages?limit=200" | grep -o "\"provider_message_id\":\"wamid.$1\"" | wc -l
}
# How many messages hold a word.
found() { ask "$url/v1/search?q=$1&limit=100" | grep -o '"kind":"message"' | wc -l; }
bad=0
expect() {
    if [ "$2" != "$3" ]; then
        echo "$1: $2, not $3"
        bad=$((bad + 1))
    fi
}
for way in "at once" "under load"; do
    mount -t tmpfs -o size=64m tmpfs "$work/disk" 2>/dev/null || skip "mount failed"
    export FRONTDESK__LOG__MIN_FREE_MIB=8
    "$binary" serve >"$work/out" 2>"$work/err" &
    server=$!
    tries=0
    until grep -q listening "$work/out"; do
        tries=$((tries + 1))
        [ "$tries" -gt 300 ] && { cat "$work/err"; exit 1; }
        sleep 0.1
    done
    url=$(sed -n 's/frontdesk listening on //p' "$work/out")
    token=
    token=$(ask "$url/v1/auth/login" -d '{"email":"a@example.com","password":"a-password-for-scripts"}' |
        sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p')
    channel='{"type":"whatsapp","name":"Shop","phone_e164":"+12025550188","graph_base_url":"http://127.0.0.1:9","credentials":{
        "phone_number_id":"10","waba_id":"20","access_token":"t","app_secret":"s3cret","verify_token":"v"}}'
    expect "connecting the number" "$(status_of "$(ask "$url/v1/channels" -d "$channel")")" 201
    padding=
    expect "a command before" "$(write before)" 201
    expect "a webhook before" "$(webhook before)" 200
    count=$(brands)
    # The index follows the log within about a second.
    tries=0
    until [ "$(found before)" = 1 ] || [ "$tries" -gt 100 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
    expect "the first message, looked for" "$(found before)" 1
    fill() {
        dd if=/dev/zero of="$work/disk/filler" bs=1M 2>/dev/null
        dd if=/dev/zero of="$work/disk/filler.rest" bs=4k 2>/dev/null
    }
    padding=$(head -c 3000 /dev/zero | tr '\0' x)
    taken=0 refused=200
    if [ "$way" = "at once" ]; then fill; else { sleep 3; fill; } & fi
    while [ "$refused" = 200 ] && [ "$taken" -lt 4000 ]; do
        refused=$(webhook "full.$taken")
        [ "$refused" = 200 ] && taken=$((taken + 1))
    done
    if [ "$way" = "under load" ]; then wait $!; fi
    expect "filled $way: a webhook on a full disk" "$refused" 503
    expect "a command on a full disk" "$(write full)" 503
    expect "reading on a full disk" "$(brands)" "$count"
    expect "the first message, looked for on a full disk" "$(found before)" 1
    expect "the webhook refused, on a full disk" "$(received "full.$taken")" 0
    [ "$taken" -gt 0 ] && expect "the last webhook taken, on a full disk" "$(received "full.$((taken - 1))")" 1
    rm "$work/disk/filler" "$work/disk/filler.rest"
    expect "a command with space again" "$(write after)" 201
    expect "brands at the end" "$(brands)" $((count + 1))
    # The provider tries again.
    expect "the refused webhook again" "$(webhook "full.$taken")" 200
    expect "the refused webhook in the end" "$(received "full.$taken")" 1
    kill "$server"
    wait "$server"
    expect "the exit code" "$?" 0
    server=
    "$binary" log verify 2>"$work/verify" || { cat "$work/verify"; bad=$((bad + 1)); }
    grep -q 'panicked at' "$work/err" && { grep 'panicked at' "$work/err"; bad=$((bad + 1)); }
    expect "search indexes thrown away" "$(grep -c 'thrown away' "$work/err")" 0
    umount "$work/disk"
    echo "disk filled $way: refused with $refused after $taken more, reads went on, writing resumed; faults so far $bad"
done
[ "$bad" -eq 0 ]
