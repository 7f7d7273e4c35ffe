# shellcheck shell=bash
# A hostile LAN: floods from forged sources at every port, and people who speak streams of nonsense at every socket. During each of
# them real machines boot, to the last octet, and nobody is sent more than was sent in his name. PILOTFISH_FLOODS_SECONDS=60 has each
# flood last that long (8 if not said).
#
#   namespace pf-N-flood: eth0 10.77.255.9; forged sources 10.8.0.0/16 end here, and 10.77.64.0/24, which are local
#   namespace pf-N-client: machines that boot (`pilotfish swarm --pxe`), 10.77.128.0/17

# shellcheck source=Tests/Lab/fleet.sh
source "${BASH_SOURCE[0]%/*}/fleet.sh"

readonly FLOODS_SECONDS=${PILOTFISH_FLOODS_SECONDS:-8}
readonly FLOODS_IP=10.77.255.9
# Machines that boot during each flood, and how long each boot may take, seconds.
readonly FLOODS_MACHINES=12
readonly FLOODS_PATIENCE=40
# Resident memory of all processes of the service at its highest, kB: what it holds by design (sixteen thousand transfers for each
# worker, the clients that are remembered, the flight recorder, what sockets queue) is less than this.
readonly FLOODS_MEMORY=786432
# Descriptors beyond those at rest.
readonly FLOODS_DESCRIPTORS=5000
# Octets out for an octet in, to those who proved nothing.
readonly FLOODS_RATIO=1.5
# What TFTP lends to those who proved nothing, octets at once and a second, and the network whose clients ask without options.
readonly FLOODS_LENT=$((256 * 1024)) FLOODS_LENT_SECOND=$((32 * 1024)) FLOODS_PLAIN=80

# Usage: floods_check; returns 1 when a check failed.
floods_check() {
    FLOODS_ROWS=() FLOODS_RATIOS=()
    with_lab "floods: a hostile LAN, $FLOODS_SECONDS s of each" floods_body
}

floods_body() {
    floods_up || return 1
    fleet_start_router || return 1
    lab_start_pilotfish --mode armed || return 1
    FLOODS_PID=$(process_pid pilotfish) FLOODS_REST=$(floods_descriptors)
    floods_machines 'nobody' '-' sleep 2
    floods_discovers
    floods_requests
    floods_few_requests
    floods_streams
    floods_sockets
    floods_firmware
    floods_after
    floods_table
}

floods_up() {
    local name
    fleet_up || return 1
    for name in junk:Tests/Lab/junk.c storm:Tests/Benchmarks/storm.c; do
        cc -O2 -Wall -Wextra -Werror -o "$LAB_WORK/${name%%:*}" "$TESTS_LAB/../../${name#*:}" ||
            lab_fail "${name%%:*} cannot be built" || return 1
    done
    head -c 1048576 /dev/urandom >"$LAB_ROOT/f1m" && chmod 644 "$LAB_ROOT/f1m" || return 1
    printf '[http]\nconnections = 2048\n' >>"$LAB_SETTINGS"
    FLOODS_NETWORK=$LAB_ID-flood
    network_join "$FLOODS_NETWORK" flood "$FLOODS_IP" || lab_fail 'no namespace for the floods' || return 1
    ip -n "$FLOODS_NETWORK" address flush dev eth0 && ip -n "$FLOODS_NETWORK" address add "$FLOODS_IP/16" dev eth0 || return 1
    # Answers to forged sources come here and end here; the local ones answer ARP, as machines do.
    ip -n "$LAB_APPLIANCE" route add 10.8.0.0/16 via "$FLOODS_IP" &&
        ip -n "$LAB_APPLIANCE" route add 10.9.0.0/16 via "$LAB_CLIENT_IP" &&
        ip -n "$LAB_CLIENT" route add local 10.9.0.0/16 dev lo &&
        ip -n "$FLOODS_NETWORK" route add local 10.77.64.0/24 dev lo &&
        in_flood sysctl -qw net.ipv4.ip_forward=0 || return 1
    in_flood nft -f - <<NFT || lab_fail 'the floods cannot be measured (nft)' || return 1
table ip measure {
    counter sent { }
    counter answered { }
    counter told { }
    chain output {
        type filter hook output priority -300;
        ip daddr $LAB_APPLIANCE_IP ip saddr != $FLOODS_IP counter name sent
    }
    chain input {
        type filter hook prerouting priority -300;
        ip saddr $LAB_APPLIANCE_IP ip daddr { 10.8.0.0/16, 10.77.64.0/24 } counter name answered drop
        ip saddr $LAB_APPLIANCE_IP ip daddr 255.255.255.255 udp sport 67 counter name told
    }
}
NFT
}

in_flood() { ip netns exec "$FLOODS_NETWORK" "$@"; }

# Usage: floods_machines FLOOD RATE COMMAND…; machines boot, again and again, while COMMAND runs in the background. A row of the table.
floods_machines() {
    local flood=$1 rate=$2 before begun
    shift 2
    before=$(floods_ticks) begun=$(lab_now)
    rm -f "$LAB_WORK/flood.log" "$LAB_WORK/peak.log"
    process_start flood "$LAB_WORK/flood.log" "$@"
    process_start peak "$LAB_WORK/peak.log" floods_watch
    sleep 1
    floods_boots
    helper_ends flood $((FLOODS_SECONDS + 70)) || true
    floods_happened "$flood" "$rate"
    process_stop peak
    FLOODS_PEAK=$(sort -n "$LAB_WORK/peak.log" | tail -n 1)
    floods_row "$flood" "$rate" "$FLOODS_BOOTED/$FLOODS_TRIED" "$FLOODS_SLOWEST" "$before" "$(lab_since "$begun")"
    check_that "$flood: $FLOODS_TRIED machines boot, each within $FLOODS_SLOWEST s" "$FLOODS_BOOTED of them; $FLOODS_WHY" \
        test "$FLOODS_BOOTED" = "$FLOODS_TRIED"
    check_that "$flood: not an octet is missing" "$FLOODS_OCTETS octets" \
        test "$FLOODS_OCTETS" -ge $((FLOODS_TRIED * $(cat "$LAB_ROOT/vmlinuz" "$LAB_ROOT/initrd.img" | wc -c)))
    floods_bounds "$flood"
}

# Usage: floods_happened FLOOD RATE; whoever made it says how much it was: half of what it should have been, at least.
floods_happened() {
    local status=$PROCESS_STATUS least sent
    FLOODS_SAID=$(tail -n 1 "$LAB_WORK/flood.log" | tr '\t' ' ')
    case $2 in
    -) return 0 ;;
    *conn.) least=${2%% *} sent=$(sed -n 's/^connections=\([0-9]*\) .*/\1/p' <<<"$FLOODS_SAID") ;;
    *) least=$(($2 * FLOODS_SECONDS / 2)) sent=$(awk '{ print (NF > 1 ? $2 : $1) }' <<<"$FLOODS_SAID") ;;
    esac
    check_that "$1: there was a flood ($sent, no less than $least)" "status $status: $FLOODS_SAID" \
        test "$status" = 0 -a "${sent:-0}" -ge "$least"
}

# Rooms of machines, one after the other while the flood lasts; at least one. Sets FLOODS_TRIED, FLOODS_BOOTED, FLOODS_OCTETS,
# FLOODS_SLOWEST (seconds) and FLOODS_WHY.
floods_boots() {
    local arch
    FLOODS_TRIED=0 FLOODS_BOOTED=0 FLOODS_OCTETS=0 FLOODS_SLOWEST=0 FLOODS_WHY=''
    while ((FLOODS_TRIED == 0)) || process_runs flood; do
        arch=bios
        ((FLOODS_TRIED / FLOODS_MACHINES % 2 == 0)) || arch=uefi
        fleet_play "$FLOODS_MACHINES" "$FLOODS_PATIENCE" --arch "$arch"
        FLOODS_TRIED=$((FLOODS_TRIED + FLOODS_MACHINES)) FLOODS_BOOTED=$((FLOODS_BOOTED + $(fleet_figure booted)))
        FLOODS_OCTETS=$((FLOODS_OCTETS + $(fleet_figure octets)))
        FLOODS_SLOWEST=$(LC_ALL=C awk -v a="$FLOODS_SLOWEST" -v b="$(fleet_figure makespan_s)" 'BEGIN { printf "%.2f", (a > b ? a : b) }')
        ((FLEET_STATUS == 0)) || FLOODS_WHY="status $FLEET_STATUS: $(tail -n 1 "$LAB_WORK/swarm.log" | cut -c 1-300)"
    done
}

# Says how many descriptors are open, again and again.
floods_watch() {
    while true; do
        floods_descriptors
        sleep 0.3
    done
}

# Usage: floods_row FLOOD RATE BOOTED SLOWEST TICKS-BEFORE SECONDS
floods_row() {
    FLOODS_ROWS+=("$(LC_ALL=C printf '%-52s %9s %8s %8s %8s %6s %7s' "$1" "$2" "$3" "$4" "$(($(floods_memory) / 1024))" \
        "$FLOODS_PEAK" "$(awk -v a="$5" -v b="$(floods_ticks)" -v s="$6" 'BEGIN { printf "%.0f %%", (b - a) / s }')")")
}

# All processes of the service: it has children that fetch and that serve the API.
floods_processes() {
    local pid
    for pid in $(ip netns pids "$LAB_APPLIANCE"); do
        [[ $(readlink "/proc/$pid/exe") != "$(realpath "$PILOTFISH")" ]] || printf '%s\n' "$pid"
    done
}

# The highest that was ever resident of each, kB.
floods_memory() {
    local pid
    for pid in $(floods_processes); do awk '/^VmHWM:/ { print $2 }' "/proc/$pid/status"; done | awk '{ s += $1 } END { print s + 0 }'
}

floods_descriptors() {
    local pid
    for pid in $(floods_processes); do ls "/proc/$pid/fd"; done | wc -l
}

# Processor time, in hundredths of a second.
floods_ticks() {
    local pid
    for pid in $(floods_processes); do awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$pid/stat"; done | awk '{ s += $1 } END { print s + 0 }'
}

# Usage: floods_bounds FLOOD; the service is the same as before, within its bounds, and complains of nothing.
floods_bounds() {
    local memory
    memory=$(floods_memory)
    check_that "$1: memory has never been above $((FLOODS_MEMORY / 1024)) MiB ($((memory / 1024)))" "$memory kB" \
        test "$memory" -gt 0 -a "$memory" -le "$FLOODS_MEMORY"
    check_that "$1: descriptors are bounded ($FLOODS_PEAK)" "$FLOODS_PEAK, $FLOODS_REST at rest" \
        test "${FLOODS_PEAK:-999999}" -le $((FLOODS_REST + FLOODS_DESCRIPTORS))
    check_that "$1: the service is the same as before" "it was $FLOODS_PID" process_is_alive "$FLOODS_PID"
    check_that "$1: it complains of nothing" "$(floods_complaints | head -n 2)" test -z "$(floods_complaints)"
}

floods_complaints() { grep -aE '^[0-9:.]+ (error|critical) | died ' "$LAB_PILOTFISH_LOG" || true; }

# Usage: floods_measured FLOOD RATE COMMAND…; floods_machines with what went in and out counted. Payload is what UDP carries;
# on the wire a frame has at least 60 octets. What DHCP tells everybody counts as well, though the half of it be for machines that
# boot. Sets FLOODS_MEASURED, seconds, and FLOODS_OCTETS_IN and _OUT, payload, without that.
floods_measured() {
    local flood=$1 rate=$2 figures begun
    shift 2
    begun=$(lab_now)
    in_flood nft reset counters table ip measure >/dev/null
    floods_machines "$flood" "$rate" "$@"
    figures=$(in_flood nft -j list counters table ip measure | python3 -c 'import json, sys
counters = {c["counter"]["name"]: c["counter"] for c in json.load(sys.stdin)["nftables"] if "counter" in c}
def octets(counter):
    packets, ip = counter["packets"], counter["bytes"]
    return packets, ip - 28 * packets, max(ip + 14 * packets, 60 * packets)
(p_in, in_, w_in), answered, told = [octets(counters[name]) for name in ("sent", "answered", "told")]
p_out, out, w_out = [a + b for a, b in zip(answered, told)]
print(p_in, p_out, "%.3f" % (out / max(in_, 1)), "%.3f" % (w_out / max(w_in, 1)), in_, answered[1])')
    # Around all that was counted.
    FLOODS_MEASURED=$(lab_since "$begun")
    read -r FLOODS_IN FLOODS_OUT FLOODS_PAYLOAD FLOODS_WIRE FLOODS_OCTETS_IN FLOODS_OCTETS_OUT <<<"$figures"
    FLOODS_RATIOS+=("$(printf '%-52s %9s %9s %9s %9s' "$flood" "$FLOODS_IN" "$FLOODS_OUT" "$FLOODS_PAYLOAD" "$FLOODS_WIRE")")
    check_that "$flood: it came in ($FLOODS_IN packets)" "$FLOODS_IN packets; $FLOODS_SAID" \
        test "${FLOODS_IN:-0}" -ge $((FLOODS_SECONDS * rate / 2))
    ((rate >= 20000)) || return 0
    check_that "$flood: at most $FLOODS_RATIO octets go out for one that came in ($FLOODS_PAYLOAD; $FLOODS_WIRE on the wire)" "$figures" \
        awk -v a="$FLOODS_PAYLOAD" -v b="$FLOODS_WIRE" -v most="$FLOODS_RATIO" 'BEGIN { exit !(a <= most && b <= most) }'
}

# Usage: floods_lent FLOOD; what went out beyond what came in was lent by the TFTP server, and is no more than that.
floods_lent() {
    local most
    most=$(awk -v a="$FLOODS_LENT" -v b="$FLOODS_LENT_SECOND" -v s="$FLOODS_MEASURED" 'BEGIN { printf "%d", a + b * s }')
    check_that "$1: $FLOODS_OCTETS_OUT octets go out, $FLOODS_OCTETS_IN came in; no more than $most were lent" \
        "$((FLOODS_OCTETS_OUT - FLOODS_OCTETS_IN)) more" test "$FLOODS_OCTETS_OUT" -le $((FLOODS_OCTETS_IN + most))
}

# Usage: floods_junk FLOOD RATE NETWORK KIND [FILE]
floods_junk() {
    floods_measured "$1" "$2" in_flood "$LAB_WORK/junk" "$LAB_APPLIANCE_IP" "$3" "$2" "$FLOODS_SECONDS" "${@:4}"
}

floods_discovers() {
    floods_machines 'DISCOVERs with random hardware addresses' 20000 in_flood "$LAB_WORK/storm" eth0 20000 "$FLOODS_SECONDS"
    floods_junk 'DISCOVERs cut short, too long, wrong' 20000 10.8.0.0 dhcp
    floods_junk 'DISCOVERs as short as they may be, to our address' 20000 10.77.0.0 discover
    floods_junk 'REQUESTs as short as they may be, to port 4011' 20000 10.77.0.0 binl
}

floods_requests() {
    floods_junk 'TFTP requests without options' 20000 10.8.0.0 plain f1m
    floods_lent 'TFTP requests without options'
    floods_junk 'TFTP requests with the largest options' 20000 10.8.0.0 options f1m
    floods_junk 'TFTP requests for missing files' 20000 10.8.0.0 missing
    floods_junk 'TFTP requests to write' 20000 10.8.0.0 write f1m
    check_that 'TFTP: the operator is told that forged requests get silence' 'no such line' \
        grep -q 'TFTP: so many requests come from clients that acknowledge nothing' "$LAB_PILOTFISH_LOG"
}

# A few forged requests use up what is lent to those who ask without options; such clients come to their files all the same.
floods_few_requests() {
    local flood='TFTP requests without options, a few'
    process_start plain "$LAB_WORK/plain.log" in_client "$PILOTFISH" swarm "tftp://$LAB_APPLIANCE_IP/f1m" --source 10.9.0.0/16 \
        --clients "$FLOODS_PLAIN" --rate 10 --no-options --limit 60 --verify "$LAB_ROOT/f1m" --json
    floods_junk "$flood" 200 10.8.0.0 plain f1m
    floods_lent "$flood"
    helper_ends plain 70 || true
    check_that "$flood: $FLOODS_PLAIN real clients without options have their file" "$(tail -n 1 "$LAB_WORK/plain.log" | cut -c 1-300)" \
        test "$PROCESS_STATUS" = 0
}

floods_streams() {
    floods_machines 'TCP connections that are half open' 20000 \
        in_flood "$LAB_WORK/junk" "$LAB_APPLIANCE_IP" 10.8.0.0 20000 "$FLOODS_SECONDS" syn
    floods_machines 'HTTP: nonsense, giants, and the slow' '600 conn.' \
        in_client python3 -B "$TESTS_LAB/floods.py" http "$LAB_APPLIANCE_IP" "$FLOODS_SECONDS" 600
}

floods_sockets() {
    floods_commands_start
    floods_machines 'control socket: nonsense and silence' '300 conn.' \
        in_appliance python3 -B "$TESTS_LAB/floods.py" control "$LAB_STATE/control.sock" "$FLOODS_SECONDS" 300
    floods_commands_end 'control socket'
    floods_commands_start
    floods_machines 'control API: nonsense and live views' '1000 conn.' \
        in_appliance python3 -B "$TESTS_LAB/floods.py" api "$LAB_STATE/api.sock" "$FLOODS_SECONDS" 1000
    floods_commands_end 'control API'
}

# An operator who asks again and again, until floods_commands_end.
floods_commands_start() {
    rm -f "$LAB_WORK/operator.log"
    # shellcheck disable=SC2016 # the inner shell's own words
    process_start operator "$LAB_WORK/operator.log" bash -c 'while true; do
        begun=${EPOCHREALTIME/[.,]/}
        timeout 20 "$1" status --state "$2" --settings "$3" >/dev/null 2>&1 && echo "answered $(((${EPOCHREALTIME/[.,]/} - begun) / 1000))" || echo "no answer"
        sleep 0.3
    done' operator "$PILOTFISH" "$LAB_STATE" "$LAB_SETTINGS"
}

floods_commands_end() {
    local answered lost slowest
    process_stop operator
    answered=$(grep -c '^answered' "$LAB_WORK/operator.log") lost=$(grep -c '^no' "$LAB_WORK/operator.log")
    slowest=$(awk '/^answered/ && $2 > m { m = $2 } END { print m + 0 }' "$LAB_WORK/operator.log")
    check_that "$1: the operator's commands are answered meanwhile ($answered of them, the slowest in $slowest ms)" \
        "$lost without an answer" test "$answered" -ge 3 -a "$lost" -eq 0 -a "$slowest" -lt 5000
}

# A machine with real firmware, at the rate that leaves its emulator a processor.
floods_firmware() {
    local before begun
    process_start flood "$LAB_WORK/flood.log" in_flood "$LAB_WORK/storm" eth0 1000 160
    before=$(floods_ticks) begun=$(lab_now) FLOODS_PEAK=$(floods_descriptors)
    if lab_boot bios; then lab_wait_marker 150 || true; fi
    check_that 'the flood of DISCOVERs lasted' 'it had ended before the machine booted' process_runs flood
    process_stop flood
    floods_row 'DISCOVERs, and SeaBIOS with iPXE' 1000 "${LAB_MARKER:+1}/1" "${LAB_MARKER_AT:--}" "$before" "$(lab_since "$begun")"
    check_that "SeaBIOS and iPXE come to our kernel during a flood of DISCOVERs (${LAB_MARKER_AT:-?} s)" "${LAB_FAILURE:-}" \
        test -n "${LAB_MARKER:-}"
    machine_stop
    floods_bounds 'DISCOVERs, and SeaBIOS with iPXE'
}

floods_after() {
    local counted
    check_serves "$LAB_APPLIANCE_IP" 'after all of this'
    check_clean_stop
    counted=$(grep -a 'service\.stopped' "$LAB_PILOTFISH_LOG" | tail -n 1)
    check_that 'what was thrown away was counted' "$counted" \
        grep -qE 'dhcpMalformed=[1-9].* tftpMalformed=[1-9].* tftpIgnored=[1-9]' <<<"$counted"
}

floods_table() {
    printf '\n%-52s %9s %8s %8s %8s %6s %7s\n' flood 'a second' booted 'slowest' 'MiB' 'open' CPU
    printf '%s\n' "${FLOODS_ROWS[@]}"
    printf '\n%-52s %9s %9s %9s %9s\n' 'reflection' 'packets' 'answers' payload wire
    printf '%s\n' "${FLOODS_RATIOS[@]}"
}
