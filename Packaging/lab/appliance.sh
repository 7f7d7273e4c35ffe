# shellcheck shell=bash
# shellcheck disable=SC2034 # half of the variables are for those who source this
# Pilotfish in the `appliance` namespace, and the other daemon that may own UDP port 67 there already.

# Usage: lab_start_pilotfish [serve option…]; the binary is $PILOTFISH. Built-in defaults, apart from where its files
# lie and the kernel arguments by which a booted kernel proves whose script it followed.
lab_start_pilotfish() {
    LAB_PILOTFISH_LOG=$LAB_WORK/pilotfish.log
    [[ -x ${PILOTFISH:-} ]] || lab_fail "PILOTFISH=${PILOTFISH:-} is not an executable file" || return 1
    process_start pilotfish "$LAB_PILOTFISH_LOG" env -u NOTIFY_SOCKET ip netns exec "$LAB_APPLIANCE" \
        "$PILOTFISH" serve --interface eth0 --root "$LAB_ROOT" --state "$LAB_STATE" --settings "$LAB_SETTINGS" "$@"
    LAB_PILOTFISH_PID=$(process_pid pilotfish)
    process_ready pilotfish "$LAB_PILOTFISH_LOG" 'service\.ready' 20
}

# Ends Pilotfish by SIGTERM. Sets LAB_PILOTFISH_STATUS (0 when it ended cleanly) and LAB_PILOTFISH_STOP_SECONDS.
# Returns 1 when it was not running.
lab_stop_pilotfish() {
    process_runs pilotfish || return 1
    process_stop pilotfish
    LAB_PILOTFISH_STATUS=$PROCESS_STATUS LAB_PILOTFISH_STOP_SECONDS=$PROCESS_SECONDS
}

# Prints how many kB of memory Pilotfish has resident now.
lab_pilotfish_memory() {
    awk '/^VmRSS:/ { print $2 }' "/proc/$(process_pid pilotfish)/status"
}

# A DHCP server of somebody else on the same host: bound to port 67 of every address, as dnsmasq does by default, but
# serving another interface only. Started before Pilotfish, it takes the port away from it.
lab_start_daemon_on_67() {
    local daemon
    daemon=$(lab_copy_of dnsmasq) || lab_fail 'dnsmasq is missing' || return 1
    # A bridge without ports stands in for the other interface: not every kernel has dummy interfaces.
    in_appliance ip link add other0 type bridge && in_appliance ip address add 10.78.0.1/24 dev other0 &&
        in_appliance ip link set other0 up || lab_fail 'no second interface in the appliance' || return 1
    process_start other "$LAB_WORK/other-daemon.log" ip netns exec "$LAB_APPLIANCE" \
        "$daemon" --conf-file=/dev/null --keep-in-foreground --log-facility=- --port=0 --interface=other0 \
        --dhcp-range=10.78.0.100,10.78.0.200,1h --dhcp-leasefile=/dev/null \
        --pid-file="$LAB_WORK/other-daemon.pid"
    process_ready other "$LAB_WORK/other-daemon.log" 'DHCP, IP range' 10 || return 1
    lab_port_67_owner | grep -q . || lab_fail 'the second DHCP daemon did not bind UDP port 67'
}

# Prints who has UDP port 67 bound in the appliance's namespace.
lab_port_67_owner() {
    in_appliance ss -Hulnp 'sport = :67'
}
