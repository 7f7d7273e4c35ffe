# shellcheck shell=bash
# Seconds from power-on to every step of a boot, taken from the capture: what was on the wire, not what we say about it.

# Usage: lab_figures; prints the table of the last boot. Needs the capture of it, and tshark.
lab_figures() {
    local table
    [[ -n $LAB_MAC ]] || lab_fail 'the machine was never switched on' || return 1
    table=$(figures_packets | figures_steps) || lab_fail "tshark could not read $LAB_CAPTURE" || return 1
    printf '\n%-38s %10s\n' 'step' 'seconds'
    printf '%-38s %10s\n' 'power-on' '0.00'
    printf '%s\n' "$table"
    printf '%-38s %10s\n' 'marker of the booted kernel' "${LAB_MARKER_AT:--}"
}

# The client's packets that matter: time|DHCP type|TFTP opcode|TFTP file|URI, a line each.
figures_packets() {
    tshark -r "$LAB_CAPTURE" -d udp.port==4011,dhcp -Y "eth.src == $LAB_MAC && (dhcp || tftp || http.request)" \
        -T fields -E 'separator=|' -E occurrence=f -e frame.time_epoch -e dhcp.option.dhcp -e tftp.opcode \
        -e tftp.source_file -e http.request.uri 2>"$LAB_WORK/tshark.log"
}

# The loader is the first file asked for by TFTP; it is complete with the last ACK before any other file is asked for.
figures_steps() {
    LC_ALL=C awk -F'|' -v began="$LAB_POWER_ON" '
        function row(what, at) { printf "%-38s %10s\n", what, at ? sprintf("%.2f", at - began) : "-" }
        $2 == 1 && !discover { discover = $1 }
        $3 == 1 { if (!loader) { loader = $4; asked = $1 } current = $4 }
        $3 == 4 && current == loader { complete = $1 }
        $5 ~ /boot\.ipxe/ && !script { script = $1 }
        $5 ~ /vmlinuz/ && !kernel { kernel = $1 }
        END {
            row("first DISCOVER", discover)
            row("loader asked for (first TFTP request)", asked)
            row("loader complete", complete)
            row("script asked for (HTTP)", script)
            row("kernel asked for (HTTP)", kernel)
        }'
}
