# shellcheck shell=bash
# What leaves a host with `pilotfish bugreport`. Needs a running lab.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

# Secrets are planted wherever they may stand, and looked for in each file of the archive. Whatever comes of it, the checks
# behind it find the settings of the lab.
service_bugreport() {
    reports_planted || check_fail 'bugreport: secrets are planted' "$LAB_WORK/panel cannot be the service's group's"
    lab_stop_pilotfish
    original_settings
}

reports_planted() {
    local report=$LAB_WORK/report.tar.gz secret output status=0 directory=$LAB_WORK/report
    local -a secrets=(planted0inarguments planted0inurl planted0infile planted0inquery)
    printf '%s\n' "planted0infile" >"$LAB_WORK/panel"
    chgrp nogroup "$LAB_WORK/panel" && chmod 640 "$LAB_WORK/panel" || return 1
    {
        cat "$LAB_WORK/original.toml"
        printf '\n[secrets]\npanel = "%s"\n' "$LAB_WORK/panel"
        printf '\n[target.planted]\nkernel = "vmlinuz"\n'
        printf 'arguments = "password=planted0inarguments url=http://user:planted0inurl@192.0.2.9/a %s"\n' \
            'seed=http://192.0.2.9/?token=planted0inquery'
    } >"$LAB_SETTINGS"
    ready_or_fail 'bugreport' lab_start_pilotfish || return 0
    output=$("$PILOTFISH" bugreport --settings "$LAB_SETTINGS" --state "$LAB_STATE" -o "$report" 2>&1) || status=$?
    check_that 'pilotfish bugreport writes an archive for its owner alone' "status $status: $output" \
        test "$status" = 0 -a "$(stat -c %a "$report")" = 600
    check_that 'pilotfish bugreport asks to look at it before it is sent' "$output" grep -q 'look at it' <<<"$output"
    mkdir -p "$directory" && tar -xzf "$report" -C "$directory"
    check_that 'the report has the settings and where they come from' 'they are not there' \
        grep -rq "target.planted.*# $LAB_SETTINGS:\|kernel = .*# $LAB_SETTINGS:" "$directory/pilotfish-report/settings"
    for secret in "${secrets[@]}"; do
        check_that "the report does not have the secret $secret" "$(grep -rl "$secret" "$directory")" \
            test -z "$(grep -r "$secret" "$directory")"
    done
}
