# shellcheck shell=bash
# Installs on a Pilotfish that is killed at every call that changes its database, and at any moment under load; on a disk that is
# full or read-only; and two of them with one state directory. The machines are simulated: what counts is which of them were
# wiped, and how often.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

# Of machines that are installed while the service is killed again and again.
FLEETKILL_SECONDS=${PILOTFISH_FLEETKILL_SECONDS:-20}
# All points of all steps take minutes.
FLEETKILL_LONGEST=1500

# Usage: fleetkill_check; returns 1 when a check failed.
fleetkill_check() {
    with_lab 'installs: killed at every step and at random, a disk that takes nothing, two services' fleetkill_body
}

fleetkill_body() {
    cc -O2 -Wall -Wextra -Werror -shared -fPIC -o "$LAB_WORK/diedisk.so" "$TESTS_LAB/diedisk.c" ||
        lab_fail 'diedisk cannot be built' || return 1
    # An address that is none of the loopback's, for a machine that is known by it.
    ip -n "$LAB_APPLIANCE" address add 10.99.0.1/32 dev lo || return 1
    check_lines 'killed at each call' fleetkill_play points
    check_lines 'killed at random' fleetkill_play random "$FLEETKILL_SECONDS"
    check_lines 'a disk that takes nothing' fleetkill_play broken
}

# Usage: fleetkill_play MODE [SECONDS]; in a namespace with mounts of its own.
fleetkill_play() {
    in_appliance timeout --kill-after=20 $((FLEETKILL_LONGEST + ${2:-0})) \
        python3 -B "$TESTS_LAB/fleetkill.py" "$1" "$PILOTFISH" "$LAB_WORK/diedisk.so" "$LAB_WORK" "${@:2}"
}
