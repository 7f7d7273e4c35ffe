# shellcheck shell=bash
# What a soak loads the service with, each in a loop of its own until $SOAK_STOP is there. Sourced by soak.sh.

# Hosts that are installed again and again, and the card of the real machine.
readonly SOAK_HOSTS=6
readonly SOAK_REAL_MAC=52:54:00:77:00:01
readonly SOAK_UPSTREAM_PORT=8000

soak_load_start() {
    local load
    for load in boots crowds installs firmware mirror watchers; do
        process_start "$load" "$LAB_WORK/$load.log" soak_again "$load"
    done
    start_helper files python3 -B "$TESTS_LAB/soak_files.py" "$LAB_APPLIANCE_IP" "$LAB_ROOT" "$PILOTFISH" "$SOAK_STOP" "$SOAK_PAUSE"
    soak_stay
}

# Usage: soak_again LOAD; its rounds, numbered from 0.
soak_again() {
    local round=0
    while [[ ! -e $SOAK_STOP ]]; do
        "soak_$1" "$round"
        round=$((round + 1))
        sleep "$SOAK_PAUSE"
    done
}

# Lets each load come to the end of its round.
soak_load_stop() {
    local load
    : >"$SOAK_STOP"
    for load in boots crowds installs firmware mirror files samples watchers; do
        check_that "the load \"$load\" comes to its end" "it hangs: $(tail -n 2 "$LAB_WORK/$load.log")" soak_load_ends "$load"
    done
    for load in stream events log watch; do
        check_that "who looked on from the first moment ($load) looks on" "$(tail -n 1 "$LAB_WORK/stay-$load.log")" \
            process_runs "stay-$load"
        process_stop "stay-$load"
    done
}

# Usage: soak_load_ends LOAD
soak_load_ends() {
    helper_ends "$1" 300 && ((PROCESS_STATUS == 0))
}

# Usage: soak_rest SECONDS; until then, or until the soak is over.
soak_rest() {
    local end=$((SECONDS + $1))
    while ((SECONDS < end)) && [[ ! -e $SOAK_STOP ]]; do sleep 1; done
}

# Usage: soak_note KIND STATUS JSON; what a round came to.
soak_note() {
    printf '%s\t%s\t%s\n' "$@" >>"$SOAK_FILES/rounds.tsv"
}

# Twelve machines that boot; every second time two rounds long they lose power, repeat themselves and dawdle. Each has two minutes
# and more until its next boot: who comes back earlier has a kernel that died.
soak_boots() {
    local arch=bios
    local -a breaks=()
    (($1 % 2)) || arch=uefi
    (($1 % 4 < 2)) || breaks=(--power-loss 0.3 --duplicates 0.3 --slow 0.2)
    fleet_play 12 120 --arch "$arch" --macs "52:54:01:$(printf %02x $((1 + $1 % 16))):00:00" --seed "$1" "${breaks[@]}"
    soak_note "boots, $arch${breaks[0]:+, breaking}" "$FLEET_STATUS" "$FLEET"
}

# Firmware of each kind fetches a file, and a part of what is sent gets lost.
soak_crowds() {
    local model said status=0
    local -a models=(rfc edk2 lockstep)
    model=${models[$1 % 3]}
    said=$(in_client timeout 150 "$PILOTFISH" swarm "tftp://$LAB_APPLIANCE_IP/crowd" --clients 10 --model "$model" --loss 0.01 \
        --loss-acks 0.01 --limit 120 --seed "$1" --verify "$LAB_ROOT/crowd" --json 2>>"$LAB_WORK/crowd.log") || status=$?
    soak_note "TFTP, $model, 1 % lost" "$status" "$said"
}

# A rollout over all hosts. Who lost its power while it was being installed is armed anew with the next one.
soak_installs() {
    # shellcheck disable=SC2034 # fleet_command reads it
    local host LAB_SETTINGS=$SOAK_FILES/sound.toml
    local -a breaks=()
    (($1 % 2 == 0)) || breaks=(--power-loss 0.3 --duplicates 0.3)
    for ((host = 0; host < SOAK_HOSTS; host++)); do fleet_command release "node$host"; done
    fleet_command install lab --hosts 'node*' --wave 4 --failures 60 --yes
    printf '%s\n' "$FLEET_SAID"
    fleet_play "$SOAK_HOSTS" 120 --arch uefi --install-time 1 --seed "$1" "${breaks[@]}"
    soak_note "installs${breaks[0]:+, breaking}" "$FLEET_STATUS" "$FLEET"
    soak_rest "$SOAK_INSTALLS_PAUSE"
}

# A server whose files others mirror.
soak_upstream() {
    mkdir -p "$SOAK_FILES/upstream" || return 1
    process_start upstream "$LAB_WORK/upstream.log" ip netns exec "$LAB_ROUTER" \
        python3 -B "$TESTS_LAB/upstream.py" "$SOAK_FILES/upstream" "$LAB_ROUTER_IP" "$SOAK_UPSTREAM_PORT"
    process_ready upstream "$LAB_WORK/upstream.log" '^ready' 10
}

# A file of the upstream server changes; once what is kept of it is not fresh any more, everybody gets the new one.
soak_mirror() {
    local name=file$(($1 % 4)) status=0
    head -c 200000 /dev/urandom >"$SOAK_FILES/upstream.new" && mv "$SOAK_FILES/upstream.new" "$SOAK_FILES/upstream/$name"
    wait_until 30 soak_mirrored http "$name" && wait_until 30 soak_mirrored tftp "$name" || status=1
    soak_note 'mirror' "$status" "$name"
}

# Usage: soak_mirrored http|tftp NAME; whether the appliance has what the upstream server has.
soak_mirrored() {
    sleep 1
    in_client timeout 40 curl -sSf -o "$SOAK_FILES/mirrored" "$1://$LAB_APPLIANCE_IP/mirror/soak/$2" 2>>"$LAB_WORK/curl.log" &&
        same_content "$SOAK_FILES/mirrored" "$SOAK_FILES/upstream/$2"
}

# SeaBIOS and QEMU's iPXE, down to the kernel's line.
soak_firmware() {
    local status=0
    # shellcheck disable=SC2034 # lab_boot reads them
    local LAB_FIRMWARE='' LAB_MACHINE_MAC=$SOAK_REAL_MAC before
    before=$(soak_times_away)
    if ! { lab_boot bios && lab_wait_marker 120; }; then
        status=1
        # This firmware asks for its script once: who had no answer because the appliance was away is switched on again.
        if [[ $(soak_times_away) != "$before" ]]; then
            machine_stop
            lab_boot bios && lab_wait_marker 120 && status=0 && soak_note 'firmware that was switched on again' 0 "$LAB_FAILURE"
        fi
    fi
    soak_note 'firmware, SeaBIOS with iPXE' "$status" "${LAB_MARKER_AT:-0} ${LAB_FAILURE:-}"
    machine_stop
    soak_rest "$SOAK_FIRMWARE_PAUSE"
}

# How often the appliance lost its cable or its address until now.
soak_times_away() {
    awk -F '\t' '$1 == "cable pulled out" || $1 == "address taken away" { times += $2 } END { print times + 0 }' \
        "$SOAK_FILES/done.tsv" 2>/dev/null
}

# Those who look on from the first moment to the last.
soak_stay() {
    process_start stay-stream "$LAB_WORK/stay-stream.log" soak_stream
    process_start stay-events "$LAB_WORK/stay-events.log" "$PILOTFISH" events --follow --json --state "$LAB_STATE"
    process_start stay-log "$LAB_WORK/stay-log.log" "$PILOTFISH" log --follow --state "$LAB_STATE"
    # It needs a terminal, with lines.
    process_start stay-watch "$LAB_WORK/stay-watch.log" \
        script -qefc "stty rows 40 cols 120; exec '$PILOTFISH' watch --state '$LAB_STATE'" /dev/null
}

soak_stream() { exec curl -sSN --unix-socket "$LAB_STATE/api.sock" http://localhost/api/v1/stream; }

# Others come, look on for a while, and are gone without a word.
soak_watchers() {
    local pid
    local -a pids=()
    soak_stream >/dev/null &
    pids+=($!)
    soak_stream >/dev/null &
    pids+=($!)
    "$PILOTFISH" events --follow --json --state "$LAB_STATE" >/dev/null &
    pids+=($!)
    "$PILOTFISH" log --follow --state "$LAB_STATE" >/dev/null &
    pids+=($!)
    sleep "$SOAK_CALM"
    sleep 1
    for pid in "${pids[@]}"; do kill -KILL "$pid" || echo "a watcher had ended: $pid"; done
    wait "${pids[@]}" 2>/dev/null || true
    "$PILOTFISH" sessions --json --state "$LAB_STATE" >/dev/null || echo 'sessions failed'
    "$PILOTFISH" transfers --json --state "$LAB_STATE" >/dev/null || echo 'transfers failed'
    "$PILOTFISH" metrics --state "$LAB_STATE" >/dev/null || echo 'metrics failed'
}
