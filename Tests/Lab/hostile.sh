# shellcheck shell=bash
# Packets that are not for a proxy, damaged ones and random ones: silence, or a TFTP error, and the service goes on. What
# went over the wire is judged from a capture, by a reader that is not ours.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

# Usage: hostile_check; returns 1 when a check failed.
hostile_check() {
    with_lab 'hostile: foreign, damaged and random packets' hostile_body
}

hostile_body() {
    local pid memory
    lab_start_pilotfish || return 1
    pid=$(process_pid pilotfish)
    # What is made once, at the first request, is no growth.
    check_serves "$LAB_APPLIANCE_IP" 'before'
    memory=$(lab_pilotfish_memory)
    hostile_unanswered foreign 1500
    check_lines 'damaged DISCOVERs' python_tool boot.py damaged
    hostile_boots
    hostile_unanswered random 12000
    hostile_boots
    hostile_mutated
    hostile_boots
    check_lines 'awkward DISCOVERs' python_tool boot.py shapes
    check_serves "$LAB_APPLIANCE_IP" 'afterwards'
    check_that 'the process is the same as before' "it was $pid, now $(process_pid pilotfish || true)" \
        process_is_alive "$pid"
    hostile_memory "$memory"
    check_threads_without_privileges
    check_clean_stop
}

# A machine that wants to boot gets what it always gets.
hostile_boots() {
    check_lines 'UEFI DISCOVER' python_tool boot.py --arch uefi discover
    check_lines 'BIOS DISCOVER' python_tool boot.py --arch bios discover
    check_lines 'REQUEST to 4011' python_tool boot.py request
    check_loader snponly.efi
    check_loader undionly.kpxe
}

# Usage: check_loader NAME; the file that the OFFER names comes by TFTP as it lies on the disk.
check_loader() {
    local got=$LAB_WORK/loader
    rm -f "$got"
    in_client timeout 30 curl -sS -o "$got" "tftp://$LAB_APPLIANCE_IP/$1" 2>"$LAB_WORK/client.log" || true
    check_that "the loader $1 comes by TFTP" "$(tail -n 1 "$LAB_WORK/client.log")" \
        same_content "$got" "/usr/lib/ipxe/$1"
    rm -f "$got"
}

# Usage: hostile_unanswered KIND LEAST; sends packets of that kind, at least so many, and looks at everything that the
# appliance has sent meanwhile.
hostile_unanswered() {
    local what="$1 packets" file=$LAB_WORK/$1.pcap sent ours errors others icmp
    # It counts losses; those of an earlier capture are not of this one.
    rm -f "$LAB_WORK/capture.log"
    lab_capture_start "$file" || { check_fail "$what are captured" "$LAB_FAILURE"; return; }
    sent=$(python_tool hostile.py "$1" "$LAB_APPLIANCE_IP" "$LAB_APPLIANCE_MAC" 2>&1) || true
    lab_capture_stop
    [[ ${sent##*$'\n'} =~ ^[0-9]+$ ]] || { check_fail "$what were sent" "${sent: -300}"; return; }
    check_that "$what were sent ($sent)" "only $sent" test "$sent" -ge "$2"
    check_capture_complete
    ours="eth.src == $LAB_APPLIANCE_MAC && ip"
    if ! errors=$(capture_count "$file" "$ours && !icmp && $(tftp_error)") ||
        ! others=$(capture_count "$file" "$ours && !icmp && !($(tftp_error))") ||
        ! icmp=$(capture_count "$file" "$ours && icmp"); then
        check_fail "$what were captured" "tshark could not read $file"
        return
    fi
    check_that "$what: TFTP errors came ($errors)" 'not one' test "$errors" -gt 0
    check_that "$what: nothing else came" \
        "$others; first: $(capture_first "$file" "$ours && !icmp && !($(tftp_error))")" test "$others" = 0
    check_that "C74 $what: no port was called unreachable" "$icmp; first: $(capture_first "$file" "$ours && icmp")" \
        test "$icmp" = 0
}

# A TFTP ERROR from a transfer's port; the proxy's ports never send one.
tftp_error() {
    printf '%s' 'udp.payload[0:2] == 00:05 && !(udp.srcport in {67, 68, 69, 4011})'
}

# Some of these packets are still right, or right again, and are answered; but never with more than a proxy may say.
hostile_mutated() {
    local what='mutated packets' file=$LAB_WORK/mutated.pcap sent ours answers bad
    lab_capture_start "$file" || { check_fail "$what are captured" "$LAB_FAILURE"; return; }
    sent=$(python_tool hostile.py mutated "$LAB_APPLIANCE_IP" "$LAB_APPLIANCE_MAC" 2>&1) || true
    lab_capture_stop
    [[ ${sent##*$'\n'} =~ ^[0-9]+$ ]] || { check_fail "$what were sent" "${sent: -300}"; return; }
    ours="eth.src == $LAB_APPLIANCE_MAC && dhcp"
    if ! answers=$(capture_count "$file" "$ours") || ! bad=$(capture_count "$file" "$ours && $LEASE_FILTER"); then
        check_fail "$what were captured" "tshark could not read $file"
        return
    fi
    check_that "$what: some of $sent are answered ($answers)" 'not one' test "$answers" -gt 0
    check_that "$what: no answer has an address or an option of a lease" \
        "$bad; first: $(capture_first "$file" "$ours && $LEASE_FILTER")" test "$bad" = 0
}

# Usage: hostile_memory BEFORE; in kB. A transfer, a counter and a page of heap here and there are no leak.
hostile_memory() {
    local after
    after=$(lab_pilotfish_memory) || after=''
    if [[ ! $after =~ ^[0-9]+$ ]]; then
        check_fail 'memory after all of this' 'it cannot be read'
    else
        check_that "memory stays where it was (from $1 to $after kB)" "$1 kB before, $after kB after" \
            test "$after" -le $(($1 + 65536))
    fi
}
