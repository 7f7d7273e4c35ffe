# shellcheck shell=bash
# `pilotfish simulate` lists what real firmware fetches: OVMF, QEMU's iPXE ROM, PXELINUX and GRUB boot, and what the service
# logged of each boot is compared, line by line and in order, with what it says of the same machine when it only plays it.

# shellcheck source=Tests/Lab/workers.sh
source "${BASH_SOURCE[0]%/*}/workers.sh"

# Seconds that a machine has for what takes it twenty.
readonly SIMULATE_PATIENCE=150
# Of the machines, so that PXELINUX asks for its configuration by it.
readonly SIMULATE_UUID=11223344-5566-7788-99aa-bbccddeeff00

readonly SIMULATE_ROWS=(
    'grub GRUB, which OVMF fetched'
    'pxelinux-menu PXELINUX with a menu'
    'uefi OVMF by TFTP, then iPXE'
    'uefi-http OVMF by HTTP Boot, then iPXE'
    'pxelinux PXELINUX'
    'ipxe the iPXE ROM of QEMU on BIOS'
)

# Usage: simulate_check; returns 1 when a check failed.
simulate_check() {
    packages_ensure "${PACKAGES_MATRIX[@]}"
    rows_up simulate && rows_play simulate "$(nproc)" "${SIMULATE_ROWS[@]}"
}

simulate_uefi() { simulate_boot uefi uefi dnsmasq plain; }
simulate_uefi_http() { simulate_boot uefi-http uefi-http dnsmasq plain; }
simulate_ipxe() { simulate_boot bios ipxe dnsmasq plain; }

simulate_pxelinux() {
    simulate_loader bios /usr/lib/PXELINUX/pxelinux.0
    simulate_boot bios-plain bios dnsmasq plain
}

simulate_pxelinux_menu() {
    # Both lie in the table that the lab's settings end with.
    cat >>"$LAB_SETTINGS" <<TOML
target = "main"

[menu.main]
title = "What shall it be?"
items = ["local", "lab"]
default = "lab"
timeout = 2

[target.lab]
title = "The lab's kernel"
kernel = "vmlinuz"
initrd = "initrd.img"
arguments = "console=ttyS0 quiet panic=-1 pilotfish.lab=$LAB_TOKEN"
TOML
    simulate_loader bios /usr/lib/PXELINUX/pxelinux.0
    simulate_boot bios-plain bios dnsmasq plain
}

# GRUB 2.06 finds its server by the router's next-server only.
simulate_grub() {
    simulate_loader uefi-x64 /usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed
    simulate_boot uefi uefi kea next-server
}

# Usage: simulate_loader ROLE PATH
simulate_loader() {
    printf '\n[loaders]\n%s = "%s"\n' "$1" "$2" >>"$LAB_SETTINGS"
}

# Usage: simulate_boot MACHINE KIND ROUTER MANNER; boots, and compares. A size probe is told at the level "debug".
simulate_boot() {
    printf '\n[log]\nlevel = "debug"\nformat = "json"\n' >>"$LAB_SETTINGS"
    lab_start_router "$3" "$4" && simulate_start && lab_start_ipv6_router &&
        lab_boot "$1" -uuid "$SIMULATE_UUID" && lab_wait_outcome "$SIMULATE_PATIENCE" || return 1
    if [[ $LAB_OUTCOME == ours ]]; then
        check_ok "the machine booted $LAB_MARKER_AT s after power-on"
    else
        check_fail 'the machine boots' "$LAB_OUTCOME: $LAB_SIGN"
        return 1
    fi
    cp "$LAB_PILOTFISH_LOG" "$LAB_WORK/boot.log"
    simulate_ask "$2" --json >"$LAB_WORK/simulated.json" || {
        check_fail 'the machine can be simulated' "$(tail -n 1 "$LAB_WORK/simulate.log")"
        return 1
    }
    check_lines 'the fetches are compared' python3 -B "$TESTS_LAB/simulate.py" \
        "$LAB_WORK/boot.log" "$LAB_WORK/simulated.json" "$1" "$LAB_MARKER"
    check_nothing_came_of_it
    check_clean_stop
}

# The lab waits for a line of text, and this log has objects.
simulate_start() {
    LAB_PILOTFISH_LOG=$LAB_WORK/pilotfish.log
    [[ -x ${PILOTFISH:-} ]] || lab_fail "PILOTFISH=${PILOTFISH:-} is not an executable file" || return 1
    process_start pilotfish "$LAB_PILOTFISH_LOG" env -u NOTIFY_SOCKET ip netns exec "$LAB_APPLIANCE" \
        "$PILOTFISH" serve --interface eth0 --root "$LAB_ROOT" --state "$LAB_STATE" --settings "$LAB_SETTINGS"
    process_ready pilotfish "$LAB_PILOTFISH_LOG" '"service\.ready"' 20
}

# Usage: simulate_ask KIND [option…]; the machine that booted, as the running service knows it: UUID and address too.
simulate_ask() {
    in_appliance "$PILOTFISH" simulate "$1" --mac "$LAB_MAC" --state "$LAB_STATE" "${@:2}" 2>"$LAB_WORK/simulate.log"
}

# What was simulated stands in no log, and people read the same as programs.
check_nothing_came_of_it() {
    local before after
    before=$(grep -c '"event":"\(dhcp\|tftp\|http\)\.' "$LAB_WORK/boot.log")
    after=$(grep -c '"event":"\(dhcp\|tftp\|http\)\.' "$LAB_PILOTFISH_LOG")
    check_that 'nothing of it was told, sent or learned' "$before lines before, $after after" test "$before" = "$after"
}
