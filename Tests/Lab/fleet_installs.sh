# shellcheck shell=bash
# A rollout over a room full of machines: each is installed exactly once, never more at a time than the wave allows, and the link
# is what they wait for. Sourced by fleet.sh.

# Usage: fleet_installs MBIT OCTETS [TURN]; the whole fleet over a link of so many Mbit/s, OCTETS of kernel and RAM disk for each
# machine. A host that stands still for some seconds has another turn, three in all; who is installed how often counts in each.
fleet_installs() {
    local rate=$1 octets=$2 turn=${3:-1} bound what="$FLEET_MACHINES installs at $1 Mbit/s"
    fleet_hosts && fleet_payload "$octets" && fleet_narrow "${rate}mbit" || return 1
    bound=$(fleet_bound "$rate" "$octets")
    lab_start_pilotfish || return 1
    # The log is one for all starts.
    FLEET_TOLD=$(grep -c 'info install.done' "$LAB_PILOTFISH_LOG") || true
    # At night, in a maintenance window: the plan first, and nothing is armed by looking at it.
    fleet_command install lab --hosts all --wave "$FLEET_WAVE"
    check_that "$what: the plan names all" "$FLEET_SAID" grep -q "^lab on $FLEET_MACHINES machines, $FLEET_WAVE at a time" <<<"$FLEET_SAID"
    fleet_command rollout
    check_that "$what: looking at the plan arms nothing" "$FLEET_SAID" test -z "$FLEET_SAID"
    fleet_command install lab --hosts all --wave "$FLEET_WAVE" --yes
    fleet_play "$FLEET_MACHINES" $((${bound%.*} * 3 + 60)) --arch uefi --install-time 0.5
    fleet_installed "$what"
    if ((turn < 3)) && ! fleet_within "$bound"; then
        printf '     %s: %s s, the link needs %s s; once more\n' "$what" "$(fleet_figure makespan_s)" "$bound"
        lab_stop_pilotfish
        fleet_narrow
        fleet_installs "$rate" "$octets" $((turn + 1))
        return
    fi
    check_that "$what: the link is what they wait for ($(fleet_figure makespan_s) s, the link needs $bound s)" \
        'more than 15 % above that' fleet_within "$bound"
    lab_stop_pilotfish
    fleet_narrow
}

# The settings: every machine by its name and its card, as `swarm --pxe` numbers them.
fleet_hosts() {
    local number
    {
        printf '[http]\nconnections = 8192\n[target.lab]\nkernel = "lab/vmlinuz"\ninitrd = "lab/initrd.img"\n'
        # shellcheck disable=SC2016 # Pilotfish's variable
        printf 'arguments = "pilotfish.install=${install}"\n'
        for ((number = 0; number < FLEET_MACHINES; number++)); do
            printf '[machine.node%04d]\nmac = "52:54:01:00:%02x:%02x"\n' "$number" $((number >> 8)) $((number & 255))
        done
    } >"$LAB_SETTINGS"
    rm -rf "${LAB_STATE:?}"/* && mkdir -p "$LAB_ROOT/lab"
}

# Usage: fleet_bound MBIT OCTETS; prints the seconds that the link needs at least: each machine fetches the loader before its
# install and after it, and 1,448 octets take 1,538 on the wire.
fleet_bound() {
    awk -v rate="$1" -v octets="$2" -v loader="$(stat -Lc %s /usr/lib/ipxe/snponly.efi)" -v machines="$FLEET_MACHINES" \
        'BEGIN { printf "%.1f", machines * (octets + 2 * loader) * 8 * 1538 / 1448 / rate / 1e6 }'
}

# Usage: fleet_payload OCTETS
fleet_payload() {
    head -c "$(($1 / 2))" /dev/urandom >"$LAB_ROOT/lab/vmlinuz" && head -c "$(($1 - $1 / 2))" /dev/urandom >"$LAB_ROOT/lab/initrd.img" &&
        chmod -R a+rX "$LAB_ROOT"
}

# Usage: fleet_narrow [RATE]; the appliance's own cable.
fleet_narrow() {
    tc -n "$LAB_APPLIANCE" qdisc delete dev eth0 root 2>/dev/null || true
    (($#)) || return 0
    tc -n "$LAB_APPLIANCE" qdisc add dev eth0 root tbf rate "$1" burst 128k latency 50ms
}

# Usage: fleet_command WORD…; what pilotfish says is in FLEET_SAID.
fleet_command() {
    FLEET_SAID=$("$PILOTFISH" "$@" --settings "$LAB_SETTINGS" --state "$LAB_STATE" </dev/null 2>&1) || true
}

# Power fails before and behind the point of no return, requests come twice: nobody is wiped twice, and nobody is lost. Who lost
# its power while it was being installed has failed, until the operator says otherwise.
fleet_breaking_installs() {
    local what='60 installs while power fails' finished ended
    fleet_hosts && fleet_payload 100000 && lab_start_pilotfish || return 1
    fleet_command install lab --hosts 'node00[00-59]' --wave "$FLEET_WAVE" --failures 60 --yes
    fleet_play 60 60 --power-loss 0.5 --duplicates 0.3 --slow 0.1 --install-time 0.5 --seed 11
    fleet_command rollout 1
    finished=$(fleet_figure 'done')
    ended=$(awk '/ (done|failed)[, ]/ && /^  node/ { n++ } END { print n + 0 }' <<<"$FLEET_SAID")
    check_that "$what: power was lost ($(fleet_figure power_losses) times)" "$FLEET" test "$(fleet_figure power_losses)" -ge 10
    check_that "$what: none twice" "$FLEET" fleet_is double_installs 0
    check_that "$what: all come to an end" "$FLEET_STATUS: $FLEET" fleet_is finished 60
    check_that "$what: the inventory has an end for each" "$ended: $FLEET_SAID" test "$ended" = 60
    check_that "$what: and says done of those who did ($finished)" "$FLEET_SAID" \
        test "$(grep -c '^  node.* done[, ]' <<<"$FLEET_SAID")" = "$finished"
    check_that "$what: who was interrupted is told apart" "$FLEET_SAID" \
        test "$(grep -c 'failed for .*interrupted' <<<"$FLEET_SAID")" -ge 1
    lab_stop_pilotfish
}

# Nobody joins those that fetch while they get less than the operator wants, whatever the wave.
fleet_governed() {
    local what='12 installs at 20 Mbit/s, at least 6 for each' most turn
    # What they get is measured, so a host that stands still for seconds decides with it: the best of three counts.
    for turn in 1 2 3; do
        fleet_governs "$what" || return 1
        most=$(fleet_figure max_active_at_once)
        ((most > 6)) || break
    done
    check_that "$what: a third at a time ($most, turn $turn)" "$most" test "$most" -le 6
}

# Usage: fleet_governs WHAT
fleet_governs() {
    fleet_hosts && fleet_payload 3000000 && fleet_narrow 20mbit || return 1
    printf '[install]\nleast-rate = 6\n' >>"$LAB_SETTINGS"
    lab_start_pilotfish || return 1
    fleet_command install lab --hosts 'node00[00-11]' --wave 12 --yes
    fleet_play 12 120 --arch uefi --install-time 0.5
    check_that "$1: none twice" "$FLEET" fleet_is double_installs 0
    check_that "$1: all are done" "$FLEET_STATUS: $FLEET" fleet_is 'done' 12
    lab_stop_pilotfish
    fleet_narrow
}

# Usage: fleet_installed WHAT; what the machines saw, what the log says and what the inventory has is one.
fleet_installed() {
    local most told
    check_that "$1: each machine says that it is done, once" "$FLEET_STATUS: $FLEET" fleet_is 'done' "$FLEET_MACHINES"
    check_that "$1: each began once" "$FLEET" fleet_is begun "$FLEET_MACHINES"
    check_that "$1: none twice" "$FLEET" fleet_is double_installs 0
    most=$(fleet_figure max_active_at_once)
    check_that "$1: never more at a time than the wave ($most)" "$most" test "$most" -le "$FLEET_WAVE"
    fleet_command rollout 1
    check_that "$1: the inventory says so" "$(head -n 1 <<<"$FLEET_SAID")" \
        grep -q "0 waiting, 0 of $FLEET_WAVE under way, $FLEET_MACHINES done, 0 failed" <<<"$FLEET_SAID"
    told=$(($(grep -c 'info install.done' "$LAB_PILOTFISH_LOG") - FLEET_TOLD))
    check_that "$1: and the log" "$told" test "$told" = "$FLEET_MACHINES"
    printf '     %s in %s s; held %s, install %s\n' "$1" "$(fleet_figure makespan_s)" "$(fleet_figure held)" \
        "$(fleet_figure whole)"
}

# Usage: fleet_within SECONDS; the fleet was done within 15 % of that.
fleet_within() {
    awk -v took="$(fleet_figure makespan_s)" -v bound="$1" 'BEGIN { exit !(took <= bound * 1.15) }'
}
