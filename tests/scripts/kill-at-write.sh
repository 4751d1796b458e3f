#!/bin/sh
# Kills the log with SIGKILL at exactly its Nth write or sync, for N = 1, 2, 3, ..., and checks each time that
# every acknowledged event is there after a reopen. strace counts the calls per thread, so one number also means
# the Nth call of the threads that prepare segments and sign checkpoints.
#
#   tests/scripts/kill-at-write.sh [N from] [N to] [step]      default 1 60 1
#
# Needs strace and a built example: cargo build -p event-log --example crashdrive
set -u
from=${1:-1} to=${2:-60} step=${3:-1}
here=$(cd "$(dirname "$0")/../.." && pwd)
drive=${CRASHDRIVE:-${CARGO_TARGET_DIR:-$here/target}/debug/examples/crashdrive}
if ! command -v strace >/dev/null 2>&1; then
    echo "SKIPPED: strace is not installed, nothing was killed"
    exit 0
fi
if [ ! -x "$drive" ]; then
    echo "build it first: cargo build -p event-log --example crashdrive ($drive)"
    exit 64
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! strace -f -qq -o /dev/null -e trace=none true 2>/dev/null; then
    echo "SKIPPED: strace may not trace here, nothing was killed"
    exit 0
fi
killed=0 survived=0 bad=0 acked=0
for call in pwrite64 fdatasync fsync rename; do
    n=$from
    while [ "$n" -le "$to" ]; do
        rm -rf "$work/d" "$work/c" "$work/acks"
        # Some history first, so that the kill also meets a log that is not new.
        if [ $((n % 2)) -eq 0 ]; then
            "$drive" write "$work/d" "$work/c" 60 600 >"$work/acks" || exit 1
        else
            : >"$work/acks"
        fi
        strace -f -qq -o /dev/null -e trace="$call" -e inject="$call:signal=KILL:when=$n" \
            "$drive" write "$work/d" "$work/c" 120 9000 >>"$work/acks" 2>/dev/null
        status=$?
        if [ "$status" -eq 0 ]; then survived=$((survived + 1)); else killed=$((killed + 1)); fi
        acked=$((acked + $(grep -c '^ack' "$work/acks")))
        if ! "$drive" check "$work/d" "$work/c" "$work/acks" >"$work/report" 2>&1; then
            bad=$((bad + 1))
            echo "BAD: killed at $call $n"
            tail -5 "$work/report"
        fi
        n=$((n + step))
    done
done
echo "kills $killed, ran to the end $survived, acknowledged events $acked, bad $bad"
[ "$bad" -eq 0 ]
