# shellcheck shell=bash
# Firmware that enforces Secure Boot, beside routers that nobody touched: what boots, and what is refused.
#
# By itself: a unified kernel image and an iPXE signed with a site's key, and loaders that are not. With
# PILOTFISH_SECUREBOOT=full also what begins with Microsoft's keys and Debian's shim.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=Packaging/lab/secureboot.sh
source "$TESTS_LAB/../../Packaging/lab/secureboot.sh"

# Usage: secureboot_check; returns 1 when a check failed.
secureboot_check() {
    local failed_before=$CHECKS_FAILED
    packages_ensure "${PACKAGES_SECUREBOOT[@]}"
    with_lab 'Secure Boot: the commands of the manual' secureboot_page || true
    with_lab 'Secure Boot: a signed kernel image as the loader, beside dnsmasq' secureboot_image || true
    with_lab 'Secure Boot: signed iPXE, script, signed kernel, beside isc' secureboot_ipxe || true
    with_lab 'Secure Boot: loaders that are not signed with a key of the firmware' secureboot_refused || true
    if [[ ${PILOTFISH_SECUREBOOT:-} == full ]]; then
        with_lab "Secure Boot: shim, the site's key in its list, a signed kernel image" secureboot_shim_mok || true
        with_lab "Secure Boot: shim refuses what is signed with the site's key only" secureboot_shim_stranger || true
        with_lab 'Secure Boot: shim refuses an iPXE without revocation data' secureboot_shim_ipxe || true
        with_lab "Secure Boot: shim refuses Debian's kernel in GRUB's place" secureboot_shim_kernel || true
    fi
    ((CHECKS_FAILED == failed_before))
}

# Keys are made and programs signed as the manual says.
secureboot_page() {
    mkdir "$LAB_WORK/page" || return 1
    check_lines 'the manual' unshare --mount --propagation private python3 -B "$TESTS_LAB/secureboot_page.py" "$LAB_WORK/page" \
        "$LAB_ROOT/vmlinuz" "$LAB_ROOT/initrd.img"
}

# Chain 1: nothing but one file.
secureboot_image() {
    secureboot_prepare && secureboot_uki "$LAB_WORK/image.efi" &&
        secureboot_sign db "$LAB_WORK/image.efi" "$LAB_WORK/image.signed.efi" || return 1
    secureboot_loader "$LAB_WORK/image.signed.efi"
    secureboot_start dnsmasq site || return 1
    secureboot_must_boot
}

# Chain 2: iPXE has the firmware verify the kernel. It adds the kernel's and the RAM disk's names to the arguments.
secureboot_ipxe() {
    secureboot_prepare && secureboot_sign db /usr/lib/ipxe/snponly.efi "$LAB_WORK/snponly.signed.efi" &&
        secureboot_sign db "$LAB_ROOT/vmlinuz" "$LAB_ROOT/vmlinuz" || return 1
    secureboot_loader "$LAB_WORK/snponly.signed.efi"
    secureboot_start isc site || return 1
    secureboot_must_boot
    check_loader_by_tftp "$LAB_CAPTURE"
}

# The same iPXE that boots above when it is signed. The second one has a good signature, by a key nobody enrolled.
secureboot_refused() {
    local loader=$LAB_WORK/loader.efi denied='failed to load Boot[0-9A-F]+ "UEFI PXEv4.*Access Denied'
    secureboot_prepare && cp /usr/lib/ipxe/snponly.efi "$loader" && chmod a+r "$loader" || return 1
    secureboot_loader "$loader"
    secureboot_start dnsmasq site || return 1
    secureboot_must_refuse 'an unsigned loader' "$denied" loader.efi
    machine_stop
    check_clean_stop
    secureboot_sign other /usr/lib/ipxe/snponly.efi "$loader" && lab_start_pilotfish || return 1
    secureboot_boot "$LAB_WORK/variables.fd" || return 1
    secureboot_must_refuse 'a loader signed with a key that is not enrolled' "$denied" loader.efi
    check_clean_stop
}

# Chain 3: Microsoft's key for shim, the machine owner's for the kernel image.
secureboot_shim_mok() {
    secureboot_shim && secureboot_uki "$LAB_WORK/image.efi" &&
        secureboot_sign db "$LAB_WORK/image.efi" "$LAB_ROOT/grubx64.efi" || return 1
    secureboot_start isc microsoft+mok || return 1
    secureboot_must_boot
}

secureboot_shim_stranger() {
    secureboot_shim && secureboot_uki "$LAB_WORK/image.efi" &&
        secureboot_sign db "$LAB_WORK/image.efi" "$LAB_ROOT/grubx64.efi" || return 1
    secureboot_start dnsmasq microsoft || return 1
    secureboot_must_refuse "shim: an image signed with the site's key" "$SECUREBOOT_SHIM_REFUSES" grubx64.efi
    check_clean_stop
}

secureboot_shim_ipxe() {
    secureboot_shim && secureboot_sign db /usr/lib/ipxe/snponly.efi "$LAB_ROOT/grubx64.efi" || return 1
    secureboot_start dnsmasq microsoft+mok || return 1
    secureboot_must_refuse 'shim: an iPXE without revocation data' "$SECUREBOOT_SHIM_REFUSES" grubx64.efi
    check_clean_stop
}

secureboot_shim_kernel() {
    secureboot_shim && cp "$LAB_ROOT/vmlinuz" "$LAB_ROOT/grubx64.efi" || return 1
    secureboot_start dnsmasq microsoft || return 1
    secureboot_must_refuse "shim: Debian's kernel" "$SECUREBOOT_SHIM_REFUSES" grubx64.efi
    check_clean_stop
}

# What shim writes, or the blue box of its key manager, which it starts then.
SECUREBOOT_SHIM_REFUSES='Security Violation|Verification failed'

# Keys and the RAM disk that tells.
secureboot_prepare() {
    secureboot_keys && secureboot_initrd
}

# Debian's shim as the loader, and its key manager beside it.
secureboot_shim() {
    secureboot_prepare &&
        secureboot_package_file shim-signed /usr/lib/shim/shimx64.efi.signed "$LAB_WORK/shimx64.efi" &&
        secureboot_package_file shim-helpers-amd64-signed /usr/lib/shim/mmx64.efi.signed "$LAB_ROOT/mmx64.efi" ||
        lab_fail 'no shim' || return 1
    secureboot_loader "$LAB_WORK/shimx64.efi"
}

# Usage: secureboot_start ROUTER VARIABLES; everybody, and the machine, under a capture.
secureboot_start() {
    secureboot_variables "$2" "$LAB_WORK/variables.fd" || return 1
    LAB_CAPTURE=$LAB_WORK/lan.pcap
    lab_capture_start "$LAB_CAPTURE" && lab_start_router "$1" && lab_start_pilotfish &&
        secureboot_boot "$LAB_WORK/variables.fd"
}

# The kernel came up, knows of Secure Boot, and nothing was needed of the router but an address.
secureboot_must_boot() {
    if lab_wait_marker 180; then
        check_ok "the signed kernel booted $LAB_MARKER_AT s after power-on"
    else
        check_fail 'the signed kernel boots' "$LAB_FAILURE; screen: $(secureboot_screen | tail -n 3 | tr '\n' ' ')"
    fi
    check_that 'the kernel says that Secure Boot is enabled, and is locked down' "${LAB_MARKER:-(no kernel line)}" \
        grep -q 'secureboot=yes lockdown=integrity' <<<"${LAB_MARKER:-}"
    check_script_arguments
    check_lease
    check_clean_stop
    lab_capture_stop
    secureboot_asks_only_us
    check_no_lease_from_us "$LAB_CAPTURE"
    check_only_known_servers "$LAB_CAPTURE"
    lab_figures || check_fail 'seconds of every step' "$LAB_FAILURE"
}

# Every file was asked for here. The same filter must find our own requests, or it shows nothing.
secureboot_asks_only_us() {
    local what='the machine asks the router for no file' files ours theirs
    files="eth.src == $LAB_MAC && (udp.dstport == 69 || tcp.flags.syn == 1) && ip.dst"
    if ! ours=$(capture_count "$LAB_CAPTURE" "$files == $LAB_APPLIANCE_IP") ||
        ! theirs=$(capture_count "$LAB_CAPTURE" "$files == $LAB_ROUTER_IP"); then
        check_fail "$what" 'tshark could not read the capture'
    else
        check_that "$what ($ours requests to us)" "$theirs to the router, $ours to us" \
            test "$ours" -gt 0 -a "$theirs" = 0
    fi
}

# Usage: secureboot_must_refuse WHAT PATTERN FILE; FILE came whole, and the screen says why it did not start.
secureboot_must_refuse() {
    if secureboot_wait_refusal 120 "$2"; then
        check_ok "$1 is refused: $(tail -c 40 <<<"$SECUREBOOT_SAID")"
    else
        check_fail "$1 is refused" "$LAB_FAILURE"
    fi
    # Only what this Pilotfish says: one before it may have sent a file of the same name.
    check_said "$1: it was refused, not missing" "tftp\\.done .*file=$3 " 1
}
