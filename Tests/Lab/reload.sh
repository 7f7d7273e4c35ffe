# shellcheck shell=bash
# Settings that change while Pilotfish serves.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

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

# Puts the settings of the lab back, after a check has changed them.
original_settings() {
    cp "$LAB_WORK/original.toml" "$LAB_SETTINGS"
}

# New arguments, then a broken file, while a TFTP transfer and a download are under way.
service_reload() {
    local got=$LAB_WORK/got script limit
    ready_or_fail 'reload' lab_start_pilotfish || return 0
    check_held_get large "$got"
    rm -f "$got.http"
    start_helper download timeout 120 curl -sS --limit-rate 2M -o "$got.http" "http://$LAB_APPLIANCE_IP/large"
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

# A target comes and goes by command, with all that is made of it; what the operator put there himself stays.
service_targets() {
    local got url=http://$LAB_APPLIANCE_IP
    local whole=$LAB_WORK/whole.toml
    # The service is told its root by a flag.
    { echo "root = \"$LAB_ROOT\"" && cat "$LAB_SETTINGS"; } >"$whole" || return 0
    ready_or_fail 'targets' lab_start_pilotfish || return 0
    check_that 'target add: says where' 'see above' \
        "$PILOTFISH" target add rescue --kernel vmlinuz --args "site=\${mac}" --settings "$LAB_SETTINGS"
    check_reload 'a target that was added is served' 'settings reloaded'
    got=$(in_client curl -sS "$url/boot/rescue.ipxe" | tr '\n' ' ')
    check_that 'target add: its script' "$got" grep -qF "kernel $url/vmlinuz site=\${mac} ||" <<<"$got"
    got=$("$PILOTFISH" target list --settings "$whole")
    check_that 'target list: it has a kernel that is there' "$got" grep -qE '^    vmlinuz  [0-9]+ octets' <<<"$got"
    got=$(in_client curl -sS "$url/pxelinux.cfg/default" | tr '\n' ' ')
    check_that 'PXELINUX has a configuration over HTTP too' "$got" grep -q 'LINUX ::vmlinuz' <<<"$got"
    mkdir -p "$LAB_ROOT/pxelinux.cfg" && echo 'the own one' >"$LAB_ROOT/pxelinux.cfg/default"
    chmod -R a+rX "$LAB_ROOT/pxelinux.cfg"
    got=$(in_client curl -sS "$url/pxelinux.cfg/default")
    check_that "the operator's own file wins" "$got" test "$got" == 'the own one'
    got=$("$PILOTFISH" explain --file pxelinux.cfg/default --settings "$whole")
    check_that 'explain says so' "$got" grep -q 'pxelinux.cfg/default: answers' <<<"$got"
    rm -r "$LAB_ROOT/pxelinux.cfg"
    check_that 'target remove: says so' 'see above' "$PILOTFISH" target remove rescue --settings "$LAB_SETTINGS"
    check_reload 'a target that was removed is gone' 'settings reloaded'
    got=$(in_client curl -sS -o /dev/null -w '%{http_code}' "$url/boot/rescue.ipxe")
    check_that 'target remove: its script' "$got" test "$got" == 404
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
    service_first_url
    original_settings
    check_clean_stop
}

# Nobody was started who could fetch.
service_first_url() {
    local before after time
    before=$(script_from "$LAB_APPLIANCE_IP")
    write_settings '[boot]' "kernel = \"http://$LAB_ROUTER_IP/linux\"" 'arguments = "fifth=arguments"'
    for time in first second; do
        check_reload "the first URL waits for a restart, which the $time reload says" \
            'warning .*until a restart, \[boot\], targets, menus'
        after=$(script_from "$LAB_APPLIANCE_IP")
        check_that "SIGHUP: what is booted stays as it was after the $time reload" "$after" test "$after" = "$before"
    done
}
