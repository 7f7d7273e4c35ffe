# shellcheck shell=bash
# Several labs side by side, each in a shell of its own: on two processors three machines keep both busy. Needs process.sh.

WORKERS=()            # number -> process id of the shell
WORKERS_DIRECTORY=''  # where they write, if it is to go when they are stopped

# Usage: workers_wait_below COUNT JUDGE; waits until fewer than COUNT are at work, and calls JUDGE NUMBER for each that ended.
workers_wait_below() {
    local number
    while :; do
        for number in "${!WORKERS[@]}"; do
            process_is_alive "${WORKERS[number]}" && continue
            wait "${WORKERS[number]}" || true
            unset "WORKERS[$number]"
            "$2" "$number"
        done
        ((${#WORKERS[@]} >= $1)) || return 0
        sleep 0.2
    done
}

# Ends those that are at work, each of which tidies up. Harmless when there are none.
workers_stop() {
    local pid
    ((${#WORKERS[@]})) || return 0
    for pid in "${WORKERS[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${WORKERS[@]}"; do wait "$pid" 2>/dev/null || true; done
    WORKERS=()
    rm -rf "${WORKERS_DIRECTORY:?}"
}
