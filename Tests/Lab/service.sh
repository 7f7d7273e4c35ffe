# shellcheck shell=bash
# Pilotfish as an operator meets it: without privileges, reloading, watching, refusing to start, interfaces that come and
# change, and ending.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=Tests/Lab/reload.sh
source "${BASH_SOURCE[0]%/*}/reload.sh"
# shellcheck source=Tests/Lab/modes.sh
source "${BASH_SOURCE[0]%/*}/modes.sh"
# shellcheck source=Tests/Lab/interfaces.sh
source "${BASH_SOURCE[0]%/*}/interfaces.sh"
# shellcheck source=Tests/Lab/reports.sh
source "${BASH_SOURCE[0]%/*}/reports.sh"

readonly SERVICE_SIZE=41943040

# Usage: service_check; returns 1 when a check failed.
service_check() {
    with_lab 'service: privileges, reload, modes, interfaces, start and end' service_body
}

service_body() {
    head -c "$SERVICE_SIZE" /dev/urandom >"$LAB_ROOT/large" && chmod 644 "$LAB_ROOT/large"
    # Who is not root may not be able to enter the directory that the binary was built in.
    SERVICE_PROGRAM=$(lab_copy_of "$PILOTFISH") && cp "$LAB_SETTINGS" "$LAB_WORK/original.toml" || return 1
    service_commands
    service_bugreport
    service_privileges
    service_one_engine
    service_not_root
    service_reload
    service_reload_modes
    service_targets
    service_restart_keys
    service_observe
    service_frozen
    service_missing_loader
    service_interfaces
    service_notify
    service_taken_port
    service_second_daemon
    service_end_under_load
}

# pilotfish check and version, which need no service.
service_commands() {
    local output status=0 file=$LAB_WORK/wrong.toml
    output=$("$PILOTFISH" version 2>&1) || status=$?
    check_that 'pilotfish version prints one line' "status $status: $output" \
        test "$status" = 0 -a "$(grep -cE '^pilotfish [0-9]+\.[0-9]+\.[0-9]+' <<<"$output")" = 1
    printf 'mode = "armed"\n\n[tftp]\nworkers = "many"\nmax-window-size = 500\nno-such-key = 1\n' >"$file"
    status=0
    output=$("$PILOTFISH" check "$file" 2>&1 >/dev/null) || status=$?
    check_that 'pilotfish check says file, line and column of every error' "$output" test \
        "$(grep -cE "^$file:(4:11|5:19|6:1): " <<<"$output")" = 3
    check_that 'pilotfish check on a wrong file does not end with 0' "status $status" test "$status" != 0
    status=0
    printf '[tftp\n' >"$file"
    output=$("$PILOTFISH" check "$file" 2>&1) || status=$?
    check_that 'pilotfish check says where the text is no TOML' "status $status: $output" \
        grep -qE "^$file:1:[0-9]+: " <<<"$output"
    status=0
    output=$("$PILOTFISH" check "$LAB_SETTINGS" 2>&1) || status=$?
    check_that 'pilotfish check accepts the settings of the lab' "status $status: $output" test "$status" = 0
}

# While eight clients fetch by TFTP and HTTP, in turns and without end.
service_privileges() {
    local index
    ready_or_fail 'privileges' lab_start_pilotfish || return 0
    for index in {1..4}; do
        start_helper "load-tftp-$index" bash -c \
            "while :; do curl -s --tftp-blksize 1428 -o /dev/null tftp://$LAB_APPLIANCE_IP/large || sleep 1; done"
        start_helper "load-http-$index" bash -c \
            "while :; do curl -s --limit-rate 20M -o /dev/null http://$LAB_APPLIANCE_IP/large || sleep 1; done"
    done
    check_said 'TFTP and HTTP are under load' 'tftp\.start .*file=large' 20
    for index in 1 2 3; do
        check_threads_without_privileges
        sleep 0.5
    done
    for index in {1..4}; do
        process_stop "load-tftp-$index"
        process_stop "load-http-$index"
    done
    # Their curls are children that did not hear of it.
    kill_in_client curl
    check_clean_stop
}

# A command as nobody, without a single capability and without the way to get one.
as_nobody() {
    in_appliance setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all --bounding-set=-all "$@"
}

# Usage: start_as_nobody [serve option…]
start_as_nobody() {
    LAB_PILOTFISH_LOG=$LAB_WORK/pilotfish.log
    process_start pilotfish "$LAB_PILOTFISH_LOG" env -u NOTIFY_SOCKET ip netns exec "$LAB_APPLIANCE" \
        setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all --bounding-set=-all \
        "$SERVICE_PROGRAM" serve "$@"
    said 'service\.ready' 20
}

# What benchmarks and the curious use: one engine, a high port, no root.
service_one_engine() {
    local got=$LAB_WORK/got
    if ready_or_fail '--only tftp as nobody' start_as_nobody --only tftp --tftp-listen 127.0.0.1:6969 --root "$LAB_ROOT"; then
        in_appliance timeout 60 curl -sS --tftp-blksize 1428 -o "$got" tftp://127.0.0.1:6969/large || true
        check_that '--only tftp as nobody serves' 'other octets came' same_content "$got" "$LAB_ROOT/large"
        check_that '--only tftp listens nowhere else' "$(bound_ports)" test "$(bound_ports)" = 6969
        check_threads "--only tftp as nobody"
        check_clean_stop
    fi
    rm -f "$got"
    if ready_or_fail '--only http as nobody' start_as_nobody --only http --http-listen 127.0.0.1:8080 --root "$LAB_ROOT"; then
        in_appliance timeout 60 curl -sS -o "$got" http://127.0.0.1:8080/large || true
        check_that '--only http as nobody serves' 'other octets came' same_content "$got" "$LAB_ROOT/large"
        check_that '--only http names its own port in the script' "$(script_from 127.0.0.1:8080 in_appliance)" \
            grep -q 'http://127.0.0.1:8080/vmlinuz' <<<"$(script_from 127.0.0.1:8080 in_appliance)"
        check_that '--only http listens nowhere else' "$(bound_ports)" test "$(bound_ports)" = 8080
        check_clean_stop
    fi
    rm -f "$got"
}

# As check_threads_without_privileges, for the copy of the program.
check_threads() {
    local report
    report=$(threads_report "$(process_pid pilotfish)")
    check_that "$1: every thread is without privileges" "$report" test -z "$report"
}

# Ports that Pilotfish has bound below the range of transfer ports, a line each.
bound_ports() {
    in_appliance ss -Hulntp | awk -v pid="pid=$(process_pid pilotfish)," -v first="$(in_appliance cat \
        /proc/sys/net/ipv4/ip_local_port_range | cut -f 1)" '
        index($0, pid) { port = $5; sub(/.*:/, "", port); if (port + 0 < first) print port }' | sort -un
}

# The whole service without root: one sentence that helps.
service_not_root() {
    local output status=0 what='serve as nobody'
    output=$(as_nobody timeout 20 "$SERVICE_PROGRAM" serve --root "$LAB_ROOT" --settings "$LAB_SETTINGS" 2>&1) || status=$?
    check_that "$what names both capabilities" "$output" \
        test "$(grep -c 'CAP_NET_RAW.*CAP_NET_BIND_SERVICE' <<<"$output")" = 1
    check_one_sentence "$what" "$output" "$status"
}

# Usage: check_one_sentence WHAT OUTPUT STATUS; a start that cannot succeed is one line on stderr, and exit status 1.
check_one_sentence() {
    check_that "$1 says one sentence and ends with 1" "status $3: ${2//$'\n'/ | }" \
        test "$3" = 1 -a "$(grep -c '' <<<"$2")" = 1 -a "${2#pilotfish: }" != "$2"
}

# What systemd hears, on a socket like systemd's.
service_notify() {
    local socket=$LAB_WORK/notify heard=$LAB_WORK/notified.log
    process_start notified "$heard" python3 -uc 'import os, socket, sys
own = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
own.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
print("bound")
while True:
    print(own.recv(4096).decode().replace("\n", " "))' "$socket"
    process_ready notified "$heard" bound 10 || { check_fail 'sd_notify' "$LAB_FAILURE"; return; }
    process_start pilotfish "$LAB_PILOTFISH_LOG" ip netns exec "$LAB_APPLIANCE" env NOTIFY_SOCKET="$socket" \
        "$PILOTFISH" serve --root "$LAB_ROOT" --state "$LAB_STATE" --settings "$LAB_SETTINGS"
    check_that 'sd_notify: READY=1 arrives' "$(cat "$heard")" process_ready notified "$heard" '^READY=1' 20
    check_reload 'reload with sd_notify' 'settings reloaded'
    check_that 'sd_notify: RELOADING=1 with the time, then READY=1' "$(cat "$heard")" wait_until 10 \
        reloading_then_ready "$heard"
    check_clean_stop
    check_that 'sd_notify: STOPPING=1 arrives' "$(cat "$heard")" process_ready notified "$heard" '^STOPPING=1' 5
    process_stop notified
}

reloading_then_ready() {
    grep -A 1 -E '^RELOADING=1 MONOTONIC_USEC=[0-9]+' "$1" | tail -n 1 | grep -q '^READY=1'
}

# Usage: start_refused WHAT PATTERN [serve option…]; Pilotfish says one sentence with PATTERN in it, and ends with 1.
start_refused() {
    local what=$1 pattern=$2 output status=0
    shift 2
    output=$(in_appliance timeout 20 "$PILOTFISH" serve --root "$LAB_ROOT" --state "$LAB_STATE" \
        --settings "$LAB_SETTINGS" "$@" 2>&1) || status=$?
    check_that "$what: the sentence says so" "${output//$'\n'/ | }" grep -qE "$pattern" <<<"$output"
    check_one_sentence "$what" "$output" "$status"
}

# Somebody else has a port that we cannot do without.
service_taken_port() {
    local kind port
    for port in udp:69 udp:4011 tcp:80; do
        kind=${port%:*} port=${port#*:}
        process_start squatter "$LAB_WORK/squatter.log" ip netns exec "$LAB_APPLIANCE" python3 -uc 'import socket, sys, time
kind = socket.SOCK_DGRAM if sys.argv[1] == "udp" else socket.SOCK_STREAM
own = socket.socket(socket.AF_INET, kind)
own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind == socket.SOCK_STREAM)
own.bind(("0.0.0.0", int(sys.argv[2])))
if kind == socket.SOCK_STREAM: own.listen()
print("bound")
time.sleep(60)' "$kind" "$port"
        process_ready squatter "$LAB_WORK/squatter.log" bound 10 || { check_fail "port $port is taken" "$LAB_FAILURE"; return; }
        start_refused "port $port is taken" "\\b$port\\b.*[Aa]ddress already in use"
        process_stop squatter
    done
    start_refused 'a root that is not there' '/nowhere/at/all' --root /nowhere/at/all
    printf 'mode = 7\n' >"$LAB_WORK/wrong.toml"
    start_refused 'settings that are wrong' "$LAB_WORK/wrong\\.toml:1:8: mode" --settings "$LAB_WORK/wrong.toml"
    start_refused 'settings that are missing' "$LAB_WORK/none\\.toml" --settings "$LAB_WORK/none.toml"
}

# Two of us would share the clients between them, and the one that nobody knows of would answer half.
service_second_daemon() {
    ready_or_fail 'a second pilotfish' lab_start_pilotfish || return 0
    start_refused 'a second pilotfish' '[Aa]ddress already in use' --interface eth0
    start_refused 'a second pilotfish for TFTP only' '[Aa]ddress already in use' --only tftp
    check_serves "$LAB_APPLIANCE_IP" 'beside one that could not start'
    check_clean_stop
}

# SIGTERM while a TFTP client and a download wait for more.
service_end_under_load() {
    local got=$LAB_WORK/got
    ready_or_fail 'SIGTERM' lab_start_pilotfish || return 0
    check_held_get large "$got"
    rm -f "$got.http"
    start_helper download timeout 60 curl -sS --limit-rate 1M -o "$got.http" "http://$LAB_APPLIANCE_IP/large"
    check_that 'a download is under way' 'nothing came' wait_until 20 test -s "$got.http"
    check_clean_stop
    held_go
    check_that 'SIGTERM: the TFTP client is told' "$HELD" grep -q '^ERROR 0 ' <<<"$HELD"
    check_that 'SIGTERM: the last line says so' "$(tail -n 1 "$LAB_PILOTFISH_LOG")" \
        grep -q 'service\.stopped' <<<"$(tail -n 1 "$LAB_PILOTFISH_LOG")"
    process_stop download
    kill_in_client curl
    rm -f "$got" "$got.http"
}
