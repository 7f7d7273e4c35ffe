# shellcheck shell=bash
# shellcheck disable=SC2034 # half of the variables are for those who source this
# The machine on the tap, its serial line, and the transcript of everything.

# Always TCG: the figures of two hosts stay comparable, and firmware runs where nested KVM does not.
MACHINE_COMMON=(
    -accel tcg -m 1024 -smp 1 -nodefaults -no-user-config -display none -monitor none -no-reboot -device virtio-rng-pci
)

# Usage: lab_boot uefi|bios; switches a machine on, in place of the one before. Sets LAB_MAC and LAB_POWER_ON (seconds
# since the epoch).
lab_boot() {
    machine_stop
    LAB_FIRMWARE=$1
    LAB_SERIAL=$LAB_WORK/serial.log
    rm -f "$LAB_SERIAL"
    LAB_MAC=$(machine_mac)
    case $1 in
    uefi) machine_uefi || return 1 ;;
    bios) machine_bios || return 1 ;;
    *) lab_fail "unknown firmware \"$1\": uefi or bios" || return 1 ;;
    esac
    in_lan ip tuntap add dev tap0 mode tap && in_lan ip link set tap0 master br0 up ||
        lab_fail 'no tap device for the machine' || return 1
    lab_now >"$LAB_WORK/power-on"
    LAB_POWER_ON=$(<"$LAB_WORK/power-on")
    process_start machine "$LAB_WORK/machine.log" ip netns exec "$LAB_LAN" \
        qemu-system-x86_64 "${MACHINE_COMMON[@]}" "${MACHINE_FIRMWARE[@]}" -serial "file:$LAB_SERIAL" \
        -netdev tap,id=lan,ifname=tap0,script=no,downscript=no
}

# EDK2 with its own PXE stack: the empty romfile keeps QEMU's iPXE out of the card. Only IPv4, so that the machine does
# not first wait for an IPv6 boot server.
machine_uefi() {
    local code=/usr/share/OVMF/OVMF_CODE_4M.fd variables=$LAB_WORK/variables.fd
    cp /usr/share/OVMF/OVMF_VARS_4M.fd "$variables" && [[ -r $code ]] ||
        lab_fail 'the UEFI firmware (package ovmf) is missing' || return 1
    # shellcheck disable=SC2054 # QEMU's own commas
    MACHINE_FIRMWARE=(
        -machine q35
        -drive "if=pflash,format=raw,unit=0,readonly=on,file=$code"
        -drive "if=pflash,format=raw,unit=1,file=$variables"
        -fw_cfg name=opt/org.tianocore/IPv6PXESupport,string=n
        -device "virtio-net-pci,netdev=lan,mac=$LAB_MAC,romfile=,bootindex=1"
    )
}

# SeaBIOS with the iPXE option ROM that QEMU gives this card. Without graphics SeaBIOS speaks on the serial line, and
# with it the ROM.
machine_bios() {
    # shellcheck disable=SC2054 # QEMU's own commas
    MACHINE_FIRMWARE=(-machine pc,graphics=off -device "e1000,netdev=lan,mac=$LAB_MAC,bootindex=1")
}

# An address in QEMU's own range that no parallel or earlier run of this host has.
machine_mac() {
    printf '52:54:00:%02x:%02x:%02x\n' $((BASHPID >> 8 & 255)) $((BASHPID & 255)) $((RANDOM & 255))
}

machine_stop() {
    process_stop machine
    [[ -z ${LAB_LAN:-} ]] || ip -n "$LAB_LAN" link delete tap0 2>/dev/null || true
}

# Usage: lab_wait_marker SECONDS; waits for the booted kernel's line with this run's token. Sets LAB_MARKER (the line)
# and LAB_MARKER_AT (seconds since power-on). Returns 1 at once when the machine or a daemon has died.
lab_wait_marker() {
    local limit=$1 name
    LAB_MARKER='' LAB_MARKER_AT=''
    until machine_marker; do
        for name in machine pilotfish router; do
            process_runs "$name" || machine_marker || lab_fail "$name ended before the kernel's line" || return 1
        done
        LC_ALL=C awk -v a="$LAB_POWER_ON" -v b="$(lab_now)" -v limit="$limit" 'BEGIN { exit b - a > limit }' ||
            lab_fail "no kernel's line on the serial line $limit s after power-on" || return 1
        sleep 0.1
    done
    LAB_MARKER_AT=$(lab_since "$LAB_POWER_ON")
    [[ $LAB_MARKER == *"pilotfish.lab=$LAB_TOKEN"* ]] ||
        lab_fail "a kernel booted, but not by our script (pilotfish.lab=$LAB_TOKEN is missing): $LAB_MARKER"
}

machine_marker() {
    [[ -s $LAB_SERIAL ]] || return 1
    # The closing quote says that the line is whole.
    LAB_MARKER=$(grep -aom 1 'PILOTFISH-LAB-BOOTED .*"' "$LAB_SERIAL")
}

# What is going on, on stdout, a line per event, from the logs of everybody who takes part.
transcript_start() {
    python3 "$LAB_HOME/transcript.py" "$LAB_WORK" </dev/null 9>&- &
    PROCESS_PIDS['transcript']=$!
}

transcript_stop() {
    process_stop transcript
}
