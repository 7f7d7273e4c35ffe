# shellcheck shell=bash
# PILOTFISH_SOAK_MINUTES=120 plays for that long; without it, a minute with each kind of disturbance.
# PILOTFISH_SOAK_KEEP=DIRECTORY keeps the samples and logs there.
#
# Everything at once, for a long time: machines that boot and are installed, crowds with losses, real firmware, people who watch;
# meanwhile settings, cables, addresses, files and the clock change. At the end memory, descriptors and threads are what they were
# at the beginning, no boot failed, and no octet was wrong.

# Other labs read this, too, and constants cannot be read twice.
! declare -F soak_check >/dev/null || return 0
# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=Tests/Lab/fleet.sh
source "${BASH_SOURCE[0]%/*}/fleet.sh"
# shellcheck source=Tests/Lab/faults.sh
source "${BASH_SOURCE[0]%/*}/faults.sh"
# shellcheck source=Tests/Lab/reload.sh
source "${BASH_SOURCE[0]%/*}/reload.sh"
# shellcheck source=Tests/Lab/soak_load.sh
source "${BASH_SOURCE[0]%/*}/soak_load.sh"
# shellcheck source=Tests/Lab/soak_unrest.sh
source "${BASH_SOURCE[0]%/*}/soak_unrest.sh"

readonly SOAK_MINUTES=${PILOTFISH_SOAK_MINUTES:-0}
# How long the load lasts; how long it rests between two rounds of each kind, and between two disturbances; how long a cable is out;
# and the time between two samples. Firmware asks four times: too little rest, and it is the disturbances that are tested.
if ((SOAK_MINUTES)); then
    readonly SOAK_SECONDS=$((SOAK_MINUTES * 60)) SOAK_PAUSE=8 SOAK_CALM=15 SOAK_OUT=2 SOAK_SAMPLE=30 SOAK_INSTALLS_PAUSE=40
else
    readonly SOAK_SECONDS=40 SOAK_PAUSE=0.5 SOAK_CALM=1 SOAK_OUT=0.5 SOAK_SAMPLE=2 SOAK_INSTALLS_PAUSE=0
fi
# A machine that is emulated keeps a processor busy for as long as it boots.
readonly SOAK_FIRMWARE_PAUSE=600

# Usage: soak_check; returns 1 when a check failed.
soak_check() {
    with_lab "the soak: everything at once for $SOAK_SECONDS s" soak_body
}

soak_body() {
    soak_up || return 1
    soak_start || return 1
    soak_samples_start || return 1
    soak_load_start
    soak_unrest
    soak_load_stop
    soak_end
}

# The files, the settings, and the LAN.
soak_up() {
    SOAK_FILES=$LAB_WORK/soak SOAK_STOP=$LAB_WORK/soak/stop SOAK_CLOCK=$LAB_WORK/soak/clock
    mkdir -p "$SOAK_FILES" "$LAB_ROOT/lab" && head -c 4096 /dev/zero >"$SOAK_CLOCK" && chmod 644 "$SOAK_CLOCK" || return 1
    cc -O2 -Wall -Wextra -Werror -shared -fPIC -o "$LAB_WORK/stepclock.so" "$TESTS_LAB/stepclock.c" ||
        lab_fail 'stepclock cannot be built' || return 1
    head -c 400000 /dev/urandom >"$LAB_ROOT/lab/vmlinuz" && head -c 300000 /dev/urandom >"$LAB_ROOT/lab/initrd.img" &&
        head -c 1048576 /dev/urandom >"$LAB_ROOT/crowd" && echo small >"$LAB_ROOT/small" && chmod -R a+rX "$LAB_ROOT" || return 1
    fleet_up && fleet_start_router && soak_upstream || return 1
    soak_settings 0 && cp "$LAB_SETTINGS" "$SOAK_FILES/sound.toml"
}

# Its wall clock is one that can be set: see stepclock.c.
soak_start() {
    STEPCLOCK_CONTROL=$SOAK_CLOCK LD_PRELOAD=$LAB_WORK/stepclock.so lab_start_pilotfish
}

# Usage: soak_python MODE [ARGUMENT…]; soak_watch.py, in the client's namespace.
soak_python() {
    in_client python3 -B "$TESTS_LAB/soak_watch.py" "$1" "$SOAK_FILES" "${@:2}"
}

soak_samples_start() {
    # What it is like before anything happens.
    check_serves "$LAB_APPLIANCE_IP" 'before the soak'
    soak_python once "$(process_pid pilotfish)" "$PILOTFISH" "$LAB_STATE" "$LAB_APPLIANCE_IP" ||
        lab_fail 'no sample of the service' || return 1
    start_helper samples python3 -B "$TESTS_LAB/soak_watch.py" sample "$SOAK_FILES" "$(process_pid pilotfish)" "$PILOTFISH" \
        "$LAB_STATE" "$LAB_APPLIANCE_IP" "$SOAK_SAMPLE" "$SOAK_STOP"
}

# What it is like when all is over.
soak_end() {
    check_that 'the service is the same process as at the beginning' 'it has ended' process_runs pilotfish
    check_serves "$LAB_APPLIANCE_IP" 'behind the soak'
    # Files that nobody sends stay open for half a minute.
    check_that 'a minute later as many descriptors are open as before it began' "see $SOAK_FILES" \
        soak_python rests "$(process_pid pilotfish)" 60
    soak_doctor
    check_clean_stop
    check_lines 'the soak' soak_python judge "$SOAK_MINUTES" "$LAB_PILOTFISH_LOG" "$LAB_STATE/inventory.sqlite"
    soak_python table | sed 's/^/     /'
    [[ -z ${PILOTFISH_SOAK_KEEP:-} ]] ||
        { mkdir -p "$PILOTFISH_SOAK_KEEP" && cp "$SOAK_FILES"/*.tsv "$LAB_WORK"/*.log "$PILOTFISH_SOAK_KEEP"; }
}

soak_doctor() {
    local begun said
    begun=$(lab_now)
    said=$(in_appliance timeout 30 "$PILOTFISH" doctor --no-probe --settings "$LAB_SETTINGS" --root "$LAB_ROOT" \
        --state "$LAB_STATE" --interface eth0 2>&1) || true
    check_that "the doctor finds no error ($(lab_since "$begun") s)" "$said" grep -q '^0 errors\|nothing' <<<"$said"
}
