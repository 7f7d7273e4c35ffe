# shellcheck shell=bash
# The doctor finds what was broken on purpose: firewalls, ports, files, loaders, the disk, bridges, and other servers on the
# LAN. Each time the first thing that it names has to be the right one.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

# Usage: doctor_check; returns 1 when a check failed.
doctor_check() {
    local failed_before=$CHECKS_FAILED
    with_lab 'the doctor on a sick host' doctor_host || true
    with_lab 'the doctor on a bridge' doctor_bridge || true
    with_lab 'the doctor on a sick LAN' doctor_lan || true
    ((CHECKS_FAILED == failed_before))
}

# Usage: doctor_run OPTION…; what it says of DOCTOR_INTERFACE is in DOCTOR, its exit status in DOCTOR_STATUS.
doctor_run() {
    DOCTOR_STATUS=0
    DOCTOR=$(in_appliance timeout 60 "$PILOTFISH" doctor --json --settings "$LAB_SETTINGS" --root "$LAB_ROOT" \
        --state "$LAB_STATE" --interface "${DOCTOR_INTERFACE:-eth0}" "$@" 2>"$LAB_WORK/doctor.log") || DOCTOR_STATUS=$?
}

# Usage: doctor_first; the code of the first finding.
doctor_first() { python3 -c 'import json, sys; print(json.load(sys.stdin)["findings"][0]["code"])' <<<"$DOCTOR"; }

# Usage: doctor_names WHAT CODE STATUS PATTERN OPTION…; the first finding, the exit status, and words that it has to say.
doctor_names() {
    local what=$1 code=$2 status=$3 pattern=$4
    shift 4
    doctor_run "$@"
    check_that "$what: the doctor names $code first" "status $DOCTOR_STATUS: $(cut -c 1-300 <<<"$DOCTOR")" \
        test "$(doctor_first)/$DOCTOR_STATUS" = "$code/$status"
    check_that "$what: it says what, and how to mend it" "$(cut -c 1-300 <<<"$DOCTOR")" grep -q -- "$pattern" <<<"$DOCTOR"
}

doctor_host() {
    ready_or_fail 'the doctor' lab_start_pilotfish || return 0
    doctor_run --no-probe
    check_that 'a sound host: no error' "status $DOCTOR_STATUS: $DOCTOR" doctor_has_no_error
    check_that 'a sound host: nothing of firewall, ports, files and loaders' "$DOCTOR" doctor_is_sound
    doctor_firewalls
    doctor_files
    doctor_modes
    lab_stop_pilotfish
    doctor_ports
    doctor_disk
}

doctor_has_no_error() { ((DOCTOR_STATUS <= 1)) && grep -q '"errors":0,' <<<"$DOCTOR"; }

doctor_is_sound() {
    ! grep -qE '"severity":"(error|warning)","area":"(service|ports|firewall|interfaces|files|loaders)"' <<<"$DOCTOR"
}

# Usage: doctor_rules TEXT; rules of nftables in the appliance.
doctor_rules() { in_appliance nft -f - <<<"$1"; }

doctor_firewalls() {
    doctor_rules 'table inet own {
        chain input {
            type filter hook input priority 0; policy accept;
            udp dport 69 counter drop
        }
    }'
    doctor_names 'nftables drops port 69' PF-H020 1 'table inet own, chain input, handle [0-9]*: udp dport 69 drop' --no-probe
    # The command that it names does mend it.
    in_appliance sh -c "$(python3 -c 'import json, sys; print(json.load(sys.stdin)["findings"][0]["command"])' <<<"$DOCTOR")"
    doctor_run --no-probe
    check_that 'the command that the doctor names lets port 69 in' "$DOCTOR" doctor_is_sound
    in_appliance nft flush ruleset
    doctor_rules 'table inet own {
        chain input {
            type filter hook input priority 0; policy accept;
            udp dport 32768-60999 drop
        }
    }'
    doctor_names 'nftables drops the ports of transfers' PF-H020 1 'acknowledgements of TFTP transfers' --no-probe
    in_appliance nft flush ruleset
    doctor_rules 'table inet own {
        chain input {
            type filter hook input priority 0; policy drop;
            ct state established,related accept
            iif lo accept
            udp dport { 67, 69, 4011 } accept
            tcp dport 80 accept
        }
    }'
    doctor_run --no-probe
    check_that 'a firewall that is right is no finding' "$DOCTOR" doctor_is_sound
    in_appliance nft flush ruleset
    in_appliance iptables -A INPUT -p udp -m multiport --dports 4000:4011 -j DROP
    doctor_names 'iptables drops port 4011' PF-H020 1 'iptables -t filter, chain INPUT: -A INPUT' --no-probe
    in_appliance iptables -F
    in_appliance nft flush ruleset
}

doctor_files() {
    chmod 600 "$LAB_ROOT/vmlinuz"
    doctor_names 'a kernel that the service may not read' PF-H052 1 "chmod o+r $LAB_ROOT/vmlinuz" --no-probe
    chmod 644 "$LAB_ROOT/vmlinuz"
    cp "$LAB_SETTINGS" "$LAB_WORK/sound.toml"
    printf '[loaders]\nuefi-x64 = "/usr/lib/ipxe/nobody-has-this.efi"\n' >>"$LAB_SETTINGS"
    doctor_names 'a loader that is not there' PF-H060 1 'apt-get install --reinstall ipxe' --no-probe
    sed 's/^uefi-x64 =.*/uefi-x64 = "wrong.efi"/' -i "$LAB_SETTINGS"
    doctor_program "$LAB_ROOT/wrong.efi"
    doctor_names 'a loader for another machine' PF-H061 1 'uefi-x64 is a program for arm64 UEFI' --no-probe
    cp "$LAB_WORK/sound.toml" "$LAB_SETTINGS"
    rm -f "$LAB_ROOT/wrong.efi"
}

# Usage: doctor_program FILE; the header of a program for arm64 UEFI.
doctor_program() {
    python3 -c 'import struct, sys
head = bytearray(4096)
head[0:2] = b"MZ"
struct.pack_into("<I", head, 0x3c, 0x80)
struct.pack_into("<4sH", head, 0x80, b"PE", 0xaa64)
struct.pack_into("<H", head, 0x98, 0x20b)
open(sys.argv[1], "wb").write(head)' "$1"
    chmod 644 "$1"
}

doctor_modes() {
    "$PILOTFISH" observe --state "$LAB_STATE" >/dev/null 2>&1
    doctor_run --no-probe --only service
    check_that 'a service that only watches is a note' "status $DOCTOR_STATUS: $DOCTOR" \
        test "$(doctor_first)/$DOCTOR_STATUS" = PF-H002/0
    "$PILOTFISH" arm --state "$LAB_STATE" >/dev/null 2>&1
}

doctor_ports() {
    local daemon
    daemon=$(lab_copy_of dnsmasq) || lab_fail 'dnsmasq is missing' || return 1
    process_start other "$LAB_WORK/other.log" ip netns exec "$LAB_APPLIANCE" "$daemon" --conf-file=/dev/null \
        --keep-in-foreground --log-facility=- --port=0 --enable-tftp --tftp-root="$LAB_ROOT" --user=root \
        --pid-file="$LAB_WORK/other.pid"
    process_ready other "$LAB_WORK/other.log" 'TFTP root' 10 || return 1
    doctor_names 'port 69 belongs to dnsmasq' PF-H010 1 'UDP port 69 (TFTP) belongs to dnsmasq (process' --no-probe
    process_stop other
    doctor_run --no-probe
    check_that 'a service that does not run is a warning' "status $DOCTOR_STATUS: $DOCTOR" \
        test "$(doctor_first)/$DOCTOR_STATUS" = PF-H001/1
}

doctor_disk() {
    local state=$LAB_WORK/small
    mkdir -p "$state" && mount -t tmpfs -o size=1m,mode=755 doctor "$state" || return 1
    chown "$(stat -c %U:%G "$LAB_STATE")" "$state"
    dd if=/dev/zero of="$state/full" bs=4k 2>/dev/null || true
    doctor_names 'the disk of the state is full' PF-H070 1 "$state: 0 MiB of 1 are free" --no-probe --state "$state"
    umount "$state"
}

# A bridge of the appliance's own, at which machines are.
doctor_bridge() {
    in_appliance ip link add br1 type bridge stp_state 1 forward_delay 1500 &&
        in_appliance ip address flush dev eth0 && in_appliance ip link set eth0 master br1 &&
        in_appliance ip address add "$LAB_APPLIANCE_IP/24" dev br1 && in_appliance ip link set br1 up || return 1
    # eth0 is silent for twice the delay itself.
    wait_until 40 doctor_bridge_forwards || true
    ready_or_fail 'the doctor on a bridge' start_pilotfish --interface br1 || return 0
    doctor_names 'eth0 is a port of a bridge' PF-H034 1 'eth0 is a port of br1' --no-probe
    local DOCTOR_INTERFACE=br1
    doctor_names 'a bridge with spanning tree' PF-H035 1 'forwards nothing for 30 s.*br1 type bridge stp_state 0' --no-probe
    # Not every kernel filters on bridges.
    if doctor_rules 'table bridge own {
        chain input {
            type filter hook input priority 0; policy accept;
            udp dport 67 drop
        }
    }'; then
        doctor_names 'a rule of the bridge that eats DISCOVERs' PF-H020 1 'DISCOVERs (UDP port 67) on br1' --no-probe
    fi
    check_clean_stop
}

doctor_bridge_forwards() { [[ $(in_appliance cat /sys/class/net/br1/operstate) == up ]]; }

doctor_lan() {
    lab_start_router dnsmasq || return 1
    ready_or_fail 'the doctor on a LAN' lab_start_pilotfish || return 0
    doctor_run
    check_that 'a LAN with a DHCP server: no error, and the server is named' "status $DOCTOR_STATUS: $DOCTOR" \
        doctor_knows_router
    doctor_on_lan own-file PF-S012 1 "$LAB_ROUTER_IP names the boot file nobody-has-this.efi" \
        'a router that names a boot file elsewhere'
    doctor_on_lan class60 PF-S006 1 'say PXEClient (option 60)' 'a router that says PXEClient'
    lab_start_router dnsmasq || return 1
    lab_start_rival binl || return 1
    doctor_names 'another proxy' PF-S003 1 "$LAB_RIVAL_IP offers PXE boots"
    check_clean_stop
}

doctor_knows_router() { doctor_has_no_error && grep -q "\"PF-S001\".*$LAB_ROUTER_IP leases addresses" <<<"$DOCTOR"; }

# Usage: doctor_on_lan MANNER CODE STATUS PATTERN WHAT
doctor_on_lan() {
    lab_start_router dnsmasq "$1" || return 1
    doctor_names "$5" "$2" "$3" "$4"
}
