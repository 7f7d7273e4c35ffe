# shellcheck shell=bash
# Machines that are not who they seem: a UUID that two have, a network card that was moved, one that goes from machine to machine.
# Real firmware, and the small installer of installs.sh, which would write the disk. Nobody is installed whose marks contradict
# each other; screen, log and `pilotfish list --new` say why; and when the operator has done what is said there, the right machine
# is installed, once.

# Its constants cannot be read twice.
# shellcheck source=Tests/Lab/installs.sh
source "${BASH_SOURCE[0]%/*}/installs.sh"

readonly CONFLICTS_ROWS=(
    'clone two machines with one UUID boot at the same time'
    'card the card of an installed machine is put into another'
    'dongle a card goes from machine to machine and back'
)
readonly CONFLICTS_UUIDS=(
    6b1f6a0e-5c1d-4f0a-9a51-2f6f3c0d7e01 6b1f6a0e-5c1d-4f0a-9a51-2f6f3c0d7e02
)
readonly CONFLICTS_ONE=52:54:00:0f:1f:01 CONFLICTS_OTHER=52:54:00:0f:1f:02 CONFLICTS_STRANGE=52:54:00:0f:1f:03

# Usage: conflicts_check; returns 1 when a check failed. PILOTFISH_CONFLICTS="dongle" plays that row only.
conflicts_check() {
    local row
    local -a rows=()
    packages_ensure "${PACKAGES_MATRIX[@]}" "${PACKAGES_SYSTEMS[@]}"
    for row in "${CONFLICTS_ROWS[@]}"; do
        [[ " ${PILOTFISH_CONFLICTS:-${row%% *}} " != *" ${row%% *} "* ]] || rows+=("$row")
    done
    ((${#rows[@]})) || { check_fail 'PILOTFISH_CONFLICTS names rows' "none is called $PILOTFISH_CONFLICTS"; return 1; }
    rows_up conflicts || return 1
    conflicts_parts_up "$ROWS_WORK/parts" || { check_fail 'the installer can be made' "$LAB_FAILURE"; return 1; }
    rows_play conflicts 2 "${rows[@]}"
}

# --- The lab

# Usage: conflicts_parts_up DIRECTORY; the installer, its image, and a disk with something on it. Of installs_parts.sh for BIOS only.
conflicts_parts_up() {
    SYSTEMS_PARTS=$1
    mkdir -p "$SYSTEMS_PARTS/images" "$LAB_CACHE/systems" || return 1
    LAB_KERNEL=$(payload_kernel) || lab_fail 'the kernel could not be fetched from its package' || return 1
    SYSTEMS_MODULES=$LAB_CACHE/systems/$(basename "$LAB_KERNEL" .vmlinuz)
    (flock 8 && systems_modules) 8>"$LAB_CACHE/lock" || lab_fail 'the modules of the kernel could not be fetched' || return 1
    installs_initrd x64 "$SYSTEMS_MODULES" "$(command -v busybox)" || lab_fail 'the installer could not be made' || return 1
    systems_sector images/bios.img SYSTEMS-DISK 1048576 -DAGAIN && systems_sector former.img FORMER-DISK 16777216 -DAGAIN ||
        lab_fail "no disk: $(tail -n 1 "$SYSTEMS_PARTS/parts.log")" || return 1
    chmod -R a+rX "$SYSTEMS_PARTS"
}

# Usage: conflicts_up [NAME CARD]…; a router and Pilotfish, with these hosts in the settings.
conflicts_up() {
    cp -r "$SYSTEMS_PARTS"/{installer-x64.img,images} "$LAB_ROOT" || return 1
    {
        printf 'root = "%s"\nstate = "%s"\n' "$LAB_ROOT" "$LAB_STATE"
        cat <<'TOML'
boot.target = "local"

[target.small]
kernel = "vmlinuz"
initrd = "installer-x64.img"
arguments = "console=ttyS0 quiet panic=-1 no_timer_check pilotfish.install=${install}"
TOML
        (($# == 0)) || printf '\n[machine.%s]\nmac = "%s"\n' "$@"
    } >"$LAB_SETTINGS"
    chmod -R a+rX "$LAB_ROOT" "$LAB_SETTINGS"
    lab_start_router kea plain && lab_start_pilotfish && lab_start_ipv6_router
}

# Usage: conflicts_on MACHINE CARD UUID; switches a machine on, with the disk that it had: its own, whatever card is in it.
conflicts_on() {
    local disk=$LAB_WORK/disk-$1.img
    [[ -s $disk ]] || cp "$SYSTEMS_PARTS/former.img" "$disk" || return 1
    lab_machine "$1"
    MACHINE_CARD=virtio-net-pci LAB_MACHINE_MAC=$2 lab_boot bios -uuid "$3" \
        -drive "if=none,id=disk,format=raw,file=$disk" -device virtio-blk-pci,drive=disk,bootindex=9 ||
        { check_fail "$1 can be switched on" "$LAB_FAILURE"; return 1; }
}

# Usage: conflicts_boots MACHINE CARD UUID; it boots what its disk held before, and is switched off.
conflicts_boots() {
    conflicts_on "$@" && installs_hears "$1" 'boots its disk' FORMER-DISK && installs_ends "$1"
}

# Usage: conflicts_installs MACHINE CARD UUID HOST; it is installed, and then boots what was installed.
conflicts_installs() {
    conflicts_on "${@:1:3}" && installs_hears "$1" "is installed as $4" 'INSTALLER-DONE noted' && installs_ends "$1" || return 1
    conflicts_on "${@:1:3}" && installs_hears "$1" 'and boots what was installed' SYSTEMS-DISK && installs_ends "$1"
}

# Usage: conflicts_waits MACHINE CODE; its screen says so and it waits, its disk is as it was.
conflicts_waits() {
    installs_hears "$1" "waits, and says why ($2)" "waits to be installed \(small\): $2: " || return 1
    check_that "$1: no installer runs" 'one does' installs_never "$1" INSTALLER-
    check_that "$1: its disk is as it was" 'something wrote on it' cmp -s "$SYSTEMS_PARTS/former.img" "$LAB_WORK/disk-$1.img"
}

# Usage: conflicts_told HOST CODE; the log says it, however often the machine asks.
conflicts_told() {
    check_count "the log says once that $1 is not installed" 1 "fleet\.conflict .*host=$1 .*it is not installed: $2: "
}

# Usage: conflicts_listed CARD CODE PART…; `pilotfish list --new` has the machine with the reason and what to do, in which these are.
conflicts_listed() {
    local lines
    installs_ask list --new
    lines=$(grep -A 2 "($1[,)]" <<<"$INSTALLS_SAID" || true)
    check_that "the list has $1 with $2, cause and cure" "${INSTALLS_SAID//$'\n'/ }" conflicts_has "$lines" "${@:2}"
}

# Usage: conflicts_has TEXT CODE PART…
conflicts_has() {
    local text=$1 part
    grep -qE "^ +$2: " <<<"$text" || return 1
    shift 2
    for part in "$@"; do
        [[ $text == *"$part"* ]] || return 1
    done
}

# Usage: conflicts_known CARD; ok once nothing contradicts the machine any more.
conflicts_known() {
    if ! installs_ask list --new; then
        check_fail 'the list is told' "$INSTALLS_SAID"
        return
    fi
    check_that "the list has $1 no more" "$INSTALLS_SAID" test "$(grep -c "($1[,)]" <<<"$INSTALLS_SAID")" = 0
}

# Usage: conflicts_does PATTERN COMMAND…; the operator does what he was told.
conflicts_does() {
    local pattern=$1
    shift
    installs_ask "$@"
    check_that "pilotfish $*: ${INSTALLS_SAID%%$'\n'*}" "$INSTALLS_SAID" grep -q "$pattern" <<<"$INSTALLS_SAID"
}

# Usage: conflicts_once HOST SCRIPTS; it was let go so often, and came to its end each time.
conflicts_once() {
    check_count "$1: installs that began" "$2" "install\.installing .*host=$1 "
    check_count "$1: installs that are done" "$2" "install\.done .*host=$1 "
}

# --- Two machines with one UUID

conflicts_clone() {
    local uuid=${CONFLICTS_UUIDS[0]} fresh=${CONFLICTS_UUIDS[1]}
    conflicts_up first "$CONFLICTS_ONE" second "$CONFLICTS_OTHER" || return 1
    conflicts_does '^small on 1 machines' install small --hosts first --yes
    conflicts_installs first "$CONFLICTS_ONE" "$uuid" first || return 1
    conflicts_does '^small on 1 machines' install small --hosts second --yes
    conflicts_on second "$CONFLICTS_OTHER" "$uuid" && conflicts_on first "$CONFLICTS_ONE" "$uuid" || return 1
    conflicts_waits second PF-I001 || return 1
    installs_hears first 'the original boots its disk' SYSTEMS-DISK && installs_ends first || return 1
    # A third belongs to no host. Unless both were heard at the same time, its card may be one more of the first.
    conflicts_boots strange "$CONFLICTS_STRANGE" "$uuid" || return 1
    conflicts_listed "$CONFLICTS_STRANGE" 'PF-I00[16]' "first's, but" "card $CONFLICTS_STRANGE is" 'dopt it under'
    conflicts_again second "$CONFLICTS_OTHER" "$uuid" PF-I001 || return 1
    conflicts_told second PF-I001
    conflicts_listed "$CONFLICTS_OTHER" PF-I001 "is first's, but this machine's card $CONFLICTS_OTHER (of second) is not" \
        'Give the clone a UUID of its own'
    conflicts_on second "$CONFLICTS_OTHER" "$fresh" || return 1
    conflicts_waits second PF-I003 || return 1
    conflicts_does '^second has ' adopt "$CONFLICTS_OTHER" --name second
    conflicts_known "$CONFLICTS_OTHER"
    installs_off second
    conflicts_installs second "$CONFLICTS_OTHER" "$fresh" second || return 1
    conflicts_once first 1
    conflicts_once second 1
}

# Usage: conflicts_again MACHINE CARD UUID CODE; the reset button does not help.
conflicts_again() {
    installs_off "$1"
    conflicts_on "${@:1:3}" && conflicts_waits "$1" "$4"
}

# --- A card that was moved

# The machine is nobody's at first, and is adopted by the words of the list.
conflicts_card() {
    local words
    conflicts_up || return 1
    conflicts_boots old "$CONFLICTS_ONE" "${CONFLICTS_UUIDS[0]}" || return 1
    installs_ask list --new
    words=$(sed -n "s/ (${CONFLICTS_ONE}[,)].*//p" <<<"$INSTALLS_SAID")
    conflicts_does '^web1 is a new host' adopt "$words" --name web1
    conflicts_does '^small on 1 machines' install small --hosts web1 --yes
    conflicts_installs old "$CONFLICTS_ONE" "${CONFLICTS_UUIDS[0]}" web1 || return 1
    conflicts_does 'is armed again' retry web1 --again
    conflicts_on new "$CONFLICTS_ONE" "${CONFLICTS_UUIDS[1]}" && conflicts_waits new PF-I002 || return 1
    conflicts_again new "$CONFLICTS_ONE" "${CONFLICTS_UUIDS[1]}" PF-I002 || return 1
    conflicts_told web1 PF-I002
    conflicts_listed "$CONFLICTS_ONE" PF-I002 'is on the record of web1' 'release and forget that host and adopt this machine'
    conflicts_restarted new PF-I002
    conflicts_does 'will not be installed' release web1
    conflicts_does 'is forgotten' forget web1
    conflicts_does '^web2 is a new host' adopt "$CONFLICTS_ONE" --name web2
    conflicts_known "$CONFLICTS_ONE"
    conflicts_does '^small on 1 machines' install small --hosts web2 --yes
    installs_off new
    conflicts_installs new "$CONFLICTS_ONE" "${CONFLICTS_UUIDS[1]}" web2 || return 1
    conflicts_once web1 1
    conflicts_once web2 1
}

# Usage: conflicts_restarted MACHINE CODE; it asks on by the path of its install. The switch kept from us which address it was given,
# and what it said itself is forgotten: nobody knows by which card it asks.
conflicts_restarted() {
    local before
    lab_stop_pilotfish && before=$(conflicts_said "$1" "$2") && lab_start_pilotfish || return 1
    if wait_until 90 conflicts_said_more "$1" "$2" "$before"; then
        check_ok "$1: asks a Pilotfish that was started anew, and still waits ($2)"
    else
        check_fail "$1: still waits when Pilotfish was started anew" "$(machine_serial_text | tail -n 3)"
    fi
    check_that "$1: its disk is as it was" 'something wrote on it' cmp -s "$SYSTEMS_PARTS/former.img" "$LAB_WORK/disk-$1.img"
}

# Usage: conflicts_said MACHINE CODE; prints how often its screen says that it waits.
conflicts_said() {
    lab_machine "$1"
    machine_serial_text | tr -d '\0' | grep -acE "waits to be installed \(small\): $2: " || true
}

# Usage: conflicts_said_more MACHINE CODE COUNT
conflicts_said_more() { (($(conflicts_said "$1" "$2") > $3)); }

# --- A card that goes to and fro

conflicts_dongle() {
    conflicts_up laptop "$CONFLICTS_ONE" || return 1
    conflicts_boots one "$CONFLICTS_ONE" "${CONFLICTS_UUIDS[0]}" || return 1
    conflicts_boots other "$CONFLICTS_ONE" "${CONFLICTS_UUIDS[1]}" || return 1
    conflicts_does '^small on 1 machines' install small --hosts laptop --yes
    conflicts_on one "$CONFLICTS_ONE" "${CONFLICTS_UUIDS[0]}" && conflicts_waits one PF-I003 || return 1
    conflicts_again one "$CONFLICTS_ONE" "${CONFLICTS_UUIDS[0]}" PF-I003 || return 1
    conflicts_told laptop PF-I003
    conflicts_listed "$CONFLICTS_ONE" PF-I003 'goes from machine to machine' 'Adopt it under its name'
    conflicts_does '^laptop has ' adopt "$CONFLICTS_ONE" --name laptop
    conflicts_known "$CONFLICTS_ONE"
    installs_off one
    conflicts_on other "$CONFLICTS_ONE" "${CONFLICTS_UUIDS[1]}" && conflicts_waits other 'PF-I00[23]' || return 1
    installs_off other
    conflicts_installs one "$CONFLICTS_ONE" "${CONFLICTS_UUIDS[0]}" laptop || return 1
    check_that 'other: its disk is as it was' 'something wrote on it' cmp -s "$SYSTEMS_PARTS/former.img" "$LAB_WORK/disk-other.img"
    conflicts_once laptop 1
}
