# shellcheck shell=bash
# Pilotfish whose sockets somebody else opened: it has no capability from its first instruction on, and no packet socket, and
# machines boot. And what it tells who started it: that it is ready, what it does, and that all of its threads get on.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

# Of nobody on this host.
readonly ACTIVATION_USER=64738
# Microseconds of WATCHDOG_USEC; half of it is a second.
readonly ACTIVATION_WATCHDOG=2000000

# Usage: activation_check; returns 1 when a check failed.
activation_check() {
    local failed_before=$CHECKS_FAILED
    packages_ensure ethtool
    with_lab 'socket activation: a service without any capability' activation_body || true
    with_lab 'the service manager: watchdog, reload, status' activation_manager || true
    ((CHECKS_FAILED == failed_before))
}

# Where everything lies, for a user who owns nothing.
activation_prepare() {
    ACTIVATION_PROGRAM=$(lab_copy_of "$PILOTFISH") && chown -R "$ACTIVATION_USER:$ACTIVATION_USER" "$LAB_STATE" || return 1
    ACTIVATION_SOCKETS=(
        dhcp=udp:0.0.0.0:67 boot-service=udp:0.0.0.0:4011 tftp=udp:0.0.0.0:69 'tftp=udp:[::]:69'
        http=tcp:0.0.0.0:80 'http=tcp:[::]:80' "control=unix:$LAB_STATE/control.sock"
    )
    ACTIVATION_SERVE=(
        "$ACTIVATION_PROGRAM" serve --interface eth0 --root "$LAB_ROOT" --state "$LAB_STATE" --settings "$LAB_SETTINGS"
    )
    LAB_PILOTFISH_LOG=$LAB_WORK/pilotfish.log
}

# Usage: start_activated [VARIABLE=VALUE…] -- [serve option…]; with ACTIVATION_SOCKETS.
start_activated() {
    local -a variables=()
    while [[ $1 != -- ]]; do variables+=("$1") && shift; done
    shift
    process_start pilotfish "$LAB_PILOTFISH_LOG" env -u NOTIFY_SOCKET "${variables[@]}" ip netns exec "$LAB_APPLIANCE" \
        python3 -B "$TESTS_LAB/activate.py" "$ACTIVATION_USER" "${ACTIVATION_SOCKETS[@]}" -- "${ACTIVATION_SERVE[@]}" "$@"
    said 'service\.ready' 20
}

activation_body() {
    activation_prepare || return 1
    ready_or_fail 'socket activation' start_activated -- --mode armed || return 0
    check_said 'it says that DHCP is heard without packet sockets' 'service\.ready .*port67="heard without packet sockets"' 5
    check_that 'and says once what is lost by that' "$(cat "$LAB_PILOTFISH_LOG")" \
        test "$(grep -c 'is not heard, nor what DHCP servers answer' "$LAB_PILOTFISH_LOG")" = 1
    activation_is_powerless
    activation_is_open_once
    activation_clients
    activation_boot
    activation_is_powerless
    check_that 'commands come by the socket that was passed' "$(tail -n 2 "$LAB_PILOTFISH_LOG")" \
        "$PILOTFISH" observe --state "$LAB_STATE"
    check_said 'and are carried out' 'mode switched to observe by command' 5
    check_clean_stop
    check_that 'the socket of commands is left to who opened it' 'it is gone' test -S "$LAB_STATE/control.sock"
    activation_partly
    activation_refused
}

# Not one capability in any set of any thread, and no packet socket in the whole namespace.
activation_is_powerless() {
    local pid report
    pid=$(process_pid pilotfish) || { check_fail 'no capability' 'it does not run'; return 0; }
    report=$(threads_report "$pid")
    check_that 'no thread has a capability in any of its five sets' "$report" test -z "$report"
    check_that "it runs as user $ACTIVATION_USER" "$(grep '^Uid:' "/proc/$pid/status")" \
        grep -qE "^Uid:(\s+$ACTIVATION_USER){4}$" "/proc/$pid/status"
    check_that 'no packet socket is open' "$(in_appliance cat /proc/net/packet)" \
        test "$(in_appliance cat /proc/net/packet | grep -c .)" = 1
}

# Each port once: nothing was opened beside what was passed.
activation_is_open_once() {
    local ports
    ports=$(in_appliance ss -Hlun 'sport = :67 or sport = :69 or sport = :4011' | grep -c .) || true
    check_that 'UDP 67 and 4011 are open once, and 69 once for each version of IP' "$ports sockets" test "$ports" = 4
}

# Offers and acknowledgements, by broadcast, from port 4011, and to a relay.
activation_clients() {
    local action
    # Who listens on a cable of the lab sees checksums that the card was to fill in.
    in_appliance ethtool -K eth0 tx off >/dev/null || check_fail 'checksums in the lab' 'ethtool failed'
    for action in discover request shapes relayed; do
        check_lines "by the bound socket: $action" python_tool boot.py --arch uefi "$action"
    done
    check_lines 'by the bound socket: bios' python_tool boot.py --arch bios discover
}

# A real machine: DHCP by broadcast, port 4011, TFTP, HTTP.
activation_boot() {
    local file=$LAB_WORK/activation.pcap
    if lab_capture_start "$file" && lab_start_router dnsmasq && lab_boot uefi && lab_wait_marker 120; then
        check_ok "OVMF boots our kernel $LAB_MARKER_AT s after power-on"
    else
        check_fail 'OVMF boots our kernel' "$LAB_FAILURE"
    fi
    machine_stop
    lab_capture_stop
    check_no_lease_from_us "$file"
    check_that 'offers leave by port 67 to everybody' "$(capture_count "$file" "ip.src == $LAB_APPLIANCE_IP && dhcp")" \
        test "$(capture_count "$file" \
            "ip.src == $LAB_APPLIANCE_IP && ip.dst == 255.255.255.255 && udp.srcport == 67 && dhcp.option.dhcp == 2")" -ge 1
}

# What was not passed it opens itself where it may.
activation_partly() {
    local -a ACTIVATION_SOCKETS=(dhcp=udp:0.0.0.0:67)
    ready_or_fail 'one socket passed' start_activated -- --mode armed --tftp-listen 0.0.0.0:6969 --http-listen 0.0.0.0:8080 ||
        return 0
    check_that 'what was not passed and needs no privilege is opened' "$(open_udp_ports | tr '\n' ' ')" \
        test "$(open_udp_ports | grep -cxE '67|4011|6969')" = 3
    check_clean_stop
}

# Usage: activation_fails WHAT PATTERN SOCKET…; the start ends with one sentence, and status 1.
activation_fails() {
    local what=$1 pattern=$2 output status=0
    shift 2
    output=$(in_appliance timeout 20 python3 -B "$TESTS_LAB/activate.py" "$ACTIVATION_USER" "$@" -- \
        "${ACTIVATION_SERVE[@]}" 2>&1) || status=$?
    check_that "$what: the start fails with one sentence" "status $status: ${output//$'\n'/ | }" \
        test "$status/$(grep -c '' <<<"$output")" = 1/1
    check_that "$what: it says what to do" "$output" grep -qE "$pattern" <<<"$output"
}

activation_refused() {
    activation_fails 'nothing is passed' 'needs CAP_NET_RAW .*\.socket units'
    activation_fails 'all but the port of DHCP' 'needs CAP_NET_RAW' "${ACTIVATION_SOCKETS[@]:1}"
    activation_fails 'a name that nobody knows' 'dpch.* FileDescriptorName= .* dhcp, boot-service, tftp, http, control' \
        dpch=udp:0.0.0.0:67
    activation_fails 'another kind' 'socket "tftp" .*stream socket of IPv4 at 0\.0\.0\.0:69, and ListenDatagram=0\.0\.0\.0:69' \
        tftp=tcp:0.0.0.0:69
    activation_fails 'another port' 'socket "dhcp" .* at 0\.0\.0\.0:4011, and ListenDatagram=0\.0\.0\.0:67 ' \
        dhcp=udp:0.0.0.0:4011
    activation_fails 'another path' 'socket "control" .*, and ListenStream='"$LAB_STATE"'/control\.sock' \
        "control=unix:$LAB_WORK/other.sock"
}

# Usage: start_notified [VARIABLE=VALUE…]; under a manager that writes down what it hears, in ACTIVATION_HEARD.
start_notified() {
    ACTIVATION_HEARD=$LAB_WORK/notified.log
    local socket=$LAB_WORK/notify
    rm -f "$socket" "$ACTIVATION_HEARD"
    process_start notified "$ACTIVATION_HEARD" python3 -B "$TESTS_LAB/notified.py" "$socket"
    process_ready notified "$ACTIVATION_HEARD" bound 10 && start_activated NOTIFY_SOCKET="$socket" "$@" -- --mode armed
}

# Usage: heard PATTERN; how many messages the manager has heard that match.
heard() { grep -cE "^[0-9.]+ $1" "$ACTIVATION_HEARD" || true; }

heard_after() { (($(heard "$1") > $2)); }

# Usage: check_hears WHAT PATTERN SECONDS; one message more than so far.
check_hears() {
    local so_far
    so_far=$(heard "$2")
    check_that "$1" "$(tail -n 3 "$ACTIVATION_HEARD" | tr '\n' '|')" wait_until "$3" heard_after "$2" "$so_far"
}

activation_manager() {
    activation_prepare && chmod 711 "$LAB_WORK" || return 1
    ready_or_fail 'the service manager' start_notified WATCHDOG_USEC="$ACTIVATION_WATCHDOG" || return 0
    check_that 'READY=1 comes with the status' "$(cat "$ACTIVATION_HEARD")" \
        test "$(heard 'READY=1 STATUS=armed, 0 machines under way$')" = 1
    activation_beats
    activation_reload
    activation_status
    local thread
    for thread in pf-dhcp pf-tftp-0 pf-installs wake; do activation_hangs "$thread" "$thread"; done
    activation_hangs 'NIO-ELT-1-#1' 'http-[0-9]+'
    activation_waits pf-load-1
    check_clean_stop
    check_that 'STOPPING=1 comes at the end' "$(tail -n 2 "$ACTIVATION_HEARD")" test "$(heard 'STOPPING=1$')" = 1
    activation_unwatched
}

# Usage: wakeups THREAD; how often a thread has slept until now.
wakeups() {
    local task
    for task in /proc/"$(process_pid pilotfish)"/task/*; do
        [[ $(<"$task/comm") != "$1" ]] || awk '/^voluntary_ctxt_switches:/ { print $2 }' "$task/status"
    done
}

# WATCHDOG=1 comes at half the time, from a service without work, whose threads wake up for it and for nothing else.
activation_beats() {
    local before beats slept
    before=$(heard 'WATCHDOG=1$') slept=$(wakeups pf-dhcp)
    sleep 6
    beats=$(($(heard 'WATCHDOG=1$') - before)) slept=$(($(wakeups pf-dhcp) - slept))
    check_that "WATCHDOG=1 comes at half of WATCHDOG_USEC ($beats times in 6 s)" "$beats" test "$beats" -ge 5 -a "$beats" -le 7
    check_that "and wakes a thread no more often ($slept times)" "$slept" test "$slept" -le 7
}

activation_reload() {
    kill -HUP "$(process_pid pilotfish)"
    wait_until 10 heard_after 'READY=1 ' 1 || true
    check_that 'SIGHUP: RELOADING=1 with the time, then READY=1' "$(tail -n 4 "$ACTIVATION_HEARD" | tr '\n' '|')" \
        grep -qE 'RELOADING=1 MONOTONIC_USEC=[0-9]+\|[0-9.]+ READY=1 STATUS=armed' < <(grep -v WATCHDOG "$ACTIVATION_HEARD" | tr '\n' '|')
}

# The manager shows what is under way.
activation_status() {
    python_tool boot.py --arch uefi discover >/dev/null 2>&1 || true
    check_that 'STATUS= follows: a machine is under way' "$(grep STATUS "$ACTIVATION_HEARD" | tail -n 3)" \
        wait_until 15 heard_after 'STATUS=armed, [1-9][0-9]* machines under way' 0
    "$PILOTFISH" observe --state "$LAB_STATE" >/dev/null 2>&1
    check_that 'STATUS= follows: the mode' "$(grep STATUS "$ACTIVATION_HEARD" | tail -n 3)" \
        wait_until 15 heard_after 'STATUS=observe, ' 0
    "$PILOTFISH" arm --state "$LAB_STATE" >/dev/null 2>&1
}

# Usage: hold_thread THREAD; until `process_stop held`.
hold_thread() {
    process_start held "$LAB_WORK/held.log" python3 -B "$TESTS_LAB/hold.py" "$(process_pid pilotfish)" "$1" &&
        process_ready held "$LAB_WORK/held.log" '^held' 10
}

# Usage: activation_hangs THREAD ENGINE; the manager hears no more from the moment on that one thread hangs, and the log names it.
activation_hangs() {
    local before beats
    hold_thread "$1" || { check_fail "$2 hangs" "$LAB_FAILURE"; return 0; }
    check_said "$2 hangs: the log names it" "error watchdog\\.stuck engine=$2 for=" 4
    before=$(heard 'WATCHDOG=1$')
    sleep 1.5
    beats=$(($(heard 'WATCHDOG=1$') - before))
    process_stop held
    check_that "$2 hangs: the manager hears no WATCHDOG=1" "$beats" test "$beats" = 0
    check_said "$2 goes on: the log says so" "watchdog\\.back engine=$2 for=" 4
    check_hears "$2 goes on: WATCHDOG=1 comes again" 'WATCHDOG=1$' 4
}

# Usage: activation_waits THREAD; one that waits for disks is told of, and the service is not started anew for it.
activation_waits() {
    hold_thread "$1" || { check_fail "$1 waits" "$LAB_FAILURE"; return 0; }
    check_said "$1 waits: the log names it" "warning watchdog\\.waits engine=$1 for=" 4
    check_hears "$1 waits: WATCHDOG=1 comes all the same" 'WATCHDOG=1$' 4
    process_stop held
    check_said "$1 goes on: the log says so" "watchdog\\.back engine=$1 for=" 4
}

# Nobody watches: nobody is woken, and nothing is said.
activation_unwatched() {
    local slept
    ready_or_fail 'no watchdog' start_notified || return 0
    sleep 1
    slept=$(wakeups pf-dhcp)
    sleep 4
    slept=$(($(wakeups pf-dhcp) - slept))
    check_that 'without a watchdog no thread is woken for one' "$slept times" test "$slept" = 0
    check_that 'and no WATCHDOG=1 is sent' "$(heard 'WATCHDOG=1$')" test "$(heard 'WATCHDOG=1$')" = 0
    check_clean_stop
}
