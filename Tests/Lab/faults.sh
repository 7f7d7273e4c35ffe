# shellcheck shell=bash
# The sender's fault table: bad cables, short queues, clients that vanish, junk, sick disks. In every row every transfer
# completes, and no octet is wrong; what a row cost is in the table at the end.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=Tests/Lab/crowds.sh
source "${BASH_SOURCE[0]%/*}/crowds.sh"
# shellcheck source=Tests/Lab/fairness.sh
source "${BASH_SOURCE[0]%/*}/fairness.sh"
# shellcheck source=Tests/Lab/sickhost.sh
source "${BASH_SOURCE[0]%/*}/sickhost.sh"

# Usage: faults_check; returns 1 when a check failed.
faults_check() {
    with_lab 'faults: bad ways, vanishing clients, sick disks' faults_body
}

faults_body() {
    crowds_up || return 1
    lab_start_pilotfish || return 1
    faults_timed faults_power_off
    faults_timed faults_loss
    faults_timed faults_slow_link
    faults_timed faults_bad_cable
    faults_timed faults_old_roms
    faults_timed faults_standstill
    faults_timed sickhost_killed
    faults_timed sickhost_files
    faults_timed fairness_junk
    faults_timed fairness_missing
    faults_timed fairness_bulk
    faults_timed fairness_lossy
    faults_timed fairness_storm
    faults_timed fairness_modules
    faults_timed sickhost_mtu
    faults_timed sickhost_slow_disk
    faults_timed sickhost_dying_disk
    faults_soak "${PILOTFISH_SOAK_MINUTES:-0}"
    check_serves "$LAB_APPLIANCE_IP" 'after all of this'
    faults_timed faults_power_off_ends
    # Who left before the end of its last block is waited for.
    wait_until 20 crowds_idle || true
    check_clean_stop
    crowds_none_left
    faults_timed sickhost_full_disk
    faults_timed sickhost_no_offload
    crowds_table
}

# Usage: faults_timed FUNCTION
faults_timed() {
    local begun
    begun=$(lab_now)
    "$1"
    printf '     %s: %s s\n' "$1" "$(lab_since "$begun")"
}

# Usage: faults_lossy PARTS; each UDP packet between client and appliance is lost with PARTS in 1,000, in the LAN's switch,
# where the sender hears nothing of it. 0 heals the way.
faults_lossy() {
    local port rules='add table netdev faults'
    in_lan nft delete table netdev faults 2>/dev/null || true
    (($1 > 0)) || return 0
    for port in appliance client; do
        rules+="
        add chain netdev faults $port { type filter hook ingress device $port priority 0; }
        add rule netdev faults $port meta l4proto udp numgen random mod 1000 < $1 counter drop"
    done
    in_lan nft "$rules"
}

faults_loss() {
    local parts
    for parts in 1 10 50; do
        faults_lossy "$parts" || { check_fail "loss of $parts in 1,000" 'nft made none'; return 0; }
        crowd "loss $((parts / 10)).$((parts % 10)) %, window 16" 50 "$( ((parts < 50)) && echo f1m || echo f256k)"
        ((parts != 10)) || crowd 'loss 1.0 %, EDK2, window 4' 50 f1m --model edk2 --windowsize 4
    done
    faults_lossy 0
}

# Usage: faults_narrow APPLIANCE|CLIENT QDISC…; the appliance's own interface, or the switch's port to the client, gets a
# queue. Without a queue the way is as wide as before.
faults_narrow() {
    local -a way=(-n "$LAB_LAN")
    local device=client
    [[ $1 != appliance ]] || { way=(-n "$LAB_APPLIANCE") && device=eth0; }
    shift
    tc "${way[@]}" qdisc delete dev "$device" root 2>/dev/null || true
    (($#)) || return 0
    tc "${way[@]}" qdisc add dev "$device" root handle 1: "$@"
}

faults_slow_link() {
    local drops
    # As a network card of 100 Mbit/s: whole messages of ours wait in a queue of a hundred.
    faults_narrow appliance tbf rate 100mbit burst 128k limit 16m
    tc -n "$LAB_APPLIANCE" qdisc add dev eth0 parent 1: pfifo limit 100
    crowds_whole_messages 1
    check_measured '200 clients of 256 KiB at 100 Mbit/s' \
        crowd_within 4.5 '100 Mbit/s, window 16' 200 f256k
    check_measured 'T142 50 clients of 1 MiB with windows of 64 at 100 Mbit/s' \
        crowd_within 4.4 'T142 100 Mbit/s, 100 packets at home, window 64' 50 f1m --windowsize 64
    drops=$(tc -n "$LAB_APPLIANCE" -s qdisc show dev eth0 | sed -n 's/.*(dropped \([0-9]*\),.*/\1/p' | sort -n | tail -n 1)
    # None of these is lost: the sender hears of it (ENOBUFS), waits, and sends them once more.
    printf '     our own queue refused %s packets\n' "$drops"
    faults_narrow appliance
    crowds_whole_messages 0
    # A bottleneck in the switch, of which the sender hears nothing.
    faults_narrow client tbf rate 1gbit burst 64k limit 193792
    check_measured 'T150 a short queue: less than 20 % is sent twice, and all have their share' faults_short_queue
    faults_narrow client tbf rate 100mbit burst 32k limit 256k
    crowd '100 Mbit/s in the switch, 170 packets' 200 f64k
    faults_narrow client
}

faults_short_queue() {
    crowd 'T150 1 Gbit/s, 128 packets, window 64' 1000 f1m --windowsize 64
    MEASURED="$CROWD_REPEATED %, Jain $CROWD_JAIN"
    crowd_figures_hold "$CROWD_REPEATED < 20 && $CROWD_JAIN >= 0.9"
}

# Nobody is trusted yet, and each first block is longer than the request for it.
faults_old_roms() { crowd 'two thousand without options, all at once' 2000 f64k --no-options; }

# The host stands still for longer than clients wait for an answer: they ask again, and when it goes on it finds those
# requests behind the first acknowledgements.
faults_standstill() {
    kill -STOP "$LAB_PILOTFISH_PID"
    crowd_start crowd 2000 f64k 9 --windowsize 64
    sleep 2
    kill -CONT "$LAB_PILOTFISH_PID"
    check_crowd 'the server stands still for 2 s' crowd
}

# Usage: faults_cable DELAY-US LOSS REORDER DUPLICATE; the client's cable is a program, and does that to frames.
faults_cable() {
    start_helper_in_lan badlink "$CROWDS_TOOLS/badlink" near0 far0 "$@" || return 1
    process_ready badlink "$LAB_WORK/badlink.log" '^ready' 5 || return 1
    ip -n "$LAB_LAN" link set far0 master br0 txqueuelen 10000 up &&
        ip -n "$LAB_LAN" link set near0 netns "$LAB_CLIENT" &&
        ip -n "$LAB_CLIENT" link set eth0 down &&
        ip -n "$LAB_CLIENT" link set near0 address "$(network_mac "$LAB_CLIENT")" txqueuelen 10000 &&
        ip -n "$LAB_CLIENT" address add "$LAB_CLIENT_IP/24" dev near0 &&
        ip -n "$LAB_CLIENT" link set near0 up
}

faults_cable_off() {
    process_stop badlink
    check_that "the bad cable ends when told ($(tail -n 1 "$LAB_WORK/badlink.log"))" "exit status $PROCESS_STATUS" \
        test "$PROCESS_STATUS" = 0
    ip -n "$LAB_CLIENT" link set eth0 up
}

faults_bad_cable() {
    faults_on_cable '25 ms round trip' 12500 0 0 0
    faults_on_cable '1 % out of order' 0 0 10000 0
    faults_on_cable '2 % twice' 0 0 0 20000
    faults_on_cable '25 ms, 1 % lost, 1 % out of order, 2 % twice' 12500 10000 10000 20000
}

# Usage: faults_on_cable WHAT DELAY-US LOSS REORDER DUPLICATE
faults_on_cable() {
    local what=$1
    shift
    faults_cable "$@" || { check_fail "$what" "no such cable: $(tail -n 1 "$LAB_WORK/badlink.log")"; return 0; }
    crowd "$what" 50 f1m
    faults_cable_off
}

# Sixty clients lose their power in mid-transfer: nobody says so, and nobody answers. They are looked for at the end, for the
# sender is patient.
faults_power_off() {
    crowd_start dark 60 f64m 15
    crowd_in_midst dark
    ip -n "$LAB_CLIENT" route delete local 10.15.0.0/16 dev lo
    process_stop dark KILL
    FAULTS_DARK_AT=$SECONDS
}

faults_power_off_ends() {
    local seconds
    wait_until $((FAULTS_DARK_AT + 130 - SECONDS)) crowd_is_over 15 || true
    seconds=$((SECONDS - FAULTS_DARK_AT))
    check_that "60 clients that lost their power are given up within 130 s ($seconds s)" "$(crowd_open 15) still run" \
        crowd_is_over 15
}

# Usage: faults_soak MINUTES; T156: mixed load with 1 % loss, for as long as wanted.
faults_soak() {
    (($1 > 0)) || return 0
    local end=$((SECONDS + $1 * 60)) memory_before='' memory files_before='' files network rounds=0
    faults_lossy 10 || return 0
    while ((SECONDS < end)); do
        crowd_start soak9 150 f1m 9
        crowd_start soak11 100 f256k 11 --model edk2 --windowsize 4
        crowd_start soak12 100 f64k 12 --model lockstep
        if ! crowd_quietly soak9 || ! crowd_quietly soak11 || ! crowd_quietly soak12; then break; fi
        rounds=$((rounds + 1))
        # What is made once is no growth.
        ((rounds != 5)) || { memory_before=$(lab_pilotfish_memory) && files_before=$(crowds_descriptors); }
    done
    faults_lossy 0
    check_that "T156 $rounds rounds of 350 clients with 1 % loss: all complete" "$CROWD_WHY" test "$CROWD_WELL" = 1
    for network in 9 11 12; do
        wait_until 60 crowd_is_over "$network" || true
        check_that "T156 no transfer of network $network is left" "$(crowd_open "$network")" crowd_is_over "$network"
    done
    # Files that nobody sends stay open for half a minute.
    sleep 32
    memory=$(lab_pilotfish_memory) files=$(crowds_descriptors)
    check_that "T156 memory stays where it was (from ${memory_before:-?} to $memory kB)" 'it grows' \
        test "$memory" -le $((${memory_before:-0} + 16384))
    check_that "T156 descriptors stay where they were (from ${files_before:-?} to $files)" 'they grow' \
        test "$files" -le $((${files_before:-0} + 8))
}
