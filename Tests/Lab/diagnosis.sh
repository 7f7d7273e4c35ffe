# shellcheck shell=bash
# Twelve faults, one after another, as administrators meet them, and what Pilotfish says of each: the first word is of the
# machine's own verdict (`pilotfish sessions`) or, where the host is at fault, of `pilotfish doctor`.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

# fault            machine       the verdict   the doctor    what is wrong
readonly DIAGNOSIS_TABLE='
spanning-tree      edk2@1        PF-V001       -             the port of a switch lets nothing through for 10 s
dropped-4011       edk2@0.4      PF-V005       -             the network drops what goes to port 4011
next-server        uboot-alone@1 PF-V004       PF-S012       the router names a boot file and a server where nobody is
class-60           edk2@0.4      PF-V003       PF-S006       the router says PXEClient, as WDS leaves it behind
missing-loader     edk2@0.4      PF-D011       PF-H060       the loader that the settings name is not there
wrong-architecture edk2@0.4      PF-V015       PF-H061       the loader of x64 machines is one for arm64
unreadable         edk2@0.4      PF-D011       PF-H052       only root may read the loader
tiny-memory        qemu          PF-V016       -             a RAM disk larger than the memory of the machine
firewall-69        edk2@0.4      PF-V007       PF-H020       this host drops what comes to port 69
firewall-transfers edk2@0.4      PF-V011       PF-H020       this host drops what comes to the ports of transfers
second-proxy       edk2@0.4      PF-V018       PF-S003       another proxy, which is quicker with its file
full-disk          -             -             PF-H070       the disk of the state directory is full
'
# So many must be named right at first.
readonly DIAGNOSIS_LEAST=11

# Usage: diagnosis_check; returns 1 when a check failed.
diagnosis_check() {
    with_lab 'what is wrong, and why' diagnosis_lab
}

diagnosis_lab() {
    local fault machine verdict doctor what
    DIAGNOSIS_RIGHT=0
    DIAGNOSIS_NUMBER=0
    cp "$LAB_SETTINGS" "$LAB_WORK/sound.toml" || return 1
    while read -r fault machine verdict doctor what; do
        [[ -n $fault ]] || continue
        [[ -z ${PILOTFISH_FAULTS:-} || " $PILOTFISH_FAULTS " == *" $fault "* ]] || continue
        DIAGNOSIS_NUMBER=$((DIAGNOSIS_NUMBER + 1))
        diagnosis_fault "$fault" "$machine" "$verdict" "$doctor" "$what"
    done <<<"$DIAGNOSIS_TABLE"
    [[ -n ${PILOTFISH_FAULTS:-} ]] || check_that "$DIAGNOSIS_RIGHT of $DIAGNOSIS_NUMBER faults are named right at first" \
        "$DIAGNOSIS_LEAST are wanted" test "$DIAGNOSIS_RIGHT" -ge "$DIAGNOSIS_LEAST"
}

# Usage: diagnosis_fault FAULT MACHINE VERDICT DOCTOR WHAT; a LAN that nobody has been on, with the fault in it.
diagnosis_fault() {
    local fault=$1 machine=$2 verdict=$3 doctor=$4 what=$5 said=''
    printf '\n-- %s: %s\n' "$fault" "$what"
    diagnosis_sound
    if "diagnosis_break_${fault//-/_}" && { ((DIAGNOSIS_STARTED)) || diagnosis_start; }; then
        DIAGNOSIS_MAC=''
        [[ $machine == - ]] || diagnosis_boot "$machine"
        said=$(diagnosis_words "$machine")
        printf '   %s\n' "${said:-nothing}"
        if diagnosis_is_right "$verdict" "$doctor" <<<"$said"; then
            DIAGNOSIS_RIGHT=$((DIAGNOSIS_RIGHT + 1))
            check_ok "$fault is named right at first"
        else
            # Whether that is one too many is decided at the end.
            printf '   %s is not named: %s or %s is wanted\n' "$fault" "$verdict" "$doctor"
            tail -n 12 "$LAB_PILOTFISH_LOG" | cut -c 1-200
        fi
    else
        check_fail "$fault can be played" "${LAB_FAILURE:-see above}"
    fi
    diagnosis_mend
}

# Nothing of the fault before.
diagnosis_sound() {
    LAB_FAILURE='' DIAGNOSIS_STARTED=0
    DIAGNOSIS_ROUTER=(dnsmasq plain)
    cp "$LAB_WORK/sound.toml" "$LAB_SETTINGS"
    rm -rf "${LAB_STATE:?}" "$LAB_WORK"/router "$LAB_WORK"/{pilotfish,router}.log
    mkdir -p "$LAB_STATE"
}

diagnosis_start() {
    LAB_ROUTER_PING=0 lab_start_router "${DIAGNOSIS_ROUTER[@]}" && lab_start_pilotfish
}

diagnosis_mend() {
    machine_stop
    lab_stop_pilotfish || true
    process_stop router
    process_stop rival
    process_stop rival-tftp
    process_stop lifter
    diagnosis_rival_off
    in_appliance nft flush ruleset
    in_lan nft flush ruleset
    in_appliance ip neigh flush dev eth0
    in_router ip neigh flush dev eth0
    ! mountpoint -q "$LAB_STATE" || umount "$LAB_STATE"
    rm -f "$LAB_ROOT/large.img" "$LAB_ROOT"/*.efi
}

diagnosis_rival_off() {
    local name
    local -a kept=()
    for name in "${LAB_NETWORKS[@]}"; do
        if [[ $name == *-rival ]]; then ip netns delete "$name" 2>/dev/null || true; else kept+=("$name"); fi
    done
    LAB_NETWORKS=("${kept[@]}")
}

# Usage: diagnosis_boot MACHINE; one boot, to its end or its failure. Sets DIAGNOSIS_MAC.
diagnosis_boot() {
    if [[ $1 == qemu ]]; then
        lab_boot bios -m 128 || return 1
        DIAGNOSIS_MAC=$LAB_MAC
        lab_wait_outcome 60 || true
        return 0
    fi
    DIAGNOSIS_MAC=52:54:e2:0d:00:$(printf '%02x' "$DIAGNOSIS_NUMBER")
    in_client timeout 100 env PYTHONPATH="$TESTS_LAB" python3 -B -m firmware "$1" --mac "$DIAGNOSIS_MAC" \
        --server "$LAB_APPLIANCE_IP" --router "$LAB_ROUTER_IP" >"$LAB_WORK/machine.json" 2>&1 || true
    printf '   machine: %s\n' "$(tail -n 1 "$LAB_WORK/machine.json" | cut -c 1-300)"
}

# Usage: diagnosis_words MACHINE; the code and cause of the machine's verdict and of the doctor's first finding, a line each.
diagnosis_words() {
    local limit=$((SECONDS + 25)) verdict=''
    while [[ $1 != - ]] && ((SECONDS <= limit)); do
        verdict=$(diagnosis_verdict) && [[ -n $verdict ]] && break
        sleep 1
    done
    [[ -z $verdict ]] || printf 'verdict %s\n' "$verdict"
    in_appliance "$PILOTFISH" doctor --json --settings "$LAB_SETTINGS" --state "$LAB_STATE" --root "$LAB_ROOT" \
        --interface eth0 2>"$LAB_WORK/doctor.log" >"$LAB_WORK/doctor.json" || true
    python3 -c 'import json, sys
findings = [f for f in json.load(open(sys.argv[1]))["findings"] if f["severity"] != "note"]
if findings: print("doctor", findings[0]["code"], findings[0]["what"])' "$LAB_WORK/doctor.json" || cat "$LAB_WORK/doctor.log"
}

diagnosis_verdict() {
    "$PILOTFISH" sessions "$DIAGNOSIS_MAC" --json --state "$LAB_STATE" 2>/dev/null | python3 -c 'import json, sys
for line in sys.stdin:
    verdict = json.loads(line)["verdict"]
    if verdict: print(verdict["code"], verdict["cause"]); break'
}

# Usage: diagnosis_is_right VERDICT DOCTOR; reads what was said. The machine's verdict is looked at first, and the doctor's first
# finding is as good.
diagnosis_is_right() {
    grep -qE "^(verdict ($1)|doctor ($2)) "
}

# --- the faults

diagnosis_break_spanning_tree() {
    in_lan nft -f - <<'NFT' || return 1
table netdev tree { chain in { type filter hook ingress device client priority 0; udp dport 67 drop; }; }
NFT
    # shellcheck disable=SC2016
    process_start lifter "$LAB_WORK/lifter.log" ip netns exec "$LAB_LAN" sh -c 'sleep 10; nft delete table netdev tree'
}

diagnosis_break_dropped_4011() {
    in_lan nft -f - <<'NFT'
table netdev acl { chain in { type filter hook ingress device client priority 0; udp dport 4011 drop; }; }
NFT
}

diagnosis_break_next_server() { DIAGNOSIS_ROUTER=(dnsmasq own-file); }
diagnosis_break_class_60() { DIAGNOSIS_ROUTER=(dnsmasq class60); }
diagnosis_break_missing_loader() { printf '[loaders]\nuefi-x64 = "not-there.efi"\n' >>"$LAB_SETTINGS"; }

diagnosis_break_wrong_architecture() {
    loader_uki arm64 "$LAB_ROOT/loader.efi" wrong && chmod 644 "$LAB_ROOT/loader.efi" || return 1
    printf '[loaders]\nuefi-x64 = "loader.efi"\n' >>"$LAB_SETTINGS"
}

diagnosis_break_unreadable() {
    cp /usr/lib/ipxe/snponly.efi "$LAB_ROOT/loader.efi" && chmod 600 "$LAB_ROOT/loader.efi" || return 1
    printf '[loaders]\nuefi-x64 = "loader.efi"\n' >>"$LAB_SETTINGS"
}

diagnosis_break_tiny_memory() {
    truncate -s 200M "$LAB_ROOT/large.img" && chmod 644 "$LAB_ROOT/large.img" || return 1
    printf '[boot]\ntarget = "large"\n[target.large]\nkernel = "vmlinuz"\ninitrd = "large.img"\n' >"$LAB_SETTINGS"
}

diagnosis_break_firewall_69() {
    in_appliance nft -f - <<'NFT'
table inet filter { chain input { type filter hook input priority 0; policy accept; udp dport 69 drop; }; }
NFT
}

diagnosis_break_firewall_transfers() {
    in_appliance nft -f - <<'NFT'
table inet filter { chain input { type filter hook input priority 0; policy accept; udp dport 32768-60999 drop; }; }
NFT
}

diagnosis_break_second_proxy() {
    local tftp
    mkdir -p "$LAB_WORK/rival" && head -c 100000 /dev/urandom >"$LAB_WORK/rival/rival.efi" && chmod -R a+rX "$LAB_WORK/rival" &&
        tftp=$(lab_copy_of dnsmasq) && network_join "$LAB_ID-rival" rival "$LAB_RIVAL_IP" || return 1
    process_start rival-tftp "$LAB_WORK/rival-tftp.log" ip netns exec "$LAB_ID-rival" "$tftp" --conf-file=/dev/null \
        --keep-in-foreground --log-facility=- --port=0 --enable-tftp --tftp-root="$LAB_WORK/rival"
    process_start rival "$LAB_WORK/rival.log" ip netns exec "$LAB_ID-rival" env PYTHONPATH="$TESTS_LAB" \
        python3 -B -m firmware.rival eth0 "$LAB_RIVAL_IP" rival.efi 0.0
    process_ready rival-tftp "$LAB_WORK/rival-tftp.log" 'TFTP root' 10 &&
        process_ready rival "$LAB_WORK/rival.log" serving 10
}

diagnosis_break_full_disk() {
    mount -t tmpfs -o size=4M,mode=755 tmpfs "$LAB_STATE" && diagnosis_start && DIAGNOSIS_STARTED=1 || return 1
    dd if=/dev/zero of="$LAB_STATE/filler" bs=64k >/dev/null 2>&1 || true
}
