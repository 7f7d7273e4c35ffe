# shellcheck shell=bash
# The control API as operators and strangers meet it: its socket, TCP with a token and TLS, what becomes of it when it is killed,
# live views, and a fuzzer that holds each answer against the description.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

readonly CONSOLE_TLS_PORT=8443
readonly CONSOLE_PLAIN_PORT=8480
readonly CONSOLE_TOKEN=token-of-the-console
# Examples for each operation; all of them take a minute or two.
readonly CONSOLE_EXAMPLES=${PILOTFISH_CONSOLE_EXAMPLES:-60}

# Usage: console_check; returns 1 when a check failed.
console_check() {
    with_lab 'the control API' console_lab
}

console_lab() {
    CONSOLE_SOCKET=$LAB_STATE/api.sock
    console_settings || return 1
    lab_start_router dnsmasq || return 1
    lab_start_pilotfish || return 1
    check_that 'the ready line names the doors' "$(grep service.ready "$LAB_PILOTFISH_LOG")" \
        grep -q "api=$CONSOLE_SOCKET,https://0.0.0.0:$CONSOLE_TLS_PORT" "$LAB_PILOTFISH_LOG"
    console_confined
    console_socket
    console_tcp
    console_live
    console_killed
    console_fuzzed
    check_that 'the token stands in no line of the log' 'it does' console_silent
    check_serves "$LAB_APPLIANCE_IP" 'behind all that'
    check_clean_stop
    check_that 'nobody is left when the service has ended' "$(console_processes)" wait_until 5 console_is_gone
    check_that 'and no socket' "$CONSOLE_SOCKET" test ! -e "$CONSOLE_SOCKET"
    console_troubles
}

# A certificate for the appliance's address, and the doors.
console_settings() {
    CONSOLE_CERTIFICATE=$LAB_WORK/api.pem
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=pilotfish \
        -addext "subjectAltName=IP:$LAB_APPLIANCE_IP" -keyout "$LAB_WORK/api.key" -out "$CONSOLE_CERTIFICATE" \
        2>"$LAB_WORK/openssl.log" || lab_fail 'openssl makes no certificate' || return 1
    printf '%s\n' "$CONSOLE_TOKEN" >"$LAB_WORK/api-token"
    chgrp nogroup "$LAB_WORK/api-token" && chmod 640 "$LAB_WORK/api-token" || return 1
    cp "$LAB_SETTINGS" "$LAB_WORK/plain.toml"
    cat >>"$LAB_SETTINGS" <<TOML
[machine.web1]
mac = "52:54:00:00:77:01"
[secrets]
admin = "$LAB_WORK/api-token"
[api]
listen = ["0.0.0.0:$CONSOLE_TLS_PORT"]
token = "admin"
certificate = "$CONSOLE_CERTIFICATE"
key = "$LAB_WORK/api.key"
TOML
}

# Usage: console_as USER GROUP TARGET [curl option…]; over the socket. Leaves the status in STATUS and the body in BODY.
console_as() {
    local user=$1 group=$2 target=$3 output
    shift 3
    output=$(setpriv --reuid "$user" --regid "$group" --clear-groups curl -sS --max-time 20 --unix-socket "$CONSOLE_SOCKET" \
        -w '\n%{http_code}' "$@" "http://localhost$target" 2>&1) || true
    STATUS=${output##*$'\n'} BODY=${output%$'\n'*}
}

# Usage: console_get TARGET [curl option…]; from the client, by TCP and TLS.
console_get() {
    local target=$1 output
    shift
    output=$(in_client curl -sS --max-time 20 --cacert "$CONSOLE_CERTIFICATE" -w '\n%{http_code}' "$@" \
        "https://$LAB_APPLIANCE_IP:$CONSOLE_TLS_PORT$target" 2>&1) || true
    STATUS=${output##*$'\n'} BODY=${output%$'\n'*}
}

# Usage: check_status WHAT STATUS
check_status() {
    check_that "$1" "$STATUS: ${BODY:0:200}" test "$STATUS" = "$2"
}

console_is_gone() { [[ -z $(console_processes) ]]; }

console_processes() {
    local pid
    for pid in $(ip netns pids "$LAB_APPLIANCE"); do
        [[ $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null) != 'pilotfish console'* ]] || printf '%s\n' "$pid"
    done
}

# The inner of the two: the child of the other.
console_worker() {
    local pid
    for pid in $(console_processes); do
        [[ $(cat "/proc/$pid/comm") == console-keeper ]] || printf '%s\n' "$pid"
    done
}

console_confined() {
    local pid report
    pid=$(console_worker)
    check_that 'one process keeps the API, another serves it' "$(console_processes | tr '\n' ' ')" \
        test "$(console_processes | wc -w)" = 2
    report=$(threads_report "$pid")
    check_that 'it has no privileges' "$report" test -z "$report"
    check_that 'and a filter of system calls' "$pid" grep -q '^Seccomp:\s*2' "/proc/$pid/status"
    check_that 'it has opened no file for writing' "$(console_written "$pid")" test -z "$(console_written "$pid")"
}

# Regular files that a process has open for writing.
console_written() {
    find "/proc/$1/fd" -type l -perm -u+w 2>/dev/null | while read -r file; do
        [[ ! -f $file || $(readlink "$file") == anon_inode:* ]] || readlink "$file"
    done | grep -v "^$LAB_WORK/.*log" || true
}

console_socket() {
    check_that 'the socket is the group'"'"'s' "$(stat -c '%a %U:%G' "$CONSOLE_SOCKET")" \
        test "$(stat -c '%a %U:%G' "$CONSOLE_SOCKET")" = '660 nobody:nogroup'
    console_as daemon nogroup /api/v1/transfers
    check_status 'a member of the group is answered' 200
    console_as daemon nogroup /api/v1/mode --json '{"mode":"frozen"}'
    check_status 'and changes the mode, without a token' 200
    check_said 'which the service does' 'mode switched to frozen by command' 5
    console_as daemon nogroup /api/v1/mode --json '{"mode":"armed"}'
    console_as daemon daemon /api/v1/transfers
    check_that 'a stranger is refused by the kernel' "$BODY" grep -q "Permission denied\|Couldn't connect\|Could not connect" <<<"$BODY"
}

console_tcp() {
    console_get /
    check_status 'the page is served by TLS' 200
    console_get /api/v1/transfers
    check_status 'views are open' 200
    console_get /api/v1/hosts/web1/protect -X POST
    check_status 'a change wants the token' 401
    console_get /api/v1/hosts/web1/protect -X POST -H 'Authorization: Bearer token-of-others'
    check_status 'a wrong token is none' 401
    check_said 'and told' 'the control API was shown a wrong token by' 5
    console_get /api/v1/hosts/web1/protect -X POST -H "Authorization: Bearer $CONSOLE_TOKEN"
    check_status 'the right one is' 200
    check_that 'the service says what it did' "$BODY" grep -q 'web1 is never installed from now on' <<<"$BODY"
    console_get /api/v1/machines/web1
    check_that 'and a view shows it' "$BODY" grep -q '"protected":true' <<<"$BODY"
    console_get /api/v1/hosts/web1/unprotect -X POST -H "Authorization: Bearer $CONSOLE_TOKEN"
    console_get / --tls-max 1.1
    check_that 'TLS 1.1 is refused' "$STATUS" test "$STATUS" = 000
}

# As many lines as come in some seconds.
console_live() {
    local text
    text=$(in_client timeout 6 curl -sS -N --max-time 4 --cacert "$CONSOLE_CERTIFICATE" \
        "https://$LAB_APPLIANCE_IP:$CONSOLE_TLS_PORT/api/v1/stream" 2>/dev/null) || true
    check_that 'live views come each second' "${text:0:300}" test "$(grep -c '^event: status' <<<"$text")" -ge 3
    check_that 'the whole picture first' "${text:0:300}" grep -q '^data: {"full":true,"sessions":\[' <<<"$text"
}

console_answers() {
    console_as daemon nogroup /api/v1/transfers
    [[ $STATUS == 200 ]]
}

console_killed() {
    local round
    for round in 1 2; do
        kill -KILL "$(console_worker)"
        check_said "killed, it is told ($round)" 'the process of the control API died and is started again' 5
        check_that "and is there again within seconds ($round)" "$STATUS" wait_until 5 console_answers
        sleep 1
    done
    check_serves "$LAB_APPLIANCE_IP" 'meanwhile'
}

# Usage: console_tool DIRECTORY; schemathesis of PyPI, in an environment of its own.
console_tool() {
    [[ -x $1/bin/st ]] || { /usr/bin/python3 -m venv "$1" && "$1/bin/pip" install -q 'schemathesis==4.32.5'; } >"$LAB_WORK/pip.log" 2>&1 ||
        lab_fail "schemathesis cannot be installed: $(tail -n 2 "$LAB_WORK/pip.log")"
}

# All checks of the fuzzer, over loopback, with the token. The stream never ends, so that it is looked at by hand above.
console_fuzzed() {
    local tool=${PILOTFISH_CONSOLE_TOOL:-$LAB_WORK/schemathesis} status=0
    console_tool "$tool" || return 1
    in_appliance env -C "$LAB_WORK" timeout 600 "$tool/bin/st" run "https://127.0.0.1:$CONSOLE_TLS_PORT/api/v1/openapi.json" \
        --tls-verify false --checks all --exclude-path /api/v1/stream --max-examples "$CONSOLE_EXAMPLES" \
        --header "Authorization: Bearer $CONSOLE_TOKEN" --seed 7 --generation-database none >"$LAB_WORK/schemathesis.log" 2>&1 || status=$?
    check_that 'schemathesis finds nothing' "$status: $(tail -n 40 "$LAB_WORK/schemathesis.log")" test "$status" = 0
    check_that 'the API has not died of it' "$(grep -c 'died and is started again' "$LAB_PILOTFISH_LOG")" \
        test "$(grep -c 'died and is started again' "$LAB_PILOTFISH_LOG")" = 2
}

console_silent() { [[ -s $LAB_PILOTFISH_LOG ]] && ! grep -qF -- "$CONSOLE_TOKEN" "$LAB_PILOTFISH_LOG"; }

# What is wrong with the API is told, and machines are served all the same.
console_troubles() {
    cp "$LAB_SETTINGS" "$LAB_WORK/api.toml"
    printf 'no key\n' >"$LAB_WORK/api.key"
    check_that '"check" says that the key is none' 'it does not' console_check_complains
    ready_or_fail 'without a key' lab_start_pilotfish || return 0
    check_said 'a key that is none is told' 'the control API is not served over TCP: the certificate and the key are no pair' 5
    check_serves "$LAB_APPLIANCE_IP" 'without a key'
    check_clean_stop
    cp "$LAB_WORK/plain.toml" "$LAB_SETTINGS"
    printf '[api]\nlisten = ["127.0.0.1:%s"]\n' "$CONSOLE_PLAIN_PORT" >>"$LAB_SETTINGS"
    process_start squatter "$LAB_WORK/squatter.log" ip netns exec "$LAB_APPLIANCE" \
        python3 -uc 'import socket, sys, time
own = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listens")
time.sleep(600)' "$CONSOLE_PLAIN_PORT"
    process_ready squatter "$LAB_WORK/squatter.log" listens 10 || return 1
    ready_or_fail 'with a taken port' lab_start_pilotfish || return 0
    check_said 'a port that is taken is told' "the control API is not served on 127.0.0.1:$CONSOLE_PLAIN_PORT: .*choose another" 5
    check_that 'the socket is there all the same' "$STATUS" wait_until 5 console_answers
    check_clean_stop
    process_stop squatter
}

console_check_complains() {
    local output
    ! output=$("$PILOTFISH" check --quiet "$LAB_SETTINGS" 2>&1) && grep -q '^api.certificate: ' <<<"$output"
}
