# shellcheck shell=bash
# Pilotfish as an operator meets it: without privileges, reloading, watching, refusing to start, interfaces that come and
# change, and ending.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

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
    service_privileges
    service_one_engine
    service_not_root
    service_reload
    service_reload_modes
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

# Puts the settings of the lab back, after a check has changed them.
original_settings() {
    cp "$LAB_WORK/original.toml" "$LAB_SETTINGS"
}

# Usage: ready_or_fail WHAT COMMAND…; starts a Pilotfish.
ready_or_fail() {
    local what=$1
    shift
    LAB_FAILURE=''
    "$@" && return 0
    check_fail "$what: pilotfish starts" "${LAB_FAILURE:-no reason}"
    return 1
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

# Usage: kill_in_client NAME; ends the processes of that name in the client's namespace.
kill_in_client() {
    local pid
    for pid in $(ip netns pids "$LAB_CLIENT"); do
        [[ $(cat "/proc/$pid/comm" 2>/dev/null) != "$1" ]] || kill "$pid" 2>/dev/null || true
    done
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

# Usage: script_from ADDRESS[:PORT] [in_client|in_appliance]
script_from() {
    "${2:-in_client}" timeout 20 curl -sS "http://$1/boot.ipxe" 2>&1 || true
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
    check_that "$1 says one sentence and ends with 1" "status $3: $2" \
        test "$3" = 1 -a "$(grep -c '' <<<"$2")" = 1 -a "${2#pilotfish: }" != "$2"
}

# Usage: reload PATTERN; sends SIGHUP and waits for a line that is said after it.
reload() {
    local offset limit=$((SECONDS + 20))
    offset=$(stat -c %s "$LAB_PILOTFISH_LOG")
    kill -HUP "$(process_pid pilotfish)" || return 1
    until tail -c +$((offset + 1)) "$LAB_PILOTFISH_LOG" | grep -aE "$1" >/dev/null; do
        process_runs pilotfish && ((SECONDS <= limit)) || return 1
        sleep 0.05
    done
}

# Usage: check_reload WHAT PATTERN
check_reload() {
    if reload "$2"; then
        check_ok "SIGHUP: $1"
    else
        check_fail "SIGHUP: $1" "not said: $2; last: $(tail -n 1 "$LAB_PILOTFISH_LOG" | cut -c 1-300)"
    fi
}

# Usage: write_settings LINE…
write_settings() {
    printf '%s\n' "$@" >"$LAB_SETTINGS"
}

# New arguments, then a broken file, while a TFTP transfer and a download are under way.
service_reload() {
    local got=$LAB_WORK/got script limit
    ready_or_fail 'reload' lab_start_pilotfish || return 0
    check_held_get large "$got"
    rm -f "$got.http"
    start_helper download timeout 120 curl -sS --limit-rate 5M -o "$got.http" "http://$LAB_APPLIANCE_IP/large"
    check_that 'a download is under way' 'nothing came' wait_until 20 test -s "$got.http"
    write_settings '[boot]' 'arguments = "second=arguments"'
    check_reload 'new settings are taken over' 'settings reloaded, generation 2'
    script=$(script_from "$LAB_APPLIANCE_IP")
    check_that 'SIGHUP: the script has the new arguments' "$script" grep -q 'vmlinuz .*second=arguments' <<<"$script"
    write_settings '[boot]' 'arguments = "third=arguments"' 'kernel = 7'
    check_reload 'a broken file is named with line and column' \
        "error .*old ones stay in force.*$LAB_SETTINGS:3:[0-9]+: boot\.kernel"
    rm "$LAB_SETTINGS"
    check_reload 'a file that is gone is said' 'error .*old ones stay in force'
    script=$(script_from "$LAB_APPLIANCE_IP")
    check_that 'SIGHUP: after a broken file the old arguments hold' "$script" \
        grep -q 'vmlinuz .*second=arguments' <<<"$script"
    check_that 'the download was under way all the time' 'it has ended' process_runs download
    check_that 'the TFTP transfer was under way all the time' 'it has ended' process_runs held
    held_go
    check_that 'SIGHUP: the TFTP transfer is unharmed' "$HELD" same_content "$got" "$LAB_ROOT/large"
    helper_ends download 60 || true
    check_that 'SIGHUP: the download is unharmed' "curl ended with $PROCESS_STATUS" \
        same_content "$got.http" "$LAB_ROOT/large"
    rm -f "$got" "$got.http"
    original_settings
    check_clean_stop
}

# The mode comes from the file here, so that a reload can change it.
service_reload_modes() {
    write_settings 'mode = "observe"'
    ready_or_fail 'modes by reload' lab_start_pilotfish || return 0
    check_lines 'mode by reload' python_tool boot.py no-offer
    write_settings 'mode = "armed"'
    check_reload 'observe becomes armed' 'settings reloaded'
    check_lines 'mode by reload' python_tool boot.py --arch bios discover
    write_settings 'mode = "frozen"'
    check_reload 'armed becomes frozen' 'settings reloaded'
    check_lines 'mode by reload' python_tool boot.py no-offer
    original_settings
    check_clean_stop
}

# A key that needs a restart waits for it: nothing may point to a port that nobody listens on yet.
service_restart_keys() {
    local script
    ready_or_fail 'keys that wait' lab_start_pilotfish || return 0
    write_settings '[http]' 'listen = "0.0.0.0:8080"' '[boot]' 'arguments = "fourth=arguments"'
    check_reload 'a changed port waits for a restart' 'wait for a restart: http\.listen'
    script=$(script_from "$LAB_APPLIANCE_IP")
    check_that 'SIGHUP: a live key beside one that waits is taken over' "$script" grep -q 'fourth=arguments' <<<"$script"
    check_that 'SIGHUP: the script names the port that is served, not the one that waits' "$script" \
        grep -q "http://$LAB_APPLIANCE_IP/vmlinuz" <<<"$script"
    original_settings
    check_clean_stop
}

http_status() {
    in_client timeout 20 curl -sS -o /dev/null -w '%{http_code}' "http://$LAB_APPLIANCE_IP/$1" 2>&1 || true
}

# Watching sends nothing, on any UDP port; HTTP says that it does not serve.
service_observe() {
    local status port answers='' file=$LAB_WORK/observe.pcap ours
    ready_or_fail '--mode observe' lab_start_pilotfish --mode observe || return 0
    lab_capture_start "$file" || check_fail '--mode observe is captured' "$LAB_FAILURE"
    check_lines '--mode observe' python_tool boot.py silence
    tftp_asks initrd.img
    check_that '--mode observe: TFTP is silent' "$ANSWER" test "$ANSWER" = SILENCE
    for port in $(in_appliance ss -Hulnp | sed -n "s/.*:\([0-9]*\) .*pid=$(process_pid pilotfish),.*/\1/p"); do
        in_client python3 -c 'import socket, sys
own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
own.sendto(b"\0\4\0\1", (sys.argv[1], int(sys.argv[2])))' "$LAB_APPLIANCE_IP" "$port"
        answers+=" $port"
    done
    check_that '--mode observe: its ports are known' 'ss shows none' test -n "$answers"
    status=$(http_status initrd.img)
    check_that '--mode observe: HTTP answers 503' "$status" test "$status" = 503
    status=$(http_status boot.ipxe)
    check_that '--mode observe: HTTP answers 503 to the script as well' "$status" test "$status" = 503
    lab_capture_stop
    ours=$(capture_count "$file" "eth.src == $LAB_APPLIANCE_MAC && udp") || ours='tshark failed'
    check_that '--mode observe: not one UDP packet of ours in the capture' \
        "$ours; first: $(capture_first "$file" "eth.src == $LAB_APPLIANCE_MAC && udp")" test "$ours" = 0
    check_said '--mode observe: the client was seen' 'dhcp\.refused .*PF-D013' 5
    check_clean_stop
}

# Boots under way finish, new ones do not begin.
service_frozen() {
    ready_or_fail '--mode frozen' lab_start_pilotfish --mode frozen || return 0
    check_lines '--mode frozen' python_tool boot.py no-offer
    check_lines '--mode frozen' python_tool boot.py request
    check_serves "$LAB_APPLIANCE_IP" 'in mode frozen'
    check_said '--mode frozen: the refusal is said' 'dhcp\.refused .*PF-D014' 5
    check_clean_stop
}

# Never a silent nothing: said at the start, and for every client that wants it.
service_missing_loader() {
    write_settings '[loaders]' 'uefi-x64 = "/nowhere/loader.efi"'
    ready_or_fail 'a missing loader' lab_start_pilotfish || return 0
    check_said 'a missing loader is said at the start' 'warning .*no loader for uefi-x64 clients: /nowhere/loader\.efi' 5
    check_lines 'a missing loader' python_tool boot.py --arch bios discover
    check_uefi_refused 'dhcp\.refused .*arch=x64-uefi .*code=PF-D011'
    printf 'loader\n' >"$LAB_ROOT/loader.efi" && chmod 644 "$LAB_ROOT/loader.efi"
    check_reload 'a loader that came meanwhile is found' 'settings reloaded'
    check_that 'the client is offered it now' 'no offer' offered loader.efi
    rm -f "$LAB_ROOT/loader.efi"
    original_settings
    check_clean_stop
}

# Usage: check_uefi_refused PATTERN; a UEFI machine gets no OFFER, and the log says why.
check_uefi_refused() {
    python_tool boot.py --arch uefi discover >"$LAB_WORK/refused.txt" 2>&1 || true
    check_that 'a machine without a loader gets no OFFER' "$(cat "$LAB_WORK/refused.txt")" \
        grep -q '^FAIL .*: 0 came' "$LAB_WORK/refused.txt"
    check_said 'the refusal is said with its code' "$1" 5
}

# Usage: offered FILE; whether a UEFI machine is told that file.
offered() {
    python_tool boot.py --arch uefi discover >"$LAB_WORK/offered.txt" 2>&1 || true
    said "dhcp\.offer .*file=$1 " 5
}

# Usage: add_cable NAME NETWORK; from the appliance (NETWORK.2) to the client (NETWORK.3), the same name at both ends. The
# appliance's end comes up before it has its address, as most do.
add_cable() {
    ip -n "$LAB_APPLIANCE" link add "$1" type veth peer name "$1" netns "$LAB_CLIENT" || return 1
    ip -n "$LAB_CLIENT" address add "$2.3/24" dev "$1" || return 1
    ip -n "$LAB_CLIENT" link set "$1" up || return 1
    ip -n "$LAB_APPLIANCE" link set "$1" up || return 1
    ip -n "$LAB_APPLIANCE" address add "$2.2/24" dev "$1"
}

# A second cable between appliance and client, whose end at the appliance appears while it serves.
service_interfaces() {
    ready_or_fail 'interfaces' start_pilotfish || return 0
    add_cable late0 10.79.0 || { check_fail 'an interface appears' 'it could not be made'; return 0; }
    check_said 'an interface that appears is served' 'interface\.served interface=late0 address=10\.79\.0\.2' 10
    local -a late=(--interface late0 --client 10.79.0.3 --server 10.79.0.2)
    check_lines 'the new interface' python_tool boot.py "${late[@]}" discover
    check_lines 'the new interface' python_tool boot.py "${late[@]}" request
    check_serves 10.79.0.2 'on the interface that appeared'
    service_address
    check_clean_stop
    service_chosen_interface "${late[@]}"
    ip -n "$LAB_APPLIANCE" link delete late0
    service_interface_by_name
}

# The address of eth0 changes: whoever asks now hears the new one, in the packet, the next server and the script.
service_address() {
    local script new=10.77.0.22
    ip -n "$LAB_APPLIANCE" address add "$new/24" dev eth0 &&
        ip -n "$LAB_APPLIANCE" address delete "$LAB_APPLIANCE_IP/24" dev eth0
    # Where the kernel does not promote secondary addresses, the new one went with the old.
    ip -n "$LAB_APPLIANCE" address replace "$new/24" dev eth0
    check_said 'an interface that changes its address is noticed' "interface\.served interface=eth0 address=${new//./\\.}" 10
    check_lines 'the new address' python_tool boot.py --server "$new" discover
    check_lines 'the new address' python_tool boot.py --server "$new" request
    check_serves "$new" 'on the new address'
    script=$(script_from "$new")
    check_that 'the script names the new address' "$script" grep -q "http://$new/vmlinuz" <<<"$script"
    ip -n "$LAB_APPLIANCE" address replace "$LAB_APPLIANCE_IP/24" dev eth0
    ip -n "$LAB_APPLIANCE" address delete "$new/24" dev eth0
    ip -n "$LAB_APPLIANCE" address replace "$LAB_APPLIANCE_IP/24" dev eth0
}

# Usage: service_chosen_interface OPTION…, those that ask on the other interface. With --interface, no other is served.
service_chosen_interface() {
    ready_or_fail '--interface eth0' lab_start_pilotfish || return 0
    check_lines '--interface eth0' python_tool boot.py discover
    check_lines '--interface eth0' python_tool boot.py "$@" silence
    write_settings 'interfaces = ["late0"]'
    check_clean_stop
    ready_or_fail 'interfaces in the settings' start_pilotfish || return 0
    check_lines 'interfaces in the settings' python_tool boot.py "${@:1:6}" discover
    check_lines 'interfaces in the settings' python_tool boot.py no-offer
    original_settings
    check_clean_stop
}

# An interface that was named but is not there yet.
service_interface_by_name() {
    ready_or_fail 'an interface that is not there yet' start_pilotfish --interface later0 || return 0
    add_cable later0 10.80.0 || { check_fail 'a named interface appears' 'it could not be made'; return 0; }
    check_said 'an interface named before it was there is served' 'interface\.served interface=later0 address=10\.80\.0\.2' 10
    check_lines 'the named interface' python_tool boot.py --interface later0 --client 10.80.0.3 --server 10.80.0.2 discover
    ip -n "$LAB_APPLIANCE" link delete later0
    check_said 'an interface that goes is said' 'interface\.left interface=later0' 10
    check_clean_stop
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
    check_that "$what: the sentence says so" "$output" grep -qE "$pattern" <<<"$output"
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
