# shellcheck shell=bash
# The web page in a real Chromium: 500 machines of a stand-in for the console, 2,000, none, and some of which nothing is known; then
# the service's own page, while 500 simulated machines boot. It runs in network namespaces from which nothing leads anywhere else.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=Tests/Lab/fleet.sh
source "${BASH_SOURCE[0]%/*}/fleet.sh"

# Longer than all of its waiting together.
readonly PAGE_SECONDS=500
# Simulated machines before the service's own page.
readonly PAGE_MACHINES=500
# So many begin each second: more than the link has room for. It keeps what waits, for without that new connections starve.
readonly PAGE_RATE=12
readonly PAGE_PORT=8480
readonly PAGE_TOKEN=token-of-the-page

# Usage: page_check; returns 1 when a check failed. The pictures of the page are left in the directory PILOTFISH_PAGE_PICTURES,
# where that is said.
page_check() {
    packages_ensure "${PACKAGES_PAGE[@]}"
    local before=$CHECKS_FAILED
    with_lab 'the web page, in Chromium' page_lab || true
    with_lab "the service's own page, while $PAGE_MACHINES machines boot" page_service || true
    ((CHECKS_FAILED == before))
}

page_lab() {
    LAB_PAGE=$LAB_WORK/page
    mkdir "$LAB_PAGE" || return 1
    check_lines 'the page' page_test
    # How large, how busy, how soon.
    grep '^     ' "$LAB_WORK/page.log" || true
    check_that 'it was looked at in light, dark and on a phone' "$(ls "$LAB_PAGE")" page_has_pictures
    [[ -z ${PILOTFISH_PAGE_PICTURES:-} ]] || page_keep_pictures
}

page_test() {
    in_client timeout "$PAGE_SECONDS" python3 -B "$TESTS_LAB/page.py" --directory "$LAB_PAGE" 2>&1 | tee "$LAB_WORK/page.log"
}

page_has_pictures() {
    local name
    for name in light dark phone; do [[ -s $LAB_PAGE/page-$name.png ]] || return 1; done
}

page_keep_pictures() {
    mkdir -p "$PILOTFISH_PAGE_PICTURES" && cp "$LAB_PAGE"/page-*.png "$PILOTFISH_PAGE_PICTURES"
}

# Machines that boot for a minute or more, for the link is narrow; Chromium is on the appliance's own loopback.
page_service() {
    LAB_PAGE=$LAB_WORK/page
    mkdir "$LAB_PAGE" && fleet_up && fleet_start_router || return 1
    head -c 1500000 /dev/urandom >"$LAB_ROOT/vmlinuz" && head -c 50000 /dev/urandom >"$LAB_ROOT/initrd.img" &&
        chmod 644 "$LAB_ROOT"/{vmlinuz,initrd.img} && printf '%s\n' "$PAGE_TOKEN" >"$LAB_WORK/page.token" &&
        chgrp nogroup "$LAB_WORK/page.token" && chmod 640 "$LAB_WORK/page.token" || return 1
    printf '[secrets]\napi = "%s"\n[api]\nlisten = ["127.0.0.1:%d"]\ntoken = "api"\n' "$LAB_WORK/page.token" "$PAGE_PORT" \
        >>"$LAB_SETTINGS"
    lab_start_pilotfish || return 1
    tc -n "$LAB_APPLIANCE" qdisc add dev eth0 root tbf rate 100mbit burst 128k latency 400ms || return 1
    start_helper swarm timeout 200 "$PILOTFISH" swarm --pxe "$PAGE_MACHINES" --rate "$PAGE_RATE" \
        --interface eth0 --limit 180 --json
    check_lines "the service's page" page_of_service
    grep '^     ' "$LAB_WORK/page.log" || true
    helper_ends swarm 200
    check_that 'all machines came to their kernel' "$(tail -n 1 "$LAB_WORK/swarm.log")" \
        grep -q "\"booted\":$PAGE_MACHINES," "$LAB_WORK/swarm.log"
    check_clean_stop
}

page_of_service() {
    in_appliance timeout "$PAGE_SECONDS" python3 -B "$TESTS_LAB/page.py" --directory "$LAB_PAGE" --token "$PAGE_TOKEN" \
        --machines "$PAGE_MACHINES" "http://127.0.0.1:$PAGE_PORT" 2>&1 | tee "$LAB_WORK/page.log"
}
