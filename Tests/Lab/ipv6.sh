# shellcheck shell=bash
# TFTP over IPv6 with the clients that people have: global and link-local addresses, several on one card, and packets that
# nobody should send. For transfers.sh, whose clients and files these are.

readonly IPV6_APPLIANCE=fd77::2
readonly IPV6_SECOND=fd77::22
readonly IPV6_CLIENT=fd77::3

transfers_ipv6() {
    local link
    if ! ipv6_addresses || ! link=$(link_local_of "$LAB_APPLIANCE"); then
        check_fail 'TFTP over IPv6' 'the lab has no IPv6'
        return 0
    fi
    TFTP_HOST=$IPV6_APPLIANCE ipv6_clients
    ipv6_block_size
    ipv6_link_clients "$link%eth0"
    ipv6_asked_address "$IPV6_SECOND"
    ipv6_asked_address "$IPV6_APPLIANCE"
    ipv6_asked_address "$link%eth0"
    ipv6_other_scope "$link"
    TFTP_HOST=$IPV6_APPLIANCE swarm_all_get 'a swarm of 200 over IPv6' 200 f9996
    TFTP_HOST=$link%eth0 swarm_all_get 'a swarm of 200 over IPv6, link-local' 200 f9996
    ipv6_script "$link%eth0"
    ipv6_silence
    check_lines 'malformed packets over IPv6' python_tool tftp.py malformed "$IPV6_APPLIANCE" initrd.img
    TFTP_HOST=$IPV6_APPLIANCE transfers_client 'pilotfish get over IPv6, after all of this' pilotfish_get
}

# Addresses that need no second to be found free.
ipv6_addresses() {
    ip -n "$LAB_APPLIANCE" address add "$IPV6_APPLIANCE/64" dev eth0 nodad &&
        ip -n "$LAB_APPLIANCE" address add "$IPV6_SECOND/64" dev eth0 nodad &&
        ip -n "$LAB_CLIENT" address add "$IPV6_CLIENT/64" dev eth0 nodad
}

ipv6_clients() {
    transfers_client 'curl over IPv6, blksize 1448' curl_tftp 1448
    transfers_client 'curl over IPv6, blksize 65464' curl_tftp 65464
    transfers_client 'tftp-hpa over IPv6' hpa_tftp
    transfers_client 'atftp over IPv6, blksize 1428, windowsize 16' atftp_tftp 'blksize 1428' 'windowsize 16'
    transfers_client 'busybox over IPv6, blksize 1428' busybox_tftp 1428
    transfers_client 'pilotfish get over IPv6' pilotfish_get
    transfers_client 'pilotfish get over IPv6, windowsize 64' pilotfish_get --blksize 1448 --windowsize 64
}

# The block that fills a packet of IPv4 would be two of IPv6.
ipv6_block_size() {
    local said file=$LAB_WORK/ipv6.pcap pieces whole ours="eth.src == $LAB_APPLIANCE_MAC && ipv6.dst == $IPV6_CLIENT"
    lab_capture_start "$file" || { check_fail 'T43 the transfer is captured' "$LAB_FAILURE"; return 0; }
    said=$(in_client timeout 60 "$PILOTFISH" get "tftp://[$IPV6_APPLIANCE]/f4m" -o "$LAB_WORK/got" --blksize 1468 2>&1) || true
    lab_capture_stop
    check_that 'T43 asked for 1468 octets over IPv6, 1448 are granted' "$said" grep -q 'blksize 1448' <<<"$said"
    pieces=$(capture_count "$file" "$ours && ipv6.fraghdr.nxt") && whole=$(capture_count "$file" "$ours && udp") ||
        pieces=unreadable
    check_that "T43 and no packet goes in pieces ($whole whole)" "$pieces pieces" test "$pieces" = 0 -a "$whole" -gt 50
    rm -f "$file" "$LAB_WORK/got"
}

# Usage: ipv6_link_clients ADDRESS%INTERFACE
ipv6_link_clients() {
    TFTP_HOST=$1 transfers_client 'T44 pilotfish get, link-local' pilotfish_get
    TFTP_HOST=$1 transfers_client 'T44 curl, link-local' curl_tftp 1428
    TFTP_HOST=$1 transfers_client 'T44 tftp-hpa, link-local' hpa_tftp
}

# Usage: ipv6_asked_address HOST; the client takes no packet from any other address.
ipv6_asked_address() {
    local said got=$LAB_WORK/got what=$1
    [[ $1 != fe80* ]] || what='its link-local address'
    said=$(python_tool tftp.py get "$1" f4m "$got" --blksize 1428 --windowsize 8 2>&1) || true
    check_that "T41 asked at $what, every reply comes from there" "$said" same_content "$got" "$LAB_ROOT/f4m"
    said=$(python_tool tftp.py ask "$1" missing 2>&1) || true
    check_that "T41 asked at $what for what is not there, the error does, too" "$said" grep -q '^ERROR 1 ' <<<"$said"
    rm -f "$got"
}

# Usage: ipv6_other_scope ADDRESS; a client with a global address asks at our link-local one, which says nothing of where
# the answer must go: only the card it came by does.
ipv6_other_scope() {
    local got=$LAB_WORK/got said
    rm -f "$got"
    said=$(in_client timeout 30 curl -sS --interface "host!$IPV6_CLIENT" -o "$got" "tftp://[$1%25eth0]/f4m" 2>&1) || true
    check_that 'T44 from a global address to a link-local one' "$said" same_content "$got" "$LAB_ROOT/f4m"
    rm -f "$got"
}

# Usage: ipv6_script LINK-LOCAL%INTERFACE; what a script names is where the client found us, if a URL can say that.
ipv6_script() {
    local said
    said=$(in_client timeout 30 curl -sS "tftp://[$IPV6_APPLIANCE]/boot.ipxe" 2>&1) || true
    check_that 'a script fetched over IPv6 names our IPv6 address' "$said" grep -qF "http://[$IPV6_APPLIANCE]/" <<<"$said"
    said=$(in_client timeout 30 curl -sS "tftp://[${1/\%/%25}]/boot.ipxe" 2>&1) || true
    check_that 'a script fetched over a link-local address names our IPv4 address' "$said" \
        grep -qF "http://$LAB_APPLIANCE_IP/" <<<"$said"
}

# A request to everybody on the link, as one to a broadcast address.
ipv6_silence() {
    local said
    said=$(python_tool tftp.py ask 'ff02::1%eth0' f1 --patience 2 2>&1) || true
    check_that 'T39 a request to all nodes of the link gets silence' "$said" grep -q '^SILENCE' <<<"$said"
}
