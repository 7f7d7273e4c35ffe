# shellcheck shell=bash
# shellcheck disable=SC2034 # half of the variables are for those who source this
# Child processes of the lab: started in the background, waited for by a line of their log, stopped by their id. Only
# direct children of this shell are ever signalled, so a recycled process id cannot be hit.

declare -A PROCESS_PIDS=()    # name -> process id
declare -A PROCESS_OFFSETS=() # name -> how long its log was when it started

# Usage: process_start NAME LOG COMMAND…; both outputs are added to LOG. Replaces a process of that name.
process_start() {
    local name=$1 log=$2
    shift 2
    process_stop "$name"
    PROCESS_OFFSETS[$name]=$(stat -c %s "$log" 2>/dev/null) || PROCESS_OFFSETS[$name]=0
    # Whoever waits for a line of it may be quicker than the child.
    : >>"$log"
    # Descriptor 9 may be a lock of the caller.
    "$@" </dev/null >>"$log" 2>&1 9>&- &
    PROCESS_PIDS[$name]=$!
}

# Prints the id of NAME; fails when it was not started.
process_pid() {
    [[ -n ${PROCESS_PIDS[$1]:-} ]] && printf '%s\n' "${PROCESS_PIDS[$1]}"
}

process_runs() {
    local pid=${PROCESS_PIDS[$1]:-}
    [[ -n $pid ]] && process_is_alive "$pid"
}

# Usage: process_ready NAME LOG PATTERN SECONDS; waits until NAME has written a line with the extended PATTERN to LOG.
process_ready() {
    local name=$1 log=$2 pattern=$3 limit=$((SECONDS + $4))
    while ((SECONDS <= limit)); do
        # Not to the end of a pipe: grep leaves at the first hit, and pipefail would make that a failure of tail.
        ! grep -aqE "$pattern" <(tail -c +$((PROCESS_OFFSETS[$name] + 1)) "$log") || return 0
        process_runs "$name" || break
        sleep 0.05
    done
    process_runs "$name" || lab_fail "$name ended before it was ready: $(tail -n 3 "$log" | tr '\n' ' ')" || return 1
    lab_fail "$name did not become ready in $4 s (waited for \"$pattern\" in $log)"
}

# Usage: process_stop NAME [SIGNAL]; leaves its exit status in PROCESS_STATUS and how long it took in PROCESS_SECONDS.
# What has not ended after five seconds is killed.
process_stop() {
    local name=$1 signal=${2:-TERM} pid=${PROCESS_PIDS[$1]:-} begun
    PROCESS_STATUS=0
    PROCESS_SECONDS=0
    [[ -n $pid ]] || return 0
    begun=$(lab_now)
    # While it has not been waited for, the id stays this child's.
    kill "-$signal" "$pid" 2>/dev/null || true
    for _ in {1..100}; do
        process_is_alive "$pid" || break
        sleep 0.05
    done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || PROCESS_STATUS=$?
    PROCESS_SECONDS=$(lab_since "$begun")
    unset "PROCESS_PIDS[$name]"
}

# A child that has ended but was not waited for still answers `kill -0`.
process_is_alive() {
    local state
    state=$(sed -n 's/^State:\s*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null) || return 1
    [[ -n $state && $state != Z ]]
}

process_stop_all() {
    local name
    for name in "${!PROCESS_PIDS[@]}"; do
        process_stop "$name"
    done
}

# Seconds since the epoch, with six decimals and a point whatever the locale.
lab_now() {
    printf '%s\n' "${EPOCHREALTIME/,/.}"
}

# Usage: lab_since THEN; seconds since then, with two decimals.
lab_since() {
    LC_ALL=C awk -v a="$1" -v b="$(lab_now)" 'BEGIN { printf "%.2f\n", b - a }'
}
