# shellcheck shell=bash
# shellcheck disable=SC2034 # some of the variables are for those who source this
# What the checks of this directory share: a lab for a group of checks, Pilotfish started with other flags than the
# lab's own, and waiting for what it says.

TESTS_LAB=$(cd "${BASH_SOURCE[0]%/*}" && pwd)

# boots.sh holds a constant and cannot be read twice.
if ! declare -F boots_check >/dev/null; then
    # shellcheck source=Packaging/lab/boots.sh
    source "$TESTS_LAB/../../Packaging/lab/boots.sh"
fi

# Usage: with_lab TITLE FUNCTION; a lab without a machine in it, FUNCTION with its checks, and nothing left behind.
# Returns 1 when a check failed; then the logs stay and the end of each is printed.
with_lab() {
    local title=$1 body=$2 failed_before=$CHECKS_FAILED
    local LAB_TRANSCRIPT=0
    printf '\n== %s\n' "$title"
    if lab_up; then
        "$body" || check_fail "$title: all checks ran" "${LAB_FAILURE:-$body ended early}"
    else
        check_fail "$title: the lab stands" "$LAB_FAILURE"
    fi
    ((CHECKS_FAILED == failed_before)) || show_logs
    lab_down
    ((CHECKS_FAILED == failed_before))
}

# The end of every log; the directory stays, without what is large and can be made again.
show_logs() {
    local file
    [[ -n $LAB_WORK ]] || return 0
    LAB_KEEP_THIS=1
    rm -rf "${LAB_WORK:?}"/{root,bin,initrd}
    for file in "$LAB_WORK"/*.log; do
        [[ -s $file ]] || continue
        printf '\n--- last lines of %s\n' "$file"
        tail -n 15 "$file" | cut -c 1-300
    done
}

# Usage: start_pilotfish [serve option…]; as lab_start_pilotfish, but with no --interface: every suitable one is served.
start_pilotfish() {
    LAB_PILOTFISH_LOG=$LAB_WORK/pilotfish.log
    [[ -x ${PILOTFISH:-} ]] || lab_fail "PILOTFISH=${PILOTFISH:-} is not an executable file" || return 1
    process_start pilotfish "$LAB_PILOTFISH_LOG" env -u NOTIFY_SOCKET ip netns exec "$LAB_APPLIANCE" \
        "$PILOTFISH" serve --root "$LAB_ROOT" --state "$LAB_STATE" --settings "$LAB_SETTINGS" "$@"
    said 'service\.ready' 20
}

# Usage: said PATTERN SECONDS; waits for a line of the Pilotfish that runs now.
said() {
    process_ready pilotfish "$LAB_WORK/pilotfish.log" "$1" "$2"
}

# Usage: check_said WHAT PATTERN SECONDS
check_said() {
    if said "$2" "$3"; then check_ok "$1"; else check_fail "$1" "$LAB_FAILURE"; fi
}

# Usage: start_helper NAME COMMAND…; a process in the client's namespace, its output in $LAB_WORK/NAME.log.
start_helper() {
    local name=$1
    shift
    process_start "$name" "$LAB_WORK/$name.log" ip netns exec "$LAB_CLIENT" "$@"
}

# Usage: helper_ends NAME SECONDS; waits for it to end by itself and leaves its exit status in PROCESS_STATUS.
helper_ends() {
    local limit=$((SECONDS + $2)) pid
    pid=$(process_pid "$1") || return 1
    while process_is_alive "$pid" && ((SECONDS <= limit)); do sleep 0.05; done
    process_stop "$1"
}

# Usage: wait_until SECONDS COMMAND…
wait_until() {
    local limit=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS <= limit)) || return 1
        sleep 0.1
    done
}

# Usage: check_lines WHAT COMMAND…
# COMMAND prints a line for each of its checks, "ok   what" or "FAIL what: details". That it ends with another status
# than 0, or says nothing, is a failure as well: a checker that fell over has not checked.
check_lines() {
    local what=$1 line output status=0 count=0
    shift
    output=$("$@" 2>&1) || status=$?
    while IFS= read -r line; do
        case $line in
        'ok   '*) check_ok "${line#ok   }" ;;
        'FAIL '*) line=${line#FAIL } && check_fail "${line%%: *}" "${line#*: }" ;;
        *) continue ;;
        esac
        count=$((count + 1))
    done <<<"$output"
    ((status == 0 && count > 0)) || check_fail "$what" "exit status $status after $count checks: ${output: -300}"
}

# Usage: python_tool FILE [ARGUMENT…]; a program of this directory, in the client's namespace, bounded in time.
python_tool() {
    local file=$1
    shift
    in_client timeout 120 python3 -B "$TESTS_LAB/$file" "$@"
}

sha() {
    sha256sum "$@" | cut -c 1-64
}

# Usage: same_content FILE FILE
same_content() {
    [[ -f $1 && -f $2 && $(sha "$1") == "$(sha "$2")" ]]
}

# Usage: link_local_of NAMESPACE; prints the link-local address of its eth0, once that has been found free.
link_local_of() {
    wait_until 10 has_link_local "$1" >/dev/null && has_link_local "$1"
}

has_link_local() {
    ip -n "$1" -6 address show dev eth0 scope link -tentative | grep -oE 'fe80::[0-9a-f:]+' | head -n 1 | grep .
}

# Usage: check_serves ADDRESS [WHEN]; a file by TFTP and by HTTP: the service goes on.
check_serves() {
    local address=$1 after=${2:+ $2} got=$LAB_WORK/serves
    rm -f "$got"
    in_client timeout 30 curl -sS -o "$got" "tftp://$address/initrd.img" 2>"$LAB_WORK/curl.log" || true
    check_that "TFTP from $address serves$after" "$(tail -n 1 "$LAB_WORK/curl.log")" \
        same_content "$got" "$LAB_ROOT/initrd.img"
    rm -f "$got"
    in_client timeout 30 curl -sS -o "$got" "http://$address/initrd.img" 2>"$LAB_WORK/curl.log" || true
    check_that "HTTP from $address serves$after" "$(tail -n 1 "$LAB_WORK/curl.log")" \
        same_content "$got" "$LAB_ROOT/initrd.img"
}

# Usage: tftp_asks NAME [OPTION…]; sets ANSWER to the first answer, and ANSWER_SECONDS.
tftp_asks() {
    local output
    output=$(python_tool tftp.py ask "$LAB_APPLIANCE_IP" "$@" 2>&1) || true
    ANSWER=${output%%$'\t'*} ANSWER_SECONDS=${output##*$'\t'}
}

# Usage: install_token HOST; prints the token of the host's last install.
install_token() {
    python3 -c 'import sqlite3, sys
question = "SELECT token FROM lease JOIN host ON host.id = host_id WHERE name = ? ORDER BY lease.id DESC"
print(sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True).execute(question, sys.argv[2:]).fetchone()[0])' \
        "$LAB_STATE/inventory.sqlite" "$1"
}

# Usage: held_get NAME FILE [OPTION…]; starts a TFTP transfer from HELD_SERVER (the appliance, if that is not
# set) that stops at block 1000 until held_go.
held_get() {
    local name=$1 file=$2
    shift 2
    rm -f "$LAB_WORK/reached" "$LAB_WORK/go" "$LAB_WORK/held.log"
    start_helper held timeout 180 python3 -B "$TESTS_LAB/tftp.py" get "${HELD_SERVER:-$LAB_APPLIANCE_IP}" "$name" "$file" \
        --blksize 1428 --windowsize 16 --hold 1000 "$LAB_WORK/reached" "$LAB_WORK/go" "$@"
    wait_until 30 test -e "$LAB_WORK/reached"
}

# Usage: check_held_get NAME FILE
check_held_get() {
    local what='a TFTP transfer is under way'
    if held_get "$@"; then check_ok "$what"; else check_fail "$what" "$(tail -n 1 "$LAB_WORK/held.log")"; fi
}

# Lets it go on, and waits for its end; what ended it is in HELD.
held_go() {
    : >"$LAB_WORK/go"
    helper_ends held 90 || true
    HELD=$(tail -n 1 "$LAB_WORK/held.log")
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

# Usage: script_from ADDRESS[:PORT] [in_client|in_appliance]; the boot script, on one line.
script_from() {
    { "${2:-in_client}" timeout 20 curl -sS "http://$1/boot.ipxe" 2>&1 || true; } | tr '\n' ' '
}

# Usage: kill_in_client NAME; ends the processes of that name in the client's namespace.
kill_in_client() {
    local pid
    for pid in $(ip netns pids "$LAB_CLIENT"); do
        [[ $(cat "/proc/$pid/comm" 2>/dev/null) != "$1" ]] || kill "$pid" 2>/dev/null || true
    done
}

# The UDP ports that are open in the appliance, in decimal.
open_udp_ports() {
    local address
    # ADDRESS:PORT is the second column, in hexadecimal.
    in_appliance cat /proc/net/udp | awk 'NR > 1 { print $2 }' | while read -r address; do
        printf '%d\n' "0x${address##*:}"
    done | sort -un
}
