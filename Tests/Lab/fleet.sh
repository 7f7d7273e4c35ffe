# shellcheck shell=bash
# PILOTFISH_FLEET=all plays the long rollouts, too; PILOTFISH_FLEET_MACHINES=N more machines than 200.
#
# Rooms full of machines that boot at once: `pilotfish swarm --pxe` in the client's namespace, against Pilotfish and a stock
# dnsmasq that gives out addresses.

# Other labs read this, too, and constants cannot be read twice.
! declare -F fleet_check >/dev/null || return 0
# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=Tests/Lab/fleet_installs.sh
source "${BASH_SOURCE[0]%/*}/fleet_installs.sh"

readonly FLEET_MACHINES=${PILOTFISH_FLEET_MACHINES:-200}
# Machines that are installed at a time.
readonly FLEET_WAVE=$((FLEET_MACHINES / 10))
# Half of the LAN's addresses are the machines'.
readonly FLEET_NETWORK=10.77.128.0/17

# Usage: fleet_check; returns 1 when a check failed.
fleet_check() {
    with_lab "fleet: $FLEET_MACHINES machines that boot at once" fleet_body
}

fleet_body() {
    fleet_up || return 1
    fleet_kernel || return 1
    fleet_start_router || return 1
    lab_start_pilotfish || return 1
    fleet_refused
    fleet_boots bios
    fleet_boots uefi
    fleet_breaks
    fleet_forgets
    fleet_foreign_address
    lab_stop_pilotfish
    fleet_breaking_installs
    fleet_governed
    fleet_installs 100 2000000
    if [[ ${PILOTFISH_FLEET:-} == all ]]; then
        fleet_installs 100 4000000
        fleet_installs 1000 20000000
    fi
}

# The LAN is made wide enough, and the client's namespace speaks for all of the machines' addresses (AnyIP).
fleet_up() {
    local network
    for network in "$LAB_ROUTER" "$LAB_APPLIANCE" "$LAB_CLIENT"; do
        local address
        address=$(ip -n "$network" -4 -o address show dev eth0 | awk '{ sub("/.*", "", $4); print $4; exit }') &&
            ip -n "$network" address flush dev eth0 && ip -n "$network" address add "$address/16" dev eth0 || return 1
    done
    ip -n "$LAB_CLIENT" route add local "$FLEET_NETWORK" dev lo || return 1
    # The kernel's table of neighbours is one for all namespaces, and takes a thousand (gc_thresh3).
    ((FLEET_MACHINES <= 500)) || ip -n "$LAB_APPLIANCE" route add "$FLEET_NETWORK" via "$LAB_CLIENT_IP"
}

# A kernel that nobody runs, and of which no octet may be missing.
fleet_kernel() {
    head -c 100000 /dev/urandom >"$LAB_ROOT/vmlinuz" && head -c 50000 /dev/urandom >"$LAB_ROOT/initrd.img" &&
        chmod 644 "$LAB_ROOT"/{vmlinuz,initrd.img}
}

# As many addresses as machines, and more than the thousand that dnsmasq gives out by itself. It pings none of them first:
# the client's namespace would answer for all.
fleet_start_router() {
    local daemon
    LAB_ROUTER_LOG=$LAB_WORK/router.log
    daemon=$(lab_copy_of dnsmasq) || lab_fail 'dnsmasq is missing' || return 1
    mkdir -p "$LAB_WORK/router" && chmod 777 "$LAB_WORK/router"
    router_start 'DHCP, IP range' "$daemon" --conf-file=/dev/null --keep-in-foreground --log-facility=- --port=0 \
        --quiet-dhcp --interface=eth0 --dhcp-authoritative --no-ping --dhcp-lease-max=20000 \
        --dhcp-range=10.77.128.0,10.77.250.255,255.255.0.0,1h --dhcp-option=option:router,"$LAB_ROUTER_IP" \
        --dhcp-leasefile="$LAB_WORK/router/leases" --pid-file="$LAB_WORK/router/pid"
}

# Usage: fleet_play MACHINES SECONDS [swarm option…]; what it says is in FLEET (JSON), how it ended in FLEET_STATUS.
fleet_play() {
    local machines=$1 limit=$2
    shift 2
    FLEET_STATUS=0
    FLEET=$(in_client timeout $((limit + 20)) "$PILOTFISH" swarm --pxe "$machines" --interface eth0 --limit "$limit" \
        --json "$@" 2>"$LAB_WORK/swarm.log") || FLEET_STATUS=$?
    printf '%s\n' "$FLEET" >>"$LAB_WORK/swarm.log"
}

# Usage: fleet_is KEY VALUE; whether the swarm said so.
fleet_is() {
    [[ $FLEET == *"\"$1\":$2,"* ]]
}

# Usage: fleet_figure KEY; a number of the swarm's, or the object of a stage.
fleet_figure() {
    sed -n "s/.*\"$1\":\({[^}]*}\|[0-9.]*\).*/\1/p" <<<"$FLEET"
}

# Usage: fleet_boots bios|uefi
fleet_boots() {
    local what="$FLEET_MACHINES machines ($1)" expected=$((FLEET_MACHINES * 150000))
    local -a pace=()
    # dnsmasq has room for some 150 questions at a time.
    ((FLEET_MACHINES <= 500)) || pace=(--start-rate 200/s)
    fleet_play "$FLEET_MACHINES" 30 --arch "$1" "${pace[@]}"
    check_that "$what all come to their kernel" "$FLEET_STATUS: $(tail -n 1 "$LAB_WORK/swarm.log")" \
        fleet_is booted "$FLEET_MACHINES"
    check_that "$what: not an octet of kernel and RAM disk is missing" "$(fleet_figure octets) octets" \
        test "$(fleet_figure octets)" -gt "$expected"
    check_that "$what: no file was refused" "$(fleet_figure errors)" fleet_is errors '{}'
    printf '     %s in %s s; address %s, loader %s, script %s, files %s\n' "$what" "$(fleet_figure makespan_s)" \
        "$(fleet_figure address)" "$(fleet_figure loader)" "$(fleet_figure script)" "$(fleet_figure files)"
}

# Power fails, requests are repeated, readers dawdle: they come to their kernel all the same.
fleet_breaks() {
    fleet_play 50 30 --power-loss 0.4 --duplicates 0.3 --slow 0.2 --seed 7
    check_that '50 machines that lose power, repeat themselves and dawdle come to their kernel' \
        "$FLEET_STATUS: $(tail -n 1 "$LAB_WORK/swarm.log")" fleet_is booted 50
    check_that 'and power was lost, and requests were repeated' "$FLEET" \
        test "$(fleet_figure power_losses)" -gt 5 -a "$(fleet_figure repeated_requests)" -gt 20
}

# An appliance that hands out the same install for ever, made of plain files: the swarm plays installers, and finds it out.
fleet_forgets() {
    local install=$LAB_ROOT/install/t1
    mkdir -p "$install/begin" && cp "$LAB_ROOT/vmlinuz" "$install" && : >"$install/done" &&
        printf '#!ipxe\nexit 0\n' >"$install/begin/1" && cat >"$LAB_ROOT/boot.ipxe" <<IPXE || return 1
#!ipxe
kernel http://$LAB_APPLIANCE_IP/install/t1/vmlinuz || exit 1
chain --autofree http://$LAB_APPLIANCE_IP/install/t1/begin/1 || exit 1
boot || exit 1
IPXE
    chmod -R a+rX "$LAB_ROOT"
    fleet_play 20 12 --install-time 0.5
    rm -r "$LAB_ROOT/boot.ipxe" "$LAB_ROOT/install"
    check_that 'machines that are installed twice are told apart' "$FLEET" fleet_is double_installs 20
    check_that 'and it ends with 1' "exit status $FLEET_STATUS" test "$FLEET_STATUS" = 1
    check_that 'installers ran, all at once and said that they were done' "$FLEET" \
        test "$(fleet_figure 'done')" -ge 40 -a "$(fleet_figure max_installing_at_once)" = 20
}

# Nonsense ends before anybody is asked.
fleet_refused() {
    local line status
    for line in '' '--pxe 5 tftp://10.77.0.2/f' '--pxe 5 --clients 7' 'tftp://10.77.0.2/f --power-loss 0.1'; do
        status=0
        # shellcheck disable=SC2086 # options
        in_client "$PILOTFISH" swarm $line >"$LAB_WORK/swarm.log" 2>&1 || status=$?
        check_that "swarm $line is refused" "exit status $status" test "$status" = 64
    done
    status=0
    in_client "$PILOTFISH" swarm --pxe 1 --interface nope0 >"$LAB_WORK/swarm.log" 2>&1 || status=$?
    check_that 'an interface that is not there ends it with 2' "exit status $status" test "$status" = 2
}

# Without the local route nothing can be played, and the swarm says what is missing.
fleet_foreign_address() {
    ip -n "$LAB_CLIENT" route del local "$FLEET_NETWORK" dev lo
    fleet_play 3 10
    check_that 'an address that is not this host'\''s ends it with 2' "exit status $FLEET_STATUS" test "$FLEET_STATUS" = 2
    check_that 'and it says what to do' "$(cat "$LAB_WORK/swarm.log")" \
        grep -q 'ip route add local 10.77.0.0/16 dev lo' "$LAB_WORK/swarm.log"
    ip -n "$LAB_CLIENT" route add local "$FLEET_NETWORK" dev lo
}
