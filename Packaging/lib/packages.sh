# shellcheck shell=bash
# shellcheck disable=SC2034 # half of the variables are for those who source this
# Installs what is missing, and nothing that is there already. Needs say.sh.

# What the static binary still links or reads at run time.
PACKAGES_SERVE=(ipxe libcap2 libcrypt1 libcurl4 libseccomp2 libsqlite3-0 libssl3)
# What `swift build` needs beside Swift itself; libstdc++ is for the TOML parser, which is C++ inside.
PACKAGES_BUILD=(git pkg-config libcap-dev libcrypt-dev libcurl4-openssl-dev libseccomp-dev libsqlite3-dev libssl-dev
    libstdc++-12-dev)
# What makes and judges the Debian package, and what installs it where nothing else is.
PACKAGES_DEB=(build-essential chrpath debhelper dh-apparmor dpkg-dev)
PACKAGES_PACKAGE=("${PACKAGES_DEB[@]}" lintian mmdebstrap piuparts)
# What the lab and the scripted clients of the tests need; routers other than dnsmasq only when asked for.
PACKAGES_LAB=(
    qemu-system-x86 ovmf ipxe-qemu dnsmasq-base tshark tcpdump busybox-static cpio gzip curl tftp-hpa atftp
    iproute2 util-linux openssl python3 python3-venv nftables iptables procps gcc libc6-dev
)
# What looks at the web page.
PACKAGES_PAGE=(chromium fonts-dejavu-core)
# What makes images of media, and a real one.
PACKAGES_MEDIA=(xorriso memtest86+)
# What the machines and loaders of the matrix need beyond that.
PACKAGES_MATRIX=(
    qemu-system-arm qemu-efi-aarch64 u-boot-qemu ipxe-qemu pxelinux syslinux-common grub-efi-amd64-signed
    systemd-boot-efi binutils binutils-aarch64-linux-gnu
)
# What the machines and servers of the articles need beyond both.
PACKAGES_SYSTEMS=(
    "${PACKAGES_MEDIA[@]}" pxelinux syslinux-common grub-common grub-pc-bin grub-efi-amd64-bin squashfs-tools
    mmdebstrap mtools nfs-ganesha nfs-ganesha-vfs
)

# Debian's installer, and what reads answer files: debconf's checker, Ignition's, and what cloud-init and pykickstart stand on,
# which are not installed themselves (see install_tools.sh).
PACKAGES_INSTALL=(
    debian-installer-12-netboot-amd64 debconf ignition python3-venv python3-configobj python3-jinja2 python3-jsonpatch
    python3-jsonschema python3-netifaces python3-oauthlib python3-requests python3-serial python3-yaml
)

# What Tests/Benchmarks/http measures Pilotfish beside, and with.
PACKAGES_HTTP_BENCHMARK=(nginx-light wrk)

# Usage: packages_ensure PACKAGE…
# One line saying what is installed, then apt, quietly; apt's whole output is shown when it fails.
packages_ensure() {
    local missing
    missing=$(packages_missing "$@")
    [[ -n $missing ]] || return 0
    ((EUID == 0)) || die "these packages are missing, and installing them needs root: ${missing//$'\n'/ }; run \"sudo $0\"," \
        'or install them first'
    local lock=/run/lock/pilotfish-packages.lock log status=0
    log=$(mktemp)
    # Two runs may start together on a fresh machine; the second then finds everything installed.
    {
        flock 9
        missing=$(packages_missing "$@")
        if [[ -n $missing ]]; then
            say "installing: ${missing//$'\n'/ }"
            mapfile -t missing <<<"$missing"
            packages_install "${missing[@]}" >"$log" 2>&1 || status=$?
        fi
    } 9>"$lock"
    if ((status)); then
        cat "$log" >&2
        rm -f "$log"
        die "apt could not install: ${missing[*]}"
    fi
    rm -f "$log"
}

# Prints the packages of the arguments that are not installed, one a line.
packages_missing() {
    local package state
    for package in "$@"; do
        state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || state=absent
        [[ $state == installed ]] || printf '%s\n' "$package"
    done
}

packages_install() {
    local -a apt=(apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300)
    packages_without_services "${apt[@]}" "$@" || {
        # A fresh image has no package lists, and an old one has lists of packages that are gone.
        packages_refresh && packages_without_services "${apt[@]}" "$@"
    } || return 1
    packages_stay_off "$@"
}

packages_refresh() {
    apt-get update -q
}

# Usage: packages_without_services COMMAND…
# A DHCP server that the lab installs must never come up on the host's own network: while COMMAND runs, policy-rc.d
# forbids every service start. Whatever stood there before is put back, also after ctrl-C.
packages_without_services() (
    local policy=/usr/sbin/policy-rc.d saved=/usr/sbin/policy-rc.d.pilotfish-saved
    export DEBIAN_FRONTEND=noninteractive
    trap 'rm -f "$policy"; [[ ! -e $saved ]] || mv -f "$saved" "$policy"' EXIT
    [[ ! -e $policy ]] || mv -f "$policy" "$saved"
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    "$@"
)

# Keeps the DHCP servers among the newly installed packages from starting at the next boot of the host.
packages_stay_off() {
    command -v systemctl >/dev/null || return 0
    local package
    for package in "$@"; do
        case $package in
        isc-dhcp-server | kea-dhcp4-server) systemctl --quiet disable "$package.service" || true ;;
        esac
    done
}
