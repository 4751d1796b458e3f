#!/bin/sh
# Fills the disk under a running server: a small tmpfs holds the data, a file takes what is left, webhooks and reads go on.
# Shows that writes answer 503, reads answer 200, and that writing resumes by itself once there is space again.
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
mount -t tmpfs -o size=64m tmpfs "$work/disk" 2>/dev/null || skip "mount failed"
openssl rand -hex 32 >"$work/key"
export FRONTDESK__SERVER__BIND=127.0.0.1:0 FRONTDESK__DATA_DIR="$work/disk/data" FRONTDESK__MASTER_KEY_FILE="$work/key"
export FRONTDESK__BOOTSTRAP__EMAIL=a@example.com FRONTDESK__BOOTSTRAP__PASSWORD=a-password-for-scripts
export FRONTDESK__LOG__SEGMENT_MIB=2 FRONTDESK__LOG__MIN_FREE_MIB=4
"$binary" serve >"$work/out" 2>"$work/err" &
server=$!
tries=0
until grep -q listening "$work/out"; do
    tries=$((tries + 1))
    [ "$tries" -gt 100 ] && { cat "$work/err"; exit 1; }
    sleep 0.1
done
url=$(sed -n 's/frontdesk listening on //p' "$work/out")
token=$(curl -s "$url/v1/auth/login" -H 'Content-Type: application/json' \
    -d '{"email":"a@example.com","password":"a-password-for-scripts"}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
# Status of making a brand, which is one event.
write() {
    curl -s -o /dev/null -w '%{http_code}' "$url/v1/brands" -H "Authorization: Bearer $token" \
        -H 'Content-Type: application/json' -d "{\"name\":\"$1\"}"
}
brands() {
    curl -s "$url/v1/brands" -H "Authorization: Bearer $token" | grep -o 'brand_[0-9a-z]*' | wc -l
}
bad=0
expect() {
    if [ "$2" != "$3" ]; then
        echo "$1: $2, not $3"
        bad=$((bad + 1))
    fi
}
expect "a write before" "$(write before)" 201
count=$(brands)
dd if=/dev/zero of="$work/disk/filler" bs=1M 2>/dev/null
full=$(write full)
expect "a write on a full disk" "$full" 503
expect "a read on a full disk" "$(brands)" "$count"
rm "$work/disk/filler"
expect "a write with space again" "$(write after)" 201
expect "brands at the end" "$(brands)" $((count + 1))
kill "$server"
wait "$server"
expect "the exit code" "$?" 0
server=
"$binary" log verify 2>"$work/verify" || { cat "$work/verify"; bad=$((bad + 1)); }
echo "disk full: a write answered $full, reads went on, writing resumed; faults $bad"
[ "$bad" -eq 0 ]
