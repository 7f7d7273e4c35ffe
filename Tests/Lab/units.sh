# shellcheck shell=bash
# The units, with a real systemd as process 1: what they say is right, what they forbid is refused, and what they leave is enough
# to boot machines, reload, run hooks, crash and stop, with sockets that a command of ours opens, and with those of systemd.

# shellcheck source=Tests/Lab/systemd.sh
source "${BASH_SOURCE[0]%/*}/systemd.sh"
# shellcheck source=Tests/Lab/fleet.sh
source "${BASH_SOURCE[0]%/*}/fleet.sh"
# shellcheck source=Tests/Lab/apparmor.sh
source "${BASH_SOURCE[0]%/*}/apparmor.sh"

UNITS=$(cd "$TESTS_LAB/../../Systemd" && pwd)
readonly UNITS
# What systemd-analyze may find in all, in tenths.
readonly UNITS_EXPOSURE=15
# And what it may find: each has its reason in the unit, or is the network.
readonly UNITS_FINDINGS="DeviceAllow IPAddressDeny PrivateNetwork RestrictAddressFamilies_AF_INET_INET6
RestrictAddressFamilies_AF_NETLINK RestrictAddressFamilies_AF_UNIX RestrictSUIDSGID RootDirectoryOrRootImage
SystemCallFilter_privileged"

# What the sandbox leaves to whatever runs in the unit; all else that confined-probe tries is refused.
readonly UNITS_LEAVE="write-state write-tmp run-program inet-socket inet6-socket unix-socket netlink-socket set-user-bit"
# What this kernel and the lab's read-only /proc/sys refuse to root without any sandbox.
readonly UNITS_NOBODY="crypto-socket write-sysctl"

# Usage: units_check; returns 1 when a check failed.
units_check() {
    with_lab 'the units, by a systemd of their own' units_lab
}

units_lab() {
    local status=0
    units_steps || status=1
    systemd_down || check_fail 'nothing is left of systemd' "$SYSTEMD_CGROUP"
    return "$status"
}

units_steps() {
    fleet_up && fleet_kernel && fleet_start_router && systemd_up || return 1
    units_install || return 1
    units_say_what_is_right
    units_probe_everything
    units_hand_over
    units_serve
    units_reload
    units_crash 'in its unit'
    units_stop
    units_restart
    units_networks
    apparmor_holds
    units_sockets
}

# As the package does it, in the layer that is thrown away.
units_install() {
    local root=$SYSTEMD_ROOT
    printf 'pilotfish:x:64321:64321::/nonexistent:/usr/sbin/nologin\n' >>"$root/etc/passwd" &&
        printf 'pilotfish:x:64321:\n' >>"$root/etc/group" &&
        command install -m 755 "$PILOTFISH" "$root/usr/sbin/pilotfish" &&
        command install -m 644 "$UNITS"/pilotfish*.{service,socket} "$root/etc/systemd/system/" &&
        mkdir -p "$root"/{srv/pilotfish,etc/pilotfish,home/probe} && cp -r "$LAB_ROOT/." "$root/srv/pilotfish" || return 1
    chmod 755 "$root/home" "$root/home/probe" && printf 'x\n' >"$root/home/probe/file" && mkdir -m 777 "$root/srv/everybody" &&
        mknod -m 666 "$root/dev/probe" c 1 3 || return 1
    gcc -O1 -Wall -Wextra -Werror -o "$root/usr/local/sbin/confined-probe" "$TESTS_LAB/confined-probe.c" || return 1
    units_settings armed && in_systemd systemctl daemon-reload
}

# Usage: units_settings MODE
units_settings() {
    cat >"$SYSTEMD_ROOT/etc/pilotfish/pilotfish.toml" <<TOML
mode = "$1"
interfaces = ["eth0"]
[hook.probe]
on = "new"
command = ["/bin/sh", "-c", "cd /var/lib/pilotfish && $(units_probe_command) >hook.tmp && mv hook.tmp hook.probed"]
TOML
}

units_probe_command() { printf '/usr/local/sbin/confined-probe /var/lib/pilotfish /srv/everybody /home/probe/file /dev/probe'; }

# Usage: units_drop_in NAME [FILE]; a drop-in for the service from FILE or standard input.
units_drop_in() {
    mkdir -p "$SYSTEMD_ROOT/etc/systemd/system/pilotfish.service.d" &&
        cat "${2:--}" >"$SYSTEMD_ROOT/etc/systemd/system/pilotfish.service.d/$1.conf" && in_systemd systemctl daemon-reload
}

units_drop_no_more() {
    rm -rf "$SYSTEMD_ROOT/etc/systemd/system/pilotfish.service.d" && in_systemd systemctl daemon-reload
}

units_say_what_is_right() {
    local said
    said=$(in_systemd systemd-analyze verify --man=no pilotfish{.service,-{dhcp,boot-service,tftp,http}.socket} 2>&1)
    check_that 'systemd-analyze verify finds nothing' "$said" test -z "$said"
    units_exposure 'the service' "$UNITS_EXPOSURE" "$UNITS_FINDINGS"
    units_drop_in sockets "$UNITS/pilotfish-sockets.conf"
    units_exposure 'the service by socket activation' "$UNITS_EXPOSURE" "$UNITS_FINDINGS"
    said=$(in_systemd systemd-analyze verify --man=no pilotfish.service 2>&1)
    check_that 'and nothing with that drop-in' "$said" test -z "$said"
    # Each of its lines that is shown as an example.
    sed 's/^#\([A-Z][A-Za-z]*=\)/\1/' "$UNITS/pilotfish-hooks.conf" | units_drop_in hooks
    said=$(in_systemd systemd-analyze verify --man=no pilotfish.service 2>&1)
    check_that 'and nothing with all that hooks may be allowed' "$said" test -z "$said"
    units_drop_no_more
}

# Usage: units_exposure WHAT TENTHS FINDINGS
units_exposure() {
    local said status=0
    said=$(in_systemd systemd-analyze security --offline=true --no-pager --threshold="$2" pilotfish.service 2>&1) || status=$?
    said=$(grep -o 'exposure level.*[0-9]' <<<"$said")
    check_that "$1: exposure at most ${2:0:1}.${2:1} (${said##* })" "status $status: $said" test "$status" = 0 -a -n "$said"
    said=$(in_systemd systemd-analyze security --offline=true --json=short pilotfish.service | python3 -c 'import json, sys
found = {row["json_field"] for row in json.load(sys.stdin) if float(row["exposure"] or 0)}
print(*found ^ set(sys.argv[1].split()))' "$3" 2>&1)
    check_that "$1: nothing is exposed but what has a reason" "$said" test -z "$said"
}

# Usage: units_probe_run; runs confined-probe in place of the service and in all of its sandbox. What it found is in UNITS_PROBED.
units_probe_run() {
    units_drop_in probe <<UNIT
[Service]
Type=oneshot
WatchdogSec=0
Restart=no
ExecStartPre=
ExecStart=
ExecStart=$(units_probe_command)
StandardOutput=truncate:/run/probed
UNIT
    in_systemd systemctl start pilotfish.service
    UNITS_PROBED=$(in_systemd cat /run/probed)
    rm -f "$SYSTEMD_ROOT/etc/systemd/system/pilotfish.service.d/probe.conf"
    in_systemd systemctl daemon-reload
    in_systemd systemctl reset-failed pilotfish.service 2>/dev/null || true
}

# Usage: units_probed WHAT LEFT; each attempt of UNITS_PROBED was refused, but those of LEFT were not.
units_probed() {
    local what=$1 left=$2 name outcome wrong='' count=0
    while read -r name outcome; do
        count=$((count + 1))
        if [[ " $left " == *" $name "* ]]; then
            [[ $outcome == allowed ]] || wrong+="$name $outcome; "
        else
            [[ $outcome == refused* ]] || wrong+="$name $outcome; "
        fi
    done <<<"$UNITS_PROBED"
    check_that "$what: $((count - $(wc -w <<<"$left"))) of $count attempts are refused" "${wrong:-$UNITS_PROBED}" \
        test -z "$wrong" -a "$count" -gt 40
}

units_probe_everything() {
    local all
    # Without this all the rest could be refused for another reason.
    all=$(in_systemd sh -c "mkdir -p /var/lib/pilotfish && $(units_probe_command)" | awk '{ print $1 }')
    UNITS_PROBED=$(in_systemd sh -c "$(units_probe_command)")
    units_probed 'root without a sandbox' "$(units_except "$all" "$UNITS_NOBODY")"
    rm -rf "$SYSTEMD_ROOT/var/lib/pilotfish"
    units_probe_run
    units_probed 'the sandbox of the service' "$UNITS_LEAVE"
    check_that 'a setting of the kernel is not even seen' "$UNITS_PROBED" grep -qx 'write-sysctl refused ENOENT' <<<"$UNITS_PROBED"
    check_that 'a family that is not listed does not exist' "$UNITS_PROBED" \
        grep -qx 'vsock-socket refused EAFNOSUPPORT' <<<"$UNITS_PROBED"
}

# What the socket units hand over, told by a stand-in for the service: each socket by name, where it is bound, how it is set up.
units_hand_over() {
    local said
    cat >"$SYSTEMD_ROOT/srv/sockets.py" <<'PYTHON'
import os, socket
for index, name in enumerate(os.environ["LISTEN_FDNAMES"].split(":")):
    own = socket.socket(fileno=3 + index)
    says = [name, own.family.name, own.type.name, *map(str, own.getsockname()[:2])]
    if own.type == socket.SOCK_DGRAM:
        says.append("broadcast=%d" % own.getsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST))
        six = own.family == socket.AF_INET6
        says.append("destination=%d" % own.getsockopt(*((socket.IPPROTO_IPV6, 49) if six else (socket.IPPROTO_IP, 8))))
    if own.family == socket.AF_INET6:
        says.append("only6=%d" % own.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY))
    print(*says)
PYTHON
    units_drop_in sockets <"$UNITS/pilotfish-sockets.conf"
    units_drop_in stand-in <<'UNIT'
[Service]
Type=oneshot
WatchdogSec=0
Restart=no
ExecStart=
ExecStart=/usr/bin/python3 /srv/sockets.py
StandardOutput=truncate:/run/sockets
UNIT
    in_systemd systemctl start pilotfish.service
    said=$(in_systemd sort /run/sockets)
    check_that 'the socket units hand over six sockets, by name and as the engines want them' "$said" test "$said" = \
        'boot-service AF_INET SOCK_DGRAM 0.0.0.0 4011 broadcast=0 destination=1
dhcp AF_INET SOCK_DGRAM 0.0.0.0 67 broadcast=1 destination=1
http AF_INET SOCK_STREAM 0.0.0.0 80
http AF_INET6 SOCK_STREAM :: 80 only6=1
tftp AF_INET SOCK_DGRAM 0.0.0.0 69 broadcast=0 destination=1
tftp AF_INET6 SOCK_DGRAM :: 69 broadcast=0 destination=1 only6=1'
    in_systemd systemctl stop 'pilotfish*.socket'
    units_drop_no_more
}

# Usage: units_except WORDS WORDS; those of the first that are not among the second.
units_except() {
    local word
    for word in $1; do
        [[ " $2 " == *" $word "* ]] || printf '%s ' "$word"
    done
}

# The process ids of the service, as the host counts them.
units_processes() { cat "$SYSTEMD_CGROUP/system.slice/pilotfish.service/cgroup.procs" 2>/dev/null; }

# Usage: units_are PROPERTY VALUE
units_are() { [[ $(in_systemd systemctl show --property "$1" --value pilotfish.service) == "$2" ]]; }

units_journal() { in_systemd journalctl --no-pager --unit pilotfish --output cat "$@"; }

# Usage: units_said PATTERN; in the journal.
units_said() {
    # Not behind a pipe: grep leaves at the first hit, and pipefail would make a failure of that.
    grep -qE "$1" <(units_journal)
}

# Usage: units_start WHAT
units_start() {
    check_that "$1: it starts, and says when it is ready" "$(units_journal | tail -n 3)" \
        timeout 30 nsenter --target "$SYSTEMD_PID" --all --root --wd systemctl start pilotfish.service
    check_that "$1: systemd knows that it serves" "$(in_systemd systemctl status --no-pager pilotfish 2>&1 | head -n 8)" \
        units_are StatusText 'armed, 0 machines under way'
    units_unprivileged "$1"
}

# Every thread of every process of the service.
units_unprivileged() {
    local pid report='' count=0
    for pid in $(units_processes); do
        report+=$(threads_report "$pid") count=$((count + 1))
    done
    check_that "$1: no thread of its $count processes has a privilege" "${report:-no process}" test -z "$report" -a "$count" -gt 0
}

# Usage: units_boot WHAT; machines boot, and files are whole.
units_boot() {
    fleet_play 3 20 --arch uefi
    check_that "$1: machines boot" "$FLEET_STATUS: $FLEET" fleet_is booted 3
    check_serves "$LAB_APPLIANCE_IP" "$1"
}

units_serve() {
    # A watchdog that is fed in time is never heard of.
    printf '[Service]\nWatchdogSec=4s\n' | units_drop_in watchdog
    units_start 'the service'
    units_incapable 'the service'
    check_that 'it hears DHCP by packet sockets that it could not open' "$(units_journal | grep port67)" \
        test -n "$(in_appliance ss -H -a --packet | head -n 1)" -a -z "$(units_journal | grep 'heard without packet sockets')"
    units_boot 'in its unit'
    wait_until 10 test -e "$SYSTEMD_ROOT/var/lib/pilotfish/hook.probed" || true
    UNITS_PROBED=$(cat "$SYSTEMD_ROOT/var/lib/pilotfish/hook.probed")
    units_probed 'a command of a hook' "$UNITS_LEAVE"
    check_that 'the journal has fields of its own' "$(units_journal --output json | head -c 300)" \
        grep -q '"PILOTFISH_' <<<"$(units_journal --output json)"
}

units_reload() {
    local said
    units_settings observe
    check_that 'a reload is done' 'it failed' in_systemd systemctl reload pilotfish.service
    check_that 'and the settings are taken over' "$(units_journal | tail -n 3)" wait_until 5 units_said 'settings reloaded'
    printf 'mode = "asleep"\n' >>"$SYSTEMD_ROOT/etc/pilotfish/pilotfish.toml"
    said=$(in_systemd systemctl reload pilotfish.service 2>&1)
    check_that 'a reload of wrong settings fails' 'it does not' test -n "$said"
    check_that 'and says why' "$(units_journal | tail -n 3)" units_said 'pilotfish\.toml:[0-9]+'
    check_that 'while the service goes on' "$(in_systemd systemctl is-active pilotfish)" units_are ActiveState active
    units_settings armed
    in_systemd systemctl reload pilotfish.service
    # More than twice the watchdog's patience.
    sleep 9
    check_that 'the watchdog has been fed' "$(units_journal | tail -n 3)" units_are NRestarts 0
    units_hangs
    units_drop_no_more
}

# One engine hangs, all else goes on: systemd hears no more of the service, kills it, and starts it anew.
units_hangs() {
    local pid
    pid=$(units_with_thread pf-dhcp)
    process_start held "$LAB_WORK/held.log" python3 -B "$TESTS_LAB/hold.py" "${pid:-0}" pf-dhcp
    process_ready held "$LAB_WORK/held.log" '^held' 10 || { check_fail 'an engine hangs' "$LAB_FAILURE"; return 0; }
    check_that 'an engine hangs: systemd starts the service anew' "$(units_journal | tail -n 5)" wait_until 40 units_is_back
    process_stop held
    check_that 'and does so once' "$(units_journal | tail -n 5)" units_are NRestarts 1
    check_that 'and says that it was the watchdog' "$(units_journal | tail -n 5)" units_said 'Watchdog timeout'
    check_that 'another process serves' "$pid" test "$(units_with_thread pf-dhcp)" != "$pid"
    check_serves "$LAB_APPLIANCE_IP" 'after the watchdog'
    # By hand it counts from the beginning.
    in_systemd systemctl restart pilotfish.service
    check_that 'and it starts by hand as ever' "$(units_journal | tail -n 3)" units_are NRestarts 0
}

# Usage: units_with_thread NAME; the process of the service that has such a thread, as the host counts it.
units_with_thread() {
    local pid
    for pid in $(units_processes); do
        ! grep -qsx "$1" /proc/"$pid"/task/*/comm || printf '%s\n' "$pid"
    done
}

# Usage: units_crash WHAT
units_crash() {
    # By its name: a service that does not run has no process.
    in_systemd systemctl kill --kill-whom=main --signal=SEGV pilotfish.service || true
    check_that "$1: after a crash it comes back by itself" 'it does not, within 15 s' wait_until 15 units_is_back
    check_that "$1: and no core is left" 'one is' test -z "$(find "$SYSTEMD_ROOT/var/lib/pilotfish" -name 'core*')"
    check_serves "$LAB_APPLIANCE_IP" "$1, after a crash"
}

units_is_back() { units_are SubState running && ! units_are NRestarts 0; }

units_stop() {
    local begun
    begun=$(lab_now)
    in_systemd systemctl stop pilotfish.service
    check_that "it stops cleanly ($(lab_since "$begun") s)" "$(units_journal | tail -n 3)" units_are Result success
    check_that 'and none of its processes is left' "$(units_processes)" test -z "$(units_processes)"
    check_that 'nor its ports, and systemd keeps none' "$(in_appliance ss -Hulnp)" units_has_no_ports
    check_that 'its state is its own' "$(stat -c '%U %a' "$SYSTEMD_ROOT/var/lib/pilotfish")" \
        test "$(stat -c '%u %a' "$SYSTEMD_ROOT/var/lib/pilotfish")" = '64321 750'
}

# The sockets of the last start are systemd's until they are opened again.
units_restart() {
    local count
    units_start 'the service, once more'
    for count in 1 2 3 4 5; do
        in_systemd systemctl restart pilotfish.service || check_fail "restart $count" "$(units_journal | tail -n 3)"
    done
    check_that 'it is restarted again and again, and has its ports each time' "$(units_journal | grep -E 'port67|in use')" \
        units_are_whole
    in_systemd systemctl stop pilotfish.service
}

units_are_whole() {
    units_are NRestarts 0 && units_are ActiveState active && ! units_said 'port67=|in use' &&
        [[ $(open_udp_ports | grep -xE '67|69|4011' | sort -u | wc -l) == 3 ]]
}

# The drop-in that the unit names for those who know all of their networks.
units_networks() {
    printf '[Service]\nIPAddressDeny=any\nIPAddressAllow=%s\n' '10.0.0.0/8 0.0.0.0 255.255.255.255 localhost' | units_drop_in networks
    units_start 'with its networks named'
    units_boot 'with its networks named'
    printf '[Service]\nIPAddressAllow=\nIPAddressAllow=192.0.2.0/24\n' | units_drop_in others
    in_systemd systemctl restart pilotfish.service
    check_that 'with other networks named, it serves' "$(units_journal | tail -n 3)" units_are ActiveState active
    check_that 'with other networks named, nobody of this one comes in' 'somebody does' units_is_shut
    in_systemd systemctl stop pilotfish.service
    units_drop_no_more
}

units_is_shut() { ! in_client curl -sS --max-time 1 -o /dev/null "http://$LAB_APPLIANCE_IP/boot.ipxe" 2>/dev/null; }

units_has_no_ports() { ! grep -qxE '67|69|4011' <(open_udp_ports); }

# Usage: units_has_ports COUNT; how many of its UDP ports are open, by process 1 as well.
units_has_ports() {
    (($(in_appliance ss -Hulnp 'sport = :67 or sport = :69 or sport = :4011' | grep -c "\"systemd\".*pid=$SYSTEMD_PID,") >= $1)) &&
        { (($1)) || units_has_no_ports; }
}

# Usage: units_incapable WHAT
units_incapable() {
    local main
    main=$(units_processes | head -n 1)
    check_that "$1: there is no capability that it could gain" "$(grep '^CapBnd' "/proc/$main/status")" \
        grep -q '^CapBnd:\s*0*$' "/proc/$main/status"
}

# By socket activation.
units_sockets() {
    units_drop_in sockets "$UNITS/pilotfish-sockets.conf"
    units_start 'by socket activation'
    units_incapable 'by socket activation'
    units_boot 'by socket activation'
    units_crash 'by socket activation'
    check_that "its ports are systemd's" "$(in_appliance ss -Hulnp)" units_has_ports 3
    in_systemd systemctl stop pilotfish.service
    check_that 'who stops it stops its sockets' "$(in_appliance ss -Hulnp)" units_has_ports 0
    units_drop_no_more
}
