# shellcheck shell=bash
# Boot server discovery on every road, and a relay in front.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

discovery_items() {
    ready_or_fail 'items and relays' lab_start_pilotfish || return 0
    check_lines "a menu's items" python_tool boot.py items
    check_lines 'a relay' python_tool boot.py relayed
    check_clean_stop
    discovery_group
}

# The group is joined only when the menu names it.
discovery_group() {
    local groups
    cp "$LAB_SETTINGS" "$LAB_WORK/group.toml"
    printf '[firmware-menu]\ndiscovery = "multicast"\n[[firmware-menu.item]]\ntext = "Boot"\n[[firmware-menu.item]]\ntext = "Disk"\nlocal = true\n' \
        >>"$LAB_WORK/group.toml"
    ready_or_fail 'multicast discovery' lab_start_pilotfish --settings "$LAB_WORK/group.toml" || return 0
    groups=$(in_appliance ip -4 maddress show dev eth0)
    check_that 'multicast discovery: the group is joined' "$groups" grep -q 'inet *224\.0\.1\.2' <<<"$groups"
    check_lines 'multicast discovery' python_tool boot.py --multicast items
    check_clean_stop
    groups=$(in_appliance ip -4 maddress show dev eth0)
    check_that 'multicast discovery: the group is left' "$groups" test "${groups/224.0.1.2/}" = "$groups"
}

# Usage: discovery_check
discovery_check() {
    with_lab 'items and relays' discovery_items
}
