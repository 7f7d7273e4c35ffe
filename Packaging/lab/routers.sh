# shellcheck shell=bash
# The DHCP server nobody touches: three stock daemons, each configured as an ISP's box would be. Addresses for an hour,
# a router, a name server; no boot file, no next server.

# Usage: lab_start_router dnsmasq|isc|kea
lab_start_router() {
    LAB_ROUTER_KIND=$1
    LAB_ROUTER_LOG=$LAB_WORK/router.log
    mkdir -p "$LAB_WORK/router" || return 1
    case $1 in
    dnsmasq) router_dnsmasq ;;
    isc) router_isc ;;
    kea) router_kea ;;
    *) lab_fail "unknown router \"$1\": dnsmasq, isc or kea" ;;
    esac
}

# Usage: router_start PATTERN COMMAND…; PATTERN is what the daemon logs when it serves.
router_start() {
    local pattern=$1
    shift
    process_start router "$LAB_ROUTER_LOG" ip netns exec "$LAB_ROUTER" "$@"
    process_ready router "$LAB_ROUTER_LOG" "$pattern" 15
}

router_dnsmasq() {
    local daemon
    daemon=$(lab_copy_of dnsmasq) || lab_fail 'dnsmasq is missing' || return 1
    # It writes the lease file as its own user.
    chmod 777 "$LAB_WORK/router"
    router_start 'DHCP, IP range' "$daemon" --conf-file=/dev/null --keep-in-foreground --log-facility=- --port=0 \
        --interface=eth0 --dhcp-authoritative --dhcp-range=10.77.0.100,10.77.0.200,1h \
        --dhcp-option=option:router,"$LAB_ROUTER_IP" --dhcp-option=option:dns-server,"$LAB_ROUTER_IP" \
        --dhcp-leasefile="$LAB_WORK/router/leases"
}

router_isc() {
    local daemon
    daemon=$(lab_copy_of dhcpd) || lab_fail 'isc-dhcp-server is missing' || return 1
    cat >"$LAB_WORK/router/dhcpd.conf" <<CONF
authoritative;
default-lease-time 3600;
max-lease-time 3600;
subnet 10.77.0.0 netmask 255.255.255.0 {
    range 10.77.0.100 10.77.0.200;
    option routers $LAB_ROUTER_IP;
    option domain-name-servers $LAB_ROUTER_IP;
}
CONF
    : >"$LAB_WORK/router/leases"
    router_start 'Server starting service|Sending on +Socket' "$daemon" -4 -f -d --no-pid \
        -cf "$LAB_WORK/router/dhcpd.conf" -lf "$LAB_WORK/router/leases" eth0
}

router_kea() {
    local daemon
    daemon=$(lab_copy_of kea-dhcp4) || lab_fail 'kea-dhcp4-server is missing' || return 1
    cat >"$LAB_WORK/router/kea.conf" <<CONF
{ "Dhcp4": {
    "interfaces-config": { "interfaces": [ "eth0" ] },
    "lease-database": { "type": "memfile", "name": "$LAB_WORK/router/leases", "lfc-interval": 0 },
    "valid-lifetime": 3600,
    "authoritative": true,
    "subnet4": [ {
        "subnet": "10.77.0.0/24",
        "pools": [ { "pool": "10.77.0.100 - 10.77.0.200" } ],
        "option-data": [
            { "name": "routers", "data": "$LAB_ROUTER_IP" },
            { "name": "domain-name-servers", "data": "$LAB_ROUTER_IP" }
        ]
    } ],
    "loggers": [ { "name": "kea-dhcp4", "severity": "INFO", "output_options": [ { "output": "stdout" } ] } ]
} }
CONF
    router_start DHCP4_STARTED env KEA_PIDFILE_DIR="$LAB_WORK/router" KEA_LOCKFILE_DIR="$LAB_WORK/router" \
        "$daemon" -c "$LAB_WORK/router/kea.conf"
}

# Usage: lab_lease MAC; prints the address the router's lease file says MAC has, or fails. Each daemon has its format.
lab_lease() {
    local mac=${1,,} file=$LAB_WORK/router/leases
    [[ -s $file ]] || return 1
    case $LAB_ROUTER_KIND in
    # expiry MAC address name client-id
    dnsmasq) awk -v mac="$mac" '$2 == mac { a = $3 } END { print a }' "$file" ;;
    # lease ADDRESS { … hardware ethernet MAC; … }, appended again at every change
    isc) awk -v mac="$mac;" '$1 == "lease" { ip = $2 } $3 == mac { a = ip } END { print a }' "$file" ;;
    # address,MAC,client-id,…, appended again at every change
    kea) awk -F, -v mac="$mac" '$2 == mac { a = $1 } END { print a }' "$file" ;;
    esac | grep .
}
