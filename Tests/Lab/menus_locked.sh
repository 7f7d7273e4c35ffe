# shellcheck shell=bash
# A menu with a password, typed on the keyboard of a machine: what is wrong opens nothing and fetches nothing, what is right boots.
# Needs common.sh, and menus.sh for its patience.

# Signs that mean something to a shell, a URL, a crypt(5) hash, and need Shift. The wrong one is as good as right.
readonly MENUS_SECRET='Fish@7%+' MENUS_WRONG='Fish@7%'

menus_locked_ipxe_bios() {
    menus_locked main bios dnsmasq plain || return 1
    menus_sees 'the first menu is shown' "Boot from the local disk" || return 1
    menus_types '<ret>'
    menus_ipxe_tries 'What shall it be\?'
    menus_types '<ret>'
    menus_ipxe_opens
}

# Asked for at once, and again after what was wrong.
menus_locked_ipxe_uefi() {
    menus_locked tools uefi isc plain || return 1
    menus_ipxe_tries Username:
    menus_ipxe_opens
}

# Usage: menus_ipxe_tries PATTERN; a wrong password is refused, and then PATTERN is shown.
menus_ipxe_tries() {
    menus_sees 'iPXE asks who is there' Password: || return 1
    menus_types '<ret>' "$MENUS_WRONG" '<ret>'
    menus_sees 'what is wrong is refused' 'Permission denied' || return 1
    check_said 'by us, with what it typed' 'file=/boot/tools.ipxe status=401' 1
    menus_fetched_nothing
    menus_sees 'and it may try again' "$1"
}

# The field is empty, or what is right would stand behind what was wrong.
menus_ipxe_opens() {
    menus_sees 'iPXE asks again' Password: || return 1
    menus_types '<ret>' "$MENUS_SECRET" '<ret>'
    menus_sees 'what is right opens the menu' "The lab's kernel" || return 1
    menus_types '<ret>'
    menus_boots
}

# Esc and Tab would lead to a command line, which is shut.
menus_locked_pxelinux() {
    menus_locked main bios-plain kea plain bios /usr/lib/PXELINUX/pxelinux.0 || return 1
    menus_sees 'the first menu is shown' 'Boot from the local disk' || return 1
    menus_types '<esc>' '<ret>'
    menus_sees 'the other one is shown' Back || return 1
    menus_types '<tab>' '<ret>'
    menus_sees 'PXELINUX asks for the password' 'Password required' || return 1
    menus_types "$MENUS_WRONG" '<ret>'
    menus_sees 'what is wrong leads back to the menu' "The lab's kernel" || return 1
    menus_fetched_nothing
    menus_types '<ret>'
    menus_sees 'it asks again' 'Password required' || return 1
    menus_types "$MENUS_SECRET" '<ret>'
    menus_boots
}

menus_locked_grub() {
    menus_locked main uefi kea next-server uefi-x64 /usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed || return 1
    menus_sees 'the first menu is shown' 'Boot from the local disk' || return 1
    menus_types c
    menus_sees 'its command line is shut' 'Enter username:' || return 1
    menus_types '<esc>'
    menus_sees 'Esc leads back' 'Boot from the local disk' || return 1
    menus_types '<ret>'
    menus_sees 'GRUB asks who is there' 'Enter username:' || return 1
    menus_types tools '<ret>'
    menus_sees 'and for the password' 'Enter password:' || return 1
    menus_types "$MENUS_WRONG" '<ret>'
    menus_sees 'what is wrong is refused' 'access denied' || return 1
    menus_fetched_nothing
    menus_types '<ret>'
    menus_sees 'GRUB asks again' 'Enter username:' || return 1
    menus_types tools '<ret>'
    menus_sees 'and for the password' 'Enter password:' || return 1
    menus_types "$MENUS_SECRET" '<ret>'
    menus_sees 'what is right opens the menu' "The lab's kernel" || return 1
    menus_types '<ret>'
    menus_boots
}

# Usage: menus_locked MENU MACHINE ROUTER MANNER [ROLE LOADER]; switches a machine on that gets that menu; "tools" has the password.
menus_locked() {
    menus_locked_settings "$1"
    [[ -z ${5:-} ]] || printf '[loaders]\n%s = "%s"\n' "$5" "$6" >>"$LAB_SETTINGS"
    MENUS_FROM=0
    lab_start_router "$3" "$4" && lab_start_pilotfish && lab_start_ipv6_router &&
        lab_boot "$2" -qmp "unix:$LAB_WORK/qmp,server=on,wait=off"
}

# Usage: menus_locked_settings MENU; nothing is taken by itself.
menus_locked_settings() {
    printf '%s\n' "$MENUS_SECRET" >"$LAB_WORK/secret" && chmod 600 "$LAB_WORK/secret" && chown nobody "$LAB_WORK/secret"
    cat >>"$LAB_SETTINGS" <<TOML
target = "$1"

[secrets]
keyboard = "$LAB_WORK/secret"

[menu.main]
title = "What shall it be?"
items = ["tools", "local"]

[menu.tools]
title = "Tools"
items = ["lab", "reboot"]
password = "keyboard"

[target.lab]
title = "The lab's kernel"
kernel = "vmlinuz"
initrd = "initrd.img"
arguments = "console=ttyS0 quiet panic=-1 pilotfish.lab=$LAB_TOKEN"

TOML
}

# Usage: menus_types WORD…; as Tests/Lab/keyboard.py has them.
menus_types() {
    MENUS_FROM=$(stat -c %s "$LAB_SERIAL")
    timeout 60 python3 -B "$TESTS_LAB/keyboard.py" "$LAB_WORK/qmp" "$@" >>"$LAB_WORK/keyboard.log" 2>&1 ||
        check_fail "$* can be typed" "$(tail -n 1 "$LAB_WORK/keyboard.log")"
}

# Usage: menus_sees WHAT PATTERN; ok once the machine has shown that, since something was typed last.
menus_sees() {
    if wait_until "$MENUS_PATIENCE" menus_has_or_ended "$2" && menus_has "$2"; then
        check_ok "$1 ($(lab_since "$LAB_POWER_ON") s after power-on)"
    else
        check_fail "$1" "no \"$2\" on the screen; last: $(menus_screen | grep -av '^ *$' |
            tail -n 5 | tr -s '\n ' ' ' | cut -c 1-300)"
        return 1
    fi
}

menus_has_or_ended() { menus_has "$1" || ! process_runs machine; }

menus_has() {
    [[ -e $LAB_SERIAL ]] && grep -aqE -e "$1" <(menus_screen)
}

# What was shown since something was typed last, without colours and cursor moves: SeaBIOS, when it is slow, moves the cursor to and
# fro in the middle of a word.
menus_screen() {
    sed -e 's/\x1b\[[0-9;=?]*[A-Za-z]//g' -e 's/\r/\n/g' <(tail -c "+$((MENUS_FROM + 1))" "$LAB_SERIAL")
}

# Usage: menus_fetched_nothing; of what the menu boots.
menus_fetched_nothing() {
    check_that 'nothing behind the password was fetched' "$(grep -aE 'vmlinuz|initrd|tools.ipxe status=200' "$LAB_PILOTFISH_LOG")" \
        menus_log_lacks 'file=/?(vmlinuz|initrd.img|boot/tools.ipxe status=200)'
}

menus_log_lacks() { ! grep -aqE "$1" "$LAB_PILOTFISH_LOG"; }

menus_boots() {
    local typed
    # That patience counts from power-on, and much has been typed since.
    typed=$(lab_since "$LAB_POWER_ON")
    lab_wait_outcome $((MENUS_PATIENCE + ${typed%.*})) || return 1
    check_that "the kernel of the menu boots ($LAB_MARKER_AT s after power-on)" "$LAB_OUTCOME: $LAB_SIGN$LAB_MARKER" \
        test "$LAB_OUTCOME" = ours
    check_that 'the password stands in no line of the log' '' menus_log_lacks 'Fish@|Fish%40'
    check_clean_stop
}
