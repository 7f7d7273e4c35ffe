# shellcheck shell=bash
# Several labs side by side, each in a shell of its own: on two processors three machines keep both busy. Needs common.sh.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

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

# Usage: rows_up NAME; makes ROWS_WORK, the directory of the rows that are played next and of what they share.
rows_up() {
    ROWS_WORK=$(mktemp -d "${TMPDIR:-/tmp}/pilotfish-$1.XXXXXX") && chmod 755 "$ROWS_WORK" || return 1
    WORKERS=() WORKERS_DIRECTORY=$ROWS_WORK
}

# Usage: rows_play NAME JOBS ROW…; each ROW, a word and a title, is the function NAME_WORD in a lab of its own (a dash of the
# word is a _ there), JOBS at the same time. What they share goes unless a check failed; then it returns 1.
rows_play() {
    local failed_before=$CHECKS_FAILED number
    ROWS=("${@:3}")
    for number in "${!ROWS[@]}"; do
        workers_wait_below "$2" rows_judge
        rows_worker "$1" "${ROWS[number]}" >"$ROWS_WORK/$number.out" 2>&1 &
        WORKERS[number]=$!
    done
    workers_wait_below 1 rows_judge
    if ((CHECKS_FAILED == failed_before)); then
        rm -rf "$ROWS_WORK"
    else
        say "logs of the rows that failed: $ROWS_WORK"
    fi
    ((CHECKS_FAILED == failed_before))
}

# Usage: rows_worker NAME ROW &; a row beside others. It sets traps: only in a shell of its own.
rows_worker() {
    local word title begun=$SECONDS
    read -r word title <<<"$2"
    LAB_WORK=$ROWS_WORK/$word LAB_KEEP=0 LAB_TRANSCRIPT=0 LAB_ROUTER_PING=0 CHECKS_FAILED=0
    lab_trap
    with_lab "$word: $title" "$1_${word//-/_}" || true
    printf -- '-- %s took %d s\n' "$word" $((SECONDS - begun))
}

# Usage: rows_judge NUMBER; tells and counts what a row said.
rows_judge() {
    local file=$ROWS_WORK/$1.out
    grep '^== ' "$file" || true
    check_lines "${ROWS[$1]%% *} ends" cat "$file"
    ! grep -q '^FAIL ' "$file" || grep -v '^ok   \|^FAIL \|^== \|^-- ' "$file" || true
    grep '^-- ' "$file" || true
}
