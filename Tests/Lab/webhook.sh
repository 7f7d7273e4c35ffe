# shellcheck shell=bash
# Rules that ask an endpoint, which a Python program plays in the router's namespace: what it says is booted, and what becomes
# of machines when it says nothing, nonsense, or too late.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

readonly HOOK_PORT=8080

# Usage: webhook_check; returns 1 when a check failed.
webhook_check() {
    local failed_before=$CHECKS_FAILED
    with_lab 'an endpoint decides what machines boot' webhook_lab || true
    ((CHECKS_FAILED == failed_before))
}

webhook_lab() {
    HOOK=$LAB_WORK/hook
    mkdir -p "$HOOK" && cp "$LAB_ROOT/vmlinuz" "$LAB_ROOT/initrd.img" "$HOOK" || return 1
    printf 'bearer-of-the-lab\n' >"$LAB_WORK/token" && chmod 600 "$LAB_WORK/token" || return 1
    webhook_settings
    webhook_answers 404 0 ''
    process_start endpoint "$LAB_WORK/endpoint.log" ip netns exec "$LAB_ROUTER" \
        python3 -B "$TESTS_LAB/endpoint.py" serve "$HOOK" "$HOOK_PORT"
    lab_start_router dnsmasq || return 1
    webhook_secret_of_root
    lab_start_pilotfish || return 1
    wait_until 5 in_client curl -sf -o /dev/null "http://$LAB_ROUTER_IP:$HOOK_PORT/answer" || return 1
    webhook_whole_boot
    webhook_says_no
    webhook_is_slow
    webhook_is_asked_once
    webhook_says_nonsense
    webhook_is_gone
    check_that 'the secret stands in no line of the log' "$(grep -m 1 bearer-of "$LAB_PILOTFISH_LOG")" \
        webhook_silent_about 'bearer-of-the-lab'
    check_clean_stop
    process_stop endpoint
}

webhook_settings() {
    cat >>"$LAB_SETTINGS" <<TOML

[secrets]
endpoint = "$LAB_WORK/token"

[webhook]
bearer = "endpoint"

[[rule]]
mac = "52:54:00:aa:*"
ask = "http://$LAB_ROUTER_IP:$HOOK_PORT/open"
ask-cache = 0
ask-timeout = 1000
ask-fails = "open"

[[rule]]
ask = "http://$LAB_ROUTER_IP:$HOOK_PORT/boot.php"
ask-timeout = 1500
TOML
}

# What only root can read a reload could not read again: that is told when the service starts, and what is told helps.
webhook_secret_of_root() {
    local remedy
    if lab_start_pilotfish; then check_fail 'a secret that only root can read' 'the service starts'; fi
    remedy=$(grep -oP 'secrets\.endpoint: .*Permission denied; .*: \Kchgrp .*; chmod 640 .*' "$LAB_PILOTFISH_LOG") || true
    check_that 'a secret that only root can read is refused at the start, with the remedy' "$(tail -n 1 "$LAB_PILOTFISH_LOG")" \
        test -n "$remedy"
    lab_stop_pilotfish || true
    check_that "which does what it says: $remedy" 'it fails' bash -c "$remedy"
}

# Usage: webhook_answers STATUS PAUSE BODY [OCTETS]; what the endpoint says from now on, of machines that end in OCTETS.
webhook_answers() {
    printf '%s %s %s' "$1" "$2" "$3" >"$HOOK/new" && mv "$HOOK/new" "$HOOK/answer${4:+-$4}"
}

# Usage: webhook_asks MAC [COUNT]; leaves "offers N after SECONDS FILE" in OFFERS.
webhook_asks() {
    OFFERS=$(python_tool endpoint.py discover "$@" 2>&1 | tail -n 1) || true
}

# Usage: webhook_questions MAC; how often the endpoint was asked about a machine.
webhook_questions() {
    grep -c "asked .*$1" "$LAB_WORK/endpoint.log" || true
}

webhook_silent_about() { ! grep -q "$1" "$LAB_PILOTFISH_LOG"; }

# Usage: webhook_expect WHAT PATTERN; of what webhook_asks left.
webhook_expect() {
    check_that "$1" "$OFFERS" grep -qE "$2" <<<"$OFFERS"
}

# Pixiecore's words, with files of the endpoint's own server, and a variable that is ours.
webhook_whole_boot() {
    local arguments="console=ttyS0 quiet panic=-1 pilotfish.lab=$LAB_TOKEN hook=yes mac=\${mac}"
    webhook_answers 200 0 "{\"kernel\": \"/vmlinuz\", \"initrd\": [\"\${base}/initrd.img\"], \"cmdline\": \"$arguments\"}"
    lab_boot bios && lab_wait_outcome 120 || return 0
    if [[ $LAB_OUTCOME == ours ]]; then
        check_ok "a machine boots what the endpoint says $LAB_MARKER_AT s after power-on"
    else
        check_fail 'a machine boots what the endpoint says' "$LAB_OUTCOME: $LAB_SIGN"
    fi
    check_that 'with the command line of the answer' "$LAB_MARKER" grep -q "hook=yes mac=$LAB_MAC" <<<"$LAB_MARKER"
    machine_stop
    check_that 'the endpoint was asked once for a whole boot, and shown the secret' "$(cat "$LAB_WORK/endpoint.log")" \
        test "$(grep -c "asked /boot.php/v1/boot/$LAB_MAC?.*arch=.*auth=Bearer bearer-of-the-lab" "$LAB_WORK/endpoint.log")" = 1
    check_said 'the decision is told' "webhook\.decided .*client=$LAB_MAC .*decision=.*kernel http://$LAB_ROUTER_IP:8080/vmlinuz" 2
    { printf 'root = "%s"\n' "$LAB_ROOT" && cat "$LAB_SETTINGS"; } >"$LAB_WORK/explained.toml"
    EXPLAINED=$("$PILOTFISH" explain "$LAB_MAC" --settings "$LAB_WORK/explained.toml" --state "$LAB_STATE" 2>&1) || true
    check_that 'explain says whom the rule asks' "$EXPLAINED" grep -q "^asks .*boot.php/v1/boot/$LAB_MAC" <<<"$EXPLAINED"
    check_that 'and what is known' "$EXPLAINED" grep -q '^known .*kernel http' <<<"$EXPLAINED"
}

webhook_says_no() {
    webhook_answers 404 0 ''
    webhook_asks 52:54:00:bb:00:01
    webhook_expect 'a machine that the endpoint does not know gets no OFFER' '^offers 0 '
    check_said 'and is said to be left alone' 'dhcp\.refused .*52:54:00:bb:00:01 .*code=PF-D021' 2
}

# An endpoint that thinks for five seconds holds up nobody else.
webhook_is_slow() {
    local seconds=$SECONDS
    webhook_answers 404 5 '' 00-02
    webhook_answers 200 0 '{"ignore": false}'
    start_helper slow python3 -B "$TESTS_LAB/endpoint.py" discover 52:54:00:bb:00:02
    sleep 0.3
    webhook_asks 52:54:00:bb:00:03
    webhook_expect 'while the endpoint thinks, another machine is answered at once' '^offers 1 after 0\.[0-9] '
    check_serves "$LAB_APPLIANCE_IP" 'meanwhile'
    helper_ends slow 10 || true
    OFFERS=$(tail -n 1 "$LAB_WORK/slow.log")
    webhook_expect 'who waits in vain gets no OFFER' '^offers 0 '
    check_said 'the timeout is told' 'webhook\.failed .*52:54:00:bb:00:02 .*ms=1[5-9]' 2
    check_said 'and what it means' 'dhcp\.refused .*52:54:00:bb:00:02 .*code=PF-D022' 2
    check_that 'all of that in less than ten seconds' "$((SECONDS - seconds)) s" test $((SECONDS - seconds)) -lt 10
}

webhook_is_asked_once() {
    webhook_answers 200 0.5 '{"ignore": false}'
    webhook_asks 52:54:00:bb:00:04 20
    webhook_expect 'twenty DISCOVERs while it thinks are answered' '^offers ([1-9]|1[0-9]|20) '
    webhook_asks 52:54:00:bb:00:04 20
    webhook_expect 'so are twenty more, at once' '^offers [1-9][0-9]* '
    check_that 'for one question' "$(webhook_questions 52:54:00:bb:00:04)" \
        test "$(webhook_questions 52:54:00:bb:00:04)" = 1
}

webhook_says_nonsense() {
    webhook_answers 200 0 '{"kernel": "/k", "cmdline": "a\nshell"}'
    webhook_asks 52:54:00:bb:00:05
    webhook_expect 'a line end in a command line: no OFFER' '^offers 0 '
    check_said 'and why' 'webhook\.failed .*52:54:00:bb:00:05 .*line ends' 2
    webhook_answers 200 0 HUGE
    webhook_asks 52:54:00:bb:00:06
    webhook_expect 'an answer of 1 MiB: no OFFER' '^offers 0 '
    check_said 'and why' 'webhook\.failed .*52:54:00:bb:00:06 .*(larger|exceed)' 2
    webhook_answers 401 0 ''
    webhook_asks 52:54:00:aa:00:03
    webhook_expect 'status 401 is no word about the machine, and the rule is open: the usual boot' '^offers 1 .*undionly\.kpxe'
    webhook_answers 503 0 ''
    webhook_asks 52:54:00:aa:00:01
    webhook_expect 'status 503, and the rule is open: the usual boot' '^offers 1 .*undionly\.kpxe'
}

webhook_is_gone() {
    process_stop endpoint
    webhook_asks 52:54:00:bb:00:07
    webhook_expect 'the endpoint is down, and the rule is closed: no OFFER' '^offers 0 '
    webhook_asks 52:54:00:aa:00:02
    webhook_expect 'the rule is open: the usual boot' '^offers 1 after [01]\.[0-9] undionly\.kpxe'
    check_said 'it is told' 'webhook\.failed .*52:54:00:aa:00:02' 2
}
