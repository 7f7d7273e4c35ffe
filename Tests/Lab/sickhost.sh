# shellcheck shell=bash
# Clients that die, files that change, disks that are full, slow or dead, while many transfers run. Needs crowds.sh and the
# ways of faults.sh.

# shellcheck source=Tests/Lab/crowds.sh
source "${BASH_SOURCE[0]%/*}/crowds.sh"
# shellcheck source=Tests/Lab/fairness.sh
source "${BASH_SOURCE[0]%/*}/fairness.sh"

# Two hundred clients are killed in mid-window; the kernel says that their ports are closed.
sickhost_killed() {
    crowd_start killed 200 f64m 11
    crowd_in_midst killed
    process_stop killed KILL
    wait_until 20 crowd_is_over 11 || true
    check_that '200 clients are killed: no transfer is left after 20 s' "$(crowd_open 11) still run" crowd_is_over 11
    crowd 'after 200 were killed' 200 f1m
}

# A file is replaced, written over, and cut short while fifty fetch it.
sickhost_files() {
    local before=$LAB_WORK/before
    faults_narrow client tbf rate 800mbit burst 128k limit 1m
    cp "$LAB_ROOT/f8m" "$before" && cp "$before" "$LAB_ROOT/changes"
    CROWD_REFERENCE=$before crowd_start changing 50 changes 11
    crowd_in_midst changing
    head -c 5000001 /dev/urandom >"$LAB_ROOT/changes.new" && chmod 644 "$LAB_ROOT/changes.new"
    mv "$LAB_ROOT/changes.new" "$LAB_ROOT/changes"
    check_crowd 'replaced under them: the old octets' changing
    crowd_start changing 20 changes 11
    crowd_in_midst changing
    # As long as before, other octets: each client has some of both, or an ERROR. Nothing else may come of it.
    head -c 5000001 /dev/urandom >"$before" && dd if="$before" of="$LAB_ROOT/changes" conv=notrunc status=none
    crowd_ends changing
    check_that "a file written over under 20 transfers: each ends ($CROWD_COMPLETED whole; $CROWD_WHY)" "$CROWD_WHY" \
        test "${CROWD_WHY/unfinished/}" = "$CROWD_WHY"
    crowd 'written over: the new octets for the next' 20 changes
    sickhost_cut_short
    faults_narrow client
    rm -f "$before" "$LAB_ROOT/changes"
}

# Longer than what is kept in memory, so that none can have the old end.
sickhost_cut_short() {
    head -c 167772160 /dev/urandom >"$LAB_ROOT/huge" && chmod 644 "$LAB_ROOT/huge" && cp "$LAB_ROOT/huge" "$LAB_WORK/huge"
    CROWD_REFERENCE=$LAB_WORK/huge crowd_start cut 50 huge 11
    crowd_start beside 50 f1m 12
    crowd_in_midst cut
    truncate -s 1000 "$LAB_ROOT/huge"
    check_crowd 'beside a file that is cut short' beside
    crowd_ends cut
    check_that 'a file cut short under 50 transfers: an ERROR for each' "$CROWD_WHY" test "$CROWD_WHY" = '50 server-error'
    rm -f "$LAB_ROOT/huge" "$LAB_WORK/huge"
}

# T137: a kernel that refuses segmentation offload. Each worker finds that out by itself.
sickhost_no_offload() {
    local told
    LD_PRELOAD=$CROWDS_TOOLS/refusegso.so lab_start_pilotfish ||
        { check_fail 'T137 a kernel without offload' "$LAB_FAILURE"; return 0; }
    crowd 'T137 segmentation offload refused' 50 f1m
    told=$(grep -ac 'segmentation offload withdrawn' "$LAB_PILOTFISH_LOG") || true
    check_that "T137 it is told, once by each worker ($told)" "$told times" test "$told" -ge 1 -a "$told" -le "$(nproc)"
    check_clean_stop
}

# T138: the interface's packets become smaller in mid-transfer.
sickhost_mtu() {
    local file=$LAB_WORK/mtu.pcap pieces granted
    held_get f8m "$LAB_WORK/got" --blksize 1468 ||
        { check_fail 'T138 a transfer' "$(tail -n 1 "$LAB_WORK/held.log")"; return 0; }
    ip -n "$LAB_APPLIANCE" link set eth0 mtu 1400
    lab_capture_start "$file" || { check_fail 'T138 the transfer is captured' "$LAB_FAILURE"; return 0; }
    held_go
    lab_capture_stop
    check_that 'T138 packets of 1400 octets in mid-transfer: the file comes' "$HELD" \
        same_content "$LAB_WORK/got" "$LAB_ROOT/f8m"
    pieces=$(capture_count "$file" "ip.src == $LAB_APPLIANCE_IP && ip.frag_offset > 0") || pieces=0
    check_that "T138 the blocks come in pieces ($pieces)" "$pieces" test "$pieces" -gt 1000
    in_client timeout 30 "$PILOTFISH" get "tftp://$LAB_APPLIANCE_IP/f1m" -o "$LAB_WORK/got" --blksize 1468 \
        >/dev/null 2>&1 || true
    granted=$(grep -a 'tftp\.start .*file=f1m ' "$LAB_PILOTFISH_LOG" | tail -n 1 | grep -oE 'blksize=[0-9]+')
    check_that 'T138 the next one is granted what fits' "$granted" test "$granted" = blksize=1368
    ip -n "$LAB_APPLIANCE" link set eth0 mtu 1500
    rm -f "$LAB_WORK/got" "$file"
}

# Usage: sickhost_disk OCTETS-PER-SECOND; a disk of that speed below the root, with a file "big" of 64 MiB.
sickhost_disk() {
    mkdir -p "$LAB_ROOT/disk"
    rm -f "$LAB_WORK/slowfs.log"
    # `ip netns exec` gave the service mounts of its own.
    process_start slowfs "$LAB_WORK/slowfs.log" nsenter --mount --target "$(process_pid pilotfish)" \
        "$CROWDS_TOOLS/slowfs" "$LAB_ROOT/disk" "$LAB_ROOT/f64m" "$1"
    process_ready slowfs "$LAB_WORK/slowfs.log" '^ready' 5 || { check_fail 'a sick disk' "$LAB_FAILURE"; return 1; }
}

sickhost_disk_off() {
    process_stop slowfs
}

# Usage: sickhost_hot SECONDS; fifty clients in lockstep on a file that is in memory, who time their blocks.
sickhost_hot() {
    rm -f "$LAB_WORK/lockstep.log"
    start_helper lockstep "$CROWDS_TOOLS/lockstep" "$LAB_APPLIANCE_IP" f1m 50 "$1" "$LAB_ROOT/f1m"
}

# T135: a cold file comes slowly from its disk, and the others do not notice.
sickhost_slow_disk() {
    check_measured 'T135 50 clients of hot files beside a slow disk: 99 % of blocks within 20 ms' sickhost_beside_slow_disk
}

sickhost_beside_slow_disk() {
    MEASURED='no slow disk'
    sickhost_disk 10000000 || return 1
    sickhost_hot 4
    sleep 0.3
    CROWD_REFERENCE=$LAB_ROOT/f64m crowd_start cold 4 disk/big 11
    helper_ends lockstep 20 || true
    lockstep_figures
    check_that 'T135 each octet of theirs is right' "$LOCKSTEP_WRONG wrong" test "$LOCKSTEP_WRONG" = 0
    check_crowd 'T135 from a disk of 10 MB/s' cold
    check_that "T135 they came as slowly as the disk is ($CROWD_SECONDS s)" "$CROWD_SECONDS s" \
        crowd_figures_hold "$CROWD_SECONDS > 4"
    sickhost_disk_off
    MEASURED="$LOCKSTEP_BLOCKS blocks, p99 $LOCKSTEP_P99, longest $LOCKSTEP_MAX us"
    test "$LOCKSTEP_P99" -lt 20000
}

# T134: the disk says nothing any more, then it fails. Its clients get an ERROR, and nobody else notices.
sickhost_dying_disk() {
    sickhost_disk 10000000 || return 0
    CROWD_REFERENCE=$LAB_ROOT/f64m crowd_start cold 4 disk/big 11
    crowd_in_midst cold
    kill -USR1 "$(process_pid slowfs)"
    sickhost_beside_hang 'in reads'
    sickhost_cold_beside_hang
    CROWD_REFERENCE=$LAB_ROOT/f64m crowd_start opening 4 disk/big 12 --limit 20
    sickhost_beside_hang 'in opens'
    # The disk goes, and with it whatever waited for it.
    sickhost_disk_off
    process_stop opening
    crowd_ends cold
    check_that 'T134 who fetched from a disk that hung gets an ERROR' "$CROWD_WHY" test "$CROWD_WHY" = '4 server-error'
    sickhost_disk 10000000 || return 0
    CROWD_REFERENCE=$LAB_ROOT/f64m crowd_start cold 4 disk/big 11
    crowd_in_midst cold
    kill -USR2 "$(process_pid slowfs)"
    crowd_ends cold
    check_that 'T134 a disk fails (EIO): an ERROR' "$CROWD_WHY" test "$CROWD_WHY" = '4 server-error'
    sickhost_disk_off
}

# Usage: sickhost_beside_hang HOW
sickhost_beside_hang() {
    check_measured "T134 a disk hangs $1: nobody else waits 0.5 s" sickhost_hot_in_time "$1"
    crowd "T134 hot files beside a disk that hangs $1" 50 f1m --limit 5
}

# Usage: sickhost_hot_in_time HOW
sickhost_hot_in_time() {
    sickhost_hot 2
    helper_ends lockstep 20 || true
    lockstep_figures
    check_that "T134 a disk hangs $1: each octet of others is right" "$LOCKSTEP_WRONG wrong" test "$LOCKSTEP_WRONG" = 0
    MEASURED="p99 $LOCKSTEP_P99, longest $LOCKSTEP_MAX us, $LOCKSTEP_REPEATS repeats"
    test "$LOCKSTEP_MAX" -lt 500000
}

# Files that nobody fetched yet, on another disk than the one that hangs.
sickhost_cold_beside_hang() {
    local number wrong=''
    for number in {1..8}; do
        head -c 100000 /dev/urandom >"$LAB_ROOT/cold$number" && chmod 644 "$LAB_ROOT/cold$number"
        in_client timeout 4 curl -sS -o "$LAB_WORK/got" "tftp://$LAB_APPLIANCE_IP/cold$number" 2>/dev/null || true
        same_content "$LAB_WORK/got" "$LAB_ROOT/cold$number" || wrong+=" cold$number"
        rm -f "$LAB_WORK/got"
    done
    check_that 'T134 new files of another disk come meanwhile' "not$wrong" test -z "$wrong"
}

# The disk of log and state is full: that is no client's fault.
sickhost_full_disk() {
    local full=$LAB_WORK/full
    mkdir -p "$full"
    mount -t tmpfs -o size=1m,mode=755 tmpfs "$full" || { check_fail 'a full disk' 'no tmpfs'; return 0; }
    mkdir "$full/state"
    process_start pilotfish "$full/log" env -u NOTIFY_SOCKET ip netns exec "$LAB_APPLIANCE" "$PILOTFISH" serve \
        --interface eth0 --root "$LAB_ROOT" --state "$full/state" --settings "$LAB_SETTINGS"
    if process_ready pilotfish "$full/log" 'service\.ready' 20; then
        dd if=/dev/zero of="$full/filler" bs=4k status=none 2>/dev/null || true
        LAB_PILOTFISH_LOG=$full/log crowd 'log and state on a full disk' 100 f1m
        rm -f "$full/filler"
        crowd_start again 20 f1m 11
        LAB_PILOTFISH_LOG=$full/log check_crowd 'when there is room again' again
        check_that 'the log goes on when there is room again' "$(tail -n 1 "$full/log")" \
            wait_until 5 grep -aq 'client=10\.11\.' "$full/log"
    else
        check_fail 'a full disk: pilotfish starts' "$LAB_FAILURE"
    fi
    process_stop pilotfish
    check_that 'it ends when told' "exit status $PROCESS_STATUS" test "$PROCESS_STATUS" = 0
    umount "$full"
}
