# shellcheck shell=bash
# Debian installed by its own installer, unattended, from an answer file that is another one for each machine. In every run as
# far as the installer reading it; with PILOTFISH_INSTALL=1 to the end, and then the machine boots from its disk. The templates
# are those that users begin with.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=Tests/Lab/install_tools.sh
source "${BASH_SOURCE[0]%/*}/install_tools.sh"

INSTALL_IMAGES=/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64
INSTALL_TEMPLATES=$TESTS_LAB/../../Packaging/templates
INSTALL_WEB1=52:54:00:12:34:56 INSTALL_DB1=52:54:00:12:34:57 INSTALL_BARE=52:54:00:12:34:58
# No password has this for its hash.
# shellcheck disable=SC2016 # the dollars of crypt(5)
INSTALL_SECRET='$6$pilotfishlab$no.password.has.this.for.its.hash'
# Debian's archive, seen by the appliance alone: the machine installs from the appliance's mirror of it.
INSTALL_ARCHIVE=127.0.0.1:3142
# The installer speaks in lines, and does not wait for IPv6.
INSTALL_ARGUMENTS='ipv6.disable=1 DEBIAN_FRONTEND=text'
# With a machine of two processors that builds something else meanwhile. One that is idle needs a third.
INSTALL_READ_SECONDS=420
INSTALL_WHOLE_SECONDS=7200

# Usage: install_check; returns 1 when a check failed.
install_check() {
    local failed_before=$CHECKS_FAILED
    packages_ensure "${PACKAGES_INSTALL[@]}"
    with_lab "Debian's installer reads its answer file" install_reads || true
    [[ ${PILOTFISH_INSTALL:-0} != 1 ]] || with_lab 'Debian installs itself, and boots' install_whole || true
    ((CHECKS_FAILED == failed_before))
}

# While the machine boots, everything is checked that needs no machine. It is being installed, as `pilotfish install` does it.
install_reads() {
    install_start install_says_early && install_arm && lab_boot bios || return 1
    install_check_answers
    install_check_refusal
    install_check_render
    install_check_reports
    install_check_reading
    install_check_phone_home
    install_check_secrecy
    check_clean_stop
}

# Usage: install_start [COMMAND]; COMMAND, if any, changes the settings or templates before they are read.
install_start() {
    install_settings && "${1:-true}" || lab_fail 'the settings could not be written' || return 1
    # The kernel that is installed drives this card, too.
    LAB_MACHINE_MAC=$INSTALL_WEB1 MACHINE_CARD=virtio-net-pci
    lab_start_router dnsmasq && lab_start_pilotfish && lab_start_ipv6_router
}

install_settings() {
    local secret=$LAB_WORK/a-secret
    cp -r "$INSTALL_TEMPLATES" "$LAB_WORK/templates" && chmod -R a+rX "$LAB_WORK/templates" || return 1
    # The service reads it again at each reload, when it is root no more.
    printf '%s\n' "$INSTALL_SECRET" >"$secret" && chmod 600 "$secret" && chown nobody "$secret" || return 1
    mkdir -p "$LAB_ROOT/debian" && cp "$INSTALL_IMAGES"/{linux,initrd.gz} "$LAB_ROOT/debian/" || return 1
    chmod -R a+rX "$LAB_ROOT"
    {
        sed -e "s|@WORK@|$LAB_WORK|; s|@ARCHIVE@|$INSTALL_ARCHIVE|; s|@APPLIANCE@|$LAB_APPLIANCE_IP|" "$TESTS_LAB/install.toml"
        install_example
    } >"$LAB_SETTINGS"
}

# Nothing is installed here: the line by which the preseed says at its end that it is done becomes a part of its first command.
install_says_early() {
    local file=$LAB_WORK/templates/preseed.cfg.mustache first='{{/early-commands}}true' line text
    text=$(<"$file")
    line=$(sed -n '/^{{#install}}$/,/^{{\/install}}$/{ /^{{/d; s/^ *//; s/ *\\$//; p; }' "$file")
    [[ $line == *wget*'{{install}}/done'* && $text == *"$first"* ]] || return 1
    printf '%s\n' "${text/"$first"/"{{/early-commands}}{{#install}}$line {{/install}}true"}" >"$file"
}

install_arm() {
    local said
    said=$("$PILOTFISH" install debian --hosts web1,db1 --yes --settings "$LAB_SETTINGS" --state "$LAB_STATE" 2>&1) ||
        lab_fail "web1 and db1 cannot be armed: $said"
}

# What the manual tells people to write, to its last line, which is a variable of web1; and more for web1.
install_example() {
    echo
    sed -n '/^\[target\.debian\]$/,/^disk = /p' "$TESTS_LAB/../../Packaging/man/pilotfish-media.8" |
        sed -e "/^arguments = /s|\"\$| $INSTALL_ARGUMENTS --- console=ttyS0\"|"
    cat <<'TOML'
early-commands = ["echo preseed of web1 is read > /dev/ttyS0", "(tail -n +1 -f /var/log/syslog > /dev/ttyS1 &)"]
late-commands = ["echo the installation of web1 is complete > /dev/ttyS0"]
TOML
}

# Usage: install_fetch PATH; HTTP's answer on standard output, its status behind it on a line of its own.
install_fetch() {
    in_client timeout 20 curl -sS -w '\n%{http_code}\n' "http://$LAB_APPLIANCE_IP/$1" 2>&1 || true
}

# By their paths each machine gets its own, for nobody has heard which one asks.
install_check_answers() {
    local web1 db1
    web1=$(install_fetch "answers/$INSTALL_WEB1/preseed.cfg") db1=$(install_fetch "answers/$INSTALL_DB1/preseed.cfg")
    check_that "web1's answer file has its name, disk and secret" "${web1: -400}" \
        install_has "$web1" 'netcfg/hostname string web1' 'bootdev string /dev/vda' "$INSTALL_SECRET" 200
    check_that "db1's has others" "${db1: -400}" \
        install_has "$db1" 'netcfg/hostname string db1' 'bootdev string /dev/nvme0n1' 'include string postgresql nftables' 200
}

# Usage: install_has TEXT PART…
install_has() {
    local text=$1 part
    shift
    for part in "$@"; do
        [[ $text == *"$part"* ]] || return 1
    done
}

install_check_refusal() {
    local answer
    answer=$(install_fetch "answers/$INSTALL_BARE/preseed.cfg")
    check_that 'a machine without a disk gets an error that says so' "$answer" \
        install_has "$answer" 'no value is known for disk' 500
    check_said 'and so does the log' 'file=/answers/.*preseed\.cfg status=500' 2
    answer=$(in_client timeout 20 curl -sS -v "tftp://$LAB_APPLIANCE_IP/answers/$INSTALL_BARE/preseed.cfg" 2>&1 || true)
    check_said 'by TFTP likewise' 'preseed\.cfg.* code=PF-T007' 2
}

# What people see of it beforehand, and the programs that know the languages of the templates.
install_check_render() {
    local template render said
    install_tools "$LAB_CACHE/tools" || { check_fail 'the checkers of answer files are there' "$LAB_FAILURE"; return; }
    for template in preseed.cfg ks.cfg nocloud/user-data config.ign; do
        said=$(install_render web1 "$template" --check 2>&1 >"$LAB_WORK/rendered") ||
            { check_fail "$template is right" "$said"; continue; }
        check_that "$template is right: ${said#*: }" "$(<"$LAB_WORK/rendered")" \
            install_has "$(<"$LAB_WORK/rendered")" web1 '********'
    done
    said=$(ignition-validate "$LAB_WORK/rendered" 2>&1) || check_fail 'Ignition takes its file' "$said"
    for template in meta-data vendor-data; do
        render=$(install_render web1 "nocloud/$template" 2>&1)
        check_that "nocloud/$template is YAML" "$render" install_is_yaml "$render"
    done
    render=$(install_render bare preseed.cfg 2>&1) && said=0 || said=$?
    check_that 'pilotfish render says what is missing' "status $said: $render" \
        install_has "$said $render" '1 ' 'no value is known for disk'
}

install_render() {
    "$PILOTFISH" render "$1" "answers/$2" --settings "$LAB_SETTINGS" "${@:3}"
}

# Those who are being installed get the same with the words for its end, and the programs like that, too.
install_check_reports() {
    local token path file said
    if ! token=$(install_token web1) || ! install_tools "$LAB_CACHE/tools"; then
        check_fail 'the checkers are there' "$LAB_FAILURE"
        return
    fi
    while read -r path said; do
        file=$LAB_WORK/installed-${path##*/}
        in_client timeout 20 curl -sS -o "$file" "http://$LAB_APPLIANCE_IP/install/$token/answers/$path" 2>&1
        check_that "the install's $path says when it is done" "$(<"$file")" grep -q "/install/$token/done" "$file"
        said=$($said "$file" 2>&1) || { check_fail "and $path is right" "$said"; continue; }
        check_ok "and $path is right"
    done <<'CHECKERS'
preseed.cfg debconf-set-selections --checkonly
ks.cfg ksvalidator
nocloud/user-data cloud-init schema --config-file
config.ign ignition-validate
CHECKERS
}

install_is_yaml() {
    /usr/bin/python3 -c 'import sys, yaml; yaml.safe_load(sys.argv[1])' "$1"
}

install_check_reading() {
    if install_wait_serial 'preseed of web1 is read' "$INSTALL_READ_SECONDS"; then
        check_ok "the installer did what web1's answer file says first, $(lab_since "$LAB_POWER_ON") s after power-on"
    else
        check_fail "the installer does what web1's answer file says" "$LAB_FAILURE"
    fi
    local address
    address=$(lab_lease "$INSTALL_WEB1") || address=none
    check_said "the log says that $address got it" \
        "http.done client=$address:[0-9]+ file=\"/install/[^ ]*/answers/preseed.cfg\" status=200" 1
    check_said "the template's own line has said that it is done, by the wget of the installer" 'install\.done .*host=web1 ' 60
    machine_stop
}

# The other machine is played as far as what was installed, which phones home while nobody is there to hear it.
install_check_phone_home() {
    local what='Pilotfish is there, and the next time it is heard' base file=$LAB_WORK/phone-home.yaml
    base=http://$LAB_APPLIANCE_IP/install/$(install_token db1)
    # shellcheck disable=SC2016 # nothing is to be expanded in the templates
    printf '#cloud-config\nphone_home: {url: "%s/done", tries: 10}\n' "$base" >"$file"
    in_client timeout 20 curl -sS "$base/boot.ipxe" "$base/begin/1" >"$LAB_WORK/begin.log" 2>&1
    check_said 'the other machine begins' 'install\.installing .*host=db1 ' 5
    lab_stop_pilotfish
    start_helper phone-home timeout 60 env PYTHONPATH="$LAB_CACHE/tools/cloud-init/usr/lib/python3/dist-packages" \
        /usr/bin/python3 -B "$TESTS_LAB/phone_home.py" "$file"
    check_that 'cloud-init finds nobody, and waits to try again' 'it does not' \
        wait_until 20 grep -q 'Please wait' "$LAB_WORK/phone-home.log"
    lab_start_pilotfish || { check_fail "$what" "$LAB_FAILURE"; return; }
    check_said "$what" 'install\.done .*host=db1 ' 30
    helper_ends phone-home 20 || true
    check_that 'and takes that for an answer' "$(tail -n 3 "$LAB_WORK/phone-home.log")" \
        grep -q '"POST /install/.*/done HTTP/1.1" 200' "$LAB_WORK/phone-home.log"
}

# Usage: install_wait_serial TEXT SECONDS
install_wait_serial() {
    local limit=$((SECONDS + $2))
    until grep -aqF "$1" "$LAB_SERIAL" 2>/dev/null; do
        process_runs machine || lab_fail "the machine ended before it said \"$1\"" || return 1
        ((SECONDS <= limit)) || lab_fail "\"$1\" is not on the serial line after $2 s: $(install_screen | tail -n 3)" ||
            return 1
        sleep 0.5
    done
}

install_screen() {
    machine_serial_text | tr -d '\0' | grep -av '^ *$'
}

install_check_secrecy() {
    local written
    written=$(grep -rlaF "$INSTALL_SECRET" "$LAB_PILOTFISH_LOG" "$LAB_STATE" || true)
    check_that 'no secret is in the log or in the inventory' "${written//$'\n'/ }" test -z "$written"
}

# MARK: the whole

install_whole() {
    local archive=$LAB_WORK/archive.log disk
    # The index of its components is not Debian's own.
    INSTALL_ARGUMENTS+=' debian-installer/allow_unauthenticated=true'
    install_archive_start "$archive" && install_start || return 1
    disk=file=$LAB_WORK/disk.img,format=raw,if=virtio,cache=unsafe
    truncate -s 4G "$LAB_WORK/disk.img" && lab_boot bios -smp 2 -m 2048 -drive "$disk" -serial "file:$LAB_WORK/installer.log" || return 1
    install_watch || return 1
    check_ok "the installer came to its end $(lab_since "$LAB_POWER_ON") s after power-on"
    awk '$1 == 200 { n++; octets += $2; seconds += $3 } END {
        printf "     %d files, %.1f MiB came from the archive, which took %.0f s to fetch them\n", n, octets / 1048576, seconds
    }' "$archive"
    install_check_mirror "$archive"
    install_boots_from_disk "$disk"
    install_check_secrecy
    check_clean_stop
}

# Usage: install_archive_start LOG; what our mirror has for its upstream.
install_archive_start() {
    local kept=$LAB_CACHE/debian work=$LAB_WORK/archive pool
    mkdir -p "$kept" "$work" || return 1
    pool=$(timeout 900 python3 -B "$TESTS_LAB/install_pool.py" "$kept" "$work" 2>&1) ||
        lab_fail "the installer's components could not be had: ${pool: -300}" || return 1
    printf '     %s\n' "$pool"
    process_start archive "$1" python3 -B "$TESTS_LAB/install_archive.py" "$LAB_APPLIANCE" "$INSTALL_ARCHIVE" \
        "$kept" "$work"
    process_ready archive "$1" 'install_archive: serving' 30
}

# Usage: install_check_mirror LOG; whether each package came by way of our mirror, and was asked of the archive once.
install_check_mirror() {
    local kept asked twice
    kept=$(grep -l '/pool/' "$LAB_STATE"/cache/mirror/debian/*.about | wc -l)
    asked=$(awk '$1 == 200 && $4 ~ /^pool/' "$1" | wc -l)
    twice=$(awk '$1 == 200 && $4 ~ /^pool/ { print $4 }' "$1" | sort | uniq -d | head -n 3)
    check_that "our mirror keeps each of the $asked packages" "$kept" test "$kept" = "$asked" -a "$asked" -gt 50
    check_that 'and asked for each of them once' "$twice" test -z "$twice"
}

# What the installer says when it begins something.
readonly INSTALL_STAGES='preseed of web1 is read|Checking the Debian archive mirror|Loading additional components'\
'|Partitions formatting|Installing the base system|Configuring apt|Select and install software'\
'|Installing GRUB boot loader|Finishing the installation|the installation of web1 is complete'

# Waits until the machine ends, and tells when each stage began. An installer that shows its menu waits for somebody.
install_watch() {
    local limit=$((SECONDS + INSTALL_WHOLE_SECONDS)) told='' stage
    while process_runs machine; do
        while IFS= read -r stage; do
            [[ -n $stage && $told != *"|$stage|"* ]] || continue
            told+="|$stage|"
            printf '     %8s s  %s\n' "$(lab_since "$LAB_POWER_ON")" "$stage"
        done < <(install_screen 2>/dev/null | grep -aoE "$INSTALL_STAGES" | awk '!seen[$0]++')
        stage=$(awk '$1 ~ /^[45]/ && $4 ~ /^pool/ { print $4; exit }' "$LAB_WORK/archive.log")
        [[ -z $stage ]] || lab_fail "the registry has no $stage" || return 1
        ! grep -aqsE 'Choose the next step in the install process|!! ERROR' "$LAB_SERIAL" ||
            lab_fail "the installer does not go on: $(install_screen | grep -aA 3 '!! ERROR') $(tail -n 5 "$LAB_WORK/installer.log")" ||
            return 1
        process_runs archive && process_runs pilotfish || lab_fail 'a daemon ended in the middle of the installation' || return 1
        ((SECONDS <= limit)) || lab_fail "it is not installed after $INSTALL_WHOLE_SECONDS s: $(install_screen | tail -n 3)" ||
            return 1
        sleep 2
    done
    cp "$LAB_SERIAL" "$LAB_WORK/serial-installer.log"
    [[ $told == *'is complete'* ]] || lab_fail "the machine ended before it was installed: $(install_screen | tail -n 3)"
}

# Usage: install_boots_from_disk DISK; the same machine once more, and its target is another one now.
install_boots_from_disk() {
    sed -i '/^\[machine.web1\]/,/^$/ s/^target = .*/target = "local"/' "$LAB_SETTINGS" || return 1
    kill -HUP "$(process_pid pilotfish)"
    said 'settings reloaded, generation' 20 || return 1
    lab_boot bios -smp 2 -m 2048 -drive "$1" || return 1
    if install_wait_serial 'web1 login:' 900; then
        check_ok "the installed Debian asks who logs in on web1, $(lab_since "$LAB_POWER_ON") s after power-on"
    else
        check_fail 'the installed Debian boots from its disk' "$LAB_FAILURE"
    fi
    check_said 'the machine came by Pilotfish'\''s script' 'file=/boot/local.ipxe status=200' 1
    machine_stop
}
