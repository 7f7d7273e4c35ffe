# shellcheck shell=bash
# An observer's silence: everything that clients may say, and not one packet of any kind from us.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

# A short while in every run; the ten minutes of the acceptance list by PILOTFISH_OBSERVE_SECONDS=600.
OBSERVE_SECONDS=${PILOTFISH_OBSERVE_SECONDS:-15}

observe_silence() {
    local file=$LAB_WORK/silence.pcap ours all
    # The kernel's own talk is not ours: no IPv6, and nobody asks for the appliance's hardware address.
    in_appliance sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6'
    in_client ip neigh replace "$LAB_APPLIANCE_IP" lladdr "$LAB_APPLIANCE_MAC" dev eth0 nud permanent
    ready_or_fail 'observe' lab_start_pilotfish --mode observe || return 0
    # Its first packets, if any (a group that it joins), would come at once.
    lab_capture_start "$file" || { check_fail 'observe is captured' "$LAB_FAILURE"; return 0; }
    check_lines 'observe' in_client timeout $((OBSERVE_SECONDS + 60)) python3 -B "$TESTS_LAB/traffic.py" \
        --to "$LAB_APPLIANCE_MAC" --server "$LAB_APPLIANCE_IP" --client "$LAB_CLIENT_IP" --seconds "$OBSERVE_SECONDS"
    lab_capture_stop
    all=$(capture_count "$file" 'udp') || all='tshark failed'
    ours=$(capture_count "$file" "eth.src == $LAB_APPLIANCE_MAC") || ours='tshark failed'
    check_that "observe: $all packets of clients in $OBSERVE_SECONDS s, and not one of any kind of ours" \
        "$ours; first: $(capture_first "$file" "eth.src == $LAB_APPLIANCE_MAC")" test "$ours" = 0
    check_that 'observe: the capture holds the traffic' "$all" test "$all" -gt $((OBSERVE_SECONDS * 20))
    check_said 'observe: the clients were heard' 'dhcp\.refused .*PF-D013' 5
    check_clean_stop
}

# Usage: observe_check
observe_check() {
    with_lab 'an observer sends nothing' observe_silence
}
