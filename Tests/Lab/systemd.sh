# shellcheck shell=bash
# shellcheck disable=SC2034 # SYSTEMD_ROOT is for those who source this
# A systemd of its own in a lab: process 1 of namespaces in which the host's root file system lies below a layer that is thrown
# away. The network is the appliance's. Nothing is installed or started on the host, and nothing of it is left.
#
#   systemd_up || return 1
#   cp unit.service "$SYSTEMD_ROOT/etc/systemd/system/" && in_systemd systemctl daemon-reload
#   in_systemd systemctl start unit
#   systemd_down

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

# Usage: systemd_up; SYSTEMD_ROOT is its root as the host sees it.
systemd_up() {
    SYSTEMD_PID='' SYSTEMD_ROOT=''
    packages_ensure systemd
    systemd_cgroup_up || lab_fail 'no cgroup for a systemd could be made' || return 1
    process_start systemd "$LAB_WORK/systemd.log" "$BASH" "$TESTS_LAB/systemd_root.sh" "$LAB_WORK/systemd" "$SYSTEMD_CGROUP" \
        "$LAB_APPLIANCE"
    wait_until 20 systemd_is_up || lab_fail "systemd does not come up: $(tail -n 3 "$LAB_WORK/systemd.log")"
}

# The id of process 1 is that of the only child of unshare.
systemd_is_up() {
    local unshare
    unshare=$(pgrep -P "$(process_pid systemd)" -x unshare) && SYSTEMD_PID=$(pgrep -P "$unshare" -x systemd) || return 1
    SYSTEMD_ROOT=/proc/$SYSTEMD_PID/root
    [[ $(in_systemd systemctl is-system-running 2>/dev/null) == running ]]
}

in_systemd() {
    nsenter --target "$SYSTEMD_PID" --all --root --wd "$@"
}

# With process 1 all of its namespace ends. Harmless where none came up.
systemd_down() {
    [[ -n ${SYSTEMD_CGROUP:-} ]] || return 0
    [[ -z $SYSTEMD_PID ]] || kill -KILL "$SYSTEMD_PID" 2>/dev/null || true
    wait_until 5 systemd_has_ended || true
    process_stop systemd
    wait_until 5 systemd_cgroup_down
}

systemd_has_ended() { ! process_runs systemd; }

# A cgroup of its own below ours, in the hierarchy of version 2, which even hosts of version 1 have.
systemd_cgroup_up() {
    local mounted own
    mounted=$(findmnt --noheadings --first-only --types cgroup2 --output TARGET) || return 1
    own=$(sed -n 's/^0:://p' /proc/self/cgroup) && [[ -n $own ]] || return 1
    SYSTEMD_CGROUP=$mounted${own%/}/$LAB_ID-systemd
    mkdir -p "$SYSTEMD_CGROUP"
}

systemd_cgroup_down() {
    [[ ! -e $SYSTEMD_CGROUP ]] || find "$SYSTEMD_CGROUP" -depth -type d -exec rmdir {} + 2>/dev/null
}
