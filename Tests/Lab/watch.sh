# shellcheck shell=bash
# Who watches a rollout: 20 machines on a slow link, what `watch` says of them half way and at the end, and what the history
# has of each afterwards.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=Tests/Lab/fleet.sh
source "${BASH_SOURCE[0]%/*}/fleet.sh"

readonly WATCH_MACHINES=20
readonly WATCH_WAVE=4
# Kernel and RAM disk of each machine; at 20 Mbit/s a machine takes some seven seconds of the link, four of them together.
readonly WATCH_OCTETS=4000000

# Usage: watch_check; returns 1 when a check failed.
watch_check() {
    with_lab "watch: $WATCH_MACHINES machines that are installed" watch_body
}

watch_body() {
    fleet_up || return 1
    fleet_start_router || return 1
    fleet_hosts && fleet_payload "$WATCH_OCTETS" && fleet_narrow 20mbit || return 1
    printf '[history]\ndays = 30\nevents = 5000\n' >>"$LAB_SETTINGS"
    lab_start_pilotfish || return 1
    watch_nothing
    fleet_command install lab --hosts 'node00[00-19]' --wave "$WATCH_WAVE" --yes
    start_helper swarm timeout 180 "$PILOTFISH" swarm --pxe "$WATCH_MACHINES" --interface eth0 --limit 160 --json \
        --arch uefi --install-time 2
    watch_half_way
    helper_ends swarm 180
    watch_end
    watch_history
    lab_stop_pilotfish
    fleet_narrow
}

# Usage: watch_says EXPRESSION; whether Python finds it true of the lines of $WORK/watch.json: rollouts, machines, events.
watch_says() {
    python3 -B - "$LAB_WORK/watch.json" "$1" <<'PYTHON'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
rollouts = [line for line in lines if "target" in line]
machines = {line["host"]: line for line in lines if "host" in line}
events = [line for line in lines if "kind" in line]
states = [machine["state"] for machine in machines.values()]
sys.exit(not eval(f"({sys.argv[2]})"))
PYTHON
}

# Usage: watch_ask WORD…; what pilotfish says is in $LAB_WORK/watch.json.
watch_ask() {
    fleet_command "$@"
    printf '%s\n' "$FLEET_SAID" >"$LAB_WORK/watch.json"
}

# Usage: watch_that WHAT EXPRESSION
watch_that() {
    check_that "$1" "$(head -c 1500 "$LAB_WORK/watch.json")" watch_says "$2"
}

watch_nothing() {
    watch_ask watch --once
    check_that 'watch without a rollout says how to begin one' "$FLEET_SAID" grep -q 'pilotfish install' <<<"$FLEET_SAID"
    fleet_command show node0000
    check_that 'show of a host that was never seen says so' "$FLEET_SAID" grep -q 'never seen' <<<"$FLEET_SAID"
}

# Somebody is done, somebody is fetching.
watch_is_half_way() {
    watch_ask watch --once --json
    watch_says 'states.count("done") >= 4 and states.count("fetching") >= 2 and "armed" in states' 2>/dev/null
}

watch_half_way() {
    check_that 'watch comes to a moment when some are done, some fetch, and some wait' \
        "$(head -c 1500 "$LAB_WORK/watch.json")" wait_until 120 watch_is_half_way
    watch_that 'it lists every machine once' "len(machines) == $WATCH_MACHINES and len(rollouts) == 1"
    watch_that 'its counts are those of its lines' \
        'rollouts[0]["done"] == states.count("done") and rollouts[0]["waiting"] == states.count("armed") and
            rollouts[0]["active"] == sum(states.count(word) for word in ["claimed", "fetching", "installing"])'
    watch_that 'never more are under way than the wave' "rollouts[0]['active'] <= $WATCH_WAVE"
    watch_that 'nothing is wrong with any that fetches, installs or waits' \
        'not any(machine["verdict"] for machine in machines.values())'
    watch_that 'who fetches is shown with the file, and what it has of it' \
        'any(machine["stage"] in ["vmlinuz", "initrd.img"] and machine["octets"] > 0 for machine in machines.values())'
    watch_that 'who is done has fetched all' \
        "all(machine['octets'] >= $WATCH_OCTETS for machine in machines.values() if machine['state'] == 'done')"
    watch_that 'octets move' 'rollouts[0]["rate"] > 200e3'
    watch_that 'somebody can tell when all are done' '0 < rollouts[0]["left"] < 150'
    fleet_command transfers
    check_that 'transfers lists what goes by HTTP' "$FLEET_SAID" grep -q '\(initrd.img\|vmlinuz\)" .*protocol=http' <<<"$FLEET_SAID"
    check_that 'and no token' "$FLEET_SAID" watch_has_no_token protocol=http
    fleet_command watch --once
    check_that 'the table has a head and a line for each' "$FLEET_SAID" \
        test "$(grep -c '^node00' <<<"$FLEET_SAID")" = "$WATCH_MACHINES" -a "$(grep -c '^rollout 1 lab running' <<<"$FLEET_SAID")" = 1
    printf '%s\n' "$FLEET_SAID" | sed -n '1,8s/^/     /p'
}

# Usage: watch_has_no_token PATTERN; whether what was said has that, and no token of an install: 26 letters of base 32.
watch_has_no_token() {
    grep -q -- "$1" <<<"$FLEET_SAID" && ! grep -qE '[a-z2-7]{26}' <<<"$FLEET_SAID"
}

watch_end() {
    watch_ask watch 1 --json
    watch_that 'at the end all are done' "states.count('done') == $WATCH_MACHINES and rollouts[0]['left'] == 0"
}

watch_history() {
    watch_ask events --json
    check_that 'events --json holds no token' "$(tail -n 3 "$LAB_WORK/watch.json")" watch_has_no_token '"kind":"install"'
    watch_that 'events --json is valid, the oldest first' \
        'len(events) > 100 and [event["id"] for event in events] == sorted(event["id"] for event in events)'
    watch_that 'and has each state of each install, in the history of its machine' \
        "all(('node%04d' % number, state) in {(event['details']['host'], event['details']['to']) for event in events
                if event['kind'] == 'install' and event['mac']}
            for number in range($WATCH_MACHINES) for state in ['claimed', 'fetching', 'installing', 'done'])"
    watch_ask events --json --machine node0003
    watch_that 'events of one host are of that' \
        'len(events) > 5 and {event["mac"] for event in events} == {"52:54:01:00:00:03"}'
    watch_ask events --json --since 2020-01-01T00:00 --machine 52:54:01:00:00:03
    watch_that 'by its card too' 'len(events) > 5'
    watch_ask show node0003 --json
    check_that 'show names firmware and interface' "$FLEET_SAID" python3 -c '
import json, sys
machine = json.loads(sys.argv[1])["machines"][0]
assert machine["interface"] == "eth0" and machine["architecture"] == "x64-uefi", machine
assert machine["vendor_class"].startswith("PXEClient:Arch:00007") and machine["fingerprint"], machine
' "$FLEET_SAID"
    fleet_command show node0003
    check_that 'show says it to people, with the install and the last events' "$FLEET_SAID" watch_shows
    printf '%s\n' "$FLEET_SAID" | sed -n '1,9s/^/     /p'
}

watch_shows() {
    grep -q '^    where     interface eth0$' <<<"$FLEET_SAID" && grep -q '^  install   lab by rollout 1: done' <<<"$FLEET_SAID" &&
        test "$(grep -c ' 52:54:01:00:00:03 ' <<<"$FLEET_SAID")" = 20
}
