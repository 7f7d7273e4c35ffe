# shellcheck shell=bash
# What Pilotfish does in the modes that serve less, and without a loader. Needs reload.sh.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

http_status() {
    in_client timeout 20 curl -sS -o /dev/null -w '%{http_code}' "http://$LAB_APPLIANCE_IP/$1" 2>&1 || true
}

# Watching sends nothing, on any UDP port; HTTP says that it does not serve.
service_observe() {
    local status link answers file=$LAB_WORK/observe.pcap ours
    ready_or_fail '--mode observe' lab_start_pilotfish --mode observe || return 0
    lab_capture_start "$file" || check_fail '--mode observe is captured' "$LAB_FAILURE"
    check_lines '--mode observe' python_tool boot.py silence
    tftp_asks initrd.img
    check_that '--mode observe: TFTP is silent' "$ANSWER" test "$ANSWER" = SILENCE
    answers=$(observe_ask_ports 4 "$LAB_APPLIANCE_IP")
    check_that '--mode observe: its ports are known' 'ss shows none' test -n "$answers"
    link=$(link_local_of "$LAB_APPLIANCE") && answers=$(observe_ask_ports 6 "$link%eth0") || answers=''
    check_that '--mode observe: so are those of IPv6' 'ss shows none' test -n "$answers"
    status=$(http_status initrd.img)
    check_that '--mode observe: HTTP answers 503' "$status" test "$status" = 503
    status=$(http_status boot.ipxe)
    check_that '--mode observe: HTTP answers 503 to the script as well' "$status" test "$status" = 503
    lab_capture_stop
    ours=$(capture_count "$file" "eth.src == $LAB_APPLIANCE_MAC && udp") || ours='tshark failed'
    check_that '--mode observe: not one UDP packet of ours in the capture' \
        "$ours; first: $(capture_first "$file" "eth.src == $LAB_APPLIANCE_MAC && udp")" test "$ours" = 0
    check_said '--mode observe: the client was seen' 'dhcp\.refused .*PF-D013' 5
    check_clean_stop
}

# Usage: observe_ask_ports 4|6 ADDRESS; sends an ACK to every UDP port that Pilotfish has of that version of IP, and prints
# which.
observe_ask_ports() {
    local port
    for port in $(in_appliance ss "-$1" -Hulnp | sed -n "s/.*:\([0-9]*\) .*pid=$(process_pid pilotfish),.*/\1/p"); do
        in_client python3 -c 'import socket, sys
own = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
own.sendto(b"\0\4\0\1", (sys.argv[1], int(sys.argv[2])))' "$2" "$port"
        printf ' %s' "$port"
    done
}

# Boots under way finish, new ones do not begin.
service_frozen() {
    ready_or_fail '--mode frozen' lab_start_pilotfish --mode frozen || return 0
    # A machine that comes to port 4011 without an offer of ours begins anew.
    check_lines '--mode frozen' python_tool boot.py silence
    check_serves "$LAB_APPLIANCE_IP" 'in mode frozen'
    check_said '--mode frozen: the refusal is said' 'dhcp\.refused .*PF-D014' 5
    check_clean_stop
}

# Never a silent nothing: said at the start, and for every client that wants it.
service_missing_loader() {
    write_settings '[loaders]' 'uefi-x64 = "/nowhere/loader.efi"'
    ready_or_fail 'a missing loader' lab_start_pilotfish || return 0
    check_said 'a missing loader is said at the start' 'warning .*no loader for uefi-x64 clients: /nowhere/loader\.efi' 5
    check_lines 'a missing loader' python_tool boot.py --arch bios discover
    check_uefi_refused 'dhcp\.refused .*arch=x64-uefi .*code=PF-D011'
    printf 'loader\n' >"$LAB_ROOT/loader.efi" && chmod 644 "$LAB_ROOT/loader.efi"
    check_reload 'a loader that came meanwhile is found' 'settings reloaded'
    check_that 'the client is offered it now' 'no offer' offered loader.efi
    rm -f "$LAB_ROOT/loader.efi"
    original_settings
    check_clean_stop
}

# Usage: check_uefi_refused PATTERN; a UEFI machine gets no OFFER, and the log says why.
check_uefi_refused() {
    python_tool boot.py --arch uefi discover >"$LAB_WORK/refused.txt" 2>&1 || true
    check_that 'a machine without a loader gets no OFFER' "$(cat "$LAB_WORK/refused.txt")" \
        grep -q '^FAIL .*: 0 came' "$LAB_WORK/refused.txt"
    check_said 'the refusal is said with its code' "$1" 5
}

# Usage: offered FILE; whether a UEFI machine is told that file.
offered() {
    python_tool boot.py --arch uefi discover >"$LAB_WORK/offered.txt" 2>&1 || true
    said "dhcp\.offer .*file=$1 " 5
}
