# shellcheck shell=bash
# The DHCP server nobody touches: three stock daemons, each configured as an ISP's box would be. Addresses for an hour,
# a router, a name server; no boot file, no next server. And the same with settings that real networks have, and that
# disturb a proxy, and another proxy.

LAB_ROUTER_PING=${LAB_ROUTER_PING:-1} # 0: addresses are given out without a ping first whether somebody has them
LAB_FOREIGN_IP=10.77.0.9              # where nobody is
LAB_RIVAL_IP=10.77.0.4

# Usage: lab_start_router dnsmasq|isc|kea [MANNER]; MANNER is what else it says to everybody:
#
#   plain        nothing                                   aironet43    option 43 of another vendor (RFC 4578 calls it PXE's)
#   own-67       options 66 and 67 of its own, with NUL    no-pxedhcp   option 175.176: iPXE shall not wait for proxies
#   own-file     a next server that is not there, a file   next-server  the appliance as next server, no file
#   class60      option 60 "PXEClient", left from WDS      class60-us   both
#   own-67-bare  the same without NUL, which is right too; 67 is the last option (isc)
#   own-67-late  the same, a second late
#   class60-late class60, a second late
#
# A second late is isc that pings the address first, whatever LAB_ROUTER_PING says.
lab_start_router() {
    LAB_ROUTER_KIND=$1
    LAB_ROUTER_LOG=$LAB_WORK/router.log
    mkdir -p "$LAB_WORK/router" || return 1
    router_manner "${2:-plain}" || return 1
    case $1 in
    dnsmasq) router_dnsmasq ;;
    isc) router_isc ;;
    kea) router_kea ;;
    *) lab_fail "unknown router \"$1\": dnsmasq, isc or kea" ;;
    esac
}

# Usage: router_manner MANNER; sets the variables that each daemon's function puts into words of its configuration.
router_manner() {
    ROUTER_PING=$LAB_ROUTER_PING
    ROUTER_NEXT='' ROUTER_FILE='' ROUTER_67='' ROUTER_67_END='' ROUTER_CLASS='' ROUTER_43='' ROUTER_175=''
    case $1 in
    plain) ;;
    own-67) ROUTER_67=nobody-has-this.efi ROUTER_67_END='\000' ;;
    own-67-bare) ROUTER_67=nobody-has-this.efi ;;
    own-67-late) ROUTER_67=nobody-has-this.efi ROUTER_PING=1 ;;
    own-file) ROUTER_NEXT=$LAB_FOREIGN_IP ROUTER_FILE=nobody-has-this.efi ;;
    class60) ROUTER_CLASS=PXEClient ;;
    class60-late) ROUTER_CLASS=PXEClient ROUTER_PING=1 ;;
    class60-us) ROUTER_CLASS=PXEClient ROUTER_NEXT=$LAB_APPLIANCE_IP ;;
    # Cisco's access points find their controller by it.
    aironet43) ROUTER_43=f1:04:c0:a8:00:05 ;;
    no-pxedhcp) ROUTER_175=b0:01:01 ;;
    next-server) ROUTER_NEXT=$LAB_APPLIANCE_IP ;;
    *) lab_fail "unknown manner \"$1\" of a router" ;;
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
    local -a manner=()
    daemon=$(lab_copy_of dnsmasq) || lab_fail 'dnsmasq is missing' || return 1
    ((ROUTER_PING)) || manner+=(--no-ping)
    [[ -z $ROUTER_NEXT ]] || manner+=("--dhcp-boot=$ROUTER_FILE,,$ROUTER_NEXT")
    # It puts a NUL at the end of its own accord.
    [[ -z $ROUTER_67 ]] || manner+=("--dhcp-option-force=66,$LAB_ROUTER_IP" "--dhcp-option-force=67,$ROUTER_67")
    [[ -z $ROUTER_CLASS ]] || manner+=("--dhcp-option-force=60,$ROUTER_CLASS")
    [[ -z $ROUTER_43 ]] || manner+=("--dhcp-option-force=43,$ROUTER_43")
    [[ -z $ROUTER_175 ]] || manner+=("--dhcp-option-force=175,$ROUTER_175")
    # It writes the lease file as its own user.
    chmod 777 "$LAB_WORK/router"
    router_start 'DHCP, IP range' "$daemon" --conf-file=/dev/null --keep-in-foreground --log-facility=- --port=0 \
        --interface=eth0 --dhcp-authoritative --dhcp-range=10.77.0.100,10.77.0.200,1h \
        --dhcp-option=option:router,"$LAB_ROUTER_IP" --dhcp-option=option:dns-server,"$LAB_ROUTER_IP" \
        --dhcp-leasefile="$LAB_WORK/router/leases" --pid-file="$LAB_WORK/router/pid" "${manner[@]}"
}

router_isc() {
    local daemon
    daemon=$(lab_copy_of dhcpd) || lab_fail 'isc-dhcp-server is missing' || return 1
    {
        printf 'authoritative;\ndefault-lease-time 3600;\nmax-lease-time 3600;\n'
        ((ROUTER_PING)) || echo 'ping-check false;'
        [[ -z $ROUTER_NEXT ]] || echo "next-server $ROUTER_NEXT;"
        [[ -z $ROUTER_FILE ]] || echo "filename \"$ROUTER_FILE\";"
        [[ -z $ROUTER_67 ]] ||
            echo "option tftp-server-name \"$LAB_ROUTER_IP\"; option bootfile-name \"$ROUTER_67$ROUTER_67_END\";"
        [[ -z $ROUTER_CLASS ]] || echo "option vendor-class-identifier \"$ROUTER_CLASS\";"
        [[ -z $ROUTER_43 ]] || echo "option vendor-encapsulated-options $ROUTER_43;"
        [[ -z $ROUTER_175 ]] || printf 'option ipxe-all code 175 = string;\noption ipxe-all %s;\n' "$ROUTER_175"
        # It sends what was asked for only, but 43, 60, 66, 67 and 175, if any, are for everybody.
        echo 'option dhcp-parameter-request-list = concat(option dhcp-parameter-request-list, 2b, 3c, 42, 43, af);'
        cat <<CONF
subnet 10.77.0.0 netmask 255.255.255.0 {
    range 10.77.0.100 10.77.0.200;
    option routers $LAB_ROUTER_IP;
    option domain-name-servers $LAB_ROUTER_IP;
}
CONF
    } >"$LAB_WORK/router/dhcpd.conf"
    : >"$LAB_WORK/router/leases"
    router_start 'Server starting service|Sending on +Socket' "$daemon" -4 -f -d --no-pid \
        -cf "$LAB_WORK/router/dhcpd.conf" -lf "$LAB_WORK/router/leases" eth0
}

router_kea() {
    local daemon header='' options='' definitions=''
    daemon=$(lab_copy_of kea-dhcp4) || lab_fail 'kea-dhcp4-server is missing' || return 1
    [[ -z $ROUTER_NEXT ]] || header+=" \"next-server\": \"$ROUTER_NEXT\","
    [[ -z $ROUTER_FILE ]] || header+=" \"boot-file-name\": \"$ROUTER_FILE\","
    [[ -z $ROUTER_67 ]] || {
        options+=", { \"code\": 66, \"data\": \"$LAB_ROUTER_IP\", \"always-send\": true }"
        options+=", { \"code\": 67, \"csv-format\": false, \"always-send\": true, \"data\": \"$(
            printf '%b' "$ROUTER_67$ROUTER_67_END" | od -An -v -tx1 | tr -d ' \n')\" }"
    }
    [[ -z $ROUTER_CLASS ]] || options+=", { \"code\": 60, \"data\": \"$ROUTER_CLASS\", \"always-send\": true }"
    router_kea_raw 43 "$ROUTER_43"
    router_kea_raw 175 "$ROUTER_175"
    cat >"$LAB_WORK/router/kea.conf" <<CONF
{ "Dhcp4": {
    "interfaces-config": { "interfaces": [ "eth0" ] },
    "lease-database": { "type": "memfile", "name": "$LAB_WORK/router/leases", "lfc-interval": 0 },
    "valid-lifetime": 3600,
    "authoritative": true,
    "option-def": [ ${definitions#,} ],
    "subnet4": [ {
        "subnet": "10.77.0.0/24",$header
        "pools": [ { "pool": "10.77.0.100 - 10.77.0.200" } ],
        "option-data": [
            { "name": "routers", "data": "$LAB_ROUTER_IP" },
            { "name": "domain-name-servers", "data": "$LAB_ROUTER_IP" }$options
        ]
    } ],
    "loggers": [ { "name": "kea-dhcp4", "severity": "INFO", "output_options": [ { "output": "stdout" } ] } ]
} }
CONF
    router_start DHCP4_STARTED env KEA_PIDFILE_DIR="$LAB_WORK/router" KEA_LOCKFILE_DIR="$LAB_WORK/router" \
        "$daemon" -c "$LAB_WORK/router/kea.conf"
}

# Usage: router_kea_raw CODE OCTETS; an option that Kea shall not interpret, if OCTETS (xx:xx:…) are any. Adds to its
# caller's options and definitions.
router_kea_raw() {
    [[ -n $2 ]] || return 0
    definitions+=", { \"name\": \"raw-$1\", \"code\": $1, \"type\": \"binary\" }"
    options+=", { \"code\": $1, \"csv-format\": false, \"data\": \"${2//:/}\", \"always-send\": true }"
}

# Usage: lab_start_rival binl|direct; another proxy on the LAN, which answers a second late and offers x64 UEFI a kernel
# image of its own. BINL is dnsmasq's way with one entry (BIOS gets a menu of one), DIRECT that of a second Pilotfish.
lab_start_rival() {
    local root=$LAB_WORK/rival
    LAB_RIVAL=$LAB_ID-rival
    network_join "$LAB_RIVAL" rival "$LAB_RIVAL_IP" || lab_fail 'no namespace for the rival' || return 1
    loader_uki x64 "$root/root/rival.efi" "rival-$LAB_TOKEN" || return 1
    chmod -R a+rX "$root"
    case $1 in
    binl) rival_binl "$root/root" ;;
    direct) rival_direct "$root" ;;
    esac
}

rival_binl() {
    local daemon
    daemon=$(lab_copy_of dnsmasq) || lab_fail 'dnsmasq is missing' || return 1
    process_start rival "$LAB_WORK/rival.log" ip netns exec "$LAB_RIVAL" "$daemon" --conf-file=/dev/null \
        --keep-in-foreground --log-facility=- --port=0 --interface=eth0 --dhcp-range=10.77.0.0,proxy \
        --dhcp-reply-delay=1 --pid-file="$LAB_WORK/rival/pid" --enable-tftp --tftp-root="$1" \
        --pxe-service=x86PC,Rival,rival --pxe-service=X86-64_EFI,Rival,rival.efi
    process_ready rival "$LAB_WORK/rival.log" 'DHCP, proxy on subnet' 10
}

rival_direct() {
    mkdir -p "$1/state" || return 1
    cat >"$1/settings.toml" <<TOML
[loaders]
uefi-x64 = "rival.efi"

[[rule]]
shape = "direct"
delay = 1000
TOML
    process_start rival "$LAB_WORK/rival.log" env -u NOTIFY_SOCKET ip netns exec "$LAB_RIVAL" "$PILOTFISH" serve \
        --interface eth0 --root "$1/root" --state "$1/state" --settings "$1/settings.toml"
    process_ready rival "$LAB_WORK/rival.log" 'service\.ready' 20
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
