# shellcheck shell=bash
# Many clients of different kinds at once, and people who send nonsense: everybody has a share. Needs crowds.sh and the
# ways of faults.sh.

# shellcheck source=Tests/Lab/crowds.sh
source "${BASH_SOURCE[0]%/*}/crowds.sh"

# Usage: junk_start RATE SECONDS KIND [PORT…]; from 10.8.0.0/16, where nobody is.
junk_start() {
    local rate=$1 seconds=$2
    shift 2
    rm -f "$LAB_WORK/junk.log"
    # What is sent to those sources comes to the client's end of the cable, and says nothing there.
    ip -n "$LAB_APPLIANCE" route replace 10.8.0.0/16 via "$LAB_CLIENT_IP"
    ip -n "$LAB_CLIENT" route replace blackhole 10.8.0.0/16
    start_helper junk "$CROWDS_TOOLS/junk" "$LAB_APPLIANCE_IP" 10.8.0.0 "$rate" "$seconds" "$@"
}

# Sets JUNK_SENT.
junk_ends() {
    helper_ends junk 30 || true
    JUNK_SENT=$(tail -n 1 "$LAB_WORK/junk.log")
}

fairness_junk() {
    local -a ports
    mapfile -t ports < <(open_udp_ports)
    junk_start 100000 4 nonsense "${ports[@]}"
    crowd 'junk at 100,000 a second' 100 f8m
    junk_ends
    check_that "junk was sent ($JUNK_SENT)" "$JUNK_SENT" test "${JUNK_SENT:-0}" -gt 20000
}

# T155 asks what requests for missing files cost others. The link is the limit, not the processor, which sender, swarm and
# junk share here.
fairness_missing() {
    # Two seconds of it: of one, a single packet that is sent again would be the half.
    faults_narrow client tbf rate 200mbit burst 64k limit 1m
    check_measured 'T155 missing files slow others by less than a half' fairness_beside_missing
    faults_narrow client
}

fairness_beside_missing() {
    local alone
    crowd '200 Mbit/s, alone' 50 f1m
    alone=$CROWD_SECONDS
    junk_start 20000 4 missing
    crowd 'T155 the same beside 20,000 missing files a second' 50 f1m
    junk_ends
    MEASURED="$alone s alone, $CROWD_SECONDS s beside $JUNK_SENT requests"
    crowd_figures_hold "$CROWD_SECONDS <= 1.5 * $alone && ${JUNK_SENT:-0} > 40000"
}

fairness_bulk() {
    check_measured 'T151 99 % of the blocks of a hundred in lockstep beside it came within 20 ms' fairness_beside_bulk
}

fairness_beside_bulk() {
    rm -f "$LAB_WORK/lockstep.log"
    start_helper lockstep "$CROWDS_TOOLS/lockstep" "$LAB_APPLIANCE_IP" f1m 100 4 "$LAB_ROOT/f1m"
    crowd 'T151 one with window 64, again and again' 12 f64m --at-once 1 --windowsize 64
    helper_ends lockstep 20 || true
    lockstep_figures
    check_that "T151 a hundred in lockstep beside it: each octet right" "$LOCKSTEP_WRONG wrong" test "$LOCKSTEP_WRONG" = 0
    # Seconds of a shared processor are in this, twice: the clients' own and the sender's.
    MEASURED="$LOCKSTEP_BLOCKS blocks, p50 $LOCKSTEP_P50, p99 $LOCKSTEP_P99 us"
    test "$LOCKSTEP_P99" -lt 20000
}

# What the latest lockstep clients said.
# shellcheck disable=SC2034 # half of it is for sickhost.sh
lockstep_figures() {
    read -r LOCKSTEP_BLOCKS LOCKSTEP_P50 LOCKSTEP_P99 LOCKSTEP_MAX LOCKSTEP_REPEATS LOCKSTEP_WRONG < \
        <(tail -n 1 "$LAB_WORK/lockstep.log") || true
    [[ ${LOCKSTEP_WRONG:-} =~ ^[0-9]+$ ]] || LOCKSTEP_P99=9999999 LOCKSTEP_MAX=9999999 LOCKSTEP_WRONG=9999
}

fairness_lossy() {
    # Time for both: of a quarter of a second one lost request would be four.
    faults_narrow client tbf rate 250mbit burst 64k limit 512k
    check_measured 'T152 who loses 5 % needs no more than three times as long' fairness_beside_lossy
    faults_narrow client
}

fairness_beside_lossy() {
    local others
    crowd_start others 95 f1m 11
    crowd_start lossy 5 f1m 12 --loss 0.05 --loss-acks 0.05
    check_crowd 'T152 95 clean ones at 250 Mbit/s' others
    others=$CROWD_SLOWEST
    check_crowd 'T152 five that lose 5 % beside them' lossy
    MEASURED="$CROWD_SLOWEST s against $others s"
    crowd_figures_hold "$CROWD_SLOWEST <= 3 * $others"
}

# The power comes back: four kinds of firmware, 250 each within 100 ms, with their own timers.
fairness_storm() {
    crowd_start pxelinux 250 f64k 11 --rate 2500 --model lockstep --blksize 1408 --timeout 0.11
    crowd_start ipxe 250 f64k 12 --rate 2500 --model lockstep --blksize 1432 --timeout 0.25
    crowd_start grub 250 f64k 13 --rate 2500 --model lockstep --blksize 1024 --timeout 0.4
    crowd_start edk2 250 f64k 14 --rate 2500 --model edk2 --windowsize 4
    fairness_storm_of pxelinux 'PXELINUX'
    fairness_storm_of ipxe 'iPXE'
    fairness_storm_of grub 'GRUB'
    fairness_storm_of edk2 'EDK2'
}

# Usage: fairness_storm_of NAME WHO
fairness_storm_of() {
    check_crowd "T153 250 of 1,000 in 100 ms: $2" "$1"
    check_that "T153 $2: one transfer for each client" "$CROWD_BEGUN transfers" test "$CROWD_BEGUN" = 250
}

# Every client fetches 250 modules.
fairness_modules() {
    local number begun seconds before after
    for number in {1..250}; do cp "$LAB_ROOT/f4k" "$LAB_ROOT/m$number"; done
    before=$(crowds_descriptors) begun=$(lab_now)
    # shellcheck disable=SC2016 # the inner shell's own words
    in_client timeout 60 xargs -P 4 -I '{}' "$PILOTFISH" swarm "tftp://$LAB_APPLIANCE_IP/m{}" --clients 100 --json \
        --source 10.9.0.0/16 --verify "$LAB_ROOT/f4k" < <(seq 250) >"$LAB_WORK/modules.log" 2>&1 || true
    seconds=$(lab_since "$begun")
    number=$(grep -c '"completed":100,"failed":0' "$LAB_WORK/modules.log")
    after=$(crowds_descriptors)
    check_that "T154 100 clients fetch 250 modules each ($seconds s, $(LC_ALL=C awk -v s="$seconds" \
        'BEGIN { printf "%d", 25000 / s }') transfers a second)" "$number of 250 complete" test "$number" = 250
    check_that "T154 descriptors are bounded (from $before to $after)" "$before, then $after" \
        test "$after" -le $((before + 1100))
    crowd 'T154 a small file, 2,000 at once' 10000 f4k --at-once 2000 --windowsize 4
}
