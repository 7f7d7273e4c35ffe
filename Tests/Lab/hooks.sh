# shellcheck shell=bash
# Hooks and waking: commands and an endpoint that hear of a rollout of simulated machines, one of them hangs and one is never
# there; and magic packets, octet by octet as they come to a machine.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=Tests/Lab/fleet.sh
source "${BASH_SOURCE[0]%/*}/fleet.sh"

readonly HOOKS_MACHINES=5
readonly HOOKS_PORT=8081
# A nap that nobody else of this host takes.
readonly HOOKS_NAP="90.$BASHPID"

# Usage: hooks_check; returns 1 when a check failed.
hooks_check() {
    with_lab 'hooks and waking' hooks_lab
}

hooks_lab() {
    HOOKS_HEARD=$LAB_WORK/heard
    mkdir -m 777 "$HOOKS_HEARD" && printf 'bearer-of-the-hooks\n' >"$LAB_WORK/bearer" || return 1
    # Whom the service becomes.
    chgrp nogroup "$LAB_WORK/bearer" && chmod 640 "$LAB_WORK/bearer" || return 1
    fleet_up && fleet_kernel && fleet_start_router || return 1
    hooks_payload && hooks_settings || return 1
    hooks_listen || return 1
    lab_start_pilotfish || return 1
    hooks_confined
    hooks_hear_a_rollout
    hooks_hang
    hooks_wake
    hooks_observe
    hooks_wait_for_a_restart
    check_that 'the secret stands in no line of the log' 'it does' hooks_silent_about bearer-of-the-hooks "$LAB_PILOTFISH_LOG"
    check_clean_stop
    check_that 'nobody is left when the service has ended' "$(hooks_processes)" wait_until 5 hooks_are_gone
    hooks_killed
    process_stop receiver
}

hooks_payload() {
    mkdir -p "$LAB_ROOT/lab" && cp "$LAB_ROOT/vmlinuz" "$LAB_ROOT/initrd.img" "$LAB_ROOT/lab" && chmod -R a+rX "$LAB_ROOT"
}

# Two hooks that write down what they hear, one that hangs, one that fails, one that is not there, and an endpoint.
hooks_settings() {
    local number
    {
        printf '[target.lab]\nkernel = "lab/vmlinuz"\ninitrd = "lab/initrd.img"\n'
        # shellcheck disable=SC2016 # Pilotfish's variable
        printf 'arguments = "pilotfish.install=${install}"\n'
        for ((number = 0; number < HOOKS_MACHINES; number++)); do
            printf '[machine.node%d]\nmac = "52:54:01:00:00:%02x"\n' "$number" "$number"
        done
        cat <<TOML
[secrets]
chat = "$LAB_WORK/bearer"
[hook.file]
on = ["claimed", "installing", "done", "failed", "new", "wake"]
command = ["/usr/bin/tee", "-a", "$HOOKS_HEARD/events"]
[hook.hangs]
on = "installing"
command = ["/bin/sh", "-c", "echo hangs >&2; sleep $HOOKS_NAP & wait"]
timeout = 2
[hook.fails]
on = "claimed"
command = ["/bin/sh", "-c", "echo it is broken >&2; exit 7"]
[hook.missing]
on = "claimed"
command = ["/nowhere/at/all"]
[hook.chat]
on = "done"
url = "http://$LAB_ROUTER_IP:$HOOKS_PORT/chat"
bearer = "chat"
TOML
    } >"$LAB_SETTINGS"
    cp "$LAB_SETTINGS" "$LAB_WORK/hooks.toml"
}

# An endpoint that refuses each first try.
hooks_listen() {
    process_start receiver "$LAB_WORK/receiver.log" ip netns exec "$LAB_ROUTER" python3 -uc 'import http.server, sys
tries = {}
class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        tries[body] = tries.get(body, 0) + 1
        words = ["try", str(tries[body]), self.path, self.headers["Authorization"], self.headers["Content-Type"], body]
        # One write, for another may speak at the same time.
        sys.stdout.write(" ".join(words))
        self.send_response(204 if tries[body] > 1 else 503)
        self.end_headers()
    def log_message(self, *_):
        pass
print("listens")
http.server.ThreadingHTTPServer(("", int(sys.argv[1])), Receiver).serve_forever()' "$HOOKS_PORT"
    process_ready receiver "$LAB_WORK/receiver.log" listens 10
}

# Usage: hooks_command WORD…; what pilotfish says is in HOOKS_SAID.
hooks_command() {
    HOOKS_SAID=$("$PILOTFISH" "$@" --settings "$LAB_SETTINGS" --state "$LAB_STATE" </dev/null 2>&1) || true
}

# The process that runs commands, and what those start.
hooks_processes() {
    pgrep -f "^pilotfish hooks|sleep $HOOKS_NAP" | while read -r pid; do
        [[ $(ip netns identify "$pid") != "$LAB_APPLIANCE" ]] || tr '\0' ' ' <"/proc/$pid/cmdline"
    done
}

hooks_runner() {
    local pid
    for pid in $(ip netns pids "$LAB_APPLIANCE"); do
        [[ $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null) != 'pilotfish hooks'* ]] || printf '%s\n' "$pid"
    done
}

# Usage: hooks_silent_about WORDS FILE…; whether each file has something, and none has any of the words, of which each is a line.
hooks_silent_about() {
    local file
    for file in "${@:2}"; do [[ -s $file ]] || return 1; done
    ! grep -qF -- "$1" "${@:2}"
}

hooks_confined() {
    local pid report
    pid=$(hooks_runner)
    check_that 'one process runs commands' "${pid:-none}" test "$(wc -w <<<"$pid")" = 1
    report=$(threads_report "$pid")
    check_that 'it has no privileges' "$report" test -z "$report"
    check_that 'and a filter of system calls' 'none' grep -q '^Seccomp:\s*2' "/proc/$pid/status"
}

# Usage: hooks_events CAUSE; how many the file has heard of.
hooks_events() { grep -c "\"event\":\"$1\"" "$HOOKS_HEARD/events" 2>/dev/null || true; }

# Usage: hooks_heard CAUSE COUNT
hooks_heard() { (($(hooks_events "$1") >= $2)); }

hooks_hear_a_rollout() {
    local tokens
    hooks_command install lab --hosts all --wave "$HOOKS_MACHINES" --yes
    check_that 'machines are armed' "$HOOKS_SAID" grep -q "^lab on $HOOKS_MACHINES machines" <<<"$HOOKS_SAID"
    fleet_play "$HOOKS_MACHINES" 60 --arch uefi --install-time 0.5
    check_that 'while a hook hangs and others fail, all are installed' "$FLEET_STATUS: $FLEET" fleet_is 'done' "$HOOKS_MACHINES"
    check_that 'each once' "$FLEET" fleet_is double_installs 0
    wait_until 20 hooks_heard 'done' "$HOOKS_MACHINES" || true
    for cause in claimed installing 'done'; do
        check_that "a command hears of each machine that is $cause" "$(hooks_events "$cause")" \
            test "$(hooks_events "$cause")" = "$HOOKS_MACHINES"
    done
    check_lines 'what it hears' python3 - "$HOOKS_HEARD/events" <<'PYTHON'
import json, sys
events = [json.loads(line) for line in open(sys.argv[1])]
members = ["event", "time", "host", "cards", "target", "rollout", "from", "to", "attempt", "reason"]
odd = [event for event in events if list(event) != members]
print("ok   each event is a line of JSON with all members" if events and not odd else "FAIL members: %s" % odd[:1])
done = {event["host"]: event for event in events if event["event"] == "done"}
one = done.get("node3", {})
want = {"cards": ["52:54:01:00:00:03"], "target": "lab", "rollout": 1, "from": "installing", "to": "done", "attempt": 1, "reason": ""}
wrong = {key: one.get(key) for key in want if one.get(key) != want[key]}
print("ok   it says which host and card, what from and what to" if not wrong else "FAIL facts: %s" % wrong)
PYTHON
    tokens=$(python3 -c 'import sqlite3, sys
for row in sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True).execute("SELECT token FROM lease"): print(row[0])' \
        "$LAB_STATE/inventory.sqlite")
    check_that 'the inventory has tokens' "$tokens" test "$(wc -w <<<"$tokens")" = "$HOOKS_MACHINES"
    check_said 'a command that is done is told' 'hook\.done hook=file event=done host=node' 5
    check_said 'one that fails, with its status and its first line' \
        'hook\.failed hook=fails event=claimed host=node.* reason="exit status 7" said="it is broken"' 5
    check_said 'one that is not there' 'hook\.failed hook=missing .*posix_spawn /nowhere/at/all: No such file' 5
    check_said 'the endpoint is told, at the second try' 'hook\.done hook=chat event=done host=node0 .*tries=2' 20
    check_that 'with the secret, and the same event both times' "$(cat "$LAB_WORK/receiver.log")" \
        test "$(grep -c '^try [12] /chat Bearer bearer-of-the-hooks application/json {"event":"done",.*"host":"node0"' \
            "$LAB_WORK/receiver.log")" = 2
    check_that 'no hook is told a token, and neither is the log' 'one is there' hooks_silent_about "$tokens" \
        "$HOOKS_HEARD/events" "$LAB_WORK/receiver.log" "$LAB_PILOTFISH_LOG"
}

hooks_hang() {
    check_said 'a hook that hangs is killed in time' \
        'hook\.failed hook=hangs event=installing host=node. seconds=2\.[0-9]* reason="it took too long and was killed" said=hangs' 10
    wait_until 10 hooks_naps_no_more || true
    check_that 'with all that it started' "$(pgrep -fa "sleep $HOOKS_NAP")" hooks_naps_no_more
    check_serves "$LAB_APPLIANCE_IP" 'all the while'
}

hooks_nap() { pgrep -f "^sleep $HOOKS_NAP" >/dev/null; }

hooks_naps_no_more() { ! hooks_nap; }

# Usage: hooks_capture COUNT COMMAND…; the frames of ethertype 0842 that come to the client's card are in HOOKS_FRAMES, one a line.
hooks_capture() {
    local count=$1
    shift
    process_start capture "$LAB_WORK/frames.log" ip netns exec "$LAB_CLIENT" python3 -uc 'import socket, sys
own = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0842))
own.bind(("eth0", 0x0842))
own.settimeout(float(sys.argv[2]))
print("listens")
try:
    for _ in range(int(sys.argv[1])): print("frame", own.recv(2000).hex())
except TimeoutError: print("silence")' "$count" 3
    process_ready capture "$LAB_WORK/frames.log" listens 10 || return 1
    "$@"
    helper_ends capture 30 || true
    HOOKS_FRAMES=$(sed -n 's/^frame //p' "$LAB_WORK/frames.log")
    rm -f "$LAB_WORK/frames.log"
}

# Usage: hooks_frame CARD; the whole frame that wakes it, in hexadecimal.
hooks_frame() {
    printf 'ffffffffffff%s0842ffffffffffff' "${LAB_APPLIANCE_MAC//:/}"
    local _
    for _ in {1..16}; do printf '%s' "${1//:/}"; done
    printf '\n'
}

hooks_wake() {
    hooks_capture 3 hooks_command wake 'node[1-2]'
    check_that 'wake says how many hosts, cards and interfaces' "$HOOKS_SAID" \
        test "$HOOKS_SAID" = '2 hosts are woken (2 cards, 1 interfaces), and hooks are told'
    check_that 'a magic packet for each card comes to the machines, and no other, octet by octet' "$HOOKS_FRAMES" \
        test "$HOOKS_FRAMES" = "$(hooks_frame 52:54:01:00:00:01 && hooks_frame 52:54:01:00:00:02)"
    check_said 'the log says so' '2 magic packets for 2 hosts were sent' 5
    wait_until 5 hooks_heard wake 2 || true
    check_that 'hooks hear of each host, for BMCs' "$(grep '"wake"' "$HOOKS_HEARD/events")" \
        test "$(grep -c '"event":"wake",.*"host":"node[12]","cards":\["52:54:01:00:00:0[12]"\]' "$HOOKS_HEARD/events")" = 2
    hooks_capture 2 hooks_command install lab --hosts node4 --wake --yes
    check_that 'install --wake wakes who is armed' "$HOOKS_SAID" test "$HOOKS_FRAMES" = "$(hooks_frame 52:54:01:00:00:04)"
    check_that 'and says so' "$HOOKS_SAID" grep -q '^1 hosts are woken' <<<"$HOOKS_SAID"
    hooks_capture 1 hooks_command install lab --hosts node4 --wake --yes
    check_that 'nobody is woken of a plan that wipes nobody' "$HOOKS_SAID" test -z "$HOOKS_FRAMES"
}

hooks_observe() {
    hooks_command observe
    hooks_capture 1 hooks_command wake all
    check_that 'who observes wakes nobody' "$HOOKS_FRAMES" test -z "$HOOKS_FRAMES"
    check_that 'and says so' "$HOOKS_SAID" grep -q 'observes and sends nothing' <<<"$HOOKS_SAID"
    hooks_command arm
}

# A service that was started without hooks cannot run commands, and says that they wait.
hooks_wait_for_a_restart() {
    check_clean_stop
    grep -v '^\[hook\|^on =\|^command =\|^timeout =\|^url =\|^bearer =' "$LAB_WORK/hooks.toml" >"$LAB_SETTINGS"
    ready_or_fail 'without hooks' lab_start_pilotfish || return 0
    check_that 'without hooks no process runs commands' "$(hooks_runner)" test -z "$(hooks_runner)"
    cp "$LAB_WORK/hooks.toml" "$LAB_SETTINGS"
    kill -HUP "$(process_pid pilotfish)"
    check_said 'hooks that a reload brings wait for a restart' 'these settings wait for a restart: hook' 10
    check_clean_stop
    ready_or_fail 'with hooks again' lab_start_pilotfish || return 0
}

# Without a chance to say anything.
hooks_killed() {
    sed -i 's/^timeout = 2$/timeout = 60/; s/^on = "installing"$/on = "wake"/' "$LAB_SETTINGS"
    ready_or_fail 'a hook that naps' lab_start_pilotfish || return 0
    hooks_command wake node1
    check_that 'a hook naps' "$HOOKS_SAID" wait_until 10 hooks_nap
    process_stop pilotfish KILL
    wait_until 10 hooks_are_gone || true
    check_that 'when the service is killed, its hooks end with it' "$(hooks_processes)" hooks_are_gone
}

hooks_are_gone() { [[ -z $(hooks_processes) ]]; }
