# shellcheck shell=bash
# What changes under a service in a soak: settings, cable, address, clock, and the way. Sourced by soak.sh.

# One after the other, again and again.
SOAK_WHEEL=(
    soak_settings_change soak_link soak_clock_step soak_address soak_settings_change soak_loss soak_clock_step soak_settings_broken
    soak_link soak_clock_step soak_settings_change soak_loss
)
# Where the clock goes, in milliseconds from where it should be.
SOAK_CLOCK_STEPS=(3600000 0 -3600000 5000 0 86400000 -86400000 0 -5000 0 3456000000 0)
declare -A SOAK_DONE=()
SOAK_LOSSY=0

# Disturbs until the time is over, or somebody makes the file $SOAK_STOP.
soak_unrest() {
    local end=$((SECONDS + SOAK_SECONDS)) turn=0 told=$SECONDS
    while ((SECONDS < end)) && [[ ! -e $SOAK_STOP ]]; do
        "${SOAK_WHEEL[turn % ${#SOAK_WHEEL[@]}]}" "$turn"
        turn=$((turn + 1))
        process_runs pilotfish || break
        ((SECONDS < told + 300)) || { told=$SECONDS && soak_python table | sed 's/^/     /'; }
        sleep "$SOAK_CALM"
    done
    faults_lossy 0
    soak_clock_set 0
    soak_settings_change 0
    check_that "each kind of disturbance was there ($turn in all)" "$turn" test "$turn" -ge "${#SOAK_WHEEL[@]}"
}

# Usage: soak_did WHAT; counts it, for the table.
soak_did() {
    SOAK_DONE[$1]=$((${SOAK_DONE[$1]:-0} + 1))
    local what
    for what in "${!SOAK_DONE[@]}"; do printf '%s\t%s\n' "$what" "${SOAK_DONE[$what]}"; done >"$SOAK_FILES/done.tsv"
}

# Usage: soak_settings NUMBER; each number makes other settings, in one move.
soak_settings() {
    local host
    {
        printf '[boot]\nkernel = "lab/vmlinuz"\ninitrd = "lab/initrd.img"\narguments = "soak=%s"\n' "$1"
        # What is kept is full within the first minutes: afterwards nothing may grow any more.
        printf '[history]\nevents = 5000\npackets = 2\n'
        # shellcheck disable=SC2016 # Pilotfish's variable
        printf '[target.lab]\nkernel = "lab/vmlinuz"\ninitrd = "lab/initrd.img"\narguments = "pilotfish.install=${install}"\n'
        printf '[target.real]\nkernel = "vmlinuz"\ninitrd = "initrd.img"\n'
        printf 'arguments = "console=ttyS0 quiet panic=-1 pilotfish.lab=%s"\n' "$LAB_TOKEN"
        printf '[mirror.soak]\nupstream = "http://%s:%s/"\nfresh = "1s"\n' "$LAB_ROUTER_IP" "$SOAK_UPSTREAM_PORT"
        printf '[hook.soak]\non = ["claimed", "done", "failed"]\ncommand = ["/bin/true"]\n'
        printf '[machine.real]\nmac = "%s"\ntarget = "real"\n' "$SOAK_REAL_MAC"
        for ((host = 0; host < SOAK_HOSTS; host++)); do
            printf '[machine.node%s]\nmac = "52:54:01:00:00:%02x"\n' "$host" "$host"
        done
        for ((host = 0; host < $1 % 5 * 20; host++)); do
            printf '[machine.other%s]\nmac = "52:54:02:00:00:%02x"\ngroups = ["rack%s"]\n' "$host" "$host" $((host % 4))
        done
        (($1 % 2)) || printf '[[tftp.rewrite]]\nmatch = "^soak/([0-9]+)$"\nreplace = "lab/\\\\1"\n'
        (($1 % 3)) || printf '[[rule]]\nname = "nobody"\nmac = "00:1b:a9:*"\nsilence = true\n'
    } >"$LAB_WORK/settings.new" && chmod 644 "$LAB_WORK/settings.new" && mv "$LAB_WORK/settings.new" "$LAB_SETTINGS"
}

# Usage: soak_settings_change TURN
soak_settings_change() {
    soak_settings "$1" || return 0
    reload 'settings reloaded' || check_fail 'settings are reloaded' "$(tail -n 1 "$LAB_PILOTFISH_LOG" | cut -c 1-300)"
    soak_did reloads
}

soak_settings_broken() {
    printf '[boot]\nkernel = 7\n' >"$LAB_SETTINGS"
    reload 'old ones stay in force' || check_fail 'broken settings are refused' "$(tail -n 1 "$LAB_PILOTFISH_LOG" | cut -c 1-300)"
    soak_did 'reloads of broken settings'
}

# The appliance's own cable.
soak_link() {
    ip -n "$LAB_APPLIANCE" link set eth0 down
    sleep "$SOAK_OUT"
    ip -n "$LAB_APPLIANCE" link set eth0 up
    soak_did 'cable pulled out'
}

soak_address() {
    ip -n "$LAB_APPLIANCE" address delete "$LAB_APPLIANCE_IP/16" dev eth0
    sleep "$SOAK_OUT"
    ip -n "$LAB_APPLIANCE" address add "$LAB_APPLIANCE_IP/16" dev eth0
    soak_did 'address taken away'
}

# One UDP packet in a hundred is lost, or none any more.
soak_loss() {
    SOAK_LOSSY=$((10 - SOAK_LOSSY))
    faults_lossy "$SOAK_LOSSY" || check_fail 'packets get lost' 'nft made no rule'
    soak_did 'way made bad or good'
}

soak_clock_step() {
    local to=${SOAK_CLOCK_STEPS[${SOAK_DONE['clock steps']:-0} % ${#SOAK_CLOCK_STEPS[@]}]}
    soak_clock_set "$to"
    wait_until 15 soak_clock_is "$to" || check_fail "the service's clock goes $to ms wrong" "$(soak_last_line)"
    soak_did 'clock steps'
}

# Usage: soak_clock_set MILLISECONDS
soak_clock_set() {
    python3 -c 'import struct, sys
with open(sys.argv[1], "r+b") as file: file.write(struct.pack("<q", int(sys.argv[2])))' "$SOAK_CLOCK" "$1"
}

soak_last_line() { "$PILOTFISH" log --json --state "$LAB_STATE" 2>/dev/null | tail -n 1; }

# Usage: soak_clock_is MILLISECONDS; whether the last line of the log is of that time, give or take four seconds.
soak_clock_is() {
    soak_last_line | python3 -c 'import json, sys, time
sys.exit(abs(json.load(sys.stdin)["time"] - time.time() * 1000 - int(sys.argv[1])) > 4000)' "$1" 2>/dev/null
}
