# shellcheck shell=bash
# What the systems of the articles are made of: disks, a live medium, the tree of an NFS root, loaders. Made once for all
# machines of a run, in $SYSTEMS_PARTS; what is fetched stays in the lab's cache.

systems_parts_up() {
    SYSTEMS_PARTS=$1
    mkdir -p "$SYSTEMS_PARTS"/esp/EFI/BOOT "$LAB_CACHE/systems" || return 1
    LAB_KERNEL=$(payload_kernel) || lab_fail 'the kernel could not be fetched from its package' || return 1
    systems_sector disk.img 'SYSTEMS-DISK' 1048576 -DAGAIN && systems_sector floppy.img 'SYSTEMS-FLOPPY' 1474560 &&
        systems_esp && systems_grub ||
        lab_fail "no disk, or no GRUB: $(tail -n 1 "$SYSTEMS_PARTS/parts.log")" || return 1
    SYSTEMS_MODULES=$LAB_CACHE/systems/$(basename "$LAB_KERNEL" .vmlinuz)
    SYSTEMS_NEW_IPXE=$LAB_CACHE/systems/snponly-2025.efi
    SYSTEMS_LIVE=$LAB_CACHE/systems/live
    (flock 8 && systems_modules && systems_new_ipxe && systems_live) 8>"$LAB_CACHE/lock" ||
        lab_fail 'the kernel, a newer iPXE or live-boot could not be fetched' || return 1
    systems_initrd && systems_root || lab_fail 'no initial RAM disk, or no root' || return 1
    systems_medium arch arch vmlinuz-linux initramfs-linux.img &&
        systems_medium rescue sysresccd vmlinuz sysresccd.img && systems_clonezilla && systems_installer ||
        lab_fail "no medium: $(tail -n 1 "$SYSTEMS_PARTS/parts.log")" || return 1
    chmod -R a+rX "$SYSTEMS_PARTS"
}

# Usage: systems_sector FILE TEXT SIZE [-DAGAIN]; an image of SIZE octets with a boot sector that says TEXT.
systems_sector() {
    local object=$SYSTEMS_PARTS/sector.o file=$SYSTEMS_PARTS/$1
    gcc -c -m32 "-DTEXT=\"\\r\\n$2\\r\\n\"" "${@:4}" "$TESTS_LAB/systems_disk.S" -o "$object" &&
        ld -m elf_i386 -Ttext 0x7c00 --oformat binary -o "$file" "$object" && truncate -s "$3" "$file"
} 2>>"$SYSTEMS_PARTS/parts.log"

# A directory that a UEFI machine gets as its disk: GRUB, which says so and switches the machine off and on again.
systems_esp() {
    printf 'echo SYSTEMS-DISK\nreboot\n' >"$SYSTEMS_PARTS/esp.cfg"
    grub-mkimage -O x86_64-efi -p / -c "$SYSTEMS_PARTS/esp.cfg" -o "$SYSTEMS_PARTS/esp/EFI/BOOT/BOOTX64.EFI" echo reboot \
        2>>"$SYSTEMS_PARTS/parts.log"
}

# GRUB for BIOS and UEFI that knows where we are: beside a proxy it does not hear of that. All it needs is inside.
systems_grub() {
    local -a modules=(tftp http normal configfile linux test echo sleep minicmd reboot halt)
    grub-mkimage -O x86_64-efi -p "(tftp,$LAB_APPLIANCE_IP)/grub" -o "$SYSTEMS_PARTS/grub.efi" \
        "${modules[@]}" efinet chain search search_fs_file part_gpt part_msdos fat &&
        grub-mkimage -O i386-pc-pxe -p "(tftp,$LAB_APPLIANCE_IP)/grub" -o "$SYSTEMS_PARTS/grub.0" \
            "${modules[@]}" pxe linux16
} 2>>"$SYSTEMS_PARTS/parts.log"

# The modules of the kernel that a RAM disk needs for the network and a root, with all that they need themselves.
systems_modules() {
    local package=${SYSTEMS_MODULES##*/} directory
    # An earlier run may have left it without the disk.
    ! compgen -G "$SYSTEMS_MODULES/lib/modules/*/kernel/drivers/block/virtio_blk.ko" >/dev/null || return 0
    (
        say "fetching the modules of $package"
        directory=$(mktemp -d "$LAB_CACHE/fetch.XXXXXX") || exit 1
        trap 'rm -rf "$directory"' EXIT
        # apt downloads as its own user.
        chmod 777 "$directory" && cd "$directory" || exit 1
        apt-get download -q "$package" >&2 && dpkg-deb --fsys-tarfile ./*.deb | tar -x ./lib || exit 1
        loader_modules . "$directory/picked" 'virtio_(pci|net|blk)|loop|squashfs|overlay|nfsv4' &&
            rm -rf "$SYSTEMS_MODULES" && mv picked "$SYSTEMS_MODULES"
    )
}

# An iPXE of 2025, which looks for autoexec.ipxe: out of the package of a later Debian, which is not installed.
systems_new_ipxe() {
    [[ ! -s $SYSTEMS_NEW_IPXE ]] || return 0
    (
        say 'fetching a newer iPXE'
        directory=$(mktemp -d "$LAB_CACHE/fetch.XXXXXX") || exit 1
        trap 'rm -rf "$directory"' EXIT
        mkdir -p "$directory"/{state/lists/partial,cache/archives/partial} && cd "$directory" || exit 1
        echo 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main' \
            >sources.list
        # apt downloads as its own user.
        chmod -R 777 "$directory"
        own=(
            -o Dir::Etc::sourcelist="$directory/sources.list" -o Dir::Etc::sourceparts=/dev/null
            -o Dir::State="$directory/state" -o Dir::State::status=/dev/null -o Dir::Cache="$directory/cache"
        )
        apt-get update -q "${own[@]}" >&2 && apt-get download -q "${own[@]}" ipxe >&2 || exit 1
        dpkg-deb --fsys-tarfile ./*.deb | tar -x ./usr/lib/ipxe/snponly.efi && mv usr/lib/ipxe/snponly.efi "$SYSTEMS_NEW_IPXE"
    )
}

# The kernel and the initial RAM disk of a Debian with live-boot, which Clonezilla and Grml are made with too. A minute.
systems_live() {
    [[ ! -s $SYSTEMS_LIVE/complete ]] || return 0
    (
        say 'making a Debian with live-boot'
        directory=$(mktemp -d "$LAB_CACHE/fetch.XXXXXX") || exit 1
        trap 'rm -rf "$directory"' EXIT
        # shellcheck source=/dev/null
        suite=$(source /etc/os-release && echo "$VERSION_CODENAME") || exit 1
        mmdebstrap --quiet --variant=minbase --include=linux-image-cloud-amd64,live-boot,busybox \
            --aptopt='APT::Install-Recommends "false"' "$suite" "$directory/tree.tar" >&2 &&
            tar -xf "$directory/tree.tar" -C "$directory" ./boot || exit 1
        rm -rf "$SYSTEMS_LIVE" && mkdir "$SYSTEMS_LIVE" && mv "$directory"/boot/vmlinuz-* "$SYSTEMS_LIVE/vmlinuz" &&
            mv "$directory"/boot/initrd.img-* "$SYSTEMS_LIVE/initrd.img" && echo "$suite" >"$SYSTEMS_LIVE/complete"
    )
}

# busybox, those modules, and an /init that behaves like archiso's hook or mounts a root by NFS.
systems_initrd() (
    tree=$SYSTEMS_PARTS/initrd
    set -o pipefail
    mkdir -p "$tree/bin" && cp -r "$SYSTEMS_MODULES/lib" "$tree" && cp "$(command -v busybox)" "$tree/bin" &&
        cp "$TESTS_LAB/systems_init" "$tree/init" && cd "$tree" &&
        find . | cpio --quiet -o -H newc -R 0:0 | gzip -1 >"$SYSTEMS_PARTS/initrd.img"
)

# The root that the machine shall find: /sbin/init in it says what is in /etc/name, which comes later.
systems_root() {
    local tree=$SYSTEMS_PARTS/root
    mkdir -p "$tree"/{bin,sbin,etc,proc,dev,sys} && cp "$(command -v busybox)" "$tree/bin" &&
        cp "$TESTS_LAB/systems_root_init" "$tree/sbin/init"
}

# Usage: systems_medium NAME DIRECTORY KERNEL INITRD; an image laid out as Arch's or SystemRescue's.
systems_medium() {
    local tree=$SYSTEMS_PARTS/medium-$1
    local boot=$tree/$2/boot/x86_64 image=$tree/$2/x86_64
    mkdir -p "$boot" "$image" && cp "$LAB_KERNEL" "$boot/$3" && cp "$SYSTEMS_PARTS/initrd.img" "$boot/$4" &&
        systems_squashfs "$1" "$image/airootfs.sfs" && (cd "$image" && sha512sum airootfs.sfs >airootfs.sha512) &&
        systems_iso "$1"
}

# As Clonezilla's, with Debian's own RAM disk.
systems_clonezilla() {
    local tree=$SYSTEMS_PARTS/medium-clonezilla
    mkdir -p "$tree/live" && cp "$SYSTEMS_LIVE"/{vmlinuz,initrd.img} "$tree/live" && echo 3.1 >"$tree/Clonezilla-Live-Version" &&
        systems_squashfs clonezilla "$tree/live/filesystem.squashfs" && systems_iso clonezilla
}

# Usage: systems_squashfs NAME FILE; the root, with something beside it that takes a while.
systems_squashfs() {
    [[ -s $SYSTEMS_PARTS/ballast ]] || head -c 20000000 /dev/urandom >"$SYSTEMS_PARTS/ballast"
    mksquashfs "$SYSTEMS_PARTS/root" "$2" -noappend -quiet -no-progress -comp gzip \
        -p "etc/name f 644 0 0 echo $1" -p "ballast f 644 0 0 cat $SYSTEMS_PARTS/ballast" >>"$SYSTEMS_PARTS/parts.log" 2>&1
}

# Usage: systems_iso NAME
systems_iso() {
    xorriso -as mkisofs -quiet -J -R -V "${1^^}" -o "$SYSTEMS_PARTS/$1.iso" "$SYSTEMS_PARTS/medium-$1" \
        >>"$SYSTEMS_PARTS/parts.log" 2>&1
}

# A medium of Fedora's kind, as far as Anaconda looks at it.
systems_installer() {
    local tree=$SYSTEMS_PARTS/medium-fedora
    mkdir -p "$tree"/{images/pxeboot,Packages/a,repodata} && cp "$LAB_KERNEL" "$tree/images/pxeboot/vmlinuz" &&
        cp "$SYSTEMS_PARTS/initrd.img" "$tree/images/pxeboot/initrd.img" || return 1
    head -c 30000000 /dev/urandom >"$tree/images/install.img"
    head -c 100001 /dev/urandom >"$tree/Packages/a/a-1.rpm"
    echo '<repomd/>' >"$tree/repodata/repomd.xml"
    printf '[general]\nfamily = Fedora\nversion = 40\narch = x86_64\n[stage2]\nmainimage = images/install.img\n' >"$tree/.treeinfo"
    echo '1713000000.0' >"$tree/.discinfo"
    systems_iso fedora
}
