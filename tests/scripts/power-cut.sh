#!/bin/sh
# Cuts the power under the log: a loop device with ext4, writes going on, then the file system is shut down
# without flushing anything (what was not synced is gone), mounted again and checked. Values of 600 B, 20 kB and
# 200 kB.
#
#   tests/scripts/power-cut.sh [cuts per size]      default 5
#
# Needs root, loop devices, mkfs.ext4, python3, and a built example:
# cargo build -p event-log --example crashdrive
set -u
cuts=${1:-5}
here=$(cd "$(dirname "$0")/../.." && pwd)
drive=${CRASHDRIVE:-${CARGO_TARGET_DIR:-$here/target}/debug/examples/crashdrive}
skip() {
    echo "SKIPPED: $1, no power was cut"
    exit 0
}
[ "$(id -u)" -eq 0 ] || skip "not root"
for tool in losetup mkfs.ext4 mount python3; do
    command -v "$tool" >/dev/null 2>&1 || skip "no $tool"
done
if [ ! -x "$drive" ]; then
    echo "build it first: cargo build -p event-log --example crashdrive ($drive)"
    exit 64
fi
work=$(mktemp -d)
mnt="$work/mnt"
loop=
clean() {
    umount "$mnt" 2>/dev/null
    [ -n "$loop" ] && losetup -d "$loop" 2>/dev/null
    rm -rf "$work"
}
trap clean EXIT
mkdir "$mnt"
truncate -s 512M "$work/disk"
loop=$(losetup -f --show "$work/disk" 2>/dev/null) || { loop=; skip "no loop device"; }
mkfs.ext4 -q -F "$loop" 2>/dev/null || skip "mkfs.ext4 failed"
mount -t ext4 "$loop" "$mnt" 2>/dev/null || skip "mount failed"
# FS_IOC_SHUTDOWN with FS_SHUTDOWN_FLAGS_NOLOGFLUSH: drop everything that is not on the device.
shutdown_fs() {
    python3 -c 'import fcntl,os,struct,sys
fd=os.open(sys.argv[1],os.O_RDONLY)
fcntl.ioctl(fd,0x8004587D,struct.pack("I",2))' "$mnt"
}
total=0 lost=0 failed=0 other=0 acked=0
for bytes in 600 20000 200000; do
    n=0
    while [ "$n" -lt "$cuts" ]; do
        n=$((n + 1))
        rm -rf "$mnt/d" "$mnt/c" "$work/acks"
        sync -f "$mnt"
        "$drive" write "$mnt/d" "$mnt/c" 1000000 "$bytes" >"$work/acks" 2>/dev/null &
        pid=$!
        # Somewhere between a third of a second and two seconds, different each time.
        sleep "$(python3 -c "import random; print(random.uniform(0.3, 2))")"
        if ! shutdown_fs 2>/dev/null; then
            kill -9 "$pid" 2>/dev/null
            wait "$pid" 2>/dev/null
            skip "the file system does not take the shutdown ioctl"
        fi
        kill -9 "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
        umount "$mnt" || umount -l "$mnt"
        mount -t ext4 "$loop" "$mnt" || { echo "BAD: the file system does not mount"; exit 1; }
        acked=$((acked + $(grep -c '^ack' "$work/acks")))
        total=$((total + 1))
        "$drive" check "$mnt/d" "$mnt/c" "$work/acks" >"$work/report" 2>&1
        case $? in
        0) ;;
        1) lost=$((lost + 1)); echo "BAD: $bytes B, cut $n"; tail -3 "$work/report" ;;
        2) failed=$((failed + 1)); echo "BAD: $bytes B, cut $n"; tail -3 "$work/report" ;;
        *) other=$((other + 1)); echo "BAD: $bytes B, cut $n"; tail -5 "$work/report" ;;
        esac
        grep -c 'store_rebuilt: Some' "$work/report" >>"$work/rebuilt"
    done
done
rebuilt=$(awk '$1 > 0' "$work/rebuilt" | wc -l)
echo "cuts $total, acknowledged events $acked, cuts with lost events $lost, failed opens $failed, other faults $other, stores rebuilt $rebuilt"
[ $((lost + failed + other)) -eq 0 ]
