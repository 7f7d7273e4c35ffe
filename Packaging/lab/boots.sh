# shellcheck shell=bash
# A whole boot with everything the acceptance list wants to see in it. Source it, then for instance:
#
#   boots_check --firmware bios --router isc [--with-daemon-on-67] [serve option…]
#
# Every check prints `ok   what` or `FAIL what: details` and counts in CHECKS_OK and CHECKS_FAILED. What cannot be
# looked at (a tool, a file, a process is missing) fails; nothing is ever skipped.

# shellcheck source=Packaging/lab/lab.sh
source "${BASH_SOURCE[0]%/*}/lab.sh"

CHECKS_OK=${CHECKS_OK:-0}
CHECKS_FAILED=${CHECKS_FAILED:-0}

check_ok() {
    CHECKS_OK=$((CHECKS_OK + 1))
    printf 'ok   %s\n' "$*"
}

# Usage: check_fail WHAT DETAILS
check_fail() {
    CHECKS_FAILED=$((CHECKS_FAILED + 1))
    printf 'FAIL %s: %s\n' "$1" "${2:-no details}"
}

# Usage: check_that WHAT DETAILS COMMAND…; ok when COMMAND succeeds.
check_that() {
    local what=$1 details=$2
    shift 2
    if "$@"; then check_ok "$what"; else check_fail "$what" "$details"; fi
}

# Usage: boots_check [option of lab_scenario…] [serve option…]; boots once and checks everything. Returns 1 when a
# check failed; then the logs stay and the end of each is printed.
boots_check() {
    local failed_before=$CHECKS_FAILED why=''
    printf '\n== boot: %s\n' "${*:-defaults}"
    if lab_scenario "$@"; then
        check_ok "the kernel of our script booted $LAB_MARKER_AT s after power-on"
    else
        why=$LAB_FAILURE
        check_fail 'the kernel of our script boots' "$why"
    fi
    # Nothing is left out after a failed boot: the remaining checks say how far it came.
    check_script_arguments
    check_threads_without_privileges
    check_lease
    [[ " $* " != *' --with-daemon-on-67 '* ]] || check_daemon_on_67
    check_clean_stop
    lab_capture_stop
    transcript_stop
    check_capture
    lab_figures || check_fail 'seconds of every step' "$LAB_FAILURE"
    ((CHECKS_FAILED == failed_before)) || lab_explain_failure "${why:-a check failed, see FAIL above}"
    lab_down
    ((CHECKS_FAILED == failed_before))
}

# The command line the kernel printed is the one the generated script must pass.
check_script_arguments() {
    local what='the kernel got the arguments of our settings' wanted
    wanted=$(sed -n 's/^arguments = "\(.*\)"$/\1/p' "${LAB_SETTINGS:-/nonexistent}" 2>/dev/null | grep .) ||
        { check_fail "$what" 'no settings file'; return; }
    if [[ ${LAB_MARKER:-} == *"$wanted"* ]]; then
        check_ok "$what"
    else
        check_fail "$what" "\"$wanted\" is not in: ${LAB_MARKER:-(no kernel line)}"
    fi
}

# Every thread: five empty capability sets, no_new_privs, and four user ids that are not root's. Holds while it serves.
check_threads_without_privileges() {
    local what='every thread of pilotfish is without privileges' pid report threads
    process_runs pilotfish || { check_fail "$what" 'pilotfish is not running'; return; }
    pid=$(process_pid pilotfish)
    [[ $(readlink "/proc/$pid/exe") == "$(realpath "$PILOTFISH")" ]] ||
        { check_fail "$what" "process $pid is not $PILOTFISH"; return; }
    threads=$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l)
    report=$(threads_report "$pid")
    if [[ -z $report ]] && ((threads > 0)); then
        check_ok "$what ($threads threads, user $(awk '/^Uid:/ { print $2 }' "/proc/$pid/status"))"
    else
        check_fail "$what" "${report:-no threads found}"
    fi
}

# Usage: threads_report PID; prints what is wrong, a line per thread, or nothing. A missing field is wrong too.
threads_report() {
    local status
    for status in /proc/"$1"/task/*/status; do
        awk -v thread="${status%/status}" '
            /^Cap(Eff|Prm|Inh|Bnd|Amb):/ { seen++; if ($2 !~ /^0+$/) wrong = wrong " " $1 $2 }
            /^NoNewPrivs:/ { seen++; if ($2 != 1) wrong = wrong " " $1 $2 }
            /^Uid:/ { seen++; for (i = 2; i <= 5; i++) if ($i == 0 || $i == "") wrong = wrong " Uid:" $i }
            /^Name:/ { name = $2 }
            END {
                if (seen != 7) wrong = wrong " only " seen + 0 " of 7 fields"
                if (wrong) { sub(".*/", "", thread); print thread " (" name ")" wrong ";" }
            }' "$status" || printf '%s unreadable;\n' "$status"
    done
}

# The router's own lease file knows the machine, with an address of the router's range.
check_lease() {
    local what="the lease file of ${LAB_ROUTER_KIND:-no router} shows the machine" address
    if ! address=$(lab_lease "${LAB_MAC:-none}"); then
        check_fail "$what" "${LAB_MAC:-(no machine)} is not in ${LAB_WORK:-}/router/leases"
    elif [[ $address =~ ^10\.77\.0\.(1[0-9][0-9]|200)$ ]]; then
        check_ok "$what ($LAB_MAC has $address)"
    else
        check_fail "$what" "$LAB_MAC has $address, which is not of its range"
    fi
}

# The other daemon kept the port from before Pilotfish to the end, and did not see a packet of ours as its own.
check_daemon_on_67() {
    local what='another daemon owned UDP port 67 the whole time' owner
    owner=$(lab_port_67_owner)
    if process_runs other && [[ $owner == *"pid=$(process_pid other),"* ]]; then
        check_ok "$what"
    else
        check_fail "$what" "bound there: ${owner:-nobody}"
    fi
}

check_clean_stop() {
    local what='pilotfish ends cleanly on SIGTERM within 5 s'
    lab_stop_pilotfish || { check_fail "$what" 'it was not running any more'; return; }
    check_that "$what ($LAB_PILOTFISH_STOP_SECONDS s)" "exit status $LAB_PILOTFISH_STATUS" \
        test "$LAB_PILOTFISH_STATUS" = 0
}

# Everything the capture of a run must show.
check_capture() {
    local file=${LAB_CAPTURE:-}
    [[ -s $file ]] || { check_fail 'capture of the whole run' 'there is none'; return; }
    check_capture_complete
    check_loader_by_tftp "$file"
    check_no_lease_from_us "$file"
    check_only_known_servers "$file"
}

check_capture_complete() {
    local what='the capture missed no packet' lost
    lost=$(lab_capture_lost) || { check_fail "$what" 'tcpdump has not said how many'; return; }
    check_that "$what" "$lost lost" test "$lost" = 0
}

# Usage: check_loader_by_tftp FILE
# UEFI firmware got the loader by TFTP with both options that make it fast, and iPXE, once it had asked for the script,
# was not sent back to the loader. The BIOS machine's ROM is iPXE already: it asks for no loader at all.
check_loader_by_tftp() {
    local what='the loader came by TFTP with blksize and windowsize, once' steps
    [[ $LAB_FIRMWARE == uefi ]] || what='the iPXE ROM went straight to the script'
    steps=$(tshark -r "$1" -Y "eth.addr == $LAB_MAC && (tftp.opcode == 1 || tftp.opcode == 6 || http.request)" \
        -T fields -E 'separator=|' -e tftp.opcode -e tftp.option.name -e http.request.uri 2>"$LAB_WORK/tshark.log") ||
        { check_fail "$what" "tshark could not read $1"; return; }
    # Letters in order of time: r request, o offer of both options, x offer that lacks one, s script, h other GET.
    steps=$(awk -F'|' '
        $1 == 1 { print "r" }
        $1 == 6 { print $2 ~ /blksize/ && $2 ~ /windowsize/ ? "o" : "x" }
        $3 != "" { print $3 ~ /boot\.ipxe/ ? "s" : "h" }' <<<"$steps" | tr -d '\n')
    case $LAB_FIRMWARE:$steps in
    uefi:*x* | *s*r*) check_fail "$what" "order of packets: $steps" ;;
    uefi:*ro*s* | bios:s*) check_ok "$what" ;;
    *) check_fail "$what" "order of packets: ${steps:-none}" ;;
    esac
}

# What only a DHCP server says: an address, a mask, a router, a name server, the three times of a lease.
readonly LEASE_FILTER='(dhcp.ip.your != 0.0.0.0 || dhcp.option.type in {1, 3, 6, 51, 58, 59})'

# Usage: check_no_lease_from_us FILE
# The same filter must find the router's packets, and we must have spoken at all: an empty answer proves nothing else.
check_no_lease_from_us() {
    local what='no packet of ours has yiaddr or option 1, 3, 6, 51, 58, 59' ours all bad router
    ours="(ip.src == $LAB_APPLIANCE_IP || eth.src == $LAB_APPLIANCE_MAC)"
    if ! all=$(capture_count "$1" "$ours && dhcp") || ! bad=$(capture_count "$1" "$ours && $LEASE_FILTER") ||
        ! router=$(capture_count "$1" "eth.src == $LAB_ROUTER_MAC && $LEASE_FILTER"); then
        check_fail "$what" "tshark could not read $1: $(tail -n 1 "$LAB_WORK/tshark.log")"
    elif ((all == 0)); then
        check_fail "$what" 'we sent no DHCP packet at all'
    elif ((router == 0)); then
        check_fail "$what" "the same filter does not find the router's leases either"
    elif ((bad > 0)); then
        check_fail "$what" "$bad of our $all DHCP packets have; first: $(capture_first "$1" "$ours && $LEASE_FILTER")"
    else
        check_ok "$what ($all of ours seen; the filter finds $router of the router)"
    fi
}

# Usage: check_only_known_servers FILE; nobody but the router and us answers DHCP, under whatever address. The router
# must have answered, or the capture shows nothing.
check_only_known_servers() {
    local what='only the router and pilotfish send DHCP replies' strange bad router
    strange="dhcp.type == 2 && eth.src != $LAB_ROUTER_MAC && eth.src != $LAB_APPLIANCE_MAC"
    if ! bad=$(capture_count "$1" "$strange") ||
        ! router=$(capture_count "$1" "dhcp.type == 2 && eth.src == $LAB_ROUTER_MAC"); then
        check_fail "$what" "tshark could not read $1"
    elif ((router == 0)); then
        check_fail "$what" 'not even the router sent one'
    else
        check_that "$what" "$bad others; first: $(capture_first "$1" "$strange")" test "$bad" = 0
    fi
}

# Usage: capture_count FILE FILTER; how many packets match. A packet is DHCP on port 4011 too.
capture_count() {
    local lines
    lines=$(tshark -r "$1" -d udp.port==4011,dhcp -Y "$2" -T fields -e frame.number 2>"$LAB_WORK/tshark.log") ||
        return 1
    printf '%s' "$lines" | grep -c '' || true
}

capture_first() {
    tshark -r "$1" -d udp.port==4011,dhcp -Y "$2" 2>/dev/null | head -n 1
}
