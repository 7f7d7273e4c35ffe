# shellcheck shell=bash
# Two Pilotfish on one LAN, the second standing by for the first; and modes switched while they run.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

readonly STANDBY_IP=10.77.0.5
readonly STANDBY_MS=600

# Usage: start_standby; a second Pilotfish in a namespace of its own, which leaves the first word to the other.
start_standby() {
    STANDBY=$LAB_ID-standby
    STANDBY_LOG=$LAB_WORK/standby.log
    mkdir -p "$LAB_WORK/standby" && chown "$(stat -c %U:%G "$LAB_STATE")" "$LAB_WORK/standby" || return 1
    network_join "$STANDBY" standby "$STANDBY_IP" || return 1
    cp "$LAB_SETTINGS" "$LAB_WORK/standby.toml" && printf '[dhcp]\nstandby = %d\n' "$STANDBY_MS" >>"$LAB_WORK/standby.toml"
    process_start standby "$STANDBY_LOG" env -u NOTIFY_SOCKET ip netns exec "$STANDBY" "$PILOTFISH" serve \
        --interface eth0 --root "$LAB_ROOT" --state "$LAB_WORK/standby" --settings "$LAB_WORK/standby.toml"
    process_ready standby "$STANDBY_LOG" 'service\.ready' 20
}

# Usage: offers_for PCAP ADDRESS; how many proxy OFFERs came from it.
offers_from() {
    capture_count "$1" "ip.src == $2 && udp.srcport == 67 && dhcp.option.dhcp == 2"
}

# While both run, only the first answers; when it is gone, the second does, a moment later.
pair_one_answers() {
    local file=$LAB_WORK/pair.pcap number first second
    lab_capture_start "$file" || return 1
    check_lines 'two Pilotfish' python_tool boot.py --arch uefi discover
    check_lines 'two Pilotfish' python_tool boot.py --arch bios discover
    for number in 1 2 3 4 5; do
        python_tool boot.py --arch uefi discover >/dev/null 2>&1 || check_fail "two Pilotfish: try $number" 'no OFFER'
    done
    lab_capture_stop
    first=$(offers_from "$file" "$LAB_APPLIANCE_IP") || first='tshark failed'
    second=$(offers_from "$file" "$STANDBY_IP") || second='tshark failed'
    check_that "two Pilotfish: 7 DISCOVERs, 7 OFFERs of the first, none of the second" "$first and $second" \
        test "$first/$second" = 7/0
    process_stop pilotfish KILL
    check_lines 'the second answers when the first is dead' \
        python_tool boot.py --server "$STANDBY_IP" --arch uefi discover
    check_lines 'the second answers when the first is dead' \
        python_tool boot.py --server "$STANDBY_IP" --arch bios discover
    check_lines 'the second answers when the first is dead' \
        python_tool boot.py --server "$STANDBY_IP" --arch uefi request
}

# A machine whose server dies between its loader and its script boots by the other one, by its own tries alone.
pair_killed_in_mid_boot() {
    local what='the first server is killed in mid-boot: the machine boots by the second'
    lab_start_router dnsmasq || return 1
    ready_or_fail 'two Pilotfish' lab_start_pilotfish || return 0
    lab_boot uefi || return 1
    said 'tftp\.done .*file=snponly\.efi' 60 || { check_fail "$what" "no loader: $LAB_FAILURE"; return 0; }
    process_stop pilotfish KILL
    process_start pilotfish "$LAB_WORK/placeholder.log" sleep 300
    if lab_wait_marker 120; then check_ok "$what ($LAB_MARKER_AT s after power-on)"; else check_fail "$what" "$LAB_FAILURE"; fi
    check_that 'the script came from the second' "$(tail -n 3 "$STANDBY_LOG")" \
        grep -q "http\.done .*file=/boot\.ipxe status=200" "$STANDBY_LOG"
    process_stop pilotfish
    machine_stop
}

pair_modes() {
    local mode answer
    ready_or_fail 'modes by command' lab_start_pilotfish --mode observe || return 0
    check_lines 'observe' python_tool boot.py no-offer
    for mode in arm freeze observe arm; do
        answer=$("$PILOTFISH" "$mode" --state "$LAB_STATE" 2>&1) || true
        check_that "pilotfish $mode reaches the service" "$answer" grep -q '^mode: ' <<<"$answer"
        case $mode in
        arm) check_lines 'pilotfish arm' python_tool boot.py discover ;;
        # The tool is another machine each time, so none that has an offer.
        freeze) check_lines 'pilotfish freeze' python_tool boot.py silence ;;
        observe) check_lines 'pilotfish observe' python_tool boot.py silence ;;
        esac
    done
    check_clean_stop
    ready_or_fail 'the last word holds over a restart' lab_start_pilotfish --mode observe || return 0
    check_lines 'the last word holds over a restart' python_tool boot.py discover
    check_clean_stop
    ready_or_fail 'the settings say something new' lab_start_pilotfish --mode frozen || return 0
    check_lines 'the settings say something new' python_tool boot.py no-offer
    check_clean_stop
    answer=$("$PILOTFISH" arm --state "$LAB_STATE" 2>&1) && answer="succeeded: $answer"
    check_that 'a command without a service says what to do' "$answer" grep -q 'no service answers at .*start it' <<<"$answer"
}

# Usage: pair_check
pair_check() {
    with_lab 'modes switched by command' pair_modes
    with_lab 'two Pilotfish on one LAN' pair_both
}

pair_both() {
    ready_or_fail 'two Pilotfish' lab_start_pilotfish || return 0
    start_standby || { check_fail 'two Pilotfish: the second starts' "${LAB_FAILURE:-no reason}"; return 0; }
    pair_one_answers
    pair_killed_in_mid_boot
    process_stop standby
    check_that 'the second ends cleanly' "exit status $PROCESS_STATUS" test "$PROCESS_STATUS" = 0
}
