# shellcheck shell=bash
# Asking the network before blaming it: `pilotfish probe` beside each DHCP server, each as slow as it comes (dnsmasq and
# isc ping an address before they offer it), and `pilotfish decode` of what the wire saw.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

# The kinds that boot with Debian's loaders and no settings.
readonly PROBE_KINDS=(bios uefi-x64 uefi-x64-http ipxe-bios ipxe-uefi)

# Prints a line for each check. Usage: … probe.json SERVER KIND…
readonly PROBE_JUDGE='
import json, sys
server, kinds = sys.argv[2], sys.argv[3:]
told = [json.loads(line) for line in open(sys.argv[1])]
print("%s beside %s the probe speaks of every kind: %s" % (
    "ok  " if [one["kind"] for one in told] == kinds else "FAIL", server, [one["kind"] for one in told]))
for one in told:
    fine = one["verdict"] == "ours" and one["contested"] is False and one["lease"] is True
    print("%s beside %s %s boots ours: %s %s" % (
        "ok  " if fine else "FAIL", server, one["kind"], one["code"], one["reason"]))
'

# The same, for what decode makes of a probe. Usage: … decode.json SERVER KIND…
readonly PROBE_DECODE_JUDGE='
import json, sys
server, kinds = sys.argv[2], sys.argv[3:]
clients = json.load(open(sys.argv[1]))["clients"]
print("%s beside %s decode finds a client of each kind: %s" % (
    "ok  " if [one["kind"] for one in clients] == kinds else "FAIL", server, [one["kind"] for one in clients]))
wrong = [(one["kind"], one["code"], one["reason"]) for one in clients if one["verdict"] != "ours"]
print("%s beside %s decode says of each what the probe said: %s" % (
    "FAIL" if wrong else "ok  ", server, wrong or "ours"))
'

# Usage: probe_beside ROUTER
probe_beside() {
    local begun status=0 kind
    local -a kinds=()
    for kind in "${PROBE_KINDS[@]}"; do kinds+=(--kind "$kind"); done
    lab_start_router "$1" || return 1
    ready_or_fail "the probe beside $1" lab_start_pilotfish || return 0
    lab_capture_start "$LAB_WORK/probe.pcap" || return 1
    begun=$(lab_now)
    in_client timeout 30 "$PILOTFISH" probe --interface eth0 --server "$LAB_APPLIANCE_IP" --json "${kinds[@]}" \
        >"$LAB_WORK/probe.json" 2>"$LAB_WORK/probe.log" || status=$?
    check_that "beside $1 the probe ends with 0 (after $(lab_since "$begun") s)" \
        "status $status: $(tail -n 1 "$LAB_WORK/probe.log")" test "$status" = 0
    lab_capture_stop
    check_lines "the probe beside $1" python3 -c "$PROBE_JUDGE" "$LAB_WORK/probe.json" "$1" "${PROBE_KINDS[@]}"
    check_that "beside $1 the card listens to its own address only again" \
        "$(in_client ip -d -o link show dev eth0)" probe_card_is_modest
    probe_decode "$1"
    probe_takes_no_lease "$1"
}

probe_card_is_curious() {
    in_client ip -d -o link show dev eth0 | grep -q 'promiscuity 1 '
}

probe_card_is_modest() {
    in_client ip -d -o link show dev eth0 | grep -q 'promiscuity 0 '
}

# Usage: probe_decode ROUTER
probe_decode() {
    "$PILOTFISH" decode --server "$LAB_APPLIANCE_IP" --json "$LAB_WORK/probe.pcap" >"$LAB_WORK/decode.json" \
        2>"$LAB_WORK/decode.log" || true
    check_lines "decode of the probe beside $1" \
        python3 -c "$PROBE_DECODE_JUDGE" "$LAB_WORK/decode.json" "$1" "${PROBE_KINDS[@]}"
}

# Usage: probe_takes_no_lease ROUTER; it asks, and never requests.
probe_takes_no_lease() {
    local asked requested
    asked=$(capture_count "$LAB_WORK/probe.pcap" 'dhcp.option.dhcp == 1') || asked='tshark failed'
    requested=$(capture_count "$LAB_WORK/probe.pcap" 'dhcp.option.dhcp == 3') || requested='tshark failed'
    check_that "beside $1 the probe requests nothing ($asked DISCOVERs)" "$requested REQUESTs, $asked DISCOVERs" \
        test "$requested" = 0 -a "$asked" -ge "${#PROBE_KINDS[@]}"
}

probe_dnsmasq() { probe_beside dnsmasq; }
probe_isc() { probe_beside isc; }
probe_kea() { probe_beside kea; }

# What is missing is told: nobody answers at all, and no lease in time.
probe_nobody() {
    local text=$LAB_WORK/nobody.log
    start_helper nobody timeout 30 "$PILOTFISH" probe --interface eth0 --server "$LAB_APPLIANCE_IP" --kind bios \
        --seconds 2
    check_that 'while it asks, the card listens to every address' "$(in_client ip -d -o link show dev eth0)" \
        wait_until 2 probe_card_is_curious
    helper_ends nobody 10 || true
    check_that 'a network without servers: the probe ends with 1' "status $PROCESS_STATUS" test "$PROCESS_STATUS" = 1
    check_that 'a network without servers: nobody answered, PF-P020' "$(tail -n 3 "$text")" grep -q 'PF-P020' "$text"
    ready_or_fail 'the probe without a DHCP server' lab_start_pilotfish || return 0
    in_client timeout 30 "$PILOTFISH" probe --interface eth0 --server "$LAB_APPLIANCE_IP" --kind bios --seconds 1 \
        >"$text" 2>"$LAB_WORK/probe.log" || true
    check_that 'without a DHCP server the probe says that no lease was heard in time' "$(tail -n 3 "$text")" \
        grep -q 'no lease was heard within 1 s' "$text"
}

# Usage: probe_check
probe_check() {
    local failed_before=$CHECKS_FAILED
    with_lab 'the probe beside dnsmasq' probe_dnsmasq || true
    with_lab 'the probe beside isc' probe_isc || true
    with_lab 'the probe beside kea' probe_kea || true
    with_lab 'the probe without a DHCP server' probe_nobody || true
    ((CHECKS_FAILED == failed_before))
}
