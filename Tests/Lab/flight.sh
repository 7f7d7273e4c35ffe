# shellcheck shell=bash
# PILOTFISH_FLIGHTS=DIRECTORY keeps the captures there, for Tests/Fixtures/flights.
#
# The flight recorder: real firmware boots, what `capture` writes is read by tshark and played by `replay`, with these settings and
# with others; and its memory has a bound while a room full of machines boots and somebody captures all the time.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=Tests/Lab/fleet.sh
source "${BASH_SOURCE[0]%/*}/fleet.sh"

readonly FLIGHT_MACHINES=(uefi bios bios-plain uefi-http)
readonly FLIGHT_SWARM=200

# Usage: flight_check; returns 1 when a check failed.
flight_check() {
    local before=$CHECKS_FAILED
    for FLIGHT_FIRMWARE in "${FLIGHT_MACHINES[@]}"; do
        with_lab "flight recorder: $FLIGHT_FIRMWARE" flight_boot || true
    done
    with_lab "flight recorder: $FLIGHT_SWARM machines and little memory" flight_storm || true
    ((CHECKS_FAILED == before))
}

# Usage: flight_command WORD…; what pilotfish says is in FLIGHT_SAID, how it ended in FLIGHT_STATUS.
flight_command() {
    FLIGHT_STATUS=0
    FLIGHT_SAID=$("$PILOTFISH" "$@" </dev/null 2>&1) || FLIGHT_STATUS=$?
}

# Usage: flight_capture FILE WORD…
flight_capture() {
    flight_command capture "${@:2}" -o "$1" --settings "$LAB_SETTINGS" --state "$LAB_STATE"
}

# Usage: flight_replay FILE [SETTINGS]
flight_replay() {
    flight_command replay "$1" --settings "${2:-$LAB_SETTINGS}" --root "$LAB_ROOT"
}

# Usage: flight_packets FILTER; how many of the capture.
flight_packets() { capture_count "$FLIGHT_FILE" "$1"; }

flight_boot() {
    FLIGHT_FILE=$LAB_WORK/$FLIGHT_FIRMWARE.pcapng
    lab_start_router dnsmasq && lab_start_pilotfish && lab_boot "$FLIGHT_FIRMWARE" || return 1
    lab_wait_marker 240 || check_fail 'the machine boots' "$LAB_FAILURE"
    flight_capture "$FLIGHT_FILE" "$LAB_MAC"
    check_that 'what was kept of the machine is written' "$FLIGHT_SAID" test "$FLIGHT_STATUS" = 0 -a -s "$FLIGHT_FILE"
    flight_read
    flight_play
    flight_names
    check_clean_stop
    [[ -z ${PILOTFISH_FLIGHTS:-} ]] || flight_keep
}

# With the settings that it was made with.
flight_keep() {
    mkdir -p "$PILOTFISH_FLIGHTS" && cp "$FLIGHT_FILE" "$PILOTFISH_FLIGHTS/$FLIGHT_FIRMWARE.pcapng" &&
        cp "$LAB_SETTINGS" "$PILOTFISH_FLIGHTS/$FLIGHT_FIRMWARE.toml"
}

flight_read() {
    local malformed count
    malformed=$(flight_packets '_ws.malformed || _ws.expert.severity == error') || malformed='tshark failed'
    check_that 'tshark finds nothing malformed' "$malformed: $(capture_first "$FLIGHT_FILE" '_ws.malformed')" \
        test "$malformed" = 0
    local -a filters=('dhcp.option.dhcp == 1' 'dhcp.option.dhcp == 2 && sll.pkttype == 4' 'dhcp.option.dhcp == 3'
        'frame.comment contains "http.done"')
    # A ROM that is an iPXE is answered by unicast, which no other card hears, and asks for no loader.
    [[ $FLIGHT_FIRMWARE == bios ]] || filters+=('dhcp.option.dhcp == 2 && sll.pkttype != 4')
    for filter in "${filters[@]}"; do
        count=$(flight_packets "$filter") || count='tshark failed'
        check_that "it has $filter" "$count: $FLIGHT_SAID" test "$count" -gt 0
    done
    [[ $FLIGHT_FIRMWARE == uefi-http || $FLIGHT_FIRMWARE == bios ]] || check_that 'it has the request of the loader by TFTP' none \
        test "$(flight_packets 'tftp.opcode == 1')" -gt 0
    check_that 'and the last acknowledgement, but nothing between' "$(flight_packets 'tftp.opcode == 4') of them" \
        test "$(flight_packets 'tftp.opcode == 4')" -le "$(flight_packets 'tftp.opcode == 1')"
    count=$(flight_packets 'udp.checksum.status == 0 && sll.pkttype == 4') || count='tshark failed'
    check_that 'checksums of what we sent are right' "$count" test "$count" = 0
    check_that 'it is small' "$(stat -c %s "$FLIGHT_FILE") octets" test "$(stat -c %s "$FLIGHT_FILE")" -lt 65536
}

flight_play() {
    flight_replay "$FLIGHT_FILE"
    check_that 'played again all answers are the same' "$FLIGHT_STATUS: $FLIGHT_SAID" test "$FLIGHT_STATUS" = 0
    check_that 'and the settings too' "$FLIGHT_SAID" grep -q 'made with these settings' <<<"$FLIGHT_SAID"
    printf '     %s\n' "$(tail -n 1 <<<"$FLIGHT_SAID")"
    { cat "$LAB_SETTINGS" && printf '[[rule]]\nmac = "%s"\nsilence = true\n' "$LAB_MAC"; } >"$LAB_WORK/other.toml"
    flight_replay "$FLIGHT_FILE" "$LAB_WORK/other.toml"
    check_that 'by a rule that is silent it says which answers differ' "$FLIGHT_STATUS: $FLIGHT_SAID" \
        test "$FLIGHT_STATUS" = 1
    check_that 'and how' "$FLIGHT_SAID" grep -q 'now   none: .*PF-D' <<<"$FLIGHT_SAID"
    check_that 'and that the settings are others' "$FLIGHT_SAID" grep -q 'made with other settings' <<<"$FLIGHT_SAID"
    head -c 100 /dev/urandom >"$LAB_WORK/rubbish"
    flight_replay "$LAB_WORK/rubbish"
    check_that 'what is no capture ends with 2' "$FLIGHT_STATUS: $FLIGHT_SAID" test "$FLIGHT_STATUS" = 2
}

# Whom else it may be asked of.
flight_names() {
    local file=$LAB_WORK/other.pcapng
    flight_capture "$file" --all
    check_that 'all machines together are written' "$FLIGHT_STATUS: $FLIGHT_SAID" test -s "$file"
    flight_capture "$file" 52:54:00:de:ad:01
    check_that 'of a card that was never heard there is nothing, and it says so' "$FLIGHT_SAID" \
        grep -q 'no packet is kept of 52:54:00:de:ad:01' <<<"$FLIGHT_SAID"
    flight_command capture "$LAB_MAC" -o - --settings "$LAB_SETTINGS" --state "$LAB_STATE" >/dev/null
    check_that 'it writes to a pipe' "$FLIGHT_STATUS" test "$FLIGHT_STATUS" = 0
}

# Two hundred machines have more than a MiB of packets.
flight_storm() {
    local file=$LAB_WORK/all.pcapng size asked=0 failed=0
    fleet_up && fleet_kernel && fleet_start_router || return 1
    printf '[history]\npackets = 1\n' >>"$LAB_SETTINGS"
    lab_start_pilotfish || return 1
    start_helper swarm timeout 90 "$PILOTFISH" swarm --pxe "$FLIGHT_SWARM" --interface eth0 --limit 60 --json --arch uefi
    while process_runs swarm; do
        flight_capture "$file" --all
        asked=$((asked + 1))
        ((FLIGHT_STATUS == 0)) || failed=$((failed + 1))
        sleep 0.1
    done
    helper_ends swarm 60 || true
    check_that 'while machines boot and all is captured again and again, each comes to its kernel' \
        "$(tail -n 1 "$LAB_WORK/swarm.log")" grep -q "\"booted\":$FLIGHT_SWARM," "$LAB_WORK/swarm.log"
    check_that 'captures came all the while' "$failed of $asked" test "$asked" -gt 3 -a "$failed" -le 5
    flight_capture "$file" --all
    size=$(stat -c %s "$file")
    check_that 'what is kept is bounded' "$size octets" test "$size" -gt 100000 -a "$size" -lt 1500000
    FLIGHT_FILE=$file
    check_that 'and whole' "$(flight_packets _ws.malformed)" test "$(flight_packets _ws.malformed)" = 0
    printf '     %s captures; the last has %s packets in %s octets\n' "$asked" "$(flight_packets frame)" "$size"
    check_serves "$LAB_APPLIANCE_IP" 'after that'
    check_clean_stop
    flight_off
}

flight_off() {
    sed -i 's/^packets = 1$/packets = 0/' "$LAB_SETTINGS"
    ready_or_fail 'without a recorder' lab_start_pilotfish || return 0
    flight_capture "$LAB_WORK/none.pcapng" --all
    check_that 'packets = 0 keeps none, and capture says so' "$FLIGHT_SAID" \
        grep -q 'history.packets is 0' <<<"$FLIGHT_SAID"
    check_clean_stop
}
