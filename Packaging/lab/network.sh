# shellcheck shell=bash
# shellcheck disable=SC2034 # half of the variables are for those who source this
# The namespaces, the bridge and the capture on it. The picture is in lab.sh.

# Builds the four namespaces and joins them by a bridge.
network_up() {
    LAB_NETWORKS=()
    LAB_LAN=$LAB_ID-lan LAB_ROUTER=$LAB_ID-router LAB_APPLIANCE=$LAB_ID-appliance LAB_CLIENT=$LAB_ID-client
    network_add "$LAB_LAN" || return 1
    # A bridge like a cheap switch: forwards from the first moment and floods every multicast.
    ip -n "$LAB_LAN" link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0 || return 1
    ip -n "$LAB_LAN" link set br0 up || return 1
    network_join "$LAB_ROUTER" router "$LAB_ROUTER_IP" || return 1
    network_join "$LAB_APPLIANCE" appliance "$LAB_APPLIANCE_IP" || return 1
    network_join "$LAB_CLIENT" client "$LAB_CLIENT_IP" || return 1
    LAB_ROUTER_MAC=$(network_mac "$LAB_ROUTER") && LAB_APPLIANCE_MAC=$(network_mac "$LAB_APPLIANCE")
}

network_add() {
    ip netns add "$1" || return 1
    LAB_NETWORKS+=("$1")
    # For whoever has to clean up when this shell was killed.
    [[ -z ${LAB_REGISTER:-} ]] || printf '%s\n' "$1" >>"$LAB_REGISTER"
    ip -n "$1" link set lo up
}

# Usage: network_join NAMESPACE PORT ADDRESS; a cable from eth0 of a new namespace to PORT of the bridge.
network_join() {
    network_add "$1" || return 1
    ip -n "$LAB_LAN" link add "$2" type veth peer name eth0 netns "$1" || return 1
    ip -n "$LAB_LAN" link set "$2" master br0 up || return 1
    ip -n "$1" address add "$3/24" dev eth0 || return 1
    ip -n "$1" link set eth0 up
}

network_mac() {
    ip -n "$1" -br link show dev eth0 | awk '{ print $3 }'
}

# Deletes the namespaces this run made, with every process somebody left in them; bridge, cables and tap go with them.
network_down() {
    local name pid
    for name in "${LAB_NETWORKS[@]}"; do
        for pid in $(ip netns pids "$name" 2>/dev/null); do
            kill -KILL "$pid" 2>/dev/null || true
        done
        ip netns delete "$name" 2>/dev/null || true
    done
    LAB_NETWORKS=()
}

in_lan() {
    ip netns exec "$LAB_LAN" "$@"
}

in_router() {
    ip netns exec "$LAB_ROUTER" "$@"
}

in_appliance() {
    ip netns exec "$LAB_APPLIANCE" "$@"
}

in_client() {
    ip netns exec "$LAB_CLIENT" "$@"
}

# Usage: lab_copy_of BINARY; prints the path of a copy in the work directory. Where AppArmor is active, Debian ties
# daemons and tcpdump by their path to their own directories; a copy may read and write where the lab wants it.
lab_copy_of() {
    local copy=$LAB_WORK/bin/${1##*/}
    # Two daemons of a lab may be the same program, and one that runs cannot be written over.
    [[ -x $copy ]] || { mkdir -p "$LAB_WORK/bin" && cp "$(command -v "$1")" "$copy"; } || return 1
    printf '%s\n' "$copy"
}

# Usage: lab_capture_start FILE.pcap; everything on the bridge from now on, packet heads up to 2048 octets.
lab_capture_start() {
    LAB_CAPTURE=$1
    local tcpdump
    tcpdump=$(lab_copy_of tcpdump) || lab_fail 'tcpdump is missing' || return 1
    process_start capture "$LAB_WORK/capture.log" ip netns exec "$LAB_LAN" \
        "$tcpdump" -i br0 -n -U -Z root -s 2048 -B 16384 -w "$LAB_CAPTURE"
    process_ready capture "$LAB_WORK/capture.log" 'listening on' 10
}

lab_capture_stop() {
    # The last packets may still be in the kernel's ring.
    sleep 0.3
    process_stop capture
}

# How many packets the capture missed; fails when tcpdump has not said.
lab_capture_lost() {
    sed -n 's/^\([0-9]*\) packets\{0,1\} dropped by kernel$/\1/p' "$LAB_WORK/capture.log" | grep .
}
