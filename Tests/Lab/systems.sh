# shellcheck shell=bash
# Each system that people set up network boots with, in Pilotfish's place of it: a machine boots it, or its own client
# program asks for it. README, "Instead of", says which check proves which.
#
# Each row is a lab of its own, three at a time. PILOTFISH_SYSTEMS="tree nfs" plays those rows only; PILOTFISH_SYSTEMS_JOBS=N
# as many at the same time.

# shellcheck source=Tests/Lab/workers.sh
source "${BASH_SOURCE[0]%/*}/workers.sh"
# shellcheck source=Tests/Lab/systems_parts.sh
source "${BASH_SOURCE[0]%/*}/systems_parts.sh"

# What every kernel of ours is told. On a busy host TCG keeps its timers badly, which a kernel takes for a broken board.
readonly SYSTEMS_ARGUMENTS='console=ttyS0 quiet panic=-1 no_timer_check'

# Seconds that a machine has for what takes it a few: a busy host must not look like a failure.
readonly SYSTEMS_PATIENCE=300

# What is longest begins first.
readonly SYSTEMS_ROWS='
tail-uefi       the tail of a menu in an iPXE of 2025 on UEFI: reboot, local disk, power off
tail-grub       the same in GRUB on UEFI
archiso-uefi    an Arch medium on UEFI, its root over HTTP
dnsmasq         the proxy of dnsmasq.conf, converted, with a script on another server
dhcpd           dhcpd.conf, converted: iPXE, a script elsewhere, PXELINUX by HTTP behind it
menu            the menu of PXELINUX, converted, on BIOS and UEFI
autoexec        an iPXE of 2025 that looks for autoexec.ipxe
memtest-uefi    Memtest86+ on UEFI by iPXE
nfs             a root by NFS, from nfs-ganesha
clonezilla-bios  a medium like that of Clonezilla, with the live-boot of Debian, on BIOS
archiso-bios    a SystemRescue medium on BIOS
tail-bios       the tail of a menu in iPXE on BIOS
tail-pxelinux   the same in PXELINUX
memdisk-uefi    a disk image on UEFI, where there is no memdisk
memtest-bios    Memtest86+ on BIOS by iPXE
memtest-pxelinux  the same by PXELINUX
memtest-grub    the same by GRUB
memdisk-bios    a disk image by memdisk and iPXE
memdisk-pxelinux  the same by PXELINUX
memdisk-grub    the same by GRUB
chain-pxelinux  a script elsewhere by PXELINUX, which starts an iPXE for it
tree            a tree of PXELINUX that is there already
lpxelinux       lpxelinux.0, all by HTTP
embedded        an iPXE with a script inside
anaconda        what an installer of Red Hat fetches
'

# Usage: systems_check; returns 1 when a check failed.
systems_check() {
    local -a rows=()
    packages_ensure "${PACKAGES_SYSTEMS[@]}"
    mapfile -t rows < <(systems_rows)
    rows_up systems || return 1
    systems_parts_up "$ROWS_WORK/parts" || { check_fail 'the systems can be made' "$LAB_FAILURE"; return 1; }
    rows_play systems "${PILOTFISH_SYSTEMS_JOBS:-$(($(nproc) + 1))}" "${rows[@]}"
}

# The rows of this run, a name and a title each.
systems_rows() {
    awk -v wanted=" ${PILOTFISH_SYSTEMS:-} " 'NF && (wanted ~ /^ *$/ || index(wanted, " " $1 " "))' <<<"$SYSTEMS_ROWS"
}

# Usage: systems_settings <<TOML; the whole settings file, after what lies where.
systems_settings() {
    { printf 'root = "%s"\n' "$LAB_ROOT" && cat; } >"$LAB_SETTINGS"
    chmod -R a+rX "$LAB_ROOT" "$LAB_SETTINGS"
}

# Usage: systems_serve [ROUTER]; a router, Pilotfish, and nothing that an iPXE of 2019 waits for.
systems_serve() {
    lab_start_router "${1:-kea}" && lab_start_pilotfish && lab_start_ipv6_router
}

# Usage: systems_on_serial WHAT PATTERN; ok once the machine has said that on its serial line.
systems_on_serial() {
    local limit=$((SECONDS + SYSTEMS_PATIENCE))
    while ((SECONDS <= limit)); do
        if systems_serial_has "$2"; then
            check_ok "$1 ($(lab_since "$LAB_POWER_ON") s after power-on)"
            return 0
        fi
        process_runs machine || break
        sleep 0.2
    done
    # What it said at its very end.
    if systems_serial_has "$2"; then
        check_ok "$1"
        return 0
    fi
    check_fail "$1" "no \"$2\" on the serial line within $SYSTEMS_PATIENCE s; last: $(machine_serial_text 2>/dev/null |
        grep -av '^ *$' | tail -n 3 | tr -s '\n ' ' ' | cut -c 1-300)"
    return 1
}

systems_serial_has() {
    [[ -s $LAB_SERIAL ]] && grep -aqE -e "$1" <(machine_serial_text)
}

# Usage: systems_count PATTERN; how many lines of Pilotfish's log have it.
systems_count() {
    grep -acE "$1" "$LAB_PILOTFISH_LOG" || true
}

# Usage: systems_counted PATTERN COUNT; whether they are that many by now.
systems_counted() {
    (($(systems_count "$1") >= $2))
}

# Usage: systems_disk; the machine has a disk whose boot sector says so and switches it off and on again.
systems_disk() {
    cp "$SYSTEMS_PARTS/disk.img" "$LAB_WORK/disk.img" || return 1
    # shellcheck disable=SC2054 # QEMU's own commas
    MACHINE_COMMON+=(-drive "if=ide,format=raw,file=$LAB_WORK/disk.img")
}

# The same for UEFI: a file system with an EFI program where firmware looks for one.
systems_esp_disk() {
    cp -r "$SYSTEMS_PARTS/esp" "$LAB_WORK/esp" || return 1
    # shellcheck disable=SC2054 # QEMU's own commas
    MACHINE_COMMON+=(-drive "if=none,id=esp,format=raw,file=fat:rw:$LAB_WORK/esp" -device virtio-blk-pci,drive=esp,bootindex=9)
}

# Usage: systems_boot MACHINE; switches it on.
systems_boot() {
    lab_boot "$1" || check_fail "a machine $1 can be switched on" "$LAB_FAILURE" || return 1
}

# --- PXELINUX

# A tree as people have it: nothing of it is Pilotfish's, nothing is changed.
systems_tree() {
    cp /usr/lib/PXELINUX/pxelinux.0 /usr/lib/syslinux/modules/bios/{ldlinux,menu,libutil}.c32 "$LAB_ROOT" &&
        mkdir -p "$LAB_ROOT/pxelinux.cfg" && systems_disk || return 1
    cat >"$LAB_ROOT/pxelinux.cfg/default" <<'CONFIGURATION'
UI menu.c32
PROMPT 0
TIMEOUT 20
MENU TITLE Servers of the hall

LABEL disk
    MENU LABEL ^Local disk
    MENU DEFAULT
    LOCALBOOT 0

LABEL install
    MENU LABEL ^Install
    KERNEL vmlinuz
    APPEND initrd=initrd.img
CONFIGURATION
    systems_settings <<'TOML'
loaders.bios = "pxelinux.0"
boot.arguments = "generated"
TOML
    MACHINE_COMMON+=(-uuid 4C4C4544-0039-4E10-8051-B2C04F4A4D32)
    systems_serve isc && systems_boot bios-plain || return 1
    systems_on_serial 'its menu takes the local disk after two seconds' SYSTEMS-DISK
    check_said 'the menu is its own, not a generated one' \
        "file=pxelinux.cfg/default size=$(stat -c %s "$LAB_ROOT/pxelinux.cfg/default")" 1
    systems_search_order
    check_that 'explain says that the real file answers' "$(systems_explain pxelinux.cfg/default | tail -n 3)" \
        grep -q "$LAB_ROOT/pxelinux.cfg/default" <(systems_explain pxelinux.cfg/default)
}

systems_explain() {
    "$PILOTFISH" explain --settings "$LAB_SETTINGS" --file "$1" "$LAB_MAC" 2>&1
}

# PXELINUX asks for its UUID, its hardware address, its address in hexadecimal and its beginnings, and "default".
systems_search_order() {
    local address hex wanted got
    address=$(lab_lease "$LAB_MAC") || { check_fail 'PXELINUX searches in its order' 'no lease'; return; }
    # shellcheck disable=SC2046 # four numbers
    hex=$(printf '%02X' $(tr . ' ' <<<"$address"))
    wanted=$(
        # Octet by octet, as SMBIOS has it: its first three numbers are little-endian.
        printf '%s\n' 44454c4c-3900-104e-8051-b2c04f4a4d32 "01-${LAB_MAC//:/-}"
        for ((length = 8; length > 0; length--)); do echo "${hex:0:length}"; done
        echo default
    )
    got=$(grep -aoE 'tftp\.(refused|start) .*file=pxelinux\.cfg/[^ ]*' "$LAB_PILOTFISH_LOG" |
        sed 's/.*pxelinux\.cfg\///' | head -n 11)
    check_that 'our log has its search: UUID, hardware address, eight of its address, default' \
        "$(tr '\n' ' ' <<<"$got")" test "$got" = "$wanted"
}

# Everything but the loader and its module by HTTP: the prefix, option 210, is a URL.
systems_lpxelinux() {
    mkdir -p "$LAB_ROOT/pxelinux.cfg" || return 1
    cat >"$LAB_ROOT/pxelinux.cfg/default" <<CONFIGURATION
DEFAULT lab
LABEL lab
    KERNEL vmlinuz
    INITRD initrd.img
    APPEND $SYSTEMS_ARGUMENTS pilotfish.lab=$LAB_TOKEN
    SYSAPPEND 3
CONFIGURATION
    systems_settings <<TOML
loaders.bios = "lpxelinux.0"

[[rule]]
architecture = "x86-bios"
path-prefix = "http://$LAB_APPLIANCE_IP/"
TOML
    systems_serve && systems_boot bios-plain || return 1
    systems_on_serial 'its kernel boots' "BOOTED .*lab=$LAB_TOKEN.* BOOTIF=01-${LAB_MAC//:/-}"
    check_that 'configuration, kernel and RAM disk came by HTTP' '' systems_all_by_http pxelinux.cfg/default vmlinuz initrd.img
}

# Usage: systems_all_by_http PATH…
systems_all_by_http() {
    local path
    for path in "$@"; do systems_counted "http\.done .*file=/$path status=200" 1 || return 1; done
}

# --- memdisk

systems_memdisk_bios() { systems_memdisk bios; }
systems_memdisk_pxelinux() { systems_memdisk bios-plain 'loaders.bios = "pxelinux.0"'; }
systems_memdisk_grub() {
    cp "$SYSTEMS_PARTS/grub.0" "$LAB_ROOT" && systems_memdisk bios-plain 'loaders.bios = "grub.0"'
}

# Usage: systems_memdisk MACHINE [SETTING]
systems_memdisk() {
    systems_image "${2:-}" && systems_serve && systems_boot "$1" || return 1
    systems_on_serial 'the boot sector of the image runs' SYSTEMS-FLOPPY
}

# Usage: systems_image [SETTING]; a floppy's image as what machines boot.
systems_image() {
    mkdir -p "$LAB_ROOT/tools" && cp "$SYSTEMS_PARTS/floppy.img" "$LAB_ROOT/tools/dos.img" || return 1
    systems_settings <<TOML
boot.target = "dos"
${1:-}

[target.dos]
title = "DOS"
memdisk = "tools/dos.img"
TOML
}

# UEFI has no memdisk: that is said, and the machine goes on to its disk.
systems_memdisk_uefi() {
    systems_image && systems_esp_disk && systems_serve && systems_boot uefi || return 1
    systems_on_serial 'it is told that this is not for UEFI' 'DOS is not for efi x86_64'
    systems_on_serial 'and goes on to its disk' SYSTEMS-DISK
    check_that 'the image was not fetched' '' test "$(systems_count 'file=/?tools/dos.img')" = 0
}

# --- Memtest86+

systems_memtest_bios() { systems_memtest bios; }
systems_memtest_pxelinux() { systems_memtest bios-plain 'loaders.bios = "pxelinux.0"'; }
systems_memtest_grub() {
    cp "$SYSTEMS_PARTS/grub.0" "$LAB_ROOT" && systems_memtest bios-plain 'loaders.bios = "grub.0"'
}

# Usage: systems_memtest MACHINE [SETTING]; it shows its text on the screen.
systems_memtest() {
    systems_memtest_target program "${2:-}" && systems_screen && systems_serve && systems_boot "$1" || return 1
    if wait_until "$SYSTEMS_PATIENCE" systems_screen_has 'Memtest86\+'; then
        check_ok "its text stands on the screen ($(lab_since "$LAB_POWER_ON") s after power-on)"
    else
        check_fail 'its text stands on the screen' "$(systems_screen_text | grep . | tail -n 3)"
    fi
}

# Started with a command line it speaks on the serial line as well.
systems_memtest_uefi() {
    systems_memtest_target kernel && systems_screen && systems_serve && systems_boot uefi || return 1
    systems_on_serial 'it says so on the serial line' 'Memtest86\+'
}

# Usage: systems_memtest_target program|kernel [SETTING]
systems_memtest_target() {
    mkdir -p "$LAB_ROOT/memtest" && cp /boot/memtest86+x64.{bin,efi} "$LAB_ROOT/memtest" || return 1
    local extra=''
    [[ $1 == program ]] || extra=$'initrd = []\narguments = "console=ttyS0,115200"'
    systems_settings <<TOML
boot.target = "memtest"
${2:-}

[target.memtest.bios]
$1 = "memtest/memtest86+x64.bin"
$extra

[target.memtest.uefi-x64]
$1 = "memtest/memtest86+x64.efi"
$extra
TOML
}

# The machine has a screen, a socket by which it can be looked at, and little to test.
systems_screen() {
    # shellcheck disable=SC2054 # QEMU's own commas
    MACHINE_COMMON+=(-m 128 -device VGA -qmp "unix:$LAB_WORK/qmp,server=on,wait=off")
}

systems_screen_text() {
    timeout 20 python3 -B "$TESTS_LAB/systems_screen.py" "$LAB_WORK/qmp" text 2>&1
}

systems_screen_has() {
    systems_screen_text | grep -qE "$1"
}

# --- reboot, local disk, power off

# The ROM has no command to switch off, and says so.
systems_tail_bios() {
    systems_disk && systems_tail bios boot.ipxe || return 1
    systems_on_serial 'power off: an iPXE that cannot says so' 'this iPXE cannot switch off'
}

systems_tail_pxelinux() {
    systems_disk && systems_tail bios-plain pxelinux.cfg/default 'loaders.bios = "pxelinux.0"' && systems_machine_off
}

systems_tail_uefi() {
    cp "$SYSTEMS_NEW_IPXE" "$LAB_ROOT/new.efi" && systems_esp_disk &&
        systems_tail uefi boot.ipxe 'loaders.uefi-x64 = "new.efi"' && systems_machine_off
}

systems_tail_grub() {
    cp "$SYSTEMS_PARTS/grub.efi" "$LAB_ROOT" && systems_esp_disk &&
        systems_tail uefi grub/grub.cfg 'loaders.uefi-x64 = "grub.efi"' && systems_machine_off
}

# Usage: systems_tail MACHINE SCRIPT [SETTING]; one machine, switched on once: told to reboot, it asks again; told to boot
# its disk, it does, which reboots; then it is told to switch itself off.
systems_tail() {
    local machine=$1 offers
    SYSTEMS_SCRIPT="(tftp|http)\.done .*file=/?$2 "
    # Not to end when it reboots.
    MACHINE_COMMON+=(-action reboot=reset)
    systems_tail_target reboot "${3:-}"
    systems_serve && systems_boot "$machine" && wait_until "$SYSTEMS_PATIENCE" systems_counted "$SYSTEMS_SCRIPT" 1 || return 1
    systems_tail_target local "${3:-}" && systems_reload || return 1
    offers=$(systems_count 'dhcp\.offer ')
    if wait_until "$SYSTEMS_PATIENCE" systems_counted 'dhcp\.offer ' $((offers + 1)); then
        check_ok 'reboot: it asks for its boot again'
    else
        check_fail 'reboot: it asks for its boot again' "$(tail -n 1 "$LAB_PILOTFISH_LOG")"
    fi
    # A UEFI machine may first try HTTP Boot, with the same result.
    systems_on_serial 'local: its disk boots' SYSTEMS-DISK || return 1
    systems_tail_target poweroff "${3:-}" && systems_reload
}

# Usage: systems_tail_target TARGET SETTING
systems_tail_target() {
    systems_settings <<TOML
boot.target = "$1"
$2
TOML
}

systems_reload() {
    local before
    before=$(systems_count 'settings reloaded')
    kill -HUP "$(process_pid pilotfish)" && wait_until 5 systems_counted 'settings reloaded' $((before + 1))
}

systems_machine_off() {
    check_that 'power off: the machine ends by itself' 'it goes on' systems_machine_ends
}

systems_machine_ends() {
    local limit=$((SECONDS + SYSTEMS_PATIENCE))
    while process_runs machine; do
        ((SECONDS <= limit)) || return 1
        sleep 0.2
    done
    process_stop machine
    ((PROCESS_STATUS == 0))
}

# --- iPXE of one's own, scripts elsewhere

# Usage: systems_nas NAME [LINE…]; a server of somebody else in the client's namespace, as a NAS is, with a script for iPXE:
# those lines, then a kernel of ours.
systems_nas() {
    mkdir -p "$LAB_WORK/nas" || return 1
    {
        printf '%s\n' '#!ipxe' 'echo a script of the NAS' "${@:2}"
        cat <<SCRIPT
:direct
kernel http://$LAB_APPLIANCE_IP/vmlinuz initrd=initrd.img $SYSTEMS_ARGUMENTS nas=yes pilotfish.lab=$LAB_TOKEN
initrd http://$LAB_APPLIANCE_IP/initrd.img
boot
SCRIPT
    } >"$LAB_WORK/nas/$1"
    chmod -R a+rX "$LAB_WORK/nas"
    start_helper nas busybox httpd -f -v -p "$LAB_CLIENT_IP:80" -h "$LAB_WORK/nas"
}

systems_chain_pxelinux() {
    systems_settings <<TOML
loaders.bios = "pxelinux.0"
boot.target = "elsewhere"

[target.elsewhere]
chain = "http://$LAB_CLIENT_IP/menu.ipxe"
TOML
    systems_nas menu.ipxe && systems_serve && systems_boot bios-plain || return 1
    systems_on_serial 'the script of the other server boots a kernel' "nas=yes pilotfish.lab=$LAB_TOKEN"
}

# As the author of a build with EMBED= has it: a lease, then our script, whatever DHCP says of it.
systems_embedded() {
    printf '#!ipxe\ndhcp\nchain http://%s/boot.ipxe\n' "$LAB_APPLIANCE_IP" >"$LAB_WORK/embedded.ipxe"
    # A script as RAM disk is to an iPXE the script inside of it.
    MACHINE_COMMON+=(-kernel /usr/lib/ipxe/ipxe.lkrn -initrd "$LAB_WORK/embedded.ipxe")
    systems_settings <<TOML
boot.arguments = "$SYSTEMS_ARGUMENTS embedded=yes pilotfish.lab=$LAB_TOKEN"
TOML
    systems_serve && systems_boot bios || return 1
    systems_on_serial 'its script leads to ours, which boots' "BOOTED .*embedded=yes .*lab=$LAB_TOKEN"
}

systems_autoexec() {
    cp "$SYSTEMS_NEW_IPXE" "$LAB_ROOT/new.efi" || return 1
    systems_settings <<TOML
loaders.uefi-x64 = "new.efi"
boot.arguments = "$SYSTEMS_ARGUMENTS pilotfish.lab=$LAB_TOKEN"
TOML
    systems_serve && systems_boot uefi || return 1
    systems_on_serial 'it boots' "BOOTED .*lab=$LAB_TOKEN"
    check_that 'it ran autoexec.ipxe, and did not need another script' "$(systems_count 'file=/?autoexec.ipxe ')" \
        systems_counted 'tftp\.done .*file=autoexec.ipxe ' 1
}

# --- live media

systems_archiso_uefi() { systems_live_medium arch uefi squashfs; }
systems_archiso_bios() { systems_live_medium rescue bios squashfs; }
systems_clonezilla_bios() { systems_live_medium clonezilla bios overlay; }

# Usage: systems_live_medium NAME MACHINE TYPE; the image is imported as it is, and its root is of that type.
systems_live_medium() {
    MACHINE_CARD=virtio-net-pci
    mkdir -p "$LAB_WORK/conf.d" || return 1
    "$PILOTFISH" import "$SYSTEMS_PARTS/$1.iso" --root "$LAB_ROOT" --settings-dir "$LAB_WORK/conf.d" --name "$1" \
        >"$LAB_WORK/import.log" 2>&1 || lab_fail "import: $(tail -n 1 "$LAB_WORK/import.log")" || return 1
    systems_settings <<TOML
boot.target = "$1"
TOML
    chmod -R a+rX "$LAB_WORK/conf.d"
    systems_serve && systems_boot "$2" || return 1
    systems_on_serial 'its root is fetched whole and starts' "SYSTEMS-ROOT $1 type=$3"
    check_that 'the image came out of the medium' '' systems_counted "http\.done .*images/$1/tree/.*(sfs|squashfs) status=200" 1
}

# A server of NFS that runs in user space, on the appliance itself; the machine mounts its root from there.
systems_nfs() {
    cp -r "$SYSTEMS_PARTS/root" "$LAB_WORK/export" && echo nfs >"$LAB_WORK/export/etc/name" || return 1
    cp "$SYSTEMS_PARTS/initrd.img" "$LAB_ROOT/nfs.img" || return 1
    cat >"$LAB_WORK/ganesha.conf" <<CONFIGURATION
NFS_CORE_PARAM { Protocols = 4; Bind_addr = $LAB_APPLIANCE_IP; Enable_NLM = false; Enable_RQUOTA = false; }
NFSv4 { Graceless = true; RecoveryBackend = fs; RecoveryRoot = $LAB_WORK/recovery; }
EXPORT {
    Export_Id = 1; Path = $LAB_WORK/export; Pseudo = /root; Access_Type = RO; Squash = None; Protocols = 4;
    Transports = TCP; SecType = sys;
    FSAL { Name = VFS; }
}
CONFIGURATION
    mkdir -p "$LAB_WORK/recovery" && chmod -R a+rX "$LAB_WORK/export"
    process_start nfs "$LAB_WORK/nfs.log" ip netns exec "$LAB_APPLIANCE" \
        ganesha.nfsd -F -L /dev/stdout -f "$LAB_WORK/ganesha.conf" -p "$LAB_WORK/ganesha.pid" -N NIV_EVENT
    process_ready nfs "$LAB_WORK/nfs.log" 'NFS SERVER INITIALIZED' 20 || return 1
    systems_settings <<'TOML'
boot.target = "diskless"

[target.diskless]
kernel = "vmlinuz"
initrd = "nfs.img"
arguments = "no_timer_check root=/dev/nfs nfsroot=${server}:/root ip=dhcp"
TOML
    MACHINE_CARD=virtio-net-pci
    systems_serve kea && systems_boot bios || return 1
    systems_on_serial 'it mounts its root and starts what is there' 'SYSTEMS-ROOT nfs type=nfs4'
}

# Anaconda cannot be had here: curl fetches what it does, in its order, out of the medium as it is.
systems_anaconda() {
    "$PILOTFISH" import "$SYSTEMS_PARTS/fedora.iso" --root "$LAB_ROOT" --name fedora >"$LAB_WORK/import.log" 2>&1 ||
        lab_fail "import: $(tail -n 1 "$LAB_WORK/import.log")" || return 1
    printf 'text\nreboot\n' >"$LAB_ROOT/fedora.ks"
    systems_settings </dev/null
    lab_start_pilotfish || return 1
    local base=http://$LAB_APPLIANCE_IP/images/fedora/tree tree=$SYSTEMS_PARTS/medium-fedora path
    check_that 'its stage 2 is named on its command line' "$(cat "$LAB_WORK/import.log")" \
        grep -qF "inst.stage2=\${base}/images/fedora/tree" "$LAB_WORK/import.log"
    for path in .treeinfo images/install.img repodata/repomd.xml Packages/a/a-1.rpm; do
        systems_fetch "$base/$path"
        check_that "curl gets $path" "$(tail -n 1 "$LAB_WORK/curl.log")" same_content "$LAB_WORK/got" "$tree/$path"
    done
    systems_fetch "$base/images/install.img" -r 29000000-
    check_that 'and goes on in the middle of the image' "$(tail -n 1 "$LAB_WORK/curl.log")" \
        cmp -s "$LAB_WORK/got" <(tail -c +29000001 "$tree/images/install.img")
    systems_fetch "http://$LAB_APPLIANCE_IP/fedora.ks" --http1.1 -H 'X-Anaconda-Architecture: x86_64'
    check_that 'the kickstart file comes' "$(tail -n 1 "$LAB_WORK/curl.log")" same_content "$LAB_WORK/got" "$LAB_ROOT/fedora.ks"
}

# Usage: systems_fetch URL [OPTION…]
systems_fetch() {
    rm -f "$LAB_WORK/got"
    in_client timeout 30 curl -sSfL -o "$LAB_WORK/got" "${@:2}" "$1" 2>"$LAB_WORK/curl.log" || true
}

# --- other services' files, converted

# Usage: systems_convert FILE [OPTION…]; the settings are what `pilotfish convert` makes of it, and nothing else.
systems_convert() {
    "$PILOTFISH" convert "$@" >"$LAB_SETTINGS" 2>"$LAB_WORK/convert.log" ||
        lab_fail "convert: $(tail -n 1 "$LAB_WORK/convert.log")" || return 1
    chmod a+r "$LAB_SETTINGS"
    check_that 'every line of it that says what boots is taken over' "$(tail -n 3 "$LAB_WORK/convert.log")" \
        grep -q 'directives: .* 0 no equivalent' "$LAB_WORK/convert.log"
}

# Usage: systems_both PATTERN [MACHINE…]; Pilotfish as those settings have it; each machine says PATTERN.
systems_both() {
    local pattern=$1 machine
    lab_start_router isc && lab_start_pilotfish && lab_start_ipv6_router || return 1
    for machine in bios-plain uefi; do
        systems_boot "$machine" && systems_on_serial "$machine boots" "$pattern"
        machine_stop
    done
}

systems_dnsmasq() {
    local tftp=$LAB_WORK/tftp
    mkdir -p "$tftp" && cp /usr/lib/ipxe/snponly.efi "$tftp" && cp /usr/lib/ipxe/undionly.kpxe "$tftp/undionly.0" &&
        mv "$LAB_ROOT"/{vmlinuz,initrd.img} "$tftp" && chmod -R a+rX "$tftp" || return 1
    LAB_ROOT=$tftp
    cat >"$LAB_WORK/dnsmasq.conf" <<CONFIGURATION
# No DNS.
port=0
log-dhcp
dhcp-range=10.77.0.0,proxy,255.255.255.0
dhcp-match=set:ipxe,175
dhcp-vendorclass=set:pc,PXEClient:Arch:00000
dhcp-vendorclass=set:efi64,PXEClient:Arch:00007
tag-if=set:loadbios,tag:!ipxe,tag:pc
tag-if=set:load64,tag:!ipxe,tag:efi64
pxe-prompt="Booting", 0
pxe-service=tag:loadbios,x86PC,"Load iPXE",undionly
pxe-service=tag:load64,BC_EFI,"Load iPXE",snponly.efi
pxe-service=tag:!ipxe,X86-64_EFI,"Load iPXE",snponly.efi
dhcp-boot=tag:ipxe,http://$LAB_CLIENT_IP/menu.ipxe
enable-tftp
tftp-root=$tftp
CONFIGURATION
    systems_convert "$LAB_WORK/dnsmasq.conf" && systems_nas menu.ipxe && systems_both "nas=yes pilotfish.lab=$LAB_TOKEN"
}

systems_dhcpd() {
    mkdir -p "$LAB_ROOT"/{netboot,pxelinux.cfg} && cp /usr/lib/ipxe/undionly.kkpxe "$LAB_ROOT/netboot/ipxe.kkpxe" &&
        cp /usr/lib/ipxe/ipxe.efi "$LAB_ROOT" || return 1
    cat >"$LAB_WORK/dhcpd.conf" <<CONFIGURATION
option space ipxe;
option ipxe-encap-opts code 175 = encapsulate ipxe;
option ipxe.no-pxedhcp code 176 = unsigned integer 8;
option arch code 93 = unsigned integer 16;
option ipxe.no-pxedhcp 1;
subnet 10.77.0.0 netmask 255.255.255.0 {
    range 10.77.0.100 10.77.0.200;
    option routers 10.77.0.1;
    next-server 10.77.0.2;
}
class "pxe" {
    match if substring(option vendor-class-identifier, 0, 9) = "PXEClient";
    if exists user-class and option user-class = "iPXE" {
        filename "http://$LAB_CLIENT_IP/boot.php?mac=\${net0/mac}";
    } elsif option arch = 00:07 or option arch = 00:09 {
        filename "ipxe.efi";
    } else {
        filename "netboot/ipxe.kkpxe";
    }
}
CONFIGURATION
    cp /usr/lib/PXELINUX/pxelinux.0 "$LAB_ROOT" && cat >"$LAB_ROOT/pxelinux.cfg/servers" <<CONFIGURATION
DEFAULT lab
LABEL lab
    KERNEL vmlinuz
    APPEND initrd=initrd.img $SYSTEMS_ARGUMENTS config=servers pilotfish.lab=$LAB_TOKEN
CONFIGURATION
    chmod -R a+rX "$LAB_ROOT"
    # shellcheck disable=SC2016 # a variable of iPXE's
    # As the article's: the script asks DHCP once more, says where PXELINUX shall look, and starts it from a URL.
    systems_convert "$LAB_WORK/dhcpd.conf" && systems_nas boot.php 'iseq ${platform} pcbios || goto direct' dhcp \
        'set 209:string pxelinux.cfg/servers' "set 210:string http://$LAB_APPLIANCE_IP/" \
        "chain http://$LAB_APPLIANCE_IP/pxelinux.0" && systems_both "(nas=yes|config=servers) pilotfish.lab=$LAB_TOKEN" || return 1
    check_that 'PXELINUX came by HTTP, and all that it fetched' '' systems_all_by_http pxelinux.0 pxelinux.cfg/servers vmlinuz
}

systems_menu() {
    cat >"$LAB_WORK/default" <<CONFIGURATION
DEFAULT vesamenu.c32
PROMPT 0
TIMEOUT 20
ONTIMEOUT install
MENU TITLE Servers
MENU COLOR sel 7;37;40

LABEL local
  MENU LABEL ^Local disk
  LOCALBOOT 0

LABEL install
  MENU LABEL ^Install
  KERNEL vmlinuz
  APPEND initrd=initrd.img $SYSTEMS_ARGUMENTS ks=http://$LAB_APPLIANCE_IP/fedora.ks pilotfish.lab=$LAB_TOKEN
  IPAPPEND 2
CONFIGURATION
    systems_convert "$LAB_WORK/default" --kind pxelinux && systems_both "ks=http://.*lab=$LAB_TOKEN BOOTIF=01-52-54-00"
}
