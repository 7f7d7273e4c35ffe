# shellcheck shell=bash
# Emulated firmware (Tests/Lab/firmware) beside every DHCP server and whatever such a server may do to a proxy: each
# machine boots from us, or does not as `pilotfish probe` has predicted.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

# What becomes of each kind of machine.
readonly CLIENTS_TABLE=$TESTS_LAB/firmware/matrix.txt

# Usage: clients_check; returns 1 when a check failed.
clients_check() {
    local router failed_before=$CHECKS_FAILED
    # shellcheck disable=SC2034 # the router reads it
    local LAB_ROUTER_PING=0
    CLIENTS_CELLS=$(mktemp "${TMPDIR:-/tmp}/pilotfish-cells.XXXXXX") || return 1
    check_lines 'emulated firmware beside captures of the real' clients_python firmware \
        --self-test "$TESTS_LAB/../Fixtures"
    for router in dnsmasq isc kea; do
        CLIENTS_ROUTER=$router
        with_lab "clients: emulated firmware beside $router" clients_body || true
    done
    check_that 'every cell of the matrix is as predicted' 'see above' clients_python firmware.cells table \
        "$CLIENTS_CELLS"
    rm -f "$CLIENTS_CELLS"
    ((CHECKS_FAILED == failed_before))
}

clients_body() {
    local manner
    local -a manners
    read -ra manners < <(awk '$1 == "model" { $1 = $2 = $3 = ""; print }' "$CLIENTS_TABLE")
    clients_payload || return 1
    for manner in "${manners[@]}"; do
        LAB_FAILURE=''
        clients_lan "$manner" || check_fail "$CLIENTS_ROUTER $manner is played" "${LAB_FAILURE:-ended early}"
        clients_switch_off
    done
}

# Files that are told from each other by their content, settings that serve all of these machines, and what the rival
# hands out.
clients_payload() {
    local name
    local -a files
    mkdir -p "$LAB_WORK/rival" "$LAB_ROOT/raspberry-pi" || return 1
    for name in "$LAB_ROOT"/{arm64.efi,uboot.efi,boot.scr.uimg,bootcode.bin,raspberry-pi/start4.elf} \
        "$LAB_WORK"/rival/rival.{0,efi}; do
        head -c 100000 /dev/urandom >"$name" || return 1
    done
    chmod -R a+rX "$LAB_ROOT" "$LAB_WORK/rival"
    cat >>"$LAB_SETTINGS" <<'TOML'

[loaders]
uefi-arm64 = "arm64.efi"
uboot-arm64 = "uboot.efi"

[dhcp]
vendor-classes = ["U-Boot."]

[[rule]]
name = "Raspberry Pis that count wrongly"
mac = "28:cd:c1:*"
shape = "raspberry-pi-3"
TOML
    mapfile -t files < <(find "$LAB_ROOT" -type f)
    mapfile -t CLIENTS_EXPECTED < <(sha "${files[@]}" /usr/lib/ipxe/{snponly.efi,ipxe.efi,undionly.kpxe,ipxe.pxe} |
        sed 's/^/--file-sha=/')
}

# Usage: clients_lan MANNER; a LAN that nobody has been on, every machine of the column on it, and the judgement.
clients_lan() {
    local manner=$1 what="$CLIENTS_ROUTER $1" results=$LAB_WORK/results.log models
    rm -rf "${LAB_STATE:?}" "$LAB_WORK"/{pilotfish,results,predictions}.log
    mkdir -p "$LAB_STATE" || return 1
    clients_router "$manner" && lab_start_pilotfish || return 1
    clients_start_probe
    models=$(clients_of "$manner")
    clients_play "$manner" "$results" "$models"
    check_that "$what: every machine was played to its end" "$(tail -n 3 "$results")" \
        test "$(grep -c '^{' "$results")" = "$(wc -w <<<"$models")"
    # It ends with 1 when a kind does not boot from us.
    helper_ends predictions 20 || true
    ((PROCESS_STATUS <= 1)) || lab_fail "the probe: $(tail -n 1 "$LAB_WORK/predictions.log")" || return 1
    "$PILOTFISH" decode --json --server "$LAB_APPLIANCE_IP" "$LAB_WORK/dhcp.pcap" >"$LAB_WORK/decoded.log" ||
        lab_fail 'pilotfish decode failed' || return 1
    check_lines "the cells of $what" clients_python firmware.cells judge "$CLIENTS_TABLE" "$CLIENTS_ROUTER" \
        "$manner" "$results" "$LAB_WORK/predictions.log" "$LAB_WORK/decoded.log" "$CLIENTS_CELLS" "$LAB_APPLIANCE_IP"
    [[ $manner != plain ]] || clients_second
}

# Machines of kinds that were on the LAN just now, beside a DHCP server that has forgotten them all: dnsmasq offers an
# address to two machines at once when others are taken already.
clients_second() {
    local results=$LAB_WORK/second.log
    clients_forget
    clients_router plain || return 1
    clients_play second "$results" \
        "$(awk '/^(learner|menu-of-two|slow-rom)/ { print $1 "@" $2 }' "$CLIENTS_TABLE")"
    check_lines "the second machines beside $CLIENTS_ROUTER" clients_python firmware.cells learned "$results"
}

# Usage: clients_router MANNER; the DHCP server, and the rival if there is one.
clients_router() {
    case $1 in
    rival-direct) lab_start_router "$CLIENTS_ROUTER" && clients_rival_direct ;;
    rival-*) lab_start_router "$CLIENTS_ROUTER" && lab_start_rival "${1#rival-}" "$LAB_WORK/rival" ;;
    *) lab_start_router "$CLIENTS_ROUTER" "$1" ;;
    esac
}

# Its offers come late enough for everybody who takes the first, and in time for everybody who waits for more.
clients_rival_direct() {
    local tftp
    tftp=$(lab_copy_of dnsmasq) && network_join "$LAB_ID-rival" rival "$LAB_RIVAL_IP" || return 1
    process_start rival-tftp "$LAB_WORK/rival-tftp.log" ip netns exec "$LAB_ID-rival" "$tftp" --conf-file=/dev/null \
        --keep-in-foreground --log-facility=- --port=0 --enable-tftp --tftp-root="$LAB_WORK/rival"
    process_start rival "$LAB_WORK/rival.log" ip netns exec "$LAB_ID-rival" env PYTHONPATH="$TESTS_LAB" \
        python3 -B -m firmware.rival eth0 "$LAB_RIVAL_IP" rival.efi 0.3
    process_ready rival-tftp "$LAB_WORK/rival-tftp.log" 'TFTP root' 10 &&
        process_ready rival "$LAB_WORK/rival.log" serving 10
}

# Usage: clients_of MANNER; the machines of a column, MODEL@PACE each.
clients_of() {
    awk -v manner="$1" -v router="$CLIENTS_ROUTER" '
        $1 == "model" { for (i = 4; i <= NF; i++) if ($i == manner) column = i; next }
        BEGIN { turn = index("dnsmasq isc kea", router); turn = turn == 1 ? 1 : turn == 9 ? 2 : 3 }
        NF && column {
            cell = split($column, beside, "/") > 1 ? beside[turn] : $column
            if (cell != ".") print $1 "@" $2
        }' "$CLIENTS_TABLE"
}

# Usage: clients_play MANNER RESULTS MODELS
# Beside a plain server loaders come alive; what becomes of an iPXE beside the others has rows of its own.
clients_play() {
    local results=$2
    local -a models more=()
    mapfile -t models <<<"$3"
    [[ $1 != plain ]] || more+=(--chain)
    in_client timeout 120 env PYTHONPATH="$TESTS_LAB" python3 -B -m firmware "${models[@]}" --jobs "${#models[@]}" \
        --server "$LAB_APPLIANCE_IP" --router "$LAB_ROUTER_IP" --capture "$LAB_WORK/dhcp.pcap" \
        "${CLIENTS_EXPECTED[@]}" "${more[@]}" >"$results" 2>&1 || true
}

# What the probe says of every kind in the table, while the machines boot.
clients_start_probe() {
    local kind
    local -a kinds=()
    for kind in $(clients_python firmware --list | awk '$2 != "-" { print $2 }' | sort -u); do
        kinds+=(--kind "$kind")
    done
    start_helper predictions timeout 60 "$PILOTFISH" probe --interface eth0 --server "$LAB_APPLIANCE_IP" --json \
        "${kinds[@]}"
}

# Usage: clients_python MODULE [ARGUMENT…]
clients_python() {
    env PYTHONPATH="$TESTS_LAB" python3 -B -m "$@"
}

# The next LAN has the same addresses, and other machines at them.
clients_switch_off() {
    lab_stop_pilotfish || true
    process_stop predictions
    clients_rival_off
    clients_forget
}

clients_forget() {
    process_stop router
    rm -rf "$LAB_WORK/router" "$LAB_WORK/router.log"
    in_appliance ip neigh flush dev eth0
    in_router ip neigh flush dev eth0
}

clients_rival_off() {
    local name
    local -a kept=()
    process_stop rival
    process_stop rival-tftp
    for name in "${LAB_NETWORKS[@]}"; do
        if [[ $name == *-rival ]]; then ip netns delete "$name" 2>/dev/null || true; else kept+=("$name"); fi
    done
    LAB_NETWORKS=("${kept[@]}")
}
