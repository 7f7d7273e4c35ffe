# shellcheck shell=bash
# Interfaces that come, go and change their address while Pilotfish serves. Needs reload.sh.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

# Usage: add_cable NAME NETWORK; from the appliance (NETWORK.2) to the client (NETWORK.3), the same name at both ends. The
# appliance's end comes up before it has its address, as most do.
add_cable() {
    ip -n "$LAB_APPLIANCE" link add "$1" type veth peer name "$1" netns "$LAB_CLIENT" || return 1
    ip -n "$LAB_CLIENT" address add "$2.3/24" dev "$1" || return 1
    ip -n "$LAB_CLIENT" link set "$1" up || return 1
    ip -n "$LAB_APPLIANCE" link set "$1" up || return 1
    ip -n "$LAB_APPLIANCE" address add "$2.2/24" dev "$1"
}

# A second cable between appliance and client, whose end at the appliance appears while it serves.
service_interfaces() {
    ready_or_fail 'interfaces' lab_start_pilotfish --interface late0 || return 0
    add_cable late0 10.79.0 || { check_fail 'an interface appears' 'it could not be made'; return 0; }
    check_said 'an interface that appears is served' 'interface\.served interface=late0 address=10\.79\.0\.2' 10
    local -a late=(--interface late0 --client 10.79.0.3 --server 10.79.0.2)
    check_lines 'the new interface' python_tool boot.py "${late[@]}" discover
    check_lines 'the new interface' python_tool boot.py "${late[@]}" request
    check_serves 10.79.0.2 'on the interface that appeared'
    service_address
    check_clean_stop
    service_usual_interface
    service_chosen_interface "${late[@]}"
    ip -n "$LAB_APPLIANCE" link delete late0
    service_interface_by_name
    service_bridge
}

# Usage: add_bridge NAME; 10.81.0.2 in the appliance, with a cable to the client in it.
add_bridge() {
    add_cable port0 10.81.0 && ip -n "$LAB_APPLIANCE" address flush dev port0 || return 1
    ip -n "$LAB_APPLIANCE" link add "$1" type bridge stp_state 0 forward_delay 0 || return 1
    ip -n "$LAB_APPLIANCE" link set port0 master "$1" || return 1
    ip -n "$LAB_APPLIANCE" link set "$1" up || return 1
    ip -n "$LAB_APPLIANCE" address add 10.81.0.2/24 dev "$1"
}

# A bridge and its port both see a client's packet, and one answer is sent (N11, C123). Docker's bridge is left alone.
service_bridge() {
    local bridge=br9
    local -a client=(--interface port0 --client 10.81.0.3 --server 10.81.0.2)
    add_bridge "$bridge" || { check_fail 'a bridge' 'could not be made'; return 0; }
    ready_or_fail 'a bridge and its port' start_pilotfish --interface "$bridge" --interface port0 || return 0
    check_said 'a bridge and its port: it says which is served' "port0 belongs to $bridge" 5
    check_lines 'a bridge and its port' python_tool boot.py "${client[@]}" discover
    check_lines 'a bridge and its port' python_tool boot.py "${client[@]}" request
    check_clean_stop
    ip -n "$LAB_APPLIANCE" link set "$bridge" down && ip -n "$LAB_APPLIANCE" link set "$bridge" name docker0 &&
        ip -n "$LAB_APPLIANCE" link set docker0 up
    ip -n "$LAB_APPLIANCE" link set eth0 down
    ready_or_fail 'only the bridge of containers is up' start_pilotfish || return 0
    check_said 'only the bridge of containers is up: it says why it is not served' 'docker0 belongs to containers' 5
    check_lines 'only the bridge of containers is up' python_tool boot.py "${client[@]}" no-offer
    check_clean_stop
    ip -n "$LAB_APPLIANCE" link set eth0 up
    ready_or_fail 'the bridge of containers is named' start_pilotfish --interface docker0 || return 0
    check_lines 'the bridge of containers is named' python_tool boot.py "${client[@]}" discover
    check_clean_stop
    ip -n "$LAB_APPLIANCE" link delete docker0
    ip -n "$LAB_APPLIANCE" link delete port0
}

# The address of eth0 changes: whoever asks now hears the new one, in the packet, the next server and the script.
service_address() {
    local script new=10.77.0.22
    ip -n "$LAB_APPLIANCE" address add "$new/24" dev eth0 &&
        ip -n "$LAB_APPLIANCE" address delete "$LAB_APPLIANCE_IP/24" dev eth0
    # Where the kernel does not promote secondary addresses, the new one went with the old.
    ip -n "$LAB_APPLIANCE" address replace "$new/24" dev eth0
    check_said 'an interface that changes its address is noticed' "interface\.served interface=eth0 address=${new//./\\.}" 10
    check_lines 'the new address' python_tool boot.py --server "$new" discover
    check_lines 'the new address' python_tool boot.py --server "$new" request
    check_serves "$new" 'on the new address'
    script=$(script_from "$new")
    check_that 'the script names the new address' "$script" grep -q "http://$new/vmlinuz" <<<"$script"
    ip -n "$LAB_APPLIANCE" address replace "$LAB_APPLIANCE_IP/24" dev eth0
    ip -n "$LAB_APPLIANCE" address delete "$new/24" dev eth0
    ip -n "$LAB_APPLIANCE" address replace "$LAB_APPLIANCE_IP/24" dev eth0
}

# Nobody named an interface: the default route's is served, and another card that is up as well is not.
service_usual_interface() {
    ip -n "$LAB_APPLIANCE" route replace default via "$LAB_ROUTER_IP" dev eth0
    ready_or_fail 'no interface named' start_pilotfish || return 0
    check_lines 'the interface of the default route' python_tool boot.py discover
    check_lines 'no interface named' python_tool boot.py "${late[@]}" silence
    ip -n "$LAB_APPLIANCE" route delete default
    check_lines 'the default route is lost for a while' python_tool boot.py discover
    check_clean_stop
    ready_or_fail 'two cards and no default route' start_pilotfish || return 0
    check_said 'two cards and no default route: it asks which' 'the default route takes none of eth0, late0' 5
    check_lines 'two cards and no default route' python_tool boot.py no-offer
    check_clean_stop
}

# Usage: service_chosen_interface OPTION…, those that ask on the other interface. With --interface, no other is served.
service_chosen_interface() {
    ready_or_fail '--interface eth0' lab_start_pilotfish || return 0
    check_lines '--interface eth0' python_tool boot.py discover
    check_lines '--interface eth0' python_tool boot.py "$@" silence
    write_settings 'interfaces = ["late0"]'
    check_clean_stop
    ready_or_fail 'interfaces in the settings' start_pilotfish || return 0
    check_lines 'interfaces in the settings' python_tool boot.py "${@:1:6}" discover
    check_lines 'interfaces in the settings' python_tool boot.py no-offer
    original_settings
    check_clean_stop
}

# An interface that was named but is not there yet.
service_interface_by_name() {
    ready_or_fail 'an interface that is not there yet' start_pilotfish --interface later0 || return 0
    add_cable later0 10.80.0 || { check_fail 'a named interface appears' 'it could not be made'; return 0; }
    check_said 'an interface named before it was there is served' 'interface\.served interface=later0 address=10\.80\.0\.2' 10
    check_lines 'the named interface' python_tool boot.py --interface later0 --client 10.80.0.3 --server 10.80.0.2 discover
    ip -n "$LAB_APPLIANCE" link delete later0
    check_said 'an interface that goes is said' 'interface\.left interface=later0' 10
    check_clean_stop
}
