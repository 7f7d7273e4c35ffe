# shellcheck shell=bash
# One menu, written once, in every loader: iPXE on BIOS and UEFI, PXELINUX, GRUB. The root holds a kernel and its RAM disk and
# nothing else: no loader, no module, no configuration.

# shellcheck source=Tests/Lab/workers.sh
source "${BASH_SOURCE[0]%/*}/workers.sh"
# shellcheck source=Tests/Lab/menus_locked.sh
source "${BASH_SOURCE[0]%/*}/menus_locked.sh"

# Seconds that a machine has for what takes it a few: a busy host must not look like a failure.
readonly MENUS_PATIENCE=300

# What is longest begins first.
readonly MENUS_ROWS=(
    'locked-grub a menu with a password in GRUB'
    'locked-ipxe-uefi the same in iPXE on UEFI, where it is the first'
    'locked-pxelinux the same in PXELINUX'
    'locked-ipxe-bios the same in iPXE on BIOS'
    'grub a menu in GRUB'
    'ipxe-uefi the same in iPXE on UEFI'
    'pxelinux the same in PXELINUX'
    'ipxe-bios the same in iPXE on BIOS'
)

# Usage: menus_check; returns 1 when a check failed.
menus_check() {
    packages_ensure "${PACKAGES_MATRIX[@]}"
    rows_up menus && rows_play menus $(($(nproc) + 1)) "${MENUS_ROWS[@]}"
}

menus_ipxe_bios() { menus_boot bios dnsmasq plain 'item go-lab'; }
menus_ipxe_uefi() { menus_boot uefi isc plain 'item go-lab'; }

menus_pxelinux() {
    menus_boot bios-plain kea plain 'MENU BEGIN tools' bios /usr/lib/PXELINUX/pxelinux.0 || return 1
    check_said 'PXELINUX found its configuration at the end of its search' 'file=pxelinux.cfg/default size=' 1
    check_said 'its modules came out of the package' 'file=menu.c32 size=' 1
}

menus_grub() {
    menus_boot uefi kea next-server "submenu 'Tools'" \
        uefi-x64 /usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed || return 1
    check_said 'GRUB fetched its configuration' 'file=/?grub/grub.cfg size=' 1
}

# Usage: menus_boot MACHINE ROUTER MANNER LINE [ROLE LOADER]; the machine boots what the menu takes by itself after two seconds, and the
# kernel is told who it runs on. LINE stands in the configuration of that loader.
menus_boot() {
    menus_settings
    [[ -z ${5:-} ]] || printf '[loaders]\n%s = "%s"\n' "$5" "$6" >>"$LAB_SETTINGS"
    lab_capture_start "$LAB_WORK/lan.pcap" && lab_start_router "$2" "$3" && lab_start_pilotfish &&
        lab_start_ipv6_router && lab_boot "$1" && lab_wait_outcome "$MENUS_PATIENCE" || return 1
    if [[ $LAB_OUTCOME == ours ]]; then
        check_ok "the target of the menu booted $LAB_MARKER_AT s after power-on"
    else
        check_fail 'the target of the menu boots' "$LAB_OUTCOME: $LAB_SIGN"
        return 1
    fi
    check_that "its command line knows the machine" "$LAB_MARKER" \
        grep -q "mac=$LAB_MAC BOOTIF=01-${LAB_MAC//:/-} site=hall-2" <<<"$LAB_MARKER"
    lab_capture_stop
    check_that 'the menu was in the loader'\''s own language' "no \"$4\" in the capture" \
        grep -qaF "$4" "$LAB_CAPTURE"
    check_clean_stop
}

menus_settings() {
    cat >>"$LAB_SETTINGS" <<TOML
target = "main"

[variables]
site = "hall-2"

[menu.main]
title = "What shall it be?"
items = ["local", "lab", "tools"]
default = "lab"
timeout = 2

[menu.tools]
title = "Tools"
items = ["memtest", "dos", "shell", "reboot", "poweroff"]

[target.lab]
title = "The lab's kernel"
kernel = "vmlinuz"
initrd = "initrd.img"
arguments = "console=ttyS0 quiet panic=-1 mac=\${mac} BOOTIF=\${bootif} site=\${site} pilotfish.lab=$LAB_TOKEN"

[target.memtest.bios]
program = "memtest.bin"

[target.memtest.uefi-x64]
program = "memtest.efi"

[target.dos]
memdisk = "dos.img"

TOML
}
