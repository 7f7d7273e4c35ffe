# shellcheck shell=bash
# PILOTFISH_EXAMPLES="README.md pilotfish-status.8" runs those of these pages and no others.
#
# Every example of the README and the manual pages is run, or named in examples.toml with the reason and where it is run
# instead. The work is done by examples.py, in the appliance, with directories /etc, /srv, /usr and /var/lib of its own, by a
# member of the group: only what says sudo is root's.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=Tests/Lab/fleet.sh
source "${BASH_SOURCE[0]%/*}/fleet.sh"
# shellcheck source=Tests/Lab/media.sh
source "${BASH_SOURCE[0]%/*}/media.sh"

# Beside those of the lab: images, a page's jq, and the program that reads a preseed.
readonly EXAMPLES_PACKAGES=("${PACKAGES_MEDIA[@]}" jq debconf)

# Usage: examples_check; returns 1 when a check failed.
examples_check() {
    packages_ensure "${EXAMPLES_PACKAGES[@]}"
    with_lab 'the examples of the README and the manual' examples_body
}

examples_body() {
    fleet_up && fleet_start_router && examples_images || return 1
    [[ -x ${PILOTFISH:-} ]] || lab_fail "PILOTFISH=${PILOTFISH:-} is not an executable file" || return 1
    mkdir -p "$LAB_WORK/examples" && mv "$LAB_WORK/iso" "$LAB_WORK/examples/iso" || return 1
    export LAB_CLIENT LAB_ROOT LAB_APPLIANCE_IP LAB_ROUTER_IP PILOTFISH
    check_lines 'the examples' in_appliance timeout 300 unshare --mount --propagation private \
        env -u NOTIFY_SOCKET python3 -B "$TESTS_LAB/examples.py" run "$LAB_WORK/examples"
}

# The images that examples import, laid out as the real ones are.
examples_images() {
    mkdir -p "$LAB_WORK/iso"
    media_tree rescue1100 sysresccd/boot/x86_64/vmlinuz sysresccd/boot/x86_64/sysresccd.img \
        sysresccd/x86_64/airootfs.sfs sysresccd/boot/intel_ucode.img sysresccd/boot/amd_ucode.img \
        sysresccd/x86_64/airootfs.sha512 && media_image rescue1100 -J -R || return 1
    media_tree live live/vmlinuz-6.1.0-18-amd64 live/initrd.img-6.1.0-18-amd64 live/filesystem.squashfs .disk/mkisofs &&
        media_image live -J -R || return 1
    mv "$LAB_WORK/iso/rescue1100.iso" "$LAB_WORK/iso/systemrescue-11.00-amd64.iso"
}
