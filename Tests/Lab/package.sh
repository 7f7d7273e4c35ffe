# shellcheck shell=bash
# The Debian package, as an administrator meets it: built twice alike, installed on a fresh Debian with its systemd, armed, a
# machine boots; then upgraded, removed, installed again and purged, and nothing is left.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=Tests/Lab/package_system.sh
source "${BASH_SOURCE[0]%/*}/package_system.sh"
# shellcheck source=Tests/Lab/reproducible.sh
source "${BASH_SOURCE[0]%/*}/reproducible.sh"

# What came with the package goes with it, although others would recommend it, too.
readonly PACKAGE_LEAVES=(-o APT::AutoRemove::RecommendsImportant=0 -o APT::AutoRemove::SuggestsImportant=0)
# How an upgrade runs that nobody sits beside: the administrator's settings win.
readonly PACKAGE_UNATTENDED=(-y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold)
# All that it may depend on, by the names of Debian 12, on which it is built. Swift is in the program.
readonly PACKAGE_DEPENDS=(libc6 libcap2 libcrypt1 libcurl4 libgcc-s1 libseccomp2 libsqlite3-0 libssl3 libstdc++6
    'systemd | systemd-standalone-sysusers | systemd-sysusers')

# Usage: package_check; returns 1 when a check failed. PILOTFISH_PACKAGE_SUITES="bookworm trixie" are the Debians to install on; if it
# is not said, both, the second if the archive has it.
package_check() {
    local failed_before=$CHECKS_FAILED suite
    packages_ensure "${PACKAGES_PACKAGE[@]}"
    PACKAGE_OUTPUT=$(mktemp -d "${TMPDIR:-/tmp}/pilotfish-package.XXXXXX") && chmod 755 "$PACKAGE_OUTPUT" || return 1
    with_lab 'the build, in two places' reproducible_build || true
    with_lab 'the package is built' package_built || true
    with_lab 'piuparts' package_piuparts || true
    with_lab "the package's own test" package_own_test || true
    package_suites
    for suite in $PACKAGE_DEBIANS; do
        PACKAGE_SUITE=$suite with_lab "the package on a fresh Debian, $suite" package_life || true
    done
    rm -rf "$PACKAGE_OUTPUT"
    ((CHECKS_FAILED == failed_before))
}

# Sets PACKAGE_DEBIANS. An archive that says nothing of a Debian is no reason to leave it out.
package_suites() {
    local status=0
    PACKAGE_DEBIANS=${PILOTFISH_PACKAGE_SUITES:-bookworm}
    [[ -z ${PILOTFISH_PACKAGE_SUITES:-} ]] || return 0
    system_is_archived trixie || status=$?
    case $status in
    0) PACKAGE_DEBIANS+=' trixie' ;;
    1) say 'the archive has no Debian 13: it is not tried' ;;
    *) check_fail 'the archive says whether it has Debian 13' "$SYSTEM_SAID" ;;
    esac
}

# Usage: package_start NAME COMMAND…; a build in the background.
package_start() {
    local name=$1
    shift
    process_start "$name" "$LAB_WORK/$name.log" env PILOTFISH="$PILOTFISH" "$@" \
        "$TESTS_LAB/../../Packaging/deb" --output "$PACKAGE_OUTPUT/$name"
}

# Twice at once, the second time in another place, by somebody with other habits.
package_built() {
    local name file
    mkdir "$LAB_WORK/here" "$LAB_WORK/elsewhere"
    package_start first TMPDIR="$LAB_WORK/here"
    # shellcheck disable=SC2016 # the shell inside expands it
    package_start second TMPDIR="$LAB_WORK/elsewhere" TZ=Asia/Tokyo LANG=C "$BASH" -c 'umask 077 && exec "$0" "$@"'
    for name in first second; do
        helper_ends "$name" 900
        check_that "the package is built ($name time)" "$(tail -n 5 "$LAB_WORK/$name.log")" test "$PROCESS_STATUS" = 0
    done
    PACKAGE=$(compgen -G "$PACKAGE_OUTPUT/first/pilotfish_*.deb") || return 1
    check_that 'both times it is one package and one of symbols' "$(ls "$PACKAGE_OUTPUT"/*)" \
        test "$(compgen -G "$PACKAGE_OUTPUT/*/*.deb" | wc -l)" = 4
    for file in "$PACKAGE_OUTPUT"/first/*.deb; do
        check_that "the same octets twice: ${file##*/}" 'they differ' cmp -s "$file" "$PACKAGE_OUTPUT/second/${file##*/}"
    done
    package_facts
    package_lintian
    package_without_root
}

package_facts() {
    local version directory=$LAB_WORK/unpacked name
    version=$("$PILOTFISH" --version)
    check_that 'its version is the one of the program' "$version" test "$(dpkg-deb -f "$PACKAGE" Version)" = "$version"
    printf '     the package has %d kB, unpacked %d kB, and with symbols %d kB more\n' \
        $(($(stat -c %s "$PACKAGE") / 1000)) "$(dpkg-deb -f "$PACKAGE" Installed-Size)" \
        $(($(stat -c %s "$PACKAGE_OUTPUT"/first/pilotfish-dbgsym_*.deb) / 1000))
    dpkg-deb -x "$PACKAGE" "$directory"
    while read -r name; do
        check_that "the copyright file names $name" 'not there' \
            grep -qE "^Files: (.* )?$name/" "$directory/usr/share/doc/pilotfish/copyright"
    done < <(sed -n 's/^ *\.package(url: ".*\/\([^"]*\)".*/\1/p' "$TESTS_LAB/../../Package.swift")
    package_dependencies "$directory/usr/sbin/pilotfish"
}

# Usage: package_dependencies PROGRAM; few of them, and nothing of Swift.
package_dependencies() {
    local names known libraries
    known=$(printf '%s\n' "${PACKAGE_DEPENDS[@]}")
    names=$(dpkg-deb -f "$PACKAGE" Depends | tr ',' '\n' | sed -E 's/ *\([^)]*\)//g; s/^ +//' | LC_ALL=C sort)
    check_that 'it depends on what is known, and on nothing else' \
        "$(diff <(cat <<<"$known") <(cat <<<"$names") | grep '^[<>]' | tr '\n' ' ')" test "$names" = "$known"
    libraries=$(LC_ALL=C readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
    check_that "the program's libraries are known" "readelf names ${libraries:-none}" grep -q '^libc\.so' <<<"$libraries"
    check_that "none of them is Swift's" "${libraries//$'\n'/ }" package_without_swift "$libraries"
}

package_without_swift() { ! grep -qE '^lib(swift|_?Foundation|dispatch|BlocksRuntime)' <<<"$1"; }

# Whatever it finds is a failure; what may stay is an override, with its reason.
package_lintian() {
    local output status=0
    output=$(timeout 600 lintian --allow-root --pedantic --fail-on error,warning,pedantic "$PACKAGE_OUTPUT"/first/*.deb 2>&1) ||
        status=$?
    check_that 'lintian --pedantic finds nothing' "status $status: $output" test "$status/$output" = 0/
}

# Whoever may not install what the build wants is told who may. Of the tree only what runs until then.
package_without_root() {
    local tree=$LAB_WORK/rootless said status=0
    mkdir -p "$tree/Packaging" "$tree/bin" && cp -r "$TESTS_LAB/../../Packaging"/{deb,lib} "$tree/Packaging" || return 1
    printf '#!/bin/sh\n# No package is installed.\nexit 1\n' >"$tree/bin/dpkg-query"
    chmod -R a+rX "$tree" && chmod 755 "$tree/bin/dpkg-query" "$tree/Packaging/deb"
    said=$(cd "$tree" && setpriv --reuid=nobody --regid=nogroup --clear-groups env PATH="$tree/bin:$PATH" PILOTFISH="$PILOTFISH" \
        ./Packaging/deb 2>&1) || status=$?
    check_that 'without root it names what is missing, and sudo' "status $status: $said" \
        grep -qE 'missing.* debhelper.*run "sudo \./Packaging/deb"' <<<"$said"
    check_that 'and ends with that' "status $status: $said" test "$status/$(wc -l <<<"$said")" = 1/1
}

# From the first installation to the last file.
package_life() {
    [[ -n ${PACKAGE:-} ]] || lab_fail 'there is no package' || return 1
    system_fetch "$PACKAGE_SUITE" && system_unpack || return 1
    package_initrd || lab_fail 'the initial RAM disk could not be made' || return 1
    package_older || lab_fail 'no older package could be made' || return 1
    cp "$PACKAGE" "$SYSTEM_ROOT/root/pilotfish_current.deb"
    # The LAN of the lab has no archive: what the package depends on is fetched before, and stays for the second installation.
    printf 'Binary::apt::APT::Keep-Downloaded-Packages "true";\n' >"$SYSTEM_ROOT/etc/apt/apt.conf.d/keep"
    system_outside apt-get -q update >"$LAB_WORK/apt.log" 2>&1 &&
        system_outside apt-get -q install -y --download-only ./root/pilotfish_current.deb >>"$LAB_WORK/apt.log" 2>&1 ||
        lab_fail "apt cannot fetch what it depends on: $(tail -n 3 "$LAB_WORK/apt.log")" || return 1
    lab_start_router dnsmasq || return 1
    local status=0
    system_up && system_files >"$LAB_WORK/files.before" && package_install && package_boot && package_removed &&
        package_upgraded && package_purged || status=1
    system_down
    return "$status"
}

# The lab's RAM disk, but it speaks on the serial line by itself and knows this run's token: not a word of the settings is
# changed, so nothing tells the kernel.
package_initrd() {
    local tree=$LAB_WORK/initrd
    cat >"$tree/init" <<INIT
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs devtmpfs /dev
exec >/dev/ttyS0
echo
echo "PILOTFISH-LAB-BOOTED arch=\$(/bin/busybox uname -m) release=\$(/bin/busybox uname -r) cmdline=\"pilotfish.lab=$LAB_TOKEN\""
/bin/busybox sleep 0.2
/bin/busybox poweroff -f
INIT
    (set -o pipefail && cd "$tree" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1 >"$LAB_ROOT/initrd.img")
}

# The same package with a version that comes before its own, and other settings: else dpkg has nothing to decide when the
# administrator has changed his. The package has no sum of them, dpkg makes its own.
package_older() {
    local tree=$LAB_WORK/older
    dpkg-deb -R "$PACKAGE" "$tree" && sed -i 's/^Version: .*/&~older/' "$tree/DEBIAN/control" &&
        sed -i '1i # Settings of an older Pilotfish.' "$tree/etc/pilotfish/pilotfish.toml" &&
        dpkg-deb --root-owner-group -Zgzip -z1 -b "$tree" "$SYSTEM_ROOT/root/pilotfish_older.deb" >/dev/null &&
        rm -rf "$tree"
}

# Prints all files of the system, apart from what every installation leaves in logs, caches and the lists of packages.
system_files() {
    in_system find / -xdev -not -path '/root/*' -not -path '/var/cache/*' -not -path '/var/log/*' \
        -not -path '/var/lib/dpkg/*' -not -path '/var/lib/apt/*' -not -path '/tmp/*' -not -path '/var/tmp/*' \
        -not -path '/etc/*-' -not -path '/var/lib/systemd/*' -not -path '/etc/ld.so.cache' | sort
}

# Usage: package_apt WHAT COMMAND…; its output is in the log, and the check says how long it took.
package_apt() {
    local what=$1 begun status=0
    shift
    begun=$(lab_now)
    printf '\n+ %s\n' "$*" >>"$LAB_WORK/apt.log"
    in_system timeout 180 "$@" >>"$LAB_WORK/apt.log" 2>&1 || status=$?
    check_that "$what: $* ($(lab_since "$begun") s)" "status $status: $(tail -n 3 "$LAB_WORK/apt.log")" test "$status" = 0
    ((status == 0)) || lab_fail 'without that, nothing that follows says anything'
}

# Usage: unit_is PROPERTY VALUE
unit_is() { [[ $(in_system systemctl show --property="$1" --value pilotfish.service) == "$2" ]]; }

# Usage: check_unit WHAT PROPERTY VALUE
check_unit() {
    check_that "$1" "$2 is $(in_system systemctl show --property="$2" --value pilotfish.service): $(
        in_system journalctl --no-pager --lines=3 --unit=pilotfish)" unit_is "$2" "$3"
}

check_mode() {
    local output
    output=$(in_system pilotfish status --json 2>&1) || true
    check_that "$1" "${output:0:300}" grep -qE "\"mode\": ?\"$2\"" <<<"$output"
}

package_install() {
    package_apt 'it is installed' apt install -y ./pilotfish_current.deb || return 1
    check_unit 'the service runs, for it says so to systemd' ActiveState active
    check_unit 'the service starts with the system' UnitFileState enabled
    check_mode 'the service watches only' observe
    check_that 'no socket unit is on' "$(in_system systemctl list-units --no-legend 'pilotfish*.socket')" \
        test -z "$(in_system systemctl list-units --no-legend 'pilotfish*.socket')"
    check_that 'the user is there' 'getent finds none' \
        test -n "$(in_system getent passwd pilotfish)"
    check_that 'the state is for its user and group only' "$(in_system stat -c '%U %G %a' /var/lib/pilotfish)" \
        test "$(in_system stat -c '%U %G %a' /var/lib/pilotfish)" = 'pilotfish pilotfish 750'
    check_that 'all files are as they were packed' 'dpkg --verify says otherwise' \
        test -z "$(in_system dpkg --verify pilotfish)"
    check_that 'the AppArmor profile is where AppArmor reads it' 'another, or none' same_content \
        "$SYSTEM_ROOT/etc/apparmor.d/usr.sbin.pilotfish" "$TESTS_LAB/../../Packaging/apparmor/usr.sbin.pilotfish"
    check_that 'bash reads what completes the commands' 'bash -n fails' \
        in_system bash -n /usr/share/bash-completion/completions/pilotfish
    package_apparmor
    package_without_privileges
    package_members
}

# As people come in who are not root: Debian's PATH for them leaves /usr/sbin out. They go before the package goes.
package_members() {
    local name said status=0
    in_system useradd --create-home --groups pilotfish member >>"$LAB_WORK/apt.log" 2>&1 &&
        in_system useradd --create-home outsider >>"$LAB_WORK/apt.log" 2>&1 ||
        lab_fail "no users could be made: $(tail -n 1 "$LAB_WORK/apt.log")" || return 1
    said=$(package_as member 'printenv PATH')
    check_that 'their PATH leaves /usr/sbin out' "$said" package_path_is_users "$said"
    said=$(package_as member 'pilotfish status') || status=$?
    check_that 'a member of the group asks the service, by its name alone' "status $status: ${said:0:300}" \
        package_answers "$status" "$said"
    status=0
    said=$(package_as outsider 'pilotfish status') || status=$?
    check_that 'whoever is no member is refused, and told what to do' "status $status: ${said:0:300}" \
        package_refuses "$status" "$said"
    for name in member outsider; do in_system userdel --remove "$name" >>"$LAB_WORK/apt.log" 2>&1 || true; done
}

# Usage: package_as USER COMMAND; as after a login of theirs.
package_as() { in_system timeout 20 su - "$1" -c "$2" 2>&1; }

# Usage: package_path_is_users PATH
package_path_is_users() { [[ :$1: == *:/usr/bin:* && :$1: != *sbin* ]]; }

# Usage: package_answers STATUS SAID
package_answers() { [[ $1 == 0 ]] && grep -q observ <<<"$2"; }

# Usage: package_refuses STATUS SAID
package_refuses() { [[ $1 == 2 ]] && grep -q "may not be opened: be root, or a member of .*group.* sudo adduser NAME pilotfish" <<<"$2"; }

# This system has no AppArmor: where there is some, the script loads the profile before the service starts.
package_apparmor() {
    local path=/etc/apparmor.d/usr.sbin.pilotfish script=$SYSTEM_ROOT/var/lib/dpkg/info/pilotfish.postinst name
    name=$(sed -n 's/^profile \([^ ]*\) .*/\1/p' "$SYSTEM_ROOT$path")
    check_that 'the profile for AppArmor is there' "$path has none" test -n "$name"
    check_that 'the package loads it where AppArmor is, and starts the service then' \
        "postinst: $(grep -nE 'APP_PROFILE=|aa-enabled|apparmor_parser|invoke' "$script" | tr -s ' \n' ' ')" \
        grep -q "APP_PROFILE=\"$path\".*if aa-enabled .*apparmor_parser -r .*\"[$]APP_PROFILE\".*deb-systemd-invoke" \
        <(tr '\n' ' ' <"$script")
    check_unit 'the unit takes it on where it is loaded' AppArmorProfile "-$name"
}

# What the unit grants the service, it has given up by now. The bounding set is systemd's: who is not root cannot make it smaller,
# and without new privileges it grants nothing.
package_without_privileges() {
    local pid fields
    pid=$(package_processes | awk 'NR == 1 { print $1 }')
    fields=$(grep -hE '^(Cap(Eff|Prm|Inh|Amb)|NoNewPrivs|Uid):' /proc/"${pid:-none}"/task/*/status)
    check_that "every thread of the service is without privileges ($(grep -c NoNewPrivs <<<"$fields") threads)" \
        "$(sort <<<"$fields" | uniq -c)" package_fields_are_bare "$fields"
}

package_fields_are_bare() {
    awk '/^Cap/ && $2 !~ /^0+$/ { bad = 1 } /^NoNewPrivs/ { threads++; if ($2 != 1) bad = 1 }
        /^Uid/ { for (i = 2; i <= 5; i++) if ($i == 0) bad = 1 } END { exit bad || !threads }' <<<"$1"
}

# The two commands of the manual: it is installed, it is armed, and a machine boots.
package_boot() {
    cp "$LAB_ROOT/vmlinuz" "$LAB_ROOT/initrd.img" "$SYSTEM_ROOT/srv/pilotfish/"
    check_that 'pilotfish arm' 'it does not say so' test "$(in_system pilotfish arm 2>&1)" = 'mode: armed'
    check_mode 'the service is armed' armed
    check_that 'no file of the settings was touched' "$(in_system dpkg --verify pilotfish)" \
        test -z "$(in_system dpkg --verify pilotfish)"
    if lab_boot uefi && lab_wait_marker 180; then
        check_ok "a UEFI machine boots from it, $LAB_MARKER_AT s after power-on"
    else
        check_fail 'a UEFI machine boots from it' "$LAB_FAILURE"
    fi
    machine_stop
    check_that 'the service knows the machine' 'pilotfish show fails' package_knows_machine
}

package_knows_machine() { in_system pilotfish show "$LAB_MAC" | grep -qi "$LAB_MAC"; }

package_removed() {
    package_apt 'it is removed' apt remove -y pilotfish || return 1
    check_that 'no process of it is left' "$(package_processes)" package_no_process
    check_unit 'its unit is gone' LoadState not-found
    check_that 'its program is gone' 'it is there' test ! -e "$SYSTEM_ROOT/usr/sbin/pilotfish"
    check_that 'its state stays' 'it is gone' test -s "$SYSTEM_ROOT/var/lib/pilotfish/inventory.sqlite"
    check_that 'its settings stay' 'they are gone' test -s "$SYSTEM_ROOT/etc/pilotfish/pilotfish.toml"
}

package_no_process() { [[ -z $(package_processes) ]]; }

package_processes() { pgrep --ns "$SYSTEM_PID" --nslist pid --list-full -x pilotfish; }

# An older version is installed where the state of the removed one lies, its settings are changed, and it is upgraded.
package_upgraded() {
    local settings=$SYSTEM_ROOT/etc/pilotfish/pilotfish.toml before window
    package_apt 'it is installed again, as it was' apt install -y ./pilotfish_older.deb || return 1
    check_unit 'the older service runs' ActiveState active
    check_mode 'it is armed still' armed
    sed -i 's/^#max-window-size = .*/max-window-size = 16/' "$settings"
    printf '[boot]\narguments = "quiet"\n' >"$SYSTEM_ROOT/etc/pilotfish/conf.d/ours.toml"
    cp "$settings" "$LAB_WORK/theirs.toml"
    before=$(in_system systemctl show --property=MainPID --value pilotfish.service)
    package_apt 'it is upgraded' apt-get install "${PACKAGE_UNATTENDED[@]}" ./pilotfish_current.deb || return 1
    check_that 'the upgrade is the newer version' "$(in_system dpkg-query -W pilotfish)" \
        test "$(in_system dpkg-query -W -f "\${Version}" pilotfish)" = "$(dpkg-deb -f "$PACKAGE" Version)"
    package_settings_stay "$settings"
    check_unit 'the service runs after it' ActiveState active
    check_that 'it is another process' "$before" test "$before" != \
        "$(in_system systemctl show --property=MainPID --value pilotfish.service)"
    check_that 'the settings hold' "$(in_system pilotfish config show 2>&1 | head -n 3)" package_settings_hold
    window=$(package_window)
    check_that 'the service goes by them' "it agrees to $window blocks at once" test "$window" = 16
    check_mode 'it is armed as before' armed
    check_that 'the service knows the machine as before' 'pilotfish show fails' package_knows_machine
}

# Usage: package_settings_stay FILE; dpkg saw that both sides had changed it, asked nobody, and kept what the administrator had.
package_settings_stay() {
    local said
    check_that 'the settings are as the administrator left them' 'they differ' same_content "$1" "$LAB_WORK/theirs.toml"
    check_that "the package's own lie beside them" "$(ls "$SYSTEM_ROOT/etc/pilotfish")" \
        same_content "$1.dpkg-dist" "$TESTS_LAB/../../Packaging/pilotfish.toml"
    check_that 'nothing else does' "$(ls "$SYSTEM_ROOT/etc/pilotfish")" test "$(compgen -G "$1.*")" = "$1.dpkg-dist"
    said=$(tr -d '\r' <"$LAB_WORK/apt.log" | grep -E 'onfiguration file|What would you like')
    check_that 'dpkg decided about this file, and asked nobody' "${said:-it had nothing to decide}" \
        test "$said" = "Configuration file '/etc/pilotfish/pilotfish.toml'"
}

# Prints how many blocks at once the service agrees to, when 64 are asked for.
package_window() {
    in_client timeout 20 python3 -c 'import socket, sys
own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
own.settimeout(10)
own.sendto(b"\0\1initrd.img\0octet\0windowsize\00064\0", (sys.argv[1], 69))
packet, source = own.recvfrom(65536)
own.sendto(b"\0\5\0\0enough\0", source)
fields = packet[2:].split(b"\0")
print(fields[1].decode() if fields[0] == b"windowsize" else packet[:60])' "$LAB_APPLIANCE_IP" 2>&1 | tail -n 1
}

package_settings_hold() { in_system pilotfish config show | grep -qE '^(tftp\.)?max-window-size = 16'; }

# Whoever comes back after that begins anew, and leaves nothing either.
package_purged() {
    local users
    rm -f "$SYSTEM_ROOT"/srv/pilotfish/*
    package_purge 'it is purged' || return 1
    package_apt 'it is installed after that' apt install -y ./pilotfish_current.deb || return 1
    check_unit 'the service runs' ActiveState active
    check_mode 'it has forgotten that it was armed, and watches only' observe
    users=$(package_users)
    check_that 'it runs as its user' "users: ${users//$'\n'/ }" test "$users" = "$(in_system id -u pilotfish)"
    package_purge 'it is purged again'
}

# Prints the numbers of the users of its processes, one a line; of each the real one and those that it could become.
package_users() {
    local pid
    for pid in $(package_processes | cut -d ' ' -f 1); do
        awk '/^Uid:/ { for (i = 2; i <= 5; i++) print $i }' "/proc/$pid/status"
    done | sort -u
}

# Usage: package_purge WHAT
package_purge() {
    package_apt "$1" apt purge -y --autoremove "${PACKAGE_LEAVES[@]}" pilotfish || return 1
    check_that 'no process of it is left' "$(package_processes)" package_no_process
    system_files >"$LAB_WORK/files.after"
    check_that 'nothing is left: the files are those from before' \
        "$(diff "$LAB_WORK/files.before" "$LAB_WORK/files.after" | grep '^[<>]' | head -n 5 | tr '\n' ' ')" \
        cmp -s "$LAB_WORK/files.before" "$LAB_WORK/files.after"
    check_that 'no unit has failed, and none is left of it' "$(in_system systemctl --no-legend --no-pager --failed)" \
        test -z "$(in_system systemctl --no-legend --no-pager --failed)"
}

# Debian's own judge of installing, removing and purging, without a systemd.
package_piuparts() {
    [[ -n ${PACKAGE:-} ]] || lab_fail 'there is no package' || return 1
    system_fetch bookworm || return 1
    local status=0 begun=$SECONDS
    timeout 300 piuparts --basetgz="$SYSTEM_TAR" --distribution=bookworm --no-eatmydata --install-remove-install \
        --keep-sources-list --tmpdir="$LAB_WORK" --log-file="$LAB_WORK/piuparts.log" "$PACKAGE" >/dev/null 2>&1 || status=$?
    check_that "piuparts finds nothing ($((SECONDS - begun)) s)" \
        "status $status: $(grep -E 'ERROR|FAIL' "$LAB_WORK/piuparts.log" | head -n 3)" test "$status" = 0
}

# The script that autopkgtest runs, on a Debian that has what the test's Depends name, and nothing beside it.
package_own_test() {
    local wanted tests=$TESTS_LAB/../../Packaging/debian/tests
    [[ -n ${PACKAGE:-} ]] || lab_fail 'there is no package' || return 1
    system_fetch bookworm && system_unpack || return 1
    cp "$PACKAGE" "$SYSTEM_ROOT/root/pilotfish_current.deb"
    cp "$tests/boot" "$LAB_ROOT/vmlinuz" "$SYSTEM_ROOT/root/"
    printf '#!/bin/sh\nexit 101\n' >"$SYSTEM_ROOT/usr/sbin/policy-rc.d" && chmod 755 "$SYSTEM_ROOT/usr/sbin/policy-rc.d"
    wanted=$(package_test_depends "$tests/control")
    [[ -n $wanted ]] || lab_fail "$tests/control names no package" || return 1
    # shellcheck disable=SC2086 # a package each
    system_outside apt-get -q update >"$LAB_WORK/apt.log" 2>&1 && system_outside apt-get -q install -y --no-install-recommends \
        $wanted ./root/pilotfish_current.deb >>"$LAB_WORK/apt.log" 2>&1 ||
        lab_fail "apt cannot install it: $(tail -n 3 "$LAB_WORK/apt.log")" || return 1
    local status=0
    system_up || status=1
    ((status)) || check_own_test
    system_down
    return "$status"
}

# Usage: package_test_depends FILE; prints them, one a line. "@" is the package, and the kernel is the lab's own.
package_test_depends() {
    sed -n 's/^Depends: //p' "$1" | tr ',' '\n' | sed 's/|.*//; s/ //g' | grep -vxE '@|linux-image-.*'
}

# Its last words are the journal's and the machine's, with what moves cursors.
check_own_test() {
    local what="the package's own test passes"
    if package_own_test_passes; then
        check_ok "$what"
    else
        check_fail "$what" "$(tail -n 20 "$LAB_WORK/own-test.log" | tr -d '\000-\010\013-\037' | cut -c 1-300)"
    fi
}

package_own_test_passes() {
    in_system env PILOTFISH_TEST_KERNEL=/root/vmlinuz timeout 300 /root/boot >"$LAB_WORK/own-test.log" 2>&1
}
