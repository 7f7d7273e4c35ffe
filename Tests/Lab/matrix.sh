# shellcheck shell=bash
# Real firmware x somebody else's DHCP server x what that server may do to a proxy. Each cell is a lab of its own: first
# `pilotfish probe` predicts what the machine will do, then the machine is switched on. The table below, the prediction
# and what happened must say the same; a cell in which they do not is a surprise, and fails.
#
# PILOTFISH_MATRIX=full plays every machine beside every server with every manner; PILOTFISH_MATRIX_JOBS=N machines run
# at the same time (default: one a core).

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=Tests/Lab/workers.sh
source "${BASH_SOURCE[0]%/*}/workers.sh"

readonly MATRIX_ROUTERS=(dnsmasq isc kea)

# What each machine does beside a server of each manner (see Packaging/lab/routers.sh): it boots ours, or theirs, or
# none. "-" is no cell.
#
# class60: EDK2 takes the lease for a boot server's and asks port 4011 there, whatever else it hears; HTTP Boot does not
# look at that class. iPXE leaves discovery with the first offer of that class, so that who comes first decides: the
# cells below settle it. no-pxedhcp is for iPXE only. U-Boot of 2023 hears no proxy: it has what the lease names.
readonly MATRIX_WANTED='
manner       uefi  uefi-http  arm64  bios  uboot
plain        ours  ours       ours   ours  none
own-67       ours  ours       ours   ours  none
own-file     ours  ours       ours   ours  theirs
class60      none  ours       none   -     none
class60-us   ours  ours       ours   -     ours
aironet43    ours  ours       ours   ours  none
no-pxedhcp   ours  ours       ours   none  none
next-server  ours  ours       ours   ours  ours
rival        ours  ours       ours   ours  none
'

# Cells that stand for themselves: machine, server, manner, loader, what happens.
#
# bios-plain is an iPXE ROM that hides it: what it makes of two offers is not what a true PXE 2.1 ROM does, so only
# plain servers stand beside it. GRUB 2.06 asks the next server of the lease for its files, not the proxy.
#
# own-67-first: EDK2 writes a NUL behind an option 67 that has none, here over the end mark. The offer it selected is no
# longer valid then, and it takes the last one that came in its place (Dhcp4Dxe, DhcpChooseOffer): the proxy's, whose
# address is 0.0.0.0. When the router's comes last, that is the same and all is well.
readonly MATRIX_SPECIAL='
bios-plain  dnsmasq  plain         pxelinux  ours
bios-plain  isc      plain         undionly  ours
bios-plain  kea      plain         lpxelinux ours
uefi        dnsmasq  plain         snponly   ours
uefi        isc      plain         ipxe      ours
uefi        kea      no-pxedhcp    snponly   none
uefi        isc      plain         grub      none
uefi        dnsmasq  plain         grub      none
uefi        kea      next-server   grub      ours
uefi        dnsmasq  rival-direct  usual     theirs
uefi        isc      class60-us    usual     ours
uefi        isc      own-67-late   usual     ours
uefi        isc      own-67-first  usual     none
uefi-http   isc      own-67-first  usual     none
bios        isc      class60-late  usual     ours
bios        dnsmasq  class60-first usual     none
uboot       kea      next-server   usual     ours
'

# Usage: matrix_wanted MACHINE MANNER
matrix_wanted() {
    awk -v machine="$1" -v manner="$2" '
        $1 == "manner" { for (i = 2; i <= NF; i++) if ($i == machine) column = i }
        $1 == manner { print $column }' <<<"$MATRIX_WANTED"
}

# Prints the cells of this run: machine, server, manner, loader, what happens. Not EDK2 beside a Kea with option 67: it
# never sends the NUL, and chance decides who comes first (own-67-first, own-67-late).
matrix_cells() {
    local machine router manner turn=0 second='uefi-http'
    local -a machines=(uefi uefi-http arm64 bios uboot) manners
    mapfile -t manners < <(awk 'NF && $1 != "manner" { print $1 }' <<<"$MATRIX_WANTED")
    for machine in "${machines[@]}"; do
        for router in "${MATRIX_ROUTERS[@]}"; do
            # A quick run meets every server with UEFI and BIOS, and with each other firmware one of them.
            if [[ ${PILOTFISH_MATRIX:-} != full && $machine =~ ^(uefi-http|arm64|uboot)$ ]]; then
                [[ $router == "${MATRIX_ROUTERS[turn % 3]}" ]] || continue
            fi
            echo "$machine $router plain usual $(matrix_wanted "$machine" plain)"
        done
        turn=$((turn + 1))
    done
    turn=0
    for manner in "${manners[@]:1}"; do
        if [[ $second == bios ]]; then second='uefi-http'; else second=bios; fi
        for machine in "${machines[@]}"; do
            if [[ ${PILOTFISH_MATRIX:-} == full ]]; then
                for router in "${MATRIX_ROUTERS[@]}"; do
                    echo "$machine $router $manner usual $(matrix_wanted "$machine" "$manner")"
                done
            elif [[ $machine == uefi || $machine == "$second" ]] && [[ $manner != class60-us ]]; then
                # A quick run meets each manner with UEFI, and with BIOS and HTTP Boot by turns, beside another server every time; the
                # emulated firmware of the layer clients meets all of them.
                router=${MATRIX_ROUTERS[(turn + turn / 3) % 3]}
                turn=$((turn + 1))
                echo "$machine $router $manner usual $(matrix_wanted "$machine" "$manner")"
            fi
        done
    done | awk '$5 != "-" && !($2 == "kea" && $3 == "own-67" && $1 ~ /uefi|arm64/)'
    awk 'NF' <<<"$MATRIX_SPECIAL"
}

# Usage: matrix_kinds MACHINE LOADER; the kinds of client, as `pilotfish probe` calls them, that ask one after the other
# during such a boot.
matrix_kinds() {
    case $1:$2 in
    uefi:grub) echo grub-efi ;;
    uefi:snponly | uefi:ipxe) echo uefi-x64 ipxe-uefi ;;
    uefi:*) echo uefi-x64 ;;
    uefi-http:*) echo uefi-x64-http ;;
    arm64:*) echo uefi-arm64 ;;
    bios:*) echo ipxe-bios ;;
    bios-plain:undionly) echo bios ipxe-bios ;;
    bios-plain:*) echo pxelinux ;;
    uboot:*) echo u-boot ;;
    esac
}

# Usage: matrix_loader MACHINE LOADER; puts the files in place and names them in the settings.
matrix_loader() {
    local role='' file=''
    case $1:$2 in
    uefi:snponly) role=uefi-x64 file=/usr/lib/ipxe/snponly.efi ;;
    uefi:ipxe) role=uefi-x64 file=/usr/lib/ipxe/ipxe.efi ;;
    uefi:grub) role=uefi-x64 file=/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed ;;
    uefi:* | uefi-http:*) role=uefi-x64 file=lab/kernel-x64.efi && loader_uki x64 "$LAB_ROOT/$file" ;;
    arm64:*) role=uefi-arm64 file=lab/kernel-arm64.efi && loader_uki arm64 "$LAB_ROOT/$file" ;;
    bios-plain:undionly) role=bios file=/usr/lib/ipxe/undionly.kpxe ;;
    bios-plain:*) role=bios file=$2.0 && loader_pxelinux ;;
    uboot:*) loader_uboot ;;
    esac || return 1
    chmod -R a+rX "$LAB_ROOT"
    [[ -z $role ]] || printf '[loaders]\n%s = "%s"\n' "$role" "$file" >>"$LAB_SETTINGS"
}

# Usage: matrix_servers ROUTER MANNER; starts everybody who answers.
matrix_servers() {
    local manner=$2
    case $2 in
    rival | rival-direct) manner=plain ;;
    class60-first | own-67-first)
        # The router is the first by far.
        manner=class60
        [[ $2 == class60-first ]] || manner="own-67-bare"
        printf '[[rule]]\ndelay = 500\n' >>"$LAB_SETTINGS"
        ;;
    esac
    lab_start_router "$1" "$manner" || return 1
    case $2 in
    rival) lab_start_rival binl || return 1 ;;
    rival-direct) lab_start_rival direct || return 1 ;;
    esac
    lab_start_pilotfish
}

# Usage: matrix_predict KIND…; sets CELL_VERDICT, CELL_CODE and CELL_REASON: of the first kind that does not boot ours,
# else of the last.
matrix_predict() {
    local kind status=0 verdicts line
    local -a kinds=()
    for kind in "$@"; do kinds+=(--kind "$kind"); done
    in_client timeout 30 "$PILOTFISH" probe --interface eth0 --server "$LAB_APPLIANCE_IP" --json "${kinds[@]}" \
        >"$LAB_WORK/probe.json" 2>"$LAB_WORK/probe.log" || status=$?
    ((status <= 1)) || lab_fail "pilotfish probe ended with $status: $(tail -n 1 "$LAB_WORK/probe.log")" || return 1
    verdicts=$(python3 -c 'import json, sys
for line in sys.stdin:
    told = json.loads(line)
    print(told["verdict"], told["code"], told["reason"])' <"$LAB_WORK/probe.json") &&
        [[ $(grep -c . <<<"$verdicts") == "$#" ]] ||
        lab_fail "pilotfish probe does not speak of every kind of $*" || return 1
    while read -r line; do
        read -r CELL_VERDICT CELL_CODE CELL_REASON <<<"$line"
        [[ $CELL_VERDICT == ours ]] || break
    done <<<"$verdicts"
}

# Usage: matrix_cell FILE MACHINE ROUTER MANNER LOADER; plays it, and writes the result to FILE in one line: outcome,
# prediction, its code, seconds to the decision, seconds in all, and why; fields are parted by tabs.
matrix_cell() {
    local file=$1 machine=$2 router=$3 manner=$4 loader=$5 begun
    local -a kinds
    begun=$(lab_now)
    read -ra kinds < <(matrix_kinds "$machine" "$loader")
    CELL_VERDICT='' CELL_CODE='' CELL_REASON='' LAB_OUTCOME='' LAB_SIGN=''
    if lab_up && lab_capture_start "$LAB_WORK/lan.pcap" && matrix_loader "$machine" "$loader" &&
        matrix_servers "$router" "$manner" && lab_start_ipv6_router && matrix_predict "${kinds[@]}" &&
        lab_boot "$machine"; then
        # What ought to boot gets the longer time: another's load on this host must not look like a surprise.
        lab_wait_outcome "$([[ $CELL_VERDICT == ours ]] && echo 240 || echo 60)" || LAB_OUTCOME=''
    fi
    [[ -n $LAB_OUTCOME ]] || LAB_SIGN=$LAB_FAILURE
    printf '%s\t%s\t%s\t%s\t%s\t%s\n' "${LAB_OUTCOME:-failed}" "${CELL_VERDICT:-nothing}" "${CELL_CODE:--}" \
        "${LAB_MARKER_AT:--}" "$(lab_since "$begun")" "$(matrix_why)" >"$file"
}

# Why it did not boot ours, in a few words: what the prediction says, and what the machine said.
matrix_why() {
    [[ $LAB_OUTCOME:$CELL_VERDICT != ours:ours ]] || return 0
    tr -s '\t\n ' ' ' <<<"$CELL_REASON${LAB_SIGN:+ | $LAB_SIGN}"
}

# Usage: matrix_worker NUMBER MACHINE ROUTER MANNER LOADER WANTED &; a cell beside others. It sets traps: only in a shell
# of its own, which is the one that gets the signals.
matrix_worker() {
    LAB_WORK=$MATRIX_WORK/$1 LAB_KEEP=0 LAB_TRANSCRIPT=0 LAB_ROUTER_PING=0
    lab_trap
    matrix_cell "$MATRIX_WORK/$1.result" "${@:2:4}"
    matrix_agree "$MATRIX_WORK/$1.result" "$6" || show_logs >"$MATRIX_WORK/$1.logs"
}

# Usage: matrix_agree FILE WANTED; whether table, prediction and outcome say the same. Nobody is at the address that a
# router of manner own-file names: to boot theirs then looks like not to boot.
matrix_agree() {
    local outcome verdict
    IFS=$'\t' read -r outcome verdict _ <"$1" || return 1
    [[ $verdict == "$2" ]] || return 1
    case $outcome in
    ours) [[ $verdict == ours ]] ;;
    theirs) [[ $verdict == theirs ]] ;;
    none) [[ $verdict != ours ]] ;;
    *) false ;;
    esac
}

matrix_check() {
    local jobs=${PILOTFISH_MATRIX_JOBS:-$(($(nproc) + 1))} number failed_before=$CHECKS_FAILED
    local -a cells
    MATRIX_WORK=$(mktemp -d "${TMPDIR:-/tmp}/pilotfish-matrix.XXXXXX") && chmod 755 "$MATRIX_WORK" || return 1
    WORKERS=() WORKERS_DIRECTORY=$MATRIX_WORK
    mapfile -t cells < <(matrix_cells)
    matrix_warm_cache || check_fail 'the matrix has its kernels' "$LAB_FAILURE"
    for number in "${!cells[@]}"; do
        workers_wait_below "$jobs" matrix_judge
        # shellcheck disable=SC2086 # a cell is five words
        matrix_worker "$number" ${cells[number]} &
        WORKERS[number]=$!
    done
    workers_wait_below 1 matrix_judge
    matrix_table
    if ((CHECKS_FAILED == failed_before)); then
        rm -rf "$MATRIX_WORK"
    else
        say "logs and captures of the surprises: $MATRIX_WORK"
    fi
    ((CHECKS_FAILED == failed_before))
}

# Downloads are made once and before any cell, so that none waits for another's.
matrix_warm_cache() {
    local LAB_WORK
    LAB_WORK=$(mktemp -d "$MATRIX_WORK/warm.XXXXXX") || return 1
    payload_kernel >/dev/null || lab_fail 'the kernel could not be fetched from its package' || return 1
    loader_arm64_up && rm -rf "$LAB_WORK"
}

# Usage: matrix_judge NUMBER; of the cells of matrix_check.
matrix_judge() {
    local result=$MATRIX_WORK/$1.result outcome verdict code at all why machine router manner loader wanted
    read -r machine router manner loader wanted <<<"${cells[$1]}"
    local what="$machine beside $router, $manner, $loader loader"
    if [[ ! -s $result ]]; then
        check_fail "$what" 'the cell ended without a result'
        printf 'failed\tnothing\t-\t-\t-\tno result\n' >"$result"
        return
    fi
    IFS=$'\t' read -r outcome verdict code at all why <"$result"
    if matrix_agree "$result" "$wanted"; then
        check_ok "$what: $outcome as predicted ($code), decided after $at s, $all s in all${why:+: $why}"
    else
        check_fail "$what" "expected $wanted, predicted $verdict ($code), happened: $outcome${why:+: $why}"
        cat "$MATRIX_WORK/$1.logs" 2>/dev/null || true
    fi
}

# The whole matrix and its sum, from the results of matrix_check's cells.
matrix_table() {
    local number machine router manner loader wanted outcome verdict code at all note
    local booted=0 refused=0 surprises=0
    printf '\n%-11s %-8s %-14s %-10s %-8s %-17s %-8s %8s %8s\n' \
        machine server manner loader expected predicted happened decided all
    for number in "${!cells[@]}"; do
        read -r machine router manner loader wanted <<<"${cells[number]}"
        IFS=$'\t' read -r outcome verdict code at all _ <"$MATRIX_WORK/$number.result"
        note=''
        if ! matrix_agree "$MATRIX_WORK/$number.result" "$wanted"; then
            surprises=$((surprises + 1)) note='  SURPRISE'
        elif [[ $outcome == ours ]]; then
            booted=$((booted + 1))
        else
            refused=$((refused + 1))
        fi
        printf '%-11s %-8s %-14s %-10s %-8s %-17s %-8s %8s %8s%s\n' "$machine" "$router" "$manner" "$loader" \
            "$wanted" "$verdict $code" "$outcome" "$at" "$all" "$note"
    done
    printf '\n%d cells: %d booted, %d did not as predicted, %d surprises\n' \
        "${#cells[@]}" "$booted" "$refused" "$surprises"
}
