# shellcheck shell=bash
# The confinement of the service and its helpers: what the kernel says of every thread, that all that the service is for still works
# with a tracer watching that no call of it is refused, and that threads of the running processes are refused what they are made to
# try. Each list as a whole is tried by ConfinementTests.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=Tests/Lab/reload.sh
source "${BASH_SOURCE[0]%/*}/reload.sh"

readonly CAGE_PORT=8080
readonly CAGE_API=127.0.0.1:8091

# Usage: cage_check; returns 1 when a check failed.
cage_check() {
    with_lab 'confinement: every thread, and everything that they are for' cage_lab
}

cage_lab() {
    packages_ensure strace curl python3 xorriso || return 1
    cage_files && cage_settings && cage_upstream || return 1
    lab_start_router dnsmasq && lab_start_pilotfish || return 1
    cage_threads 'at the start'
    cage_limits
    cage_watch || return 1
    cage_boots
    cage_commands
    cage_reloads
    cage_imports
    cage_mirrors
    cage_console
    cage_threads 'after all of it'
    cage_unharmed
    check_serves "$LAB_APPLIANCE_IP" 'after all of it'
    check_clean_stop
    cage_way_out
    cage_ends
}

cage_files() {
    local name
    CAGE_UPSTREAM=$LAB_WORK/upstream CAGE_HEARD=$LAB_WORK/heard
    # A medium as Arch Linux lays it out.
    mkdir -p "$CAGE_UPSTREAM" "$LAB_WORK"/tree/arch/{boot/x86_64,x86_64} && mkdir -m 777 "$CAGE_HEARD" || return 1
    for name in boot/x86_64/vmlinuz-linux boot/x86_64/initramfs-linux.img x86_64/airootfs.sfs pkglist.txt; do
        head -c 200003 /dev/urandom >"$LAB_WORK/tree/arch/$name" || return 1
    done
    head -c 300007 /dev/urandom >"$CAGE_UPSTREAM/mirrored"
}

cage_settings() {
    cat >>"$LAB_SETTINGS" <<TOML

[api]
listen = ["$CAGE_API"]

[mirror.cage]
upstream = "http://$LAB_ROUTER_IP:$CAGE_PORT/"

[hook.file]
on = "new"
command = ["/usr/bin/tee", "-a", "$CAGE_HEARD/events"]
TOML
    cp "$LAB_SETTINGS" "$LAB_WORK/original.toml"
}

cage_upstream() {
    process_start upstream "$LAB_WORK/upstream.log" ip netns exec "$LAB_ROUTER" \
        python3 -uB "$TESTS_LAB/upstream.py" "$CAGE_UPSTREAM" "$LAB_ROUTER_IP" "$CAGE_PORT"
    process_ready upstream "$LAB_WORK/upstream.log" '^ready' 10
}

# The service and its helpers, a process a line; commands that it was not are left out.
cage_processes() {
    local pid
    printf '%s\n' "$LAB_PILOTFISH_PID"
    for pid in $(ip netns pids "$LAB_APPLIANCE"); do
        case $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null) in
        'pilotfish console '* | 'pilotfish fetcher '* | 'pilotfish hooks '*) printf '%s\n' "$pid" ;;
        esac
    done
}

# Usage: cage_role PID; the command that it was started with.
cage_role() { tr '\0' '\n' <"/proc/$1/cmdline" | sed -n 2p; }

# Usage: cage_field PID FIELD; what the status of each of its threads says, a line "name value" a thread.
cage_field() {
    awk -v field="$2:" '/^Name:/ { name = $2 } $1 == field { print name, $2 }' /proc/"$1"/task/*/status
}

# Usage: cage_threads WHEN
cage_threads() {
    local pid report='' threads=0 filters processes
    processes=$(cage_processes)
    for pid in $processes; do
        report+=$(threads_report "$pid")$(cage_field "$pid" Seccomp | grep -v ' 2$' || true)
        threads=$((threads + $(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l)))
    done
    check_that "$1: the service, its fetchers, API and runner of commands are there" "$processes" \
        test "$(wc -w <<<"$processes")" -ge 6
    check_that "$1: each of $threads threads has no capability, no way to any, and a filter" "$report" test -z "$report"
    filters=$(cage_field "$LAB_PILOTFISH_PID" Seccomp_filters | grep -E '^pf-(dhcp|tftp|root)' || true)
    check_that "$1: who reads packets has a list of its own on top" "$filters" \
        test "$(grep -c ' 2$' <<<"$filters")" -ge 3 -a "$(grep -vc ' 2$' <<<"$filters")" = 0
}

cage_limits() {
    local pid wrong='' memory=''
    for pid in $(cage_processes); do
        cage_has "$pid" 'core file size' 0 || wrong+="$pid may dump core; "
        [[ $pid == "$LAB_PILOTFISH_PID" ]] || cage_has "$pid" 'open files' 1024 ||
            wrong+="$pid has $(grep 'open files' "/proc/$pid/limits"); "
        # The files of a process that cannot be dumped are root's (proc(5)).
        [[ $(stat -c %U "/proc/$pid/environ") == root ]] || wrong+="$pid can be dumped; "
        memory+=$(cage_memory_of "$pid")
    done
    check_that 'nobody dumps core, and helpers have few descriptors' "$wrong" test -z "$wrong"
    check_that 'helpers have little memory, and nobody locks any' "$memory" test -z "$memory"
}

# Usage: cage_has PID LIMIT MOST; that is both what it has and what it could raise it to.
cage_has() { grep -qE "^Max $2 +$3 +$3 " "/proc/$1/limits"; }

# Usage: cage_memory_of PID; what is wrong with its limits of memory.
cage_memory_of() {
    local role
    role=$(cage_role "$1")
    # Its commands are the operator's, and may need more.
    [[ $role != hooks ]] || return 0
    cage_has "$1" 'locked memory' 0 || printf '%s has %s; ' "$1" "$(grep 'locked memory' "/proc/$1/limits")"
    # The service's own is bounded by its settings.
    [[ $role == serve ]] || cage_has "$1" 'data size' $((1 << 30)) ||
        printf '%s has %s; ' "$1" "$(grep 'data size' "/proc/$1/limits")"
}

# A tracer that tells of nothing but a call that is refused the hard way.
cage_watch() {
    local pid
    local -a processes=()
    for pid in $(cage_processes); do processes+=(-p "$pid"); done
    process_start strace "$LAB_WORK/strace.log" strace -f -e trace=none -e signal=SIGSYS "${processes[@]}"
    process_ready strace "$LAB_WORK/strace.log" 'attached' 10
}

cage_boots() {
    if lab_boot bios && lab_wait_marker 120; then
        check_script_arguments
    else
        check_fail 'a machine boots' "$LAB_FAILURE"
    fi
    machine_stop
    check_that 'a command of the operator hears of it' "$(tail -n 3 "$LAB_PILOTFISH_LOG")" \
        wait_until 10 test -s "$CAGE_HEARD/events"
}

# Usage: cage_says WHAT PATTERN WORD…; a command of ours says so.
cage_says() {
    local what=$1 pattern=$2 output
    shift 2
    output=$(in_appliance timeout 30 "$PILOTFISH" "$@" --settings "$LAB_SETTINGS" --state "$LAB_STATE" </dev/null 2>&1) || true
    check_that "$what" "${output:0:400}" grep -qE "$pattern" <<<"$output"
}

cage_commands() {
    cage_says 'status' 'armed' status
    cage_says 'metrics' '^pilotfish_' metrics
    cage_says 'the doctor looks' '.' doctor
    cage_says 'a report is written' 'look at it' bugreport -o "$LAB_WORK/report.tar.gz"
    cage_says 'the mode changes' 'frozen' freeze
    check_said 'and is in force' 'mode switched to frozen by command' 5
    cage_says 'and back' 'armed' arm
}

cage_reloads() {
    local before
    sed -i 's/^arguments = "\(.*\)"$/arguments = "\1 again"/' "$LAB_SETTINGS"
    check_reload 'settings are read' 'settings reloaded'
    # As an editor does: another file takes the name.
    cp "$LAB_WORK/original.toml" "$LAB_WORK/edited.toml" && mv "$LAB_WORK/edited.toml" "$LAB_SETTINGS"
    check_reload 'a file that took the place of the settings is read' 'settings reloaded'
    before=$(<"$LAB_SETTINGS")
    { printf 'templates = "/usr/share/doc"\n' && printf '%s\n' "$before"; } >"$LAB_SETTINGS"
    check_reload 'a place that was not named at the start waits for a restart' \
        'old ones stay in force: /usr/share/doc: .* restart it'
    printf '%s\n' "$before" >"$LAB_SETTINGS"
    check_reload 'without it they are read' 'settings reloaded'
    # The root is replaced, as a deployment does that moves the new one in its place.
    cp -a "$LAB_ROOT" "$LAB_ROOT.next" && printf 'next' >"$LAB_ROOT.next/which" && mv "$LAB_ROOT" "$LAB_ROOT.last" &&
        mv "$LAB_ROOT.next" "$LAB_ROOT"
    check_said 'another directory in place of the root is seen' 'another directory' 5
    check_that 'and served' 'not its file' wait_until 5 cage_which
}

cage_which() { [[ $(in_client curl -sS "http://$LAB_APPLIANCE_IP/which") == next ]]; }

cage_imports() {
    local got=$LAB_WORK/got
    xorriso -as mkisofs -quiet -V CAGE -J -R -o "$LAB_WORK/cage.iso" "$LAB_WORK/tree" >"$LAB_WORK/xorriso.log" 2>&1 || true
    in_appliance timeout 60 "$PILOTFISH" import "$LAB_WORK/cage.iso" --name cage --root "$LAB_ROOT" \
        >"$LAB_WORK/import.log" 2>&1 || true
    in_client curl -sS --fail -o "$got" "http://$LAB_APPLIANCE_IP/images/cage/tree/arch/x86_64/airootfs.sfs" || true
    check_that 'a file of a medium is served that was imported meanwhile' "$(tail -n 2 "$LAB_WORK/import.log")" \
        same_content "$got" "$LAB_WORK/tree/arch/x86_64/airootfs.sfs"
}

cage_mirrors() {
    local got=$LAB_WORK/got name
    for name in tftp http; do
        rm -f "$got"
        in_client timeout 60 curl -sS -o "$got" "$name://$LAB_APPLIANCE_IP/mirror/cage/mirrored" || true
        check_that "a file of another server comes by ${name^^}" 'other octets' same_content "$got" "$CAGE_UPSTREAM/mirrored"
    done
}

cage_console() {
    local said
    said=$(in_appliance curl -sS --max-time 20 "http://$CAGE_API/api/v1/transfers") || true
    check_that 'the API answers over TCP' "${said:0:200}" grep -q '^[[{]' <<<"$said"
    said=$(curl -sS --max-time 20 --unix-socket "$LAB_STATE/api.sock" http://localhost/api/v1/hosts) || true
    check_that 'and over its socket' "${said:0:200}" grep -q '^[[{]' <<<"$said"
    said=$(in_appliance curl -sS --max-time 20 "http://$CAGE_API/") || true
    check_that 'with its page' "${said:0:200}" grep -qi '<html' <<<"$said"
}

# Nobody was ended by a call that is on no list: the same processes are there, and neither the tracer nor the log has heard of one.
cage_unharmed() {
    local found
    process_stop strace
    found=$(grep -a SIGSYS "$LAB_WORK/strace.log" || true)
    check_that 'no call was refused the hard way' "$found" test -z "$found"
    found=$(grep -a 'is not on the list' "$LAB_PILOTFISH_LOG" || true)
    check_that 'and none is told of' "$found" test -z "$found"
}

# For a host on which a list is wrong, calls that are on none can be made to fail; all is confined as before.
cage_way_out() {
    local output status=0
    output=$(in_appliance env PILOTFISH_CONFINEMENT=later timeout 20 "$PILOTFISH" serve --settings "$LAB_SETTINGS" \
        --state "$LAB_STATE" 2>&1) || status=$?
    check_that 'a word that means nothing ends the start' "$status: ${output:0:300}" \
        grep -q 'PILOTFISH_CONFINEMENT=later in the environment means nothing' <<<"$output"
    check_that 'with a status that says so' "$status" test "$status" -ne 0 -a "$status" -ne 124
    PILOTFISH_CONFINEMENT=refuse lab_start_pilotfish || return 1
    check_that 'that calls fail instead is told, once' "$(grep -ac PILOTFISH_CONFINEMENT "$LAB_PILOTFISH_LOG") times" \
        test "$(grep -ac 'PILOTFISH_CONFINEMENT=refuse: a system call' "$LAB_PILOTFISH_LOG")" = 1
    cage_threads 'where calls fail'
    cage_tries
    check_serves "$LAB_APPLIANCE_IP" 'where calls fail'
    check_clean_stop
}

# From inside the running processes, thread by thread; a call that is on no list would end them otherwise. What a thread is for is
# named behind it, and not tried.
cage_tries() {
    local pid name helpers=''
    for name in pilotfish 'NIO-ELT-1-#1'; do
        cage_injects "$LAB_PILOTFISH_PID" "$name" 'removes a file' 'opens a UDP socket' 'gives a socket an address'
    done
    cage_injects "$LAB_PILOTFISH_PID" pf-dhcp 'opens a UDP socket'
    cage_injects "$LAB_PILOTFISH_PID" pf-tftp-0 'opens a UDP socket' 'gives a socket an address'
    cage_injects "$LAB_PILOTFISH_PID" pf-root
    for pid in $(cage_processes); do
        name=$(<"/proc/$pid/comm")
        # Of each helper the process that works; who keeps it does nothing but wait.
        case $name in
        console) cage_injects "$pid" "$name" ;;
        fetcher) cage_injects "$pid" "$name" 'opens a TCP socket' 'opens a UDP socket' 'gives a socket an address' ;;
        *) continue ;;
        esac
        helpers+="$name "
    done
    check_that 'helpers were tried: the API and those that fetch' "$helpers" test "$(tr ' ' '\n' <<<"$helpers" | sort | xargs)" = \
        'console fetcher fetcher'
    check_that 'nothing was written' 'it was' test ! -e /tmp/pilotfish-was-here
}

# Usage: cage_injects PROCESS THREAD [CALL-THAT-IT-MAY-MAKE…]
cage_injects() {
    check_lines "$2, from inside" python3 -B "$TESTS_LAB/inject.py" "$@"
}

# As it is usually started, one such call of one thread is the end of the service, and its last words say which.
cage_ends() {
    local made
    lab_start_pilotfish || { check_fail 'it starts once more, as usual' "$LAB_FAILURE"; return 0; }
    made=$(python3 -B "$TESTS_LAB/inject.py" "$LAB_PILOTFISH_PID" pf-dhcp --last 'runs a program' 2>&1) || true
    check_that 'one call that is on no list ends the service' "$made" wait_until 5 cage_has_ended
    process_stop pilotfish
    check_that 'by the signal of such calls' "status $PROCESS_STATUS" test "$PROCESS_STATUS" = "$((128 + $(kill -l SYS)))"
    check_that 'and the log names the call and the thread' "$(tail -n 3 "$LAB_PILOTFISH_LOG")" grep -aqE \
        '^pilotfish: the system call execve \([0-9]+\) is not on the list of the thread pf-dhcp,' "$LAB_PILOTFISH_LOG"
    check_that 'and none of its processes is left' "$(cage_left)" wait_until 5 cage_is_empty
}

cage_has_ended() { ! process_runs pilotfish; }

# Processes of ours where the service is no more.
cage_left() { cage_processes | tail -n +2; }

cage_is_empty() { [[ -z $(cage_left) ]]; }
