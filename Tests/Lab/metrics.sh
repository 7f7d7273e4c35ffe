# shellcheck shell=bash
# Metrics and the log: after transfers the numbers are those of what was done, octet by octet; what Prometheus reads is as it
# wants it; alerts and dashboard name what is there; and the log tells the journal each field.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=Tests/Lab/fleet.sh
source "${BASH_SOURCE[0]%/*}/fleet.sh"

readonly METRICS_MACHINES=5
readonly METRICS_FILES=$TESTS_LAB/../../Packaging/monitoring

# Usage: metrics_check; returns 1 when a check failed.
metrics_check() {
    with_lab 'metrics and the log' metrics_lab
}

metrics_lab() {
    fleet_up && fleet_kernel && fleet_start_router || return 1
    printf '[machine.node0]\nmac = "52:54:01:00:00:00"\n' >"$LAB_SETTINGS"
    cp "$LAB_SETTINGS" "$LAB_WORK/metrics.toml"
    lab_start_pilotfish || return 1
    metrics_of_transfers
    metrics_of_boots
    metrics_are_right
    metrics_of_promtool
    metrics_log
    metrics_levels
    check_clean_stop
    metrics_journal
}

# Usage: metrics_command WORD…; what pilotfish says is in METRICS_SAID.
metrics_command() {
    METRICS_SAID=$("$PILOTFISH" "$@" --settings "$LAB_SETTINGS" --state "$LAB_STATE" </dev/null 2>&1)
}

# Usage: metrics_scrape NAME; into $LAB_WORK/NAME.prom.
metrics_scrape() {
    metrics_command metrics && printf '%s\n' "$METRICS_SAID" >"$LAB_WORK/$1.prom"
}

# Usage: metrics_grown WHAT SERIES=AMOUNT…; since the last scrape, which is made anew when this one is.
metrics_grown() {
    local what=$1
    shift
    # What a worker counts at the end of a transfer may take a moment longer than the client.
    sleep 1
    mv "$LAB_WORK/now.prom" "$LAB_WORK/before.prom"
    metrics_scrape now || check_fail "$what" "$METRICS_SAID"
    check_lines "$what" python3 "$TESTS_LAB/metrics.py" grown "$LAB_WORK/before.prom" "$LAB_WORK/now.prom" "$@"
}

# Usage: metrics_fetch URL; what is fetched does not matter.
metrics_fetch() { in_client timeout 30 curl -sS -o "$LAB_WORK/fetched" "$1" 2>"$LAB_WORK/curl.log" || true; }

metrics_of_transfers() {
    local _
    metrics_scrape now
    check_that 'the service tells its numbers' "$METRICS_SAID" test -s "$LAB_WORK/now.prom"
    for _ in 1 2 3; do metrics_fetch "tftp://$LAB_APPLIANCE_IP/vmlinuz"; done
    metrics_fetch "tftp://$LAB_APPLIANCE_IP/nowhere"
    # Blocks of 512 octets: curl asks for no others by itself, and the last one is shorter.
    metrics_grown 'three files by TFTP' pilotfish_tftp_bytes_total=300000 pilotfish_tftp_transfers_completed_total=3 \
        'pilotfish_tftp_transfer_outcomes_total{outcome="completed"}=3' pilotfish_tftp_transfer_size_bytes_sum=300000 \
        pilotfish_tftp_transfer_duration_seconds_count=3 'pilotfish_tftp_refusals_total{code="PF-T001"}=1' \
        pilotfish_tftp_refused_total=1 pilotfish_tftp_blocks_total=588 pilotfish_http_bytes_total=0
    for _ in 1 2; do metrics_fetch "http://$LAB_APPLIANCE_IP/initrd.img"; done
    metrics_fetch "http://$LAB_APPLIANCE_IP/nowhere"
    metrics_grown 'two files by HTTP' pilotfish_http_requests_total=3 pilotfish_http_response_size_bytes_sum=100000 \
        pilotfish_http_response_size_bytes_count=2 'pilotfish_http_responses_total{status="200"}=2' \
        'pilotfish_http_responses_total{status="404"}=1' pilotfish_http_bytes_total=100000..101000 pilotfish_tftp_bytes_total=0
}

metrics_of_boots() {
    fleet_play "$METRICS_MACHINES" 60 --arch uefi
    check_that "$METRICS_MACHINES machines boot" "$FLEET_STATUS: $FLEET" test "$FLEET_STATUS" = 0
    metrics_grown "$METRICS_MACHINES boots" "pilotfish_first_file_seconds_count=$METRICS_MACHINES" \
        'pilotfish_dhcp_answers_total{shape="binl",architecture="x64-uefi"}='"$((METRICS_MACHINES * 2))..$((METRICS_MACHINES * 4))" \
        "pilotfish_inventory_machines=$METRICS_MACHINES" 'pilotfish_mode{mode="armed"}=0'
    check_lines 'answers by shape' python3 - "$LAB_WORK/now.prom" <<'PYTHON'
import re, sys
text = open(sys.argv[1]).read()
told = sum(int(number) for number in re.findall(r"^pilotfish_dhcp_answers_total\{.*\} (\d+)$", text, re.M))
counted = int(re.search(r"^pilotfish_dhcp_answered_total (\d+)$", text, re.M)[1])
print("ok   answers by shape and architecture are as many as answers" if told == counted > 0 else f"FAIL answers: {told} and {counted}")
PYTHON
}

metrics_are_right() {
    check_lines 'the text of the metrics' python3 "$TESTS_LAB/metrics.py" lint "$LAB_WORK/now.prom"
    check_lines 'the names of the metrics' python3 "$TESTS_LAB/metrics.py" named "$LAB_WORK/now.prom" \
        "$METRICS_FILES/pilotfish.rules.yml" "$METRICS_FILES/pilotfish.dashboard.json"
    local memory
    memory=$(sed -n 's/^process_resident_memory_bytes //p' "$LAB_WORK/now.prom")
    check_that 'memory is what the kernel says' "$memory, $(lab_pilotfish_memory) kB" \
        test "$((memory / 1024 - $(lab_pilotfish_memory)))" -lt 4096
}

# Prints the path of Prometheus' tool, out of its package: Prometheus itself is a service that nobody needs here.
metrics_promtool() {
    local tool=$LAB_CACHE/promtool
    (
        flock 8
        [[ -x $tool ]] || { payload_unpack prometheus ./usr/bin/promtool "$tool.new" && mv "$tool.new" "$tool"; }
    ) 8>"$LAB_CACHE/lock" || return 1
    printf '%s\n' "$tool"
}

metrics_of_promtool() {
    local promtool said
    promtool=$(metrics_promtool) || {
        check_fail 'promtool looks at the metrics' 'it cannot be taken out of the package prometheus'
        return
    }
    said=$("$promtool" check metrics <"$LAB_WORK/now.prom" 2>&1) || true
    check_that 'promtool finds nothing in the metrics' "$said" test -z "$said"
    said=$("$promtool" check rules "$METRICS_FILES/pilotfish.rules.yml" 2>&1) || true
    check_that 'promtool finds nothing in the alerts' "$said" grep -q 'SUCCESS: [0-9]* rules' <<<"$said"
    said=$("$promtool" test rules "$METRICS_FILES/pilotfish.rules.test.yml" 2>&1) || true
    check_that 'the alerts come when they shall' "$said" grep -q 'SUCCESS' <<<"$said"
}

metrics_log() {
    local machine=52:54:01:00:00:00
    metrics_command log --json
    check_lines 'the log' python3 - <(printf '%s\n' "$METRICS_SAID") <<'PYTHON'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
numbers = [line["id"] for line in lines]
print("ok   the log has numbered lines" if len(lines) > 20 and numbers == sorted(set(numbers)) else f"FAIL lines: {len(lines)}")
done = [line for line in lines if line["event"] == "tftp.done" and line["host"] == "node0"]
print("ok   a transfer is known by host and card" if done and done[0]["mac"] == "52:54:01:00:00:00" else "FAIL machine: no such line")
PYTHON
    metrics_command log --machine node0
    check_that 'the lines of a host are those of its DHCP messages and of its files' "$METRICS_SAID" \
        grep -q 'http\.done' <<<"$METRICS_SAID"
    check_that 'and of no other machine' "$METRICS_SAID" metrics_without '52:54:01:00:00:01'
    local of_host=$METRICS_SAID
    metrics_command log --machine "$machine"
    check_that 'by its card it has the same' "$METRICS_SAID" test "$METRICS_SAID" = "$of_host"
    metrics_command log --level warning
    check_that 'lines of a level have no lesser ones' "$METRICS_SAID" metrics_without ' info '
    check_that 'log --follow goes on' "$(cat "$LAB_WORK/follow.log" 2>/dev/null)" metrics_follows
}

# Usage: metrics_without WORDS; whether what was said last has none of them.
metrics_without() { ! grep -qF -- "$1" <<<"$METRICS_SAID"; }

metrics_follows() {
    local name=followed-$BASHPID heard
    process_start follow "$LAB_WORK/follow.log" "$PILOTFISH" log --follow --settings "$LAB_SETTINGS" --state "$LAB_STATE"
    wait_until 5 grep -q 'service\.ready' "$LAB_WORK/follow.log" || true
    metrics_fetch "tftp://$LAB_APPLIANCE_IP/$name"
    heard=0
    wait_until 5 grep -q "tftp\.refused .*$name" "$LAB_WORK/follow.log" || heard=1
    process_stop follow
    return "$heard"
}

# A probe of a file's size is told by nobody but who debugs TFTP.
metrics_levels() {
    metrics_command log --level tftp=debug
    check_that 'a subsystem gets a level' "$METRICS_SAID" grep -qx 'tftp=debug' <<<"$METRICS_SAID"
    check_that 'and no other' "$METRICS_SAID" grep -qx 'http=info' <<<"$METRICS_SAID"
    python_tool tftp.py ask "$LAB_APPLIANCE_IP" vmlinuz >/dev/null 2>&1 || true
    check_said 'a probe of a size is told then' 'debug tftp\.probe .*file=vmlinuz' 5
    printf '[log.levels]\nhook = "error"\n' >>"$LAB_SETTINGS"
    kill -HUP "$(process_pid pilotfish)"
    check_said 'the settings are read again' 'settings reloaded' 10
    metrics_command log --levels
    check_that 'a reload puts the levels of the settings in force' "$METRICS_SAID" \
        test "$(grep -cx 'tftp=info\|hook=error' <<<"$METRICS_SAID")" = 2
    metrics_command log --level tftp=loud || true
    check_that 'a level that is none is refused' "$METRICS_SAID" grep -q 'there is no level loud' <<<"$METRICS_SAID"
}

# Journals of this host are left alone: the service sees another /run, where a journal of ours listens.
metrics_journal() {
    local directory=$LAB_WORK/journal
    mkdir "$directory" && chmod 755 "$directory" "$LAB_WORK"
    # As many messages may wait as systemd lets wait for its own journal; the kernel's ten are less than a boot.
    in_appliance sysctl -qw net.unix.max_dgram_qlen=512 || return 1
    process_start journal "$LAB_WORK/journal.log" ip netns exec "$LAB_APPLIANCE" python3 -uc 'import os, socket, sys
own = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
own.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
print("listens")
while True:
    octets, fields = own.recv(1 << 20), []
    while octets:
        line, _, octets = octets.partition(b"\n")
        if b"=" not in line:
            size = int.from_bytes(octets[:8], "little")
            line, octets = line + b"=" + octets[8:8 + size], octets[9 + size:]
        fields.append(line.decode())
    print(repr(fields))' "$directory/socket"
    process_ready journal "$LAB_WORK/journal.log" listens 10 || return 1
    LAB_PILOTFISH_LOG=$LAB_WORK/pilotfish.log
    rm -f "$LAB_PILOTFISH_LOG"
    # shellcheck disable=SC2016 # of the shell that is started
    process_start pilotfish "$LAB_PILOTFISH_LOG" env -u NOTIFY_SOCKET ip netns exec "$LAB_APPLIANCE" bash -c '
        mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal && mount --bind "$1" /run/systemd/journal || exit
        JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "${@:2}"' bash "$directory" \
        "$PILOTFISH" serve --interface eth0 --root "$LAB_ROOT" --state "$LAB_STATE" --settings "$LAB_SETTINGS"
    process_ready journal "$LAB_WORK/journal.log" "'MESSAGE=service\.ready " 20 || {
        check_fail 'the journal hears that the service is ready' "$LAB_FAILURE"
        return
    }
    check_ok 'the journal hears that the service is ready'
    check_that 'and standard error hears nothing' "$(tail -n 3 "$LAB_PILOTFISH_LOG")" test ! -s "$LAB_PILOTFISH_LOG"
    fleet_play 1 30 --arch uefi
    metrics_fetch "tftp://$LAB_APPLIANCE_IP/nowhere"
    metrics_in_journal "a message with its card, host and stage" 'MESSAGE=dhcp\.offer ' "'PILOTFISH_MAC=52:54:01:00:00:00'" \
        "'PILOTFISH_HOST=node0'" "'PILOTFISH_STAGE=firmware'" "'PRIORITY=6'" "'SYSLOG_IDENTIFIER=pilotfish'"
    metrics_in_journal 'a file with the card of its address' 'MESSAGE=tftp\.done ' "'PILOTFISH_MAC=52:54:01:00:00:00'" \
        "'PILOTFISH_FILE=" "'PILOTFISH_BYTES="
    metrics_in_journal 'an error with its code' 'MESSAGE=tftp\.refused ' "'PILOTFISH_CODE=PF-T001'"
    process_stop journal
    metrics_fetch "tftp://$LAB_APPLIANCE_IP/nobody-listens"
    check_said 'without a journal, lines come by standard error' 'tftp\.refused .*nobody-listens' 5
    check_clean_stop
}

# Usage: metrics_in_journal WHAT PATTERN…; a message that has all of them.
metrics_in_journal() {
    local what=$1 found pattern
    wait_until 5 grep -q -- "$2" "$LAB_WORK/journal.log" || true
    found=$(cat "$LAB_WORK/journal.log")
    for pattern in "${@:2}"; do found=$(grep -- "$pattern" <<<"$found" || true); done
    check_that "the journal has $what" "$(grep -- "$2" "$LAB_WORK/journal.log" | head -n 1)" test -n "$found"
}
