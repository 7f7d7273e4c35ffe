# shellcheck shell=bash
# The AppArmor profile, for a service that runs below a systemd of a lab (systemd.sh). Where the kernel has AppArmor on, it is
# loaded and the service runs with it; where not, that is said. Everywhere the parser reads it, and all that the service does is
# held against its rules.

# shellcheck source=Tests/Lab/systemd.sh
source "${BASH_SOURCE[0]%/*}/systemd.sh"

APPARMOR_PROFILE=$(cd "$TESTS_LAB/../../Packaging/apparmor" && pwd)/usr.sbin.pilotfish
readonly APPARMOR_PROFILE
# All calls that take a path, but those that only look at one: of these AppArmor is not asked.
APPARMOR_CALLS=open,openat,openat2,creat,execve,mkdir,mkdirat,unlink,unlinkat,rename,renameat,renameat2,link,linkat
APPARMOR_CALLS+=,symlink,symlinkat,mknod,mknodat,chmod,fchmodat,chown,lchown,fchownat,truncate,utimensat
APPARMOR_CALLS+=,socket,bind,connect,sendto,sendmsg
readonly APPARMOR_CALLS

# Usage: apparmor_holds; needs the service's program, user and settings in SYSTEMD_ROOT, the service stopped, and fleet_play.
apparmor_holds() {
    local said
    packages_ensure apparmor strace
    said=$(apparmor_parser --skip-kernel-load --skip-cache "$APPARMOR_PROFILE" 2>&1 | grep -v '^Cache read/write disabled')
    check_that 'the parser takes the AppArmor profile' "$said" test -z "$said"
    apparmor_parser --preprocess "$APPARMOR_PROFILE" >"$LAB_WORK/profile" 2>/dev/null || true
    apparmor_trace
    check_lines 'what was traced' python3 -B "$TESTS_LAB/apparmor_rules.py" "$LAB_WORK/profile" "$LAB_WORK/service.strace" \
        /usr/sbin/pilotfish
    if apparmor_is_on; then
        apparmor_enforced
    else
        printf '     this kernel has no AppArmor: the profile was parsed and held against what was traced, and not enforced\n'
    fi
}

# The directory is there as well where AppArmor is built in and off.
apparmor_is_on() { [[ $(cat /sys/module/apparmor/parameters/enabled 2>/dev/null) == Y ]]; }

# As its own user with the two capabilities that a drop-in may give it, and no way to more: so it opens all of its sockets itself.
apparmor_service() {
    in_systemd env -u NOTIFY_SOCKET "$@" setpriv --reuid pilotfish --regid pilotfish --clear-groups --no-new-privs \
        --inh-caps=-all,+net_raw,+net_bind_service --ambient-caps=-all,+net_raw,+net_bind_service \
        /usr/sbin/pilotfish serve --settings /etc/pilotfish/pilotfish.toml
}

apparmor_trace() {
    process_start traced "$LAB_WORK/traced.log" apparmor_service strace -f -qq -y -s 200 -e "trace=$APPARMOR_CALLS" \
        -o /run/service.strace
    if process_ready traced "$LAB_WORK/traced.log" 'service\.ready' 20; then
        fleet_play 2 20 --arch uefi
        check_that 'machines boot from the service that is traced' "$FLEET_STATUS: $FLEET" fleet_is booted 2
        check_serves "$LAB_APPLIANCE_IP" 'while it is traced'
        in_systemd pilotfish status >/dev/null 2>&1
    else
        check_fail 'the service that is traced starts' "$LAB_FAILURE"
    fi
    # Only those of this systemd are seen from there.
    in_systemd pkill -TERM -x pilotfish || true
    wait_until 10 apparmor_has_ended || true
    process_stop traced
    cp "$SYSTEMD_ROOT/run/service.strace" "$LAB_WORK/service.strace"
}

apparmor_has_ended() { ! process_runs traced; }

# By another name: the host may have the package.
apparmor_enforced() {
    local pid
    sed 's/^profile pilotfish /profile pilotfish-lab /; s/\(peer\|label\)=pilotfish\>/\1=pilotfish-lab/' "$APPARMOR_PROFILE" \
        >"$LAB_WORK/lab.profile"
    check_that 'the kernel takes the profile' 'it does not' apparmor_parser --replace --skip-cache "$LAB_WORK/lab.profile"
    process_start traced "$LAB_WORK/enforced.log" apparmor_service aa-exec --profile=pilotfish-lab --
    if process_ready traced "$LAB_WORK/enforced.log" 'service\.ready' 20; then
        pid=$(in_systemd pgrep -o -x pilotfish)
        check_that 'the profile is enforced' "$(in_systemd cat "/proc/$pid/attr/current")" \
            grep -q '^pilotfish-lab (enforce)' <<<"$(in_systemd cat "/proc/$pid/attr/current")"
        fleet_play 2 20 --arch uefi
        check_that 'and machines boot with it' "$FLEET_STATUS: $FLEET" fleet_is booted 2
    else
        check_fail 'the service starts with the profile' "$LAB_FAILURE"
    fi
    in_systemd pkill -TERM -x pilotfish || true
    wait_until 10 apparmor_has_ended || true
    process_stop traced
    apparmor_parser --remove "$LAB_WORK/lab.profile"
}
