# shellcheck shell=bash
# Machines that install themselves, each exactly once: real firmware, real loaders, an installer that writes a small image onto
# a disk, and that disk booted afterwards. Three of different kinds in one rollout; and machines that lose their power.

# Other labs read this, too, and constants cannot be read twice.
! declare -F installs_check >/dev/null || return 0
# shellcheck source=Tests/Lab/workers.sh
source "${BASH_SOURCE[0]%/*}/workers.sh"
# shellcheck source=Tests/Lab/systems_parts.sh
source "${BASH_SOURCE[0]%/*}/systems_parts.sh"
# shellcheck source=Tests/Lab/installs_parts.sh
source "${BASH_SOURCE[0]%/*}/installs_parts.sh"

# Seconds that a machine has for what takes it some: a busy host must not look like a failure.
readonly INSTALLS_PATIENCE=${INSTALLS_PATIENCE:-300}

# What is longest begins first. Two are played by themselves, for GRUB's takes as long as both.
readonly INSTALLS_ROWS=(
    'power-grub a UEFI machine by GRUB that loses its power before and after its installer began'
    'wave UEFI, BIOS and arm64 in one rollout: one goes first, all are installed, and never again'
    'power-bios the same as the first on BIOS by iPXE'
)
readonly INSTALLS_USUAL='wave power-bios'

# The machines, by name: what they are, and their card.
declare -rA INSTALLS_KINDS=([bios]=bios [uefi]=uefi [arm]=arm64)
declare -rA INSTALLS_CARDS=([bios]=52:54:00:0f:1e:01 [uefi]=52:54:00:0f:1e:02 [arm]=52:54:00:0f:1e:03)

# Usage: installs_check; returns 1 when a check failed. PILOTFISH_INSTALLS="wave" plays that row only, "all" each.
installs_check() {
    local row wanted=${PILOTFISH_INSTALLS:-$INSTALLS_USUAL}
    local -a rows=()
    packages_ensure "${PACKAGES_MATRIX[@]}" "${PACKAGES_SYSTEMS[@]}"
    for row in "${INSTALLS_ROWS[@]}"; do
        [[ $wanted != all && " $wanted " != *" ${row%% *} "* ]] || rows+=("$row")
    done
    ((${#rows[@]})) || { check_fail 'PILOTFISH_INSTALLS names rows' "none is called $wanted"; return 1; }
    rows_up installs || return 1
    installs_parts_up "$ROWS_WORK/parts" || { check_fail 'the installers can be made' "$LAB_FAILURE"; return 1; }
    rows_play installs 2 "${rows[@]}"
}

# --- The lab

# Usage: installs_up MANNER [SETTING]; a router and Pilotfish, with what the machines install, but for the images: those are
# held back.
installs_up() {
    cp "$SYSTEMS_PARTS"/{installer-x64.img,installer-arm64.img,vmlinuz-arm64,grubaa64.efi,grubx64.efi} "$LAB_ROOT" || return 1
    {
        printf 'root = "%s"\nstate = "%s"\n' "$LAB_ROOT" "$LAB_STATE"
        cat <<'TOML'
boot.target = "local"
loaders.uefi-arm64 = "grubaa64.efi"
TOML
        printf '%s\n' "${2:-}"
        cat <<'TOML'

[target.small]
title = "The small system"
kernel = "vmlinuz"
initrd = "installer-x64.img"
arguments = "console=ttyS0 quiet panic=-1 no_timer_check pilotfish.install=${install}"

[target.small.uefi-arm64]
kernel = "vmlinuz-arm64"
initrd = "installer-arm64.img"
arguments = "console=ttyAMA0 quiet panic=-1 pilotfish.install=${install}"
TOML
        installs_machines
    } >"$LAB_SETTINGS"
    chmod -R a+rX "$LAB_ROOT" "$LAB_SETTINGS"
    lab_start_router kea "$1" && lab_start_pilotfish && lab_start_ipv6_router
}

installs_machines() {
    local name
    for name in "${!INSTALLS_CARDS[@]}"; do printf '\n[machine.%s]\nmac = "%s"\n' "$name" "${INSTALLS_CARDS[$name]}"; done
}

# The images may be fetched, and the installers that wait for them go on.
installs_release() {
    cp -r "$SYSTEMS_PARTS/images" "$LAB_ROOT" && chmod -R a+rX "$LAB_ROOT"
}

# Usage: installs_ask COMMAND [ARGUMENT…]; a command to the Pilotfish that runs. Sets INSTALLS_SAID.
installs_ask() {
    INSTALLS_SAID=$("$PILOTFISH" "$@" --settings "$LAB_SETTINGS" 2>&1)
}

# Usage: installs_on NAME [MACHINE]; switches a machine on, with the disk that it had.
installs_on() {
    local name=$1 kind=${2:-${INSTALLS_KINDS[$1]}} disk=$LAB_WORK/disk-$1.img
    [[ -s $disk ]] || truncate -s 16M "$disk"
    lab_machine "$name"
    # The cloud kernel drives this card and no other, and BIOS can boot from this disk.
    MACHINE_CARD=virtio-net-pci LAB_MACHINE_MAC=${INSTALLS_CARDS[$name]} lab_boot "$kind" \
        -drive "if=none,id=disk,format=raw,file=$disk" -device virtio-blk-pci,drive=disk,bootindex=9 ||
        { check_fail "$name can be switched on" "$LAB_FAILURE"; return 1; }
}

# Usage: installs_off NAME; the power goes.
installs_off() {
    lab_machine "$1"
    LAB_FIRMWARE=''
    process_stop "$MACHINE_PROCESS" KILL
    machine_stop
}

# Usage: installs_says NAME PATTERN; whether its serial line has that.
installs_says() {
    lab_machine "$1"
    [[ -s $LAB_SERIAL ]] && grep -aqE -e "$2" <(machine_serial_text | tr -d '\0')
}

installs_never() { ! installs_says "$@"; }

# Usage: installs_hears NAME WHAT PATTERN; ok once the machine has said that on its serial line.
installs_hears() {
    if wait_until "$INSTALLS_PATIENCE" installs_says_or_ended "$1" "$3" && installs_says "$1" "$3"; then
        check_ok "$1: $2"
        return 0
    fi
    lab_machine "$1"
    check_fail "$1: $2" "no \"$3\" on its serial line: $(machine_serial_text 2>/dev/null | tr -d '\0' | grep -av '^ *$' |
        tail -n 4 | tr -s '\n ' ' ' | cut -c 1-400)"
    return 1
}

installs_says_or_ended() {
    installs_says "$1" "$2" || ! process_runs "$MACHINE_PROCESS"
}

# Usage: installs_ends NAME; waits until it has switched itself off.
installs_ends() {
    lab_machine "$1"
    wait_until "$INSTALLS_PATIENCE" installs_is_off || { check_fail "$1 switches itself off" 'it goes on'; return 1; }
    installs_off "$1"
}

installs_is_off() { ! process_runs "$MACHINE_PROCESS"; }

# Usage: installs_count PATTERN; how many lines of Pilotfish's log have it.
installs_count() {
    grep -acE "$1" "$LAB_PILOTFISH_LOG" || true
}

# Usage: check_count WHAT COUNT PATTERN
check_count() {
    local count
    count=$(installs_count "$3")
    check_that "$1" "$count of \"$3\"" test "$count" = "$2"
}

# --- Three machines

installs_wave() {
    local name
    installs_up plain || return 1
    installs_ask install small --hosts '*' --wave 2 --canary 1 --yes
    check_that 'three machines are armed' "$INSTALLS_SAID" grep -q '^small on 3 machines, 2 at a time, 1 of them first' <<<"$INSTALLS_SAID"
    for name in bios uefi arm; do installs_on "$name" || return 1; done
    installs_hears bios 'goes first: its installer runs' 'INSTALLER-RUNS bios' || return 1
    for name in uefi arm; do
        installs_hears "$name" 'waits at its script, which says why' 'waits to be installed.*1 go first' || return 1
    done
    installs_ask rollout 1
    check_that 'the rollout says that two wait' "$INSTALLS_SAID" grep -q '2 waiting, 1 of 2 under way, 0 done' <<<"$INSTALLS_SAID"
    installs_release
    for name in bios uefi arm; do
        installs_hears "$name" 'its installer has written the disk, and said so' 'INSTALLER-DONE noted' || return 1
    done
    for name in bios uefi arm; do installs_ends "$name" || return 1; done
    for time in first second; do
        for name in bios uefi arm; do installs_on "$name" || return 1; done
        for name in bios uefi arm; do
            installs_hears "$name" "switched on for the $time time afterwards, it boots its disk" SYSTEMS-DISK || return 1
            check_that "$name: no installer runs" 'one does' installs_never "$name" INSTALLER-
            installs_ends "$name" || return 1
        done
    done
    for name in bios uefi arm; do installs_once "$name" 1; done
    installs_ask rollout 1
    check_that 'the rollout says that three are done' "$INSTALLS_SAID" grep -q '0 waiting, 0 of 2 under way, 3 done, 0 failed' <<<"$INSTALLS_SAID"
    installs_begins 3
}

# Usage: installs_once NAME SCRIPT; it was let go once, by that script, and was done once.
installs_once() {
    check_count "$1: it was installed once" 1 "install\.installing .*host=$1 .*script=$2"
    check_count "$1: by no other script" 1 "install\.installing .*host=$1 "
    check_count "$1: and was done once" 1 "install\.done .*host=$1 "
}

# Usage: installs_begins COUNT; so many requests to let an installer go were answered.
installs_begins() {
    check_count "the log of requests has $1 that an installer may go" "$1" \
        '(http|tftp)\.done .*file="?/?install/[^ ]*/begin/[0-9]+(/grub\.cfg)?"? '
}

# --- Machines that lose their power

installs_power_bios() { installs_power bios former.img plain; }
installs_power_grub() {
    cp /usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed "$LAB_ROOT" || return 1
    installs_power uefi former-uefi.img next-server 'loaders.uefi-x64 = "grubnetx64.efi.signed"'
}

# Usage: installs_power NAME DISK MANNER [SETTING]; one machine with something on its disk.
installs_power() {
    local name=$1
    cp "$SYSTEMS_PARTS/$2" "$LAB_WORK/disk-$name.img" && truncate -s 16M "$LAB_WORK/disk-$name.img" || return 1
    installs_up "$3" "${4:-}" || return 1
    installs_ask install small --hosts "$name" --failures 5 --yes
    check_that 'one machine is armed' "$INSTALLS_SAID" grep -q "wipe $name" <<<"$INSTALLS_SAID"
    installs_before "$name" && installs_stale "$name" && installs_after "$name" && installs_again "$name"
}

# What is fetched takes some seconds, so that there is a time between a script and its begin.
installs_slowly() { in_appliance tc qdisc replace dev eth0 root tbf rate 24mbit burst 64k limit 4m; }
installs_quickly() { in_appliance tc qdisc delete dev eth0 root; }

# Between the script and its begin, in the middle of the kernel: nothing was wiped.
installs_before() {
    installs_slowly && installs_on "$1" || return 1
    check_said 'it has a script' 'install\.fetching .*script=1' "$INSTALLS_PATIENCE"
    installs_off "$1"
    check_count 'its power goes before the installer begins' 0 'install\.installing '
}

# Frozen, it has everything in memory and asks again and again whether it may begin, also when there is nobody to ask for a
# while. Then its script is not the last one any more: it takes another, and that begins.
installs_stale() {
    local token
    installs_on "$1" || return 1
    check_said 'switched on again, it has another script' 'install\.claimed .*script=2' "$INSTALLS_PATIENCE"
    installs_ask freeze
    installs_hears "$1" 'frozen, it asks again and again whether its installer may go' 'asks once more' || return 1
    check_count 'which it may not' 0 'install\.installing '
    lab_stop_pilotfish && installs_quickly
    sleep 6
    lab_start_pilotfish || return 1
    token=$(install_token "$1")
    in_client timeout 20 curl -sS "http://$LAB_APPLIANCE_IP/install/$token/boot.ipxe" >"$LAB_WORK/stale.log" 2>&1
    check_said 'somebody else takes a third script of this install' 'install\.claimed .*script=3' 5
    installs_ask arm
    installs_hears "$1" 'armed again, it begins with a fourth' INSTALLER-RUNS || return 1
    check_count 'once' 1 'install\.installing '
    check_count 'as the fourth' 1 'install\.installing .*script=4'
}

# After the begin nobody knows what is on the disk: no second installer without a word of the operator.
installs_after() {
    local time
    installs_off "$1"
    for time in first second; do
        installs_on "$1" || return 1
        installs_hears "$1" "its power went while its installer ran; it is told so ($time time)" \
            'its install failed: interrupted: it boots by network again' || return 1
        installs_hears "$1" 'and boots what its disk holds' FORMER-DISK || return 1
        check_that "$1: no installer runs" 'one does' installs_never "$1" INSTALLER-
        installs_ends "$1" || return 1
    done
    check_count 'the log says so once' 1 'install\.failed .*reason="interrupted'
    installs_ask rollout 1
    check_that 'and the rollout' "$INSTALLS_SAID" grep -q "$1 failed for .* s: interrupted" <<<"$INSTALLS_SAID"
}

installs_again() {
    installs_ask retry "$1"
    check_that 'the operator lets it try again' "$INSTALLS_SAID" grep -q 'is armed again' <<<"$INSTALLS_SAID"
    installs_release
    installs_on "$1" && installs_hears "$1" 'it is installed' 'INSTALLER-DONE noted' && installs_ends "$1" || return 1
    installs_on "$1" && installs_hears "$1" 'and boots what was installed' SYSTEMS-DISK && installs_ends "$1" || return 1
    check_count 'two installers ran in all' 2 'install\.installing '
    check_count 'one of them to its end' 1 'install\.done '
    installs_ask rollout 1
    check_that 'the rollout counts the last of them' "$INSTALLS_SAID" grep -q '1 done, 0 failed' <<<"$INSTALLS_SAID"
    check_that 'and shows both' "$INSTALLS_SAID" grep -q ' failed for .*interrupted' <<<"$INSTALLS_SAID"
}
