# shellcheck shell=bash
# A whole Debian, fresh from the archive, with its own systemd as process 1, on the LAN of a lab in the appliance's place.
# Nothing of it is installed or started on the host, and nothing of it is left.
#
#   system_fetch bookworm && system_unpack && system_up || return 1
#   in_system apt install -y ./pilotfish.deb
#   system_down

# How old what was fetched may be, in days, before it is fetched again.
readonly SYSTEM_DAYS=7

# Usage: system_is_archived SUITE; 0 if the archive has that Debian, 1 if it answers that it has not, and 2 if it says neither in
# three attempts: then SYSTEM_SAID is what apt said.
system_is_archived() {
    local directory attempt status=2
    directory=$(mktemp -d) || return 2
    for attempt in 1 2 3; do
        ((attempt == 1)) || sleep 1
        if SYSTEM_SAID=$(LC_ALL=C timeout 60 /usr/lib/apt/apt-helper download-file \
            "http://deb.debian.org/debian/dists/$1/InRelease" "$directory/InRelease" 2>&1); then
            status=0
        elif grep -qE '^E: Failed to fetch [^ ]+ +404 ' <<<"$SYSTEM_SAID"; then
            status=1
        fi
        ((status == 2)) || break
    done
    rm -rf "$directory"
    SYSTEM_SAID="after $attempt attempts: ${SYSTEM_SAID:-nothing within 60 s}"
    return "$status"
}

# Usage: system_fetch SUITE; sets SYSTEM_TAR: the smallest Debian, with systemd. Kept in the lab's cache.
system_fetch() {
    SYSTEM_TAR=$LAB_CACHE/debian-$1.tar.gz
    mkdir -p "$LAB_CACHE" || return 1
    (
        flock 8
        [[ ! -s $SYSTEM_TAR || -n $(find "$SYSTEM_TAR" -mtime "+$SYSTEM_DAYS") ]] || exit 0
        say "fetching Debian $1"
        set -o pipefail
        trap 'rm -f "$SYSTEM_TAR.new"' EXIT
        mmdebstrap --quiet --variant=minbase --include=systemd-sysv "$1" - 2>"$LAB_WORK/debian.log" | gzip -1 >"$SYSTEM_TAR.new" &&
            mv "$SYSTEM_TAR.new" "$SYSTEM_TAR"
    ) 8>"$LAB_CACHE/lock-debian" ||
        lab_fail "Debian $1 could not be fetched: $(tail -n 1 "$LAB_WORK/debian.log")"
}

# Usage: system_unpack; sets SYSTEM_ROOT, where its files lie for the host.
system_unpack() {
    SYSTEM_ROOT=$LAB_WORK/system
    rm -rf "$SYSTEM_ROOT" && mkdir "$SYSTEM_ROOT" || return 1
    tar -xf "$SYSTEM_TAR" -C "$SYSTEM_ROOT" --exclude='./dev/*' || lab_fail 'the Debian cannot be unpacked'
}

# Usage: system_outside COMMAND…; in the files of the system before it runs, with the network of the host.
system_outside() {
    cp /etc/resolv.conf "$SYSTEM_ROOT/etc/resolv.conf"
    # shellcheck disable=SC2016 # the shell inside expands it
    unshare --mount --pid --fork --kill-child "$BASH" -euc '
        mount --make-rprivate /
        mount -t proc none "$1/proc"
        mount -t tmpfs none "$1/dev"
        for name in null zero full random urandom; do
            : >"$1/dev/$name"
            mount --bind "/dev/$name" "$1/dev/$name"
        done
        ln -s /proc/self/fd "$1/dev/fd"
        root=$1
        shift
        exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
            chroot "$root" "$@"' outside "$SYSTEM_ROOT" "$@"
}

# Usage: system_up; its systemd runs, and all that it starts by itself. It goes by the name pilotfish among the processes of the
# lab, for that is what whoever waits for a machine watches.
system_up() {
    SYSTEM_PID=''
    system_cgroup_up || lab_fail 'no cgroup for a systemd could be made' || return 1
    process_start pilotfish "$LAB_WORK/systemd.log" "$BASH" "$TESTS_LAB/package_root.sh" "$SYSTEM_ROOT" "$SYSTEM_CGROUP" \
        "$LAB_APPLIANCE"
    wait_until 30 system_is_up ||
        lab_fail "systemd does not come up: $(tail -n 3 "$LAB_WORK/systemd.log"; in_system systemctl --failed --no-legend 2>&1 | head -n 3)"
}

# The id of process 1 is that of the only child of unshare.
system_is_up() {
    SYSTEM_PID=$(pgrep -P "$(process_pid pilotfish)" -x systemd) || return 1
    [[ $(in_system systemctl is-system-running 2>/dev/null) == running ]]
}

in_system() {
    nsenter --target "$SYSTEM_PID" --all --root env -i -C /root PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
        LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@" </dev/null
}

# With process 1 all of its namespace ends.
system_down() {
    [[ -z ${SYSTEM_PID:-} ]] || in_system journalctl --no-pager --unit=pilotfish >"$LAB_WORK/pilotfish.log" 2>&1 || true
    SYSTEM_PID=''
    process_stop pilotfish KILL
    wait_until 5 system_cgroup_down || true
}

# A cgroup of its own below ours, in the hierarchy of version 2, which even hosts of version 1 have.
system_cgroup_up() {
    local mounted own
    mounted=$(findmnt --noheadings --first-only --types cgroup2 --output TARGET) || return 1
    own=$(sed -n 's/^0:://p' /proc/self/cgroup) && [[ -n $own ]] || return 1
    SYSTEM_CGROUP=$mounted${own%/}/$LAB_ID-system
    mkdir -p "$SYSTEM_CGROUP"
}

system_cgroup_down() {
    [[ ! -e $SYSTEM_CGROUP ]] || find "$SYSTEM_CGROUP" -depth -type d -exec rmdir {} + 2>/dev/null
}
