# shellcheck shell=bash
# What befalls a host in the middle of a transfer: routes, cables, addresses, firewalls and forged messages. Needs
# interfaces.sh for the second cable.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

readonly UNREST_SIZE=6000001
readonly UNREST_ADDRESS=10.77.0.44

# Usage: unrest_check; returns 1 when a check failed.
unrest_check() {
    with_lab 'unrest: what befalls a host that sends' unrest_body
}

unrest_body() {
    head -c "$UNREST_SIZE" /dev/urandom >"$LAB_ROOT/image" && chmod 644 "$LAB_ROOT/image" || return 1
    lab_start_pilotfish || return 1
    unrest_asymmetric
    unrest_forged_mtu
    unrest_link_down
    unrest_address_removed
    unrest_firewall
    unrest_spoiled
    unrest_root_replaced
    check_serves "$LAB_APPLIANCE_IP" 'after all of this'
    check_clean_stop
}

# The reply to a request that came by the second cable leaves by the first, from the address that was asked.
unrest_asymmetric() {
    local got=$LAB_WORK/got output file=$LAB_WORK/asymmetric.pcap count
    if ! add_cable second0 10.79.0 || ! ip -n "$LAB_APPLIANCE" route add 10.79.0.3/32 dev eth0 || ! unrest_lenient; then
        check_fail 'T42 a second cable' 'it could not be made'
        return 0
    fi
    lab_capture_start "$file" || { check_fail 'T42 the first cable is captured' "$LAB_FAILURE"; return 0; }
    output=$(python_tool tftp.py get 10.79.0.2 image "$got" --blksize 1428 2>&1) || true
    lab_capture_stop
    check_that 'T42 the way back is another one: the file comes, from the address that was asked' "$output" \
        same_content "$got" "$LAB_ROOT/image"
    count=$(capture_count "$file" 'ip.src == 10.79.0.2 && udp') || count=0
    check_that 'T42 it did come by the other way' "$count packets on the first cable" test "$count" -gt 4000
    ip -n "$LAB_APPLIANCE" link delete second0
    rm -f "$got" "$file"
}

# Kernels drop what comes by a way that they would not take themselves.
unrest_lenient() {
    local space
    for space in "$LAB_CLIENT" "$LAB_APPLIANCE"; do
        ip netns exec "$space" sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0 || return 1
    done
    # The first cable has to take packets for the second one's address: the route names no gateway.
    ip netns exec "$LAB_CLIENT" sysctl -qw net.ipv4.conf.all.arp_ignore=0 net.ipv4.conf.eth0.arp_ignore=0
}

# Somebody says that the way takes 552 octets only. Blocks stay as they are, and are not sent in pieces.
unrest_forged_mtu() {
    local file=$LAB_WORK/forged.pcap pieces short sent
    held_get image "$LAB_WORK/got" || { check_fail 'T124 a transfer' "$(tail -n 1 "$LAB_WORK/held.log")"; return 0; }
    lab_capture_start "$file" || { check_fail 'T124 the transfer is captured' "$LAB_FAILURE"; return 0; }
    # shellcheck disable=SC2046 # a word for each port
    sent=$(python_tool fragneeded.py "$LAB_APPLIANCE_IP" "$LAB_CLIENT_IP" $(open_udp_ports) 2>&1) || true
    check_that 'T124 forged messages were sent' "$sent" grep -qE '^[1-9][0-9]*$' <<<"$sent"
    held_go
    lab_capture_stop
    check_that 'T124 a forged "fragmentation needed": the file comes' "$HELD" \
        same_content "$LAB_WORK/got" "$LAB_ROOT/image"
    pieces=$(capture_count "$file" "ip.src == $LAB_APPLIANCE_IP && (ip.flags.mf == 1 || ip.frag_offset > 0)") ||
        pieces=unreadable
    check_that 'T124 no block is sent in pieces' "$pieces" test "$pieces" = 0
    # The capture sees what the kernel has not cut yet: several blocks, one block, or the end of the file.
    short=$(capture_count "$file" "ip.src == $LAB_APPLIANCE_IP && udp && udp.length < 1440") || short=unreadable
    check_that 'T124 no block is smaller, save the last' "$short" grep -qx '[01]' <<<"$short"
    rm -f "$LAB_WORK/got" "$file"
}

# Who is in the middle of something, as the operator asks for it.
unrest_listed() {
    local said
    said=$(in_appliance "$PILOTFISH" transfers --state "$LAB_STATE" 2>&1) || true
    check_that 'pilotfish transfers shows the one under way' "$said" \
        grep -qE "^client=$LAB_CLIENT_IP:[0-9]+ file=image size=$UNREST_SIZE blksize=1428 windowsize=16 done=[0-9]+%" <<<"$said"
    said=$(in_appliance "$PILOTFISH" transfers --json --state "$LAB_STATE" 2>&1) || true
    check_that 'pilotfish transfers --json is JSON' "$said" python3 -c \
        'import json, sys; assert json.loads(sys.argv[1])["file"] == "image"' "$said"
}

unrest_link_down() {
    held_get image "$LAB_WORK/got" || { check_fail 'T139 a transfer' "$(tail -n 1 "$LAB_WORK/held.log")"; return 0; }
    unrest_listed
    ip -n "$LAB_APPLIANCE" link set eth0 down
    : >"$LAB_WORK/go"
    sleep 5
    ip -n "$LAB_APPLIANCE" link set eth0 up
    held_go
    check_that 'T139 the interface is down for 5 s in mid-transfer: it goes on' "$HELD" \
        same_content "$LAB_WORK/got" "$LAB_ROOT/image"
    rm -f "$LAB_WORK/got"
}

# Who fetches from an address that goes away hears nothing more from it; others do not notice.
unrest_address_removed() {
    local HELD_SERVER=$UNREST_ADDRESS
    ip -n "$LAB_APPLIANCE" address add "$UNREST_ADDRESS/24" dev eth0
    check_serves "$UNREST_ADDRESS" 'T140, an address that was added'
    held_get image "$LAB_WORK/got" || { check_fail 'T140 a transfer' "$(tail -n 1 "$LAB_WORK/held.log")"; return 0; }
    ip -n "$LAB_APPLIANCE" address delete "$UNREST_ADDRESS/24" dev eth0
    : >"$LAB_WORK/go"
    check_serves "$LAB_APPLIANCE_IP" 'T140, when another address was removed'
    held_go
    check_that 'T140 a transfer ends with its address' "$HELD" test "$HELD" = SILENCE
    check_said 'T140 the transfer is given up' 'tftp\.failed .*file=image .*the client fell silent' 90
    rm -f "$LAB_WORK/got"
}

# The kernel says EPERM for what a firewall of this host drops.
unrest_firewall() {
    local lines
    held_get image "$LAB_WORK/got" || { check_fail 'T143 a transfer' "$(tail -n 1 "$LAB_WORK/held.log")"; return 0; }
    if ! in_appliance nft 'add table ip unrest
        add chain ip unrest out { type filter hook output priority 0; }
        add rule ip unrest out ip daddr '"$LAB_CLIENT_IP"' meta l4proto udp drop'; then
        check_fail 'T143 a firewall' 'nft made none'
        return 0
    fi
    held_go
    check_that 'T143 a firewall of this host drops what is sent: the client hears nothing' "$HELD" test "$HELD" = SILENCE
    check_said 'T143 the log says who drops it' 'a firewall of this host drops' 5
    lines=$(grep -c 'a firewall of this host drops' "$LAB_WORK/pilotfish.log") || true
    check_that 'T143 it says so once' "$lines times" test "$lines" = 1
    in_appliance nft delete table ip unrest
    rm -f "$LAB_WORK/got"
}

# Another file system comes over the root, and goes again while its directory is open; only the service sees these mounts.
unrest_root_replaced() {
    local answer
    in_service_mounts mount -t tmpfs -o mode=755 unrest "$LAB_ROOT" || { check_fail 'T136 a mount' 'mount failed'; return 0; }
    wait_until 5 unrest_answers image 68 || true
    answer=$(unrest_answer image)
    check_that 'T136 another file system is mounted over the root: error 1 for what was there' "curl says $answer" \
        test "$answer" = 68
    in_service_mounts cp /proc/version "$LAB_ROOT/image"
    answer=$(unrest_answer image)
    check_that 'T136 what is there now is served' "curl says $answer" test "$answer" = 0
    in_service_mounts umount --lazy "$LAB_ROOT" || { check_fail 'T136 an unmount' 'umount failed'; return 0; }
    wait_until 5 unrest_answers initrd.img 0 || true
    check_serves "$LAB_APPLIANCE_IP" 'T136, when its own file system is back'
}

# Usage: in_service_mounts COMMAND…
in_service_mounts() { nsenter --mount --target "$LAB_PILOTFISH_PID" -- "$@"; }

# What curl says of a file: 0 when it came, 68 for ERROR 1.
unrest_answer() {
    local status=0
    in_client timeout 30 curl -sS -o /dev/null "tftp://$LAB_APPLIANCE_IP/$1" 2>/dev/null || status=$?
    echo "$status"
}

# Usage: unrest_answers FILE STATUS
unrest_answers() { test "$(unrest_answer "$1")" = "$2"; }

# A card or a kernel that spoils what it cuts up: of super-packets nothing arrives, and nobody is told.
unrest_spoiled() {
    local said
    if ! in_client nft 'add table ip unrest
        add chain ip unrest in { type filter hook prerouting priority -300; }
        add rule ip unrest in meta l4proto udp meta length > 2000 drop'; then
        check_fail 'super-packets are dropped' 'nft made no rule'
        return 0
    fi
    said=$(in_client timeout 60 "$PILOTFISH" get "tftp://$LAB_APPLIANCE_IP/image" -o "$LAB_WORK/got" --windowsize 16 2>&1) || true
    check_that 'no super-packet arrives: the file comes in single packets' "$said" \
        same_content "$LAB_WORK/got" "$LAB_ROOT/image"
    check_said 'the log says that offload is no use there' 'segmentation offload sends to .* does not arrive' 5
    in_client nft delete table ip unrest
    rm -f "$LAB_WORK/got"
}
