# shellcheck shell=bash
# Images of media: imported without being mounted, every file of them served by HTTP and TFTP as it was, and images that are
# cut short, damaged, changed or somebody else's. The images are made here by xorriso, laid out as the real ones are.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

# Usage: media_check; returns 1 when a check failed.
media_check() {
    with_lab 'media: images imported and served as they are' media_body
}

media_body() {
    mkdir -p "$LAB_WORK/iso"
    lab_start_pilotfish || return 1
    media_kinds
    media_names
    media_memtest
    media_needs_netboot
    media_unknown
    media_writes_all_or_nothing
    media_served
    check_lines 'damaged images' python_tool media.py hostile "$PILOTFISH" "$LAB_WORK/iso/deep.iso" "$LAB_WORK/hostile"
    [[ ${PILOTFISH_MEDIA:-} != full ]] || media_large
    check_serves "$LAB_APPLIANCE_IP" 'after all of this'
}

# Usage: media_tree NAME PATH…; a directory $LAB_WORK/tree-NAME with files of sizes that are awkward for sectors and pages.
media_tree() {
    local tree=$LAB_WORK/tree-$1 path index=0
    local -a sizes=(70001 2047 1500000 2048 1 2049 4096 65536)
    shift
    for path in "$@"; do
        mkdir -p "$tree/$(dirname "$path")"
        head -c "${sizes[index++ % ${#sizes[@]}]}" /dev/urandom >"$tree/$path"
    done
}

# Usage: media_image NAME [OPTION of mkisofs…]; makes $LAB_WORK/iso/NAME.iso of its tree.
media_image() {
    local name=$1
    shift
    xorriso -as mkisofs -quiet -V "${name^^}" "$@" -o "$LAB_WORK/iso/$name.iso" "$LAB_WORK/tree-$name" \
        >"$LAB_WORK/xorriso.log" 2>&1 || lab_fail "xorriso: $(tail -n 1 "$LAB_WORK/xorriso.log")"
}

# Usage: media_import NAME [OPTION…]; imports it; its words are in $LAB_WORK/import.out and .log. Returns its status.
media_import() {
    local name=$1
    shift
    timeout 60 "$PILOTFISH" import "$LAB_WORK/iso/$name.iso" --root "$LAB_ROOT" "$@" \
        >"$LAB_WORK/import.out" 2>"$LAB_WORK/import.log"
}

media_says() {
    tail -n 2 "$LAB_WORK/import.log" | tr '\n' ' '
}

# Usage: media_kind FAMILY ARGUMENTS PATH…; a medium with these files; the first is the kernel. ARGUMENTS is what the
# kernel's command line must hold.
media_kind() {
    local family=$1 arguments=$2
    shift 2
    media_tree "$family" "$@" && media_image "$family" -J -R || return 1
    media_import "$family" --json
    check_that "$family is known by its files" "$(media_says)" grep -qF "\"family\":\"$family\"" "$LAB_WORK/import.out"
    check_that "$family: its kernel fetches what it needs from us" "$(cat "$LAB_WORK/import.out")" \
        grep -qF "$arguments" "$LAB_WORK/import.out"
    check_that "$family: the kernel is a file" "$(ls "$LAB_ROOT/images/$family")" \
        same_content "$LAB_ROOT/images/$family/${1##*/}" "$LAB_WORK/tree-$family/$1"
    media_is_served "$family"
}

media_kinds() {
    # shellcheck disable=SC2016 # the program's own variables
    local server='${base}/images'
    media_kind systemrescue "archiso_http_srv=$server/systemrescue/tree/" sysresccd/boot/x86_64/vmlinuz \
        sysresccd/boot/x86_64/sysresccd.img sysresccd/x86_64/airootfs.sfs sysresccd/boot/intel_ucode.img \
        sysresccd/boot/amd_ucode.img sysresccd/x86_64/airootfs.sha512
    media_kind arch "archiso_http_srv=$server/arch/tree/ ip=dhcp" arch/boot/x86_64/vmlinuz-linux \
        arch/boot/x86_64/initramfs-linux.img arch/x86_64/airootfs.sfs arch/x86_64/airootfs.sfs.cms.sig arch/pkglist.txt
    media_kind clonezilla "fetch=$server/clonezilla/tree/live/filesystem.squashfs" live/vmlinuz live/initrd.img \
        live/filesystem.squashfs Clonezilla-Live-Version
    media_kind debian-live "fetch=$server/debian-live/tree/live/filesystem.squashfs" live/vmlinuz-6.1.0-18-amd64 \
        live/initrd.img-6.1.0-18-amd64 live/filesystem.squashfs .disk/mkisofs
    media_kind ubuntu "url=$server/ubuntu/medium.iso" casper/vmlinuz casper/initrd casper/filesystem.squashfs \
        'pool/a file with spaces.deb'
    media_kind redhat-installer "inst.stage2=$server/redhat-installer/tree ip=dhcp" images/pxeboot/vmlinuz \
        images/pxeboot/initrd.img images/install.img .discinfo .treeinfo Packages/a/a-1.rpm
    media_kind redhat-live "root=live:$server/redhat-live/tree/LiveOS/squashfs.img" images/pxeboot/vmlinuz \
        images/pxeboot/initrd.img LiveOS/squashfs.img
    media_kind alpine "modloop=$server/alpine/tree/boot/modloop-lts alpine_repo=$server/alpine/tree/apks" boot/vmlinuz-lts \
        boot/initramfs-lts boot/modloop-lts apks/x86_64/APKINDEX.tar.gz
    media_kind opensuse "install=$server/opensuse/tree" boot/x86_64/loader/linux boot/x86_64/loader/initrd boot/x86_64/root
    media_kind grml "fetch=$server/grml/tree/live/grml64-full/grml64-full.squashfs" boot/grml64full/vmlinuz \
        boot/grml64full/initrd.img live/grml64-full/grml64-full.squashfs
}

# Every way that an image may have for names, and files at a depth that ISO 9660 alone does not allow.
media_names() {
    local name
    for name in joliet plain deep moved; do
        media_tree "$name" live/vmlinuz live/initrd.img live/filesystem.squashfs a/b/c/d/file.txt
    done
    media_tree joliet 'A Name with Capitals and 漢字.txt'
    media_tree deep a/b/c/d/e/f/g/h/i/j/k/l/file a/b/c/d/e/f/g/h/i/j/k/l/other "long$(printf 'x%.0s' {1..240})" \
        dists/bookworm/Release
    media_tree moved a/b/c/d/e/f/g/h/i/j/k/l/file a/b/c/d/e/f/g/h/i/j/k/l/other
    : >"$LAB_WORK/tree-deep/empty"
    ln -s bookworm "$LAB_WORK/tree-deep/dists/stable"
    ln -s . "$LAB_WORK/tree-deep/debian"
    ln -s /etc/passwd "$LAB_WORK/tree-deep/outside"
    media_image joliet -J -joliet-long --norock && media_image plain -iso-level 3 --norock &&
        media_image deep -R && media_image moved -R -rr_reloc_dir rr_moved || return 1
    for name in joliet plain deep moved; do
        media_import "$name"
        check_that "an image with names of the kind \"$name\" is imported" "$(media_says)" \
            test -f "$LAB_ROOT/images/$name/medium.index"
        media_is_served "$name"
    done
    check_that 'a link to a directory is one' '' \
        media_same deep debian/debian/dists/stable/Release "$LAB_WORK/tree-deep/dists/bookworm/Release"
    check_that 'a link that leads off the medium leads nowhere' "$(media_status deep/tree/outside)" \
        test "$(media_status deep/tree/outside)" = 404
}

# Usage: media_url KIND PATH; the path as in an URL.
media_url() {
    python3 -c 'import sys, urllib.parse; print(sys.argv[1] + urllib.parse.quote(sys.argv[2]))' \
        "$1://$LAB_APPLIANCE_IP/images/" "$2"
}

media_status() {
    in_client timeout 20 curl -sS -o /dev/null -w '%{http_code}' "$(media_url http "$1")" 2>&1 || true
}

# Usage: media_same NAME PATH FILE; what is served as PATH of a medium is FILE.
media_same() {
    in_client timeout 20 curl -sSf -o "$LAB_WORK/got" "$(media_url http "$1/tree/$2")" 2>"$LAB_WORK/curl.log" &&
        same_content "$LAB_WORK/got" "$3"
}

# Usage: media_is_served NAME; each file of the medium by HTTP and TFTP, and the whole image by HTTP: compared by SHA-256.
media_is_served() {
    local name=$1 kind
    for kind in http tftp; do
        rm -rf "$LAB_WORK/got-tree"
        python3 "$TESTS_LAB/media.py" urls "$kind://$LAB_APPLIANCE_IP/images/$name/tree/" "$LAB_WORK/tree-$name" \
            "$LAB_WORK/got-tree" >"$LAB_WORK/urls"
        in_client timeout 60 curl -sSf --tftp-blksize 1428 --create-dirs -K "$LAB_WORK/urls" >"$LAB_WORK/curl.log" 2>&1 || true
        check_that "$name: each file by ${kind^^} is the one on the medium" \
            "$(tail -n 1 "$LAB_WORK/curl.log"; diff <(media_sums "$name" "$kind") <(media_sums_got) | head -n 3)" \
            diff -q <(media_sums "$name" "$kind") <(media_sums_got)
    done
    in_client timeout 60 curl -sSf -o "$LAB_WORK/got" "$(media_url http "$name/medium.iso")" 2>"$LAB_WORK/curl.log" || true
    check_that "$name: the image by HTTP is the image" "$(cat "$LAB_WORK/curl.log")" \
        same_content "$LAB_WORK/got" "$LAB_WORK/iso/$name.iso"
}

# curl makes no file of nothing that came by TFTP.
media_sums() {
    local -a which=()
    [[ $2 != tftp ]] || which=(-size +0)
    (cd "$LAB_WORK/tree-$1" && find . -type f "${which[@]}" -print0 | sort -z | xargs -0 sha256sum)
}

media_sums_got() {
    (cd "$LAB_WORK/got-tree" && find . -type f -print0 | sort -z | xargs -0 sha256sum)
}

# A real medium, small enough for a Debian package.
media_memtest() {
    cp /usr/lib/memtest86+/memtest86+x64.iso "$LAB_WORK/iso/memtest.iso"
    media_import memtest --json
    check_that 'Memtest86+ of Debian is known, its processor too' "$(media_says)" \
        grep -qE '"family":"memtest","title":"Memtest86\+ v.*"processor":"x64"' "$LAB_WORK/import.out"
    check_that 'Memtest86+: its kernel is the one of the package' '' \
        same_content "$LAB_ROOT/images/memtest/bootx64.efi" /boot/memtest86+x64.efi
}

# The installer's own RAM disk looks for a CD drive: that is said before anybody waits for it.
media_needs_netboot() {
    local status=0
    media_tree debian-installer install.amd/vmlinuz install.amd/initrd.gz dists/bookworm/Release .disk/info
    media_image debian-installer -J -R || return 1
    media_import debian-installer || status=$?
    check_that "Debian's installer needs its netboot files, and says so" "$status $(media_says)" \
        grep -q 'netboot' "$LAB_WORK/import.log"
    check_that 'and nothing was written' "$status" test "$status" = 1 -a ! -e "$LAB_ROOT/images/debian-installer"
    head -c 5000 /dev/urandom >"$LAB_WORK/linux" && head -c 9000 /dev/urandom >"$LAB_WORK/initrd.gz"
    media_import debian-installer --kernel "$LAB_WORK/linux" --initrd "$LAB_WORK/initrd.gz"
    check_that 'with them it is imported' "$(media_says)" \
        same_content "$LAB_ROOT/images/debian-installer/initrd.gz" "$LAB_WORK/initrd.gz"
    media_is_served debian-installer
}

media_unknown() {
    local status=0
    cp /usr/lib/ipxe/ipxe.iso "$LAB_WORK/iso/unknown.iso"
    media_import unknown || status=$?
    check_that 'of an unknown medium it is told what was seen' "$status $(media_says)" \
        grep -q 'El Torito: BIOS at' "$LAB_WORK/import.log"
    check_that 'and nothing of it is written' "$status" test "$status" = 1 -a ! -e "$LAB_ROOT/images/unknown"
    head -c 100000 /dev/urandom >"$LAB_WORK/iso/noise.iso"
    status=0
    media_import noise || status=$?
    check_that 'what is no image is told' "$status $(media_says)" \
        test "$status" = 1 -a -n "$(grep 'ISO 9660 image is needed' "$LAB_WORK/import.log")"
}

media_writes_all_or_nothing() {
    local status=0 small=$LAB_WORK/small before
    media_import arch || status=$?
    check_that 'what is there is not written over' "$status $(media_says)" \
        test "$status" = 3 -a -n "$(grep -e --replace "$LAB_WORK/import.log")"
    before=$(stat -c %i "$LAB_ROOT/images/arch/medium.index")
    media_import arch --replace --settings-dir "$LAB_WORK"
    check_that 'but with --replace it is' "$(media_says)" \
        test "$before" != "$(stat -c %i "$LAB_ROOT/images/arch/medium.index")"
    check_that 'the settings are a file when asked for' "$(cat "$LAB_WORK/arch.toml" 2>&1)" \
        grep -q '^\[target\.arch\]' "$LAB_WORK/arch.toml"
    mkdir -p "$small" && mount -t tmpfs -o size=64k tmpfs "$small" || return 1
    status=0
    timeout 60 "$PILOTFISH" import "$LAB_WORK/iso/arch.iso" --root "$small" >"$LAB_WORK/import.out" \
        2>"$LAB_WORK/import.log" || status=$?
    check_that 'on a full disk nothing is left behind' "$status $(media_says) $(find "$small" | tr '\n' ' ')" \
        test "$status" = 3 -a -z "$(ls -A "$small")"
    umount "$small"
}

# What else a served medium must do: parts, files over it, and never the octets of another image.
media_served() {
    local status iso=$LAB_WORK/iso/arch.iso tree=$LAB_WORK/tree-arch/arch
    in_client timeout 20 curl -sSf -r 1000-99999 -o "$LAB_WORK/got" \
        "$(media_url http arch/tree/arch/x86_64/airootfs.sfs)" 2>"$LAB_WORK/curl.log" || true
    check_that 'a range of a file on a medium' "$(cat "$LAB_WORK/curl.log")" \
        cmp -s "$LAB_WORK/got" <(tail -c +1001 "$tree/x86_64/airootfs.sfs" | head -c 99000)
    check_that 'HEAD says its size' '' test "$(in_client timeout 20 curl -sSI \
        "$(media_url http arch/tree/arch/x86_64/airootfs.sfs)" | tr -d '\r' | awk '/^[Cc]ontent-[Ll]ength/ { print $2 }')" \
        = "$(stat -c %s "$tree/x86_64/airootfs.sfs")"
    check_that 'what is not on it is not found' '' test "$(media_status arch/tree/arch/absent)" = 404
    mkdir -p "$LAB_ROOT/images/arch/tree/arch" && echo mine >"$LAB_ROOT/images/arch/tree/arch/pkglist.txt"
    chmod -R a+rX "$LAB_ROOT/images"
    check_that 'a real file wins over the one on the medium' '' \
        media_same arch arch/pkglist.txt "$LAB_ROOT/images/arch/tree/arch/pkglist.txt"
    touch "$iso"
    check_that 'an image that was changed is served no more' '' test "$(media_status arch/tree/arch/x86_64/airootfs.sfs)" = 500
    media_import arch --replace
    check_that 'until it is imported again' '' media_same arch arch/x86_64/airootfs.sfs "$tree/x86_64/airootfs.sfs"
    # An index of somebody else's making leads to no file but his own.
    chown nobody "$LAB_ROOT/images/arch/medium.index"
    check_that "another user's index does not lend out our files" '' \
        test "$(media_status arch/tree/arch/x86_64/airootfs.sfs)" = 403
    status=0
    runuser -u nobody -- timeout 60 "$PILOTFISH" import "$iso" --root "$LAB_ROOT" --dry-run >"$LAB_WORK/import.log" 2>&1 ||
        status=$?
    check_that 'and nobody makes one that would not be followed' "$status $(media_says)" test "$status" = 3
    # An image beneath the root needs no path from outside.
    cp "$LAB_WORK/iso/clonezilla.iso" "$LAB_ROOT/images/own.iso"
    timeout 60 "$PILOTFISH" import "$LAB_ROOT/images/own.iso" --root "$LAB_ROOT" >"$LAB_WORK/import.out" 2>&1
    check_that 'an image beneath the root is named from there' "$(sed -n 2p "$LAB_ROOT/images/own/medium.index")" \
        grep -q '^image [0-9 ]* images/own.iso$' "$LAB_ROOT/images/own/medium.index"
    check_that 'and served' '' media_same own live/vmlinuz "$LAB_WORK/tree-clonezilla/live/vmlinuz"
}

# A file above 4 GiB, which takes two entries of its directory. Half a minute, and 9 GB of disk: PILOTFISH_MEDIA=full.
media_large() {
    media_tree large live/vmlinuz live/initrd.img
    truncate -s 4400000001 "$LAB_WORK/tree-large/live/filesystem.squashfs"
    head -c 3000000 /dev/urandom |
        dd of="$LAB_WORK/tree-large/live/filesystem.squashfs" bs=1M seek=4190 conv=notrunc status=none
    media_image large -R -iso-level 3 || return 1
    media_import large
    check_that 'a file above 4 GiB is on the medium' "$(media_says)" \
        grep -qE '^file [0-9]+ 4400000001 live/filesystem.squashfs$' "$LAB_ROOT/images/large/medium.index"
    check_that 'and its end comes from where it lies' '' test "$(in_client timeout 60 curl -sSf -r 4290000000- \
        "$(media_url http large/tree/live/filesystem.squashfs)" | sha)" = \
        "$(tail -c +4290000001 "$LAB_WORK/tree-large/live/filesystem.squashfs" | sha)"
    rm -f "$LAB_WORK/iso/large.iso"
}
