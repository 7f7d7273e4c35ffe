# shellcheck shell=bash
# shellcheck disable=SC2034 # half of the variables are for those who source this
# A private LAN with a DHCP server that nobody touches, Pilotfish beside it, and a machine that boots from the network.
#
#   namespace pf-N-router      namespace pf-N-appliance     namespace pf-N-client
#   +--------------------+     +----------------------+     +--------------------+
#   | dnsmasq|isc|kea    |     | pilotfish            |     | curl, tftp, ...    |
#   | eth0 10.77.0.1/24  |     | eth0 10.77.0.2/24    |     | eth0 10.77.0.3/24  |
#   +---------+----------+     +----------+-----------+     +---------+----------+
#             | veth                      | veth                      | veth
#   +---------+---------------------------+---------------------------+----------+
#   |  router            bridge br0    appliance                    client       |
#   |                       |                                                    |
#   |  tcpdump on br0     tap0 ---- QEMU: firmware, its network card, a kernel   |
#   +----------------------------- namespace pf-N-lan ---------------------------+
#
# Nothing in it reaches the host's network, and nothing of it is left after lab_down. N is the process id of the shell
# that called lab_up, so runs go on side by side. Everything else a run makes lies in the directory $LAB_WORK.
#
# Source this file, then for instance:
#
#   lab_trap; lab_up; lab_start_router dnsmasq; lab_start_pilotfish --mode armed; in_client curl …; lab_down
#
# or, for one whole boot: lab_trap; lab_scenario --router kea && lab_figures; lab_down
#
# Functions that fail return 1 and leave one sentence in LAB_FAILURE. Only lab_install, and lab_up without root, end the
# shell.

LAB_HOME=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
LAB_PACKAGING=${LAB_HOME%/*}

# shellcheck source=Packaging/lib/say.sh
source "$LAB_PACKAGING/lib/say.sh"
# shellcheck source=Packaging/lib/packages.sh
source "$LAB_PACKAGING/lib/packages.sh"
# shellcheck source=Packaging/lab/process.sh
source "$LAB_HOME/process.sh"
# shellcheck source=Packaging/lab/network.sh
source "$LAB_HOME/network.sh"
# shellcheck source=Packaging/lab/routers.sh
source "$LAB_HOME/routers.sh"
# shellcheck source=Packaging/lab/appliance.sh
source "$LAB_HOME/appliance.sh"
# shellcheck source=Packaging/lab/payload.sh
source "$LAB_HOME/payload.sh"
# shellcheck source=Packaging/lab/loaders.sh
source "$LAB_HOME/loaders.sh"
# shellcheck source=Packaging/lab/machine.sh
source "$LAB_HOME/machine.sh"
# shellcheck source=Packaging/lab/figures.sh
source "$LAB_HOME/figures.sh"

# What a caller may set beforehand.
LAB_WORK=${LAB_WORK:-}              # where everything of this run lies; made by lab_up when empty
LAB_KEEP=${LAB_KEEP:-0}             # 1: lab_down leaves the directory standing
LAB_TRANSCRIPT=${LAB_TRANSCRIPT:-1} # 0: lab_up starts no transcript on stdout

# What it may read afterwards.
LAB_ROUTER_IP=10.77.0.1
LAB_APPLIANCE_IP=10.77.0.2
LAB_CLIENT_IP=10.77.0.3
LAB_FAILURE=''
LAB_ID=''

# Installs what the lab needs. Usage: lab_install [ROUTER…], the kinds of router the caller is going to start.
lab_install() {
    local kind
    local -a packages=("${PACKAGES_SERVE[@]}" "${PACKAGES_LAB[@]}")
    for kind in "$@"; do
        case $kind in
        isc) packages+=(isc-dhcp-server) ;;
        kea) packages+=(kea-dhcp4-server) ;;
        esac
    done
    packages_ensure "${packages[@]}"
}

# Builds the LAN and the boot payload. Daemons and machine are started by their own functions.
lab_up() {
    need_root 'the lab (network namespaces)'
    [[ -z $LAB_ID ]] || die "lab_up: $LAB_ID is up already"
    LAB_ID=pf-$BASHPID
    LAB_KEEP_THIS=$LAB_KEEP
    LAB_FAILURE='' LAB_MARKER='' LAB_MARKER_AT='' LAB_MAC='' LAB_FIRMWARE='' LAB_CAPTURE='' LAB_ROUTER_KIND=''
    lab_work_up || return 1
    lab_machine ''
    network_up || lab_fail "the network namespaces of $LAB_ID could not be made" || return 1
    payload_up || return 1
    ((!LAB_TRANSCRIPT)) || transcript_start
}

# Stops every process of this lab, deletes its namespaces and, unless LAB_KEEP is 1, its directory. Harmless when
# called twice, or in the middle of lab_up.
lab_down() {
    [[ -n $LAB_ID ]] || return 0
    machine_stop
    lab_stop_pilotfish || true
    process_stop_all
    network_down
    lab_work_down
    LAB_ID=''
}

# Makes every way out of the calling script go through lab_down.
lab_trap() {
    # An impatient second ctrl-C must not cut the cleaning short.
    trap "trap '' INT TERM HUP; lab_down" EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    trap 'exit 129' HUP
}

# Usage: lab_scenario [--firmware uefi|bios] [--router dnsmasq|isc|kea] [--with-daemon-on-67] [--timeout SECONDS]
#                     [serve option…]
# One boot from lab_up to the kernel's line, with a capture of all of it. The daemons go on running until lab_down.
lab_scenario() {
    local firmware=uefi router=dnsmasq with_daemon_on_67=0 timeout=180
    while (($#)); do
        case $1 in
        --firmware) firmware=$2 && shift ;;
        --router) router=$2 && shift ;;
        --timeout) timeout=$2 && shift ;;
        --with-daemon-on-67) with_daemon_on_67=1 ;;
        *) break ;;
        esac
        shift
    done
    lab_up || return 1
    lab_capture_start "$LAB_WORK/lan.pcap" || return 1
    lab_start_router "$router" || return 1
    ((!with_daemon_on_67)) || lab_start_daemon_on_67 || return 1
    lab_start_pilotfish "$@" || return 1
    lab_boot "$firmware" || return 1
    lab_wait_marker "$timeout"
}

# Usage: lab_fail SENTENCE; always returns 1, so that callers write `… || lab_fail "…" || return 1`.
lab_fail() {
    LAB_FAILURE=$1
    return 1
}

# Usage: lab_explain_failure [SENTENCE]
# Prints what went wrong, the end of every log, and where the whole files are; then the directory is kept.
lab_explain_failure() {
    local file why=${1:-$LAB_FAILURE}
    LAB_KEEP_THIS=1
    transcript_stop
    printf '\nthe boot failed: %s\n' "$why"
    [[ -n $LAB_WORK ]] || return 0
    for file in "$LAB_WORK"/*.log; do
        [[ -s $file ]] || continue
        printf '\n--- last lines of %s\n' "$file"
        # The serial line carries colours, cursor moves and carriage returns of the firmware.
        tail -c 4096 "$file" | sed -e 's/\x1b\[[0-9;=?]*[A-Za-z]//g' -e 's/\r/\n/g' | grep -av '^ *$' | tail -n 15
    done
}

lab_work_up() {
    LAB_WORK_IS_OURS=0
    if [[ -z $LAB_WORK ]]; then
        LAB_WORK=$(mktemp -d "${TMPDIR:-/tmp}/pilotfish-lab.XXXXXX") || return 1
        LAB_WORK_IS_OURS=1
    elif [[ ! -e $LAB_WORK ]]; then
        mkdir -p "$LAB_WORK" || return 1
        LAB_WORK_IS_OURS=1
    elif [[ ! -d $LAB_WORK || -n $(ls -A "$LAB_WORK") ]]; then
        # Leave it to its owner: lab_down empties the directory.
        local directory=$LAB_WORK
        LAB_WORK=''
        lab_fail "$directory is not an empty directory"
        return 1
    fi
    LAB_WORK=$(realpath "$LAB_WORK")
    # Daemons read and write below it as users other than root.
    chmod 755 "$LAB_WORK"
    runuser -u nobody -- test -x "$LAB_WORK" ||
        lab_fail "$LAB_WORK lies in a directory that other users cannot enter, but the daemons run as such" || return 1
}

lab_work_down() {
    [[ -n $LAB_WORK ]] || return 0
    # What failed before anybody spoke left nothing worth keeping.
    if ((LAB_KEEP_THIS)) && compgen -G "$LAB_WORK/*.log" >/dev/null; then
        say "logs and captures: $LAB_WORK"
    elif ((LAB_WORK_IS_OURS)); then
        rm -rf "$LAB_WORK"
    else
        find "$LAB_WORK" -mindepth 1 -delete
    fi
    LAB_WORK=''
}
