# shellcheck shell=bash
# shellcheck disable=SC2034 # the figures are for those who source this
# Crowds of TFTP clients (`pilotfish swarm`) with addresses of their own, and what the server's log says of them.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

CROWDS_ROWS=()
declare -A CROWDS_FROM=()    # name -> how long the server's log was when it started
declare -A CROWDS_NETWORK=() # name -> N of its network 10.N.0.0/16
declare -A CROWDS_CLIENTS=()

CROWDS_NETWORKS=(9 11 12 13 14 15)

# The helper programs, the files, and the clients' networks.
crowds_up() {
    local file name network processors
    CROWDS_TOOLS=$LAB_WORK/bin
    mkdir -p "$CROWDS_TOOLS"
    for name in badlink junk lockstep slowfs; do
        cc -O2 -Wall -Wextra -Werror -o "$CROWDS_TOOLS/$name" "$TESTS_LAB/$name.c" ||
            lab_fail "$name cannot be built" || return 1
    done
    cc -O2 -Wall -Wextra -Werror -shared -fPIC -o "$CROWDS_TOOLS/refusegso.so" "$TESTS_LAB/refusegso.c" ||
        lab_fail 'refusegso cannot be built' || return 1
    for file in 4k:4096 64k:65536 256k:262144 1m:1048576 8m:8388608 64m:67108864; do
        head -c "${file#*:}" /dev/urandom >"$LAB_ROOT/f${file%:*}" || return 1
    done
    chmod 644 "$LAB_ROOT"/f*
    # All of a crowd live on one host here; its kernel must speak for each.
    in_client sysctl -qw net.ipv4.icmp_ratelimit=0 || return 1
    # Older kernels have these for the whole host only.
    in_client sysctl -qw net.ipv4.icmp_msgs_per_sec=100000 net.ipv4.icmp_msgs_burst=10000 2>/dev/null || true
    # A queue in the switch is emptied by whichever processor comes by, and each has a backlog of its own: without this the
    # client takes its packets from several lines, in no order, and a loss is seen where none was.
    printf -v processors '%x' $(((1 << ($(nproc) < 32 ? $(nproc) : 32)) - 1))
    in_client sh -c "echo $processors >/sys/class/net/eth0/queues/rx-0/rps_cpus" ||
        printf '     this kernel cannot keep the packets of a flow in order (rps_cpus)\n'
    for network in "${CROWDS_NETWORKS[@]}"; do
        ip -n "$LAB_CLIENT" route add local "10.$network.0.0/16" dev lo || return 1
        ip -n "$LAB_APPLIANCE" route add "10.$network.0.0/16" via "$LAB_CLIENT_IP" || return 1
    done
    crowds_whole_messages 0
}

# Usage: crowds_whole_messages 0|1; between namespaces a message of many packets travels whole, and would be lost whole; as
# 0 the appliance cuts it before it leaves, as it is on a real cable.
crowds_whole_messages() {
    local segments=1
    ((!$1)) || segments=65535
    ip -n "$LAB_APPLIANCE" link set eth0 gso_max_segs "$segments"
}

start_helper_in_lan() {
    local name=$1
    shift
    process_start "$name" "$LAB_WORK/$name.log" ip netns exec "$LAB_LAN" "$@"
}

# Usage: crowd_start NAME CLIENTS FILE N [swarm option…]; from the network 10.N.0.0/16. CROWD_REFERENCE is what FILE should
# be, when that is not what lies there.
crowd_start() {
    local name=$1 clients=$2 file=$3 network=$4
    shift 4
    CROWDS_FROM[$name]=$(stat -c %s "$LAB_PILOTFISH_LOG") CROWDS_NETWORK[$name]=$network CROWDS_CLIENTS[$name]=$clients
    rm -f "$LAB_WORK/$name.log"
    start_helper "$name" "$PILOTFISH" swarm "tftp://$LAB_APPLIANCE_IP/$file" --clients "$clients" --json \
        --source "10.$network.0.0/16" --verify "${CROWD_REFERENCE:-$LAB_ROOT/$file}" "$@"
}

# Usage: crowd_ends NAME; waits, and sets the CROWD_… figures.
crowd_ends() {
    helper_ends "$1" 90 || true
    IFS=$'\t' read -r CROWD_WELL CROWD_COMPLETED CROWD_SECONDS CROWD_REPEATED CROWD_JAIN CROWD_SLOWEST CROWD_BEGUN \
        CROWD_WHY < <(python3 -B "$TESTS_LAB/swarm_figures.py" "$LAB_WORK/$1.log" "$LAB_PILOTFISH_LOG" \
        "${CROWDS_FROM[$1]}" "10.${CROWDS_NETWORK[$1]}.")
}

# Usage: crowd_quietly NAME; fails when a client failed.
crowd_quietly() {
    crowd_ends "$1"
    [[ $CROWD_WELL == 1 ]]
}

# Usage: check_crowd WHAT NAME; a row of the table.
check_crowd() {
    crowd_ends "$2"
    check_that "$1: ${CROWDS_CLIENTS[$2]} clients complete, each octet right" \
        "$CROWD_COMPLETED complete; $CROWD_WHY $(tail -n 1 "$LAB_WORK/$2.log" | cut -c 1-200)" test "$CROWD_WELL" = 1
    CROWDS_ROWS+=("$(printf '%-52s %7s %8s %9s %7s' "$1" "${CROWDS_CLIENTS[$2]}" "$CROWD_SECONDS" "$CROWD_REPEATED %" \
        "$CROWD_JAIN")")
}

# Usage: crowd WHAT CLIENTS FILE [swarm option…]; one crowd alone, from beginning to end.
crowd() {
    local what=$1 clients=$2 file=$3
    shift 3
    crowd_start crowd "$clients" "$file" 9 "$@"
    check_crowd "$what" crowd
}

# Usage: check_measured WHAT FUNCTION [ARGUMENT…]; a check of times, or of what comes of them. FUNCTION measures, puts its
# figures into MEASURED, and says whether they are good. A machine that stands still for a moment is no fault of ours, so
# what was not good is measured again, six times in all; the best counts, and all are printed.
check_measured() {
    local what=$1 before='' turn
    shift
    for turn in 1 2 3 4 5 6; do
        if "$@"; then
            check_ok "$what ($MEASURED${before:+; before that $before})"
            return
        fi
        before+="${before:+, then }$MEASURED"
        ((turn == 6)) || printf '     %s: %s; once more\n' "$what" "$MEASURED"
    done
    check_fail "$what" "$before"
}

# Usage: crowd_within BOUND WHAT CLIENTS FILE [swarm option…]; for check_measured: a crowd alone takes no more than one and
# a half times BOUND, the seconds that its link needs.
crowd_within() {
    local bound=$1
    shift
    crowd "$@"
    MEASURED="$CROWD_SECONDS s, the link needs $bound s; $CROWD_REPEATED % sent twice"
    crowd_figures_hold "$CROWD_SECONDS <= 1.5 * $bound"
}

# Usage: crowd_figures_hold EXPRESSION
crowd_figures_hold() {
    LC_ALL=C awk "BEGIN { exit !($1) }"
}

# Usage: crowd_count N WORD…; lines of the log with these words for clients of 10.N.0.0/16.
crowd_count() {
    local network=$1 words
    shift
    printf -v words '|%s' "$@"
    grep -acE "(${words#|}) client=10\.$network\." "$LAB_PILOTFISH_LOG" || true
}

# Usage: crowd_open N; how many transfers of 10.N.0.0/16 run.
crowd_open() {
    printf '%d\n' $(($(crowd_count "$1" 'tftp\.start') - $(crowd_count "$1" 'tftp\.done' 'tftp\.failed')))
}

# Usage: crowd_runs NAME; whether a transfer of each of its clients has begun.
crowd_runs() {
    local begun
    begun=$(tail -c "+$((CROWDS_FROM[$1] + 1))" "$LAB_PILOTFISH_LOG" |
        grep -ac "tftp\.start client=10\.${CROWDS_NETWORK[$1]}\.") || true
    ((begun >= CROWDS_CLIENTS[$1]))
}

# Usage: crowd_in_midst NAME; waits for that.
crowd_in_midst() {
    wait_until 10 crowd_runs "$1" || check_fail "$1: all of the crowd is under way" "$(tail -n 1 "$LAB_WORK/$1.log")"
}

# Usage: crowd_is_over N; whether no transfer of 10.N.0.0/16 runs.

crowd_is_over() {
    [[ $(crowd_open "$1") -le 0 ]]
}

# Whether no transfer is under way.
crowds_idle() {
    local open
    open=$("$PILOTFISH" transfers --settings "$LAB_SETTINGS" --state "$LAB_STATE") && [[ -z $open ]]
}

# After the stop: every transfer that was begun had ended before.
crowds_none_left() {
    local counted
    counted=$(grep -a 'service\.stopped' "$LAB_PILOTFISH_LOG" | tail -n 1)
    check_that 'no transfer was left when the service ended' "$counted" \
        test "$(crowds_counter "$counted" tftpStarted)" = "$(($(crowds_counter "$counted" tftpCompleted) + \
$(crowds_counter "$counted" tftpFailed) + $(crowds_counter "$counted" tftpProbes)))" \
        -a "$(grep -ac 'reason="the service stopped"' "$LAB_PILOTFISH_LOG")" = 0
}

# Usage: crowds_counter LINE NAME
crowds_counter() {
    [[ " $1 " =~ \ $2=([0-9]+)\  ]] && printf '%s\n' "${BASH_REMATCH[1]}" || printf '0\n'
}

# How many descriptors Pilotfish has open.
crowds_descriptors() {
    find "/proc/$(process_pid pilotfish)/fd" -mindepth 1 -maxdepth 1 | wc -l
}

crowds_table() {
    printf '\n%-52s %7s %8s %9s %7s\n' 'row' clients seconds repeated Jain
    printf '%s\n' "${CROWDS_ROWS[@]}"
}
