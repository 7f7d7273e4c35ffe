# shellcheck shell=bash
# shellcheck disable=SC2034 # some of the variables are for those who source this
# Secure Boot: a site's own keys, images signed with them, a machine whose firmware enforces them, and a RAM disk that
# says whether the kernel knows. Source it after lab.sh. The recipe for a real site is pilotfish-secureboot(7).

SECUREBOOT_HOME=$(cd "${BASH_SOURCE[0]%/*}" && pwd)

# binutils and systemd-boot-efi make one image of kernel and RAM disk; efitools make signature lists of certificates.
PACKAGES_SECUREBOOT=(binutils efitools openssl sbsigntool systemd-boot-efi)
# Only for the chains that begin with Microsoft's keys. They are unpacked, not installed: shim-signed would ask for GRUB.
PACKAGES_SECUREBOOT_SIGNED=(shim-signed shim-helpers-amd64-signed fwupd-amd64-signed grub-efi-amd64-signed)

# Usage: secureboot_keys; fresh keys in $LAB_WORK/keys: PK, KEK and db, as a site has them, and `other`, which no
# firmware of this lab knows.
secureboot_keys() {
    local keys=$LAB_WORK/keys owner name
    owner=$(</proc/sys/kernel/random/uuid)
    mkdir -p "$keys" || return 1
    for name in PK KEK db other; do
        openssl req -new -x509 -newkey rsa:2048 -nodes -sha256 -days 30 -subj "/CN=Lab $name/" \
            -keyout "$keys/$name.key" -out "$keys/$name.crt" 2>>"$LAB_WORK/signing.log" &&
            cert-to-efi-sig-list -g "$owner" "$keys/$name.crt" "$keys/$name.esl" >>"$LAB_WORK/signing.log" 2>&1 ||
            lab_fail "the key $name could not be made" || return 1
    done
}

# Usage: secureboot_sign KEY FILE SIGNED; KEY is a name of secureboot_keys. Signatures that are there already stay.
secureboot_sign() {
    if ! sbsign --key "$LAB_WORK/keys/$1.key" --cert "$LAB_WORK/keys/$1.crt" --output "$3" "$2" \
        >>"$LAB_WORK/signing.log" 2>&1; then
        lab_fail "$2 could not be signed with the key $1" || return 1
    fi
    chmod a+r "$3"
}

# Usage: secureboot_variables site|microsoft|microsoft+mok FILE
# The firmware's variables: only the site's keys, only Microsoft's, or these and the site's key in shim's own list.
secureboot_variables() {
    local keys=$LAB_WORK/keys from=/usr/share/OVMF/OVMF_VARS_4M.fd
    local -a variables=()
    case $1 in
    site) variables=("db=$keys/db.esl" "KEK=$keys/KEK.esl" "PK=$keys/PK.esl") ;;
    microsoft) from=/usr/share/OVMF/OVMF_VARS_4M.ms.fd ;;
    microsoft+mok) from=/usr/share/OVMF/OVMF_VARS_4M.ms.fd variables=("MokList=$keys/db.esl") ;;
    *) lab_fail "unknown variables \"$1\"" || return 1 ;;
    esac
    cp "$from" "$2" || lab_fail 'the UEFI firmware (package ovmf) is missing' || return 1
    python3 -B "$SECUREBOOT_HOME/secureboot.py" "$2" "${variables[@]}" 2>>"$LAB_WORK/signing.log" ||
        lab_fail "the firmware's variables \"$1\" could not be made"
}

# Replaces the RAM disk of payload_up by one that also says what the kernel knows of Secure Boot. In the kernel's log,
# because the cloud kernel has its view of the firmware's variables as a module, which the RAM disk has not.
secureboot_initrd() {
    local tree=$LAB_WORK/initrd
    cat >"$tree/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t securityfs securityfs /sys/kernel/security
said() { if /bin/busybox dmesg | /bin/busybox grep -q "$1"; then echo yes; else echo no; fi; }
read -r cmdline </proc/cmdline
# No word of the kernel's own inside the line.
echo 1 >/proc/sys/kernel/printk
read -r lockdown </sys/kernel/security/lockdown
lockdown=${lockdown#*[}
echo
secure="secureboot=$(said 'secureboot: Secure boot enabled') lockdown=${lockdown%]*}"
kernel="arch=$(/bin/busybox uname -m) release=$(/bin/busybox uname -r)"
echo "PILOTFISH-LAB-BOOTED $secure $kernel cmdline=\"$cmdline\""
/bin/busybox sleep 0.2
/bin/busybox poweroff -f
INIT
    chmod 755 "$tree/init" && mkdir -p "$tree/sys" || return 1
    (set -o pipefail && cd "$tree" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1 >"$LAB_ROOT/initrd.img") ||
        lab_fail 'the initial RAM disk could not be made'
}

# Usage: secureboot_uki FILE; kernel, RAM disk and command line as one image behind systemd's stub, not signed yet.
secureboot_uki() {
    local stub=/usr/lib/systemd/boot/efi/linuxx64.efi.stub cmdline=$LAB_WORK/cmdline at
    sed -n 's/^arguments = "\(.*\)"$/\1/p' "$LAB_SETTINGS" | tr -d '\n' >"$cmdline"
    # Sections must not overlap: the new ones begin behind the stub's last, each on a page of its own.
    at=$(objdump -h "$stub" | awk '$1 ~ /^[0-9]+$/ { print "0x" $4, "0x" $3 }' |
        while read -r address size; do echo $((address + size)); done | sort -n | tail -n 1)
    local -a arguments=()
    local section file
    at=$(((at + 0xfff) & ~0xfff))
    for section in "osrel:/usr/lib/os-release" "cmdline:$cmdline" "initrd:$LAB_ROOT/initrd.img" \
        "linux:$LAB_ROOT/vmlinuz"; do
        file=${section#*:} section=.${section%%:*}
        arguments+=(--add-section "$section=$file" --change-section-vma "$section=$(printf '0x%x' "$at")")
        at=$(((at + $(stat -L -c %s "$file") + 0xfff) & ~0xfff))
    done
    objcopy "${arguments[@]}" "$stub" "$1" 2>>"$LAB_WORK/signing.log" ||
        lab_fail 'the unified kernel image could not be made'
}

# Usage: secureboot_package_file PACKAGE PATH FILE; a file out of a Debian package that is not installed.
secureboot_package_file() (
    directory=$(mktemp -d "$LAB_CACHE/fetch.XXXXXX") || exit 1
    trap 'rm -rf "$directory"' EXIT
    chmod 777 "$directory"
    cd "$directory" || exit 1
    apt-get download -q "$1" >&2 || { packages_refresh >&2 && apt-get download -q "$1" >&2; } || exit 1
    dpkg-deb --fsys-tarfile ./*.deb | tar -xO ".$2" >"$3" && chmod a+r "$3"
)

# Usage: secureboot_boot VARIABLES; lab_boot for a machine whose firmware enforces Secure Boot, its variables protected
# by system management mode as on real hardware.
secureboot_boot() {
    local code=/usr/share/OVMF/OVMF_CODE_4M.secboot.fd
    [[ -r $code && -r $1 ]] || lab_fail 'the Secure Boot firmware (package ovmf) is missing' || return 1
    machine_stop
    LAB_FIRMWARE=uefi
    rm -f "$LAB_SERIAL"
    LAB_MAC=$(machine_mac)
    # shellcheck disable=SC2054 # QEMU's own commas
    MACHINE_FIRMWARE=(
        -machine q35,smm=on
        -global driver=cfi.pflash01,property=secure,value=on
        -drive "if=pflash,format=raw,unit=0,readonly=on,file=$code"
        -drive "if=pflash,format=raw,unit=1,file=$1"
        -fw_cfg name=opt/org.tianocore/IPv6PXESupport,string=n
        -device "virtio-net-pci,netdev=lan,mac=$LAB_MAC,romfile=,bootindex=1"
    )
    in_lan ip tuntap add dev tap0 mode tap && in_lan ip link set tap0 master br0 up ||
        lab_fail 'no tap device for the machine' || return 1
    lab_now >"$LAB_WORK/power-on"
    LAB_POWER_ON=$(<"$LAB_WORK/power-on")
    process_start machine "$LAB_WORK/machine.log" ip netns exec "$LAB_LAN" \
        qemu-system-x86_64 "${MACHINE_COMMON[@]}" "${MACHINE_FIRMWARE[@]}" -serial "file:$LAB_SERIAL" \
        -netdev tap,id=lan,ifname=tap0,script=no,downscript=no
}

# What the firmware and the loaders wrote, without colours and cursor moves.
secureboot_screen() {
    sed -e 's/\x1b\[[0-9;=?]*[A-Za-z]//g' -e 's/\r/\n/g' "$LAB_SERIAL" | tr -d '\0' | grep -av '^ *$'
}

# Usage: secureboot_wait_refusal SECONDS PATTERN; waits until the screen says so. Fails at once when a kernel booted.
secureboot_wait_refusal() {
    local limit=$((SECONDS + $1))
    LAB_MARKER='' LAB_MARKER_AT=''
    # Not behind a pipe: grep leaves at the first hit, and pipefail would make that a failure.
    until [[ -s $LAB_SERIAL ]] && SECUREBOOT_SAID=$(grep -aoiEm 1 "$2" <(secureboot_screen)); do
        ! machine_marker || lab_fail "a kernel booted: $LAB_MARKER" || return 1
        process_runs machine && ((SECONDS <= limit)) ||
            lab_fail "the screen does not say \"$2\": $(secureboot_screen 2>/dev/null | tail -n 3 | tr '\n' ' ')" ||
            return 1
        sleep 0.2
    done
}

# Usage: secureboot_loader FILE; makes FILE the loader of x64 UEFI machines, before Pilotfish starts.
secureboot_loader() {
    printf '\n[loaders]\nuefi-x64 = "%s"\n' "$1" >>"$LAB_SETTINGS"
}
