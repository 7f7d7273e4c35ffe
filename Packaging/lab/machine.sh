# shellcheck shell=bash
# shellcheck disable=SC2034 # half of the variables are for those who source this
# The machine on the tap, its serial line, and the transcript of everything. A lab may have several: see lab_machine.

# Always TCG: the figures of two hosts stay comparable, and firmware runs where nested KVM does not.
MACHINE_COMMON=(
    -accel tcg -m 1024 -smp 1 -nodefaults -no-user-config -display none -monitor none -no-reboot -device virtio-rng-pci
)
# The network card of a BIOS machine. The cloud kernel drives virtio-net-pci only.
MACHINE_CARD=${MACHINE_CARD:-e1000}

# Usage: lab_machine [NAME]; which of several machines everything here speaks of from now on. NAME has at most 10 letters;
# without one it is the only one. For another that was on before, LAB_FIRMWARE, LAB_MAC and LAB_POWER_ON are not set.
lab_machine() {
    MACHINE_PROCESS=machine${1:+-$1} MACHINE_TAP=tap${1:-0}
    LAB_SERIAL=$LAB_WORK/serial${1:+-$1}.log MACHINE_VARIABLES=$LAB_WORK/variables${1:+-$1}.fd
}

# Usage: lab_boot MACHINE [QEMU option…]; switches a machine on, in place of the one before. Sets LAB_MAC, to what
# LAB_MACHINE_MAC says if that is set, and LAB_POWER_ON (seconds since the epoch). MACHINE is one of:
#
#   uefi        OVMF with its own PXE stack           arm64       AAVMF, the same for arm64
#   uefi-http   OVMF, HTTP Boot only                  uboot       U-Boot for arm64, which boots by its own commands
#   bios        SeaBIOS with QEMU's iPXE ROM          bios-plain  the same ROM, but it does not say that it is an iPXE
lab_boot() {
    local machine=$1
    shift
    machine_stop
    LAB_FIRMWARE=$machine
    rm -f "$LAB_SERIAL"
    LAB_MAC=${LAB_MACHINE_MAC:-$(machine_mac)}
    MACHINE_QEMU=qemu-system-x86_64
    case $machine in
    uefi) machine_uefi ;;
    uefi-http) machine_uefi -fw_cfg name=opt/org.tianocore/IPv4PXESupport,string=n ;;
    bios | bios-plain) machine_bios ;;
    arm64) machine_arm64 ;;
    uboot) machine_uboot ;;
    *) lab_fail "unknown machine \"$machine\": uefi, uefi-http, bios, bios-plain, arm64 or uboot" ;;
    esac || return 1
    in_lan ip tuntap add dev "$MACHINE_TAP" mode tap && in_lan ip link set "$MACHINE_TAP" master br0 up ||
        lab_fail 'no tap device for the machine' || return 1
    [[ $machine != bios-plain ]] || machine_mask || return 1
    lab_now >"$LAB_WORK/power-on"
    LAB_POWER_ON=$(<"$LAB_WORK/power-on")
    process_start "$MACHINE_PROCESS" "$LAB_WORK/$MACHINE_PROCESS.log" ip netns exec "$LAB_LAN" \
        "$MACHINE_QEMU" "${MACHINE_COMMON[@]}" "${MACHINE_FIRMWARE[@]}" -serial "file:$LAB_SERIAL" \
        -netdev "tap,id=lan,ifname=$MACHINE_TAP,script=no,downscript=no" "$@"
}

# Usage: machine_uefi [QEMU option…]
# EDK2 with its own PXE stack: the empty romfile keeps QEMU's iPXE out of the card. Only IPv4, so that the machine does
# not first wait for an IPv6 boot server.
machine_uefi() {
    local code=/usr/share/OVMF/OVMF_CODE_4M.fd variables=$MACHINE_VARIABLES
    cp /usr/share/OVMF/OVMF_VARS_4M.fd "$variables" && [[ -r $code ]] ||
        lab_fail 'the UEFI firmware (package ovmf) is missing' || return 1
    # shellcheck disable=SC2054 # QEMU's own commas
    MACHINE_FIRMWARE=(
        -machine q35
        -drive "if=pflash,format=raw,unit=0,readonly=on,file=$code"
        -drive "if=pflash,format=raw,unit=1,file=$variables"
        -fw_cfg name=opt/org.tianocore/IPv6PXESupport,string=n
        -device "virtio-net-pci,netdev=lan,mac=$LAB_MAC,romfile=,bootindex=1"
        "$@"
    )
}

machine_arm64() {
    local code=/usr/share/AAVMF/AAVMF_CODE.fd variables=$MACHINE_VARIABLES
    cp /usr/share/AAVMF/AAVMF_VARS.fd "$variables" && [[ -r $code ]] ||
        lab_fail 'the arm64 UEFI firmware (package qemu-efi-aarch64) is missing' || return 1
    MACHINE_QEMU=qemu-system-aarch64
    # shellcheck disable=SC2054 # QEMU's own commas
    MACHINE_FIRMWARE=(
        -machine virt -cpu cortex-a57
        -drive "if=pflash,format=raw,unit=0,readonly=on,file=$code"
        -drive "if=pflash,format=raw,unit=1,file=$variables"
        -fw_cfg name=opt/org.tianocore/IPv6PXESupport,string=n
        -device "virtio-net-pci,netdev=lan,mac=$LAB_MAC,romfile=,bootindex=1"
    )
}

# U-Boot as Debian builds it: after two seconds it tries disks, then a script and an EFI file from the network.
machine_uboot() {
    local code=/usr/lib/u-boot/qemu_arm64/u-boot.bin
    [[ -r $code ]] || lab_fail 'U-Boot (package u-boot-qemu) is missing' || return 1
    MACHINE_QEMU=qemu-system-aarch64
    # shellcheck disable=SC2054 # QEMU's own commas
    MACHINE_FIRMWARE=(
        -machine virt -cpu cortex-a57 -bios "$code" -device "virtio-net-pci,netdev=lan,mac=$LAB_MAC,romfile="
    )
}

# SeaBIOS with the iPXE option ROM that QEMU gives this card. Without graphics SeaBIOS speaks on the serial line, and
# with it the ROM.
machine_bios() {
    # shellcheck disable=SC2054 # QEMU's own commas
    MACHINE_FIRMWARE=(-machine pc,graphics=off -device "$MACHINE_CARD,netdev=lan,mac=$LAB_MAC,bootindex=1")
}

# No BIOS ROM but iPXE is free software. What makes it one for a server stands in two options: they are taken out on the
# way. The cable must not learn where the machine is: the answers go straight to the tap.
machine_mask() {
    in_lan ip link add mask0 type veth peer name mask1 && in_lan ip link set mask0 up &&
        in_lan ip link set mask1 master br0 up && in_lan bridge link set dev mask1 learning off &&
        in_lan nft -f - <<NFT || lab_fail 'the ROM cannot be masked (ip, nft)' || return 1
table netdev mask {
    chain ingress {
        type filter hook ingress device $MACHINE_TAP priority 0;
        udp dport 67 drop
    }
}
NFT
    process_start mask "$LAB_WORK/mask.log" ip netns exec "$LAB_LAN" python3 -B "$LAB_HOME/mask.py" "$MACHINE_TAP" mask0
    process_ready mask "$LAB_WORK/mask.log" masking 10
}

# An iPXE of 2019 waits 15 s for a router of IPv6. With this one it goes on at once; it gives nothing away.
lab_start_ipv6_router() {
    process_start ipv6-router "$LAB_WORK/ipv6-router.log" ip netns exec "$LAB_CLIENT" \
        python3 -B "$LAB_HOME/advertise.py" eth0
    process_ready ipv6-router "$LAB_WORK/ipv6-router.log" advertising 10
}

# An address in QEMU's own range that no parallel or earlier run of this host has.
machine_mac() {
    printf '52:54:00:%02x:%02x:%02x\n' $((BASHPID >> 8 & 255)) $((BASHPID & 255)) $((RANDOM & 255))
}

machine_stop() {
    process_stop "${MACHINE_PROCESS:-machine}"
    process_stop mask
    [[ -z ${LAB_LAN:-} ]] || {
        ip -n "$LAB_LAN" link delete "$MACHINE_TAP" 2>/dev/null
        [[ $LAB_FIRMWARE != bios-plain ]] || {
            ip -n "$LAB_LAN" link delete mask0
            in_lan nft delete table netdev mask
        } 2>/dev/null
    } || true
}

# Usage: lab_wait_marker SECONDS; waits for the booted kernel's line with this run's token. Sets LAB_MARKER (the line)
# and LAB_MARKER_AT (seconds since power-on). Returns 1 at once when the machine or a daemon has died.
lab_wait_marker() {
    local limit=$1 name
    LAB_MARKER='' LAB_MARKER_AT=''
    until machine_marker; do
        for name in "$MACHINE_PROCESS" pilotfish router; do
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

# What firmware and loaders say when they give up, or when they ask somebody who has nothing for them.
readonly MACHINE_GAVE_UP='BdsDxe: failed to (load|start)|Start HTTP Boot over IPv6|UEFI Interactive Shell|Shell>|grub>'\
'|Nothing to boot|No more network devices|No bootable device|PXE-[EM][0-9]+|Boot failed|^=> '\
'|TFTP from server 10[.]77[.]0[.](1|9);'

# Usage: lab_wait_outcome SECONDS; waits until it is decided what became of the machine. Sets LAB_OUTCOME to "ours" (a
# kernel with this run's token), "theirs" (a kernel of somebody else) or "none", LAB_MARKER or LAB_SIGN to the line that
# says so, and LAB_MARKER_AT to the seconds since power-on. Returns 1 when a daemon died meanwhile.
lab_wait_outcome() {
    local limit=$1 name
    LAB_MARKER='' LAB_MARKER_AT='' LAB_OUTCOME=none LAB_SIGN=''
    until machine_marker || machine_gave_up; do
        for name in pilotfish router; do
            process_runs "$name" || lab_fail "$name ended while the machine was booting" || return 1
        done
        process_runs "$MACHINE_PROCESS" || machine_marker || machine_gave_up || { LAB_SIGN='the machine switched itself off' && break; }
        LC_ALL=C awk -v a="$LAB_POWER_ON" -v b="$(lab_now)" -v limit="$limit" 'BEGIN { exit b - a > limit }' ||
            { LAB_SIGN="nothing for $limit s" && break; }
        sleep 0.1
    done
    LAB_MARKER_AT=$(lab_since "$LAB_POWER_ON")
    if [[ -n $LAB_MARKER ]]; then
        LAB_SIGN='' LAB_OUTCOME=theirs
        [[ $LAB_MARKER != *"pilotfish.lab=$LAB_TOKEN\""* && $LAB_MARKER != *"pilotfish.lab=$LAB_TOKEN "* ]] ||
            LAB_OUTCOME=ours
    fi
}

machine_gave_up() {
    [[ -s $LAB_SERIAL ]] || return 1
    LAB_SIGN=$(grep -aoEm 1 ".{0,40}($MACHINE_GAVE_UP).{0,60}" <(machine_serial_text))
}

# The serial line without colours and cursor moves.
machine_serial_text() {
    sed -e 's/\x1b\[[0-9;=?]*[A-Za-z]/\n/g' -e 's/\r/\n/g' "$LAB_SERIAL"
}

machine_marker() {
    [[ -s $LAB_SERIAL ]] || return 1
    # The closing quote says that the line is whole: half of it would look like a kernel without our token.
    LAB_MARKER=$(grep -aom 1 'PILOTFISH-LAB-BOOTED .*cmdline="[^"]*"' "$LAB_SERIAL")
}

# What is going on, on stdout, a line per event, from the logs of everybody who takes part.
transcript_start() {
    python3 "$LAB_HOME/transcript.py" "$LAB_WORK" </dev/null 9>&- &
    PROCESS_PIDS['transcript']=$!
}

transcript_stop() {
    process_stop transcript
}
