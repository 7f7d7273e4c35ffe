# shellcheck shell=bash
# The helpers for firewalls, each with the program that it is for: everything else is dropped, and machines boot with the helper
# and do not without it. The programs are installed below a systemd of the lab, in its own network, and nowhere else.

# shellcheck source=Tests/Lab/systemd.sh
source "${BASH_SOURCE[0]%/*}/systemd.sh"
# shellcheck source=Tests/Lab/fleet.sh
source "${BASH_SOURCE[0]%/*}/fleet.sh"

FIREWALLS=$(cd "$TESTS_LAB/../../Packaging/firewall" && pwd)
readonly FIREWALLS

# Usage: firewalls_check; returns 1 when a check failed.
firewalls_check() {
    with_lab 'the helpers for firewalls' firewalls_lab
}

firewalls_lab() {
    local status=0
    firewalls_steps || status=1
    systemd_down || check_fail 'nothing is left of systemd' "$SYSTEMD_CGROUP"
    return "$status"
}

firewalls_steps() {
    fleet_up && fleet_kernel && fleet_start_router && systemd_up && firewalls_install || return 1
    lab_start_pilotfish || return 1
    firewalls_nftables
    firewalls_ufw
    firewalls_firewalld
    check_clean_stop
}

# firewalld and ufw, with what they need, as new, into the layer that is thrown away.
firewalls_install() {
    local archives=$LAB_WORK/archives root=$SYSTEMD_ROOT
    mkdir -p "$archives/partial"
    { firewalls_fetch "$archives" || { packages_refresh && firewalls_fetch "$archives"; }; } >"$LAB_WORK/firewalls.log" 2>&1 ||
        lab_fail 'firewalld and ufw cannot be fetched' || return 1
    rm -rf "$root"/etc/{ufw,firewalld,default/ufw}
    mkdir "$root/archives" && cp "$archives"/*.deb "$root/archives" &&
        printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" && chmod 755 "$root/usr/sbin/policy-rc.d" || return 1
    in_systemd env DEBIAN_FRONTEND=noninteractive UCF_FORCE_CONFFMISS=1 \
        sh -c 'dpkg --force-confmiss --install /archives/*.deb' >>"$LAB_WORK/firewalls.log" 2>&1 ||
        lab_fail "firewalld and ufw cannot be installed: $(tail -n 2 "$LAB_WORK/firewalls.log")"
}

# Usage: firewalls_fetch DIRECTORY; also where the host has them.
firewalls_fetch() {
    apt-get install -y -q --no-install-recommends --download-only --reinstall -o DPkg::Lock::Timeout=300 \
        -o Dir::Cache::archives="$1" -o APT::Sandbox::User=root firewalld ufw
}

# Usage: firewalls_shut WHAT; nothing of TFTP and HTTP comes through.
firewalls_shut() {
    local status=0
    in_client curl -sS --max-time 1 -o /dev/null "http://$LAB_APPLIANCE_IP/boot.ipxe" 2>/dev/null || status=$?
    check_that "$1: without the helper HTTP is shut" "status $status" test "$status" != 0
    status=0
    in_client curl -sS --max-time 1 -o /dev/null "tftp://$LAB_APPLIANCE_IP/snponly.efi" 2>/dev/null || status=$?
    check_that "$1: without the helper TFTP is shut" "status $status" test "$status" != 0
}

# Usage: firewalls_open WHAT; UEFI machines boot, which need ports 4011, 69, 80 and those of transfers, and no other is open.
firewalls_open() {
    fleet_play 2 20 --arch uefi
    check_that "$1: with the helper machines boot" "$FLEET_STATUS: $FLEET" fleet_is booted 2
    check_serves "$LAB_APPLIANCE_IP" "with the helper for $1"
    check_that "$1: nothing else is open" 'port 8080 is' firewalls_drop_others
}

# A port on which somebody listens, and which no helper names.
firewalls_drop_others() {
    local status=0
    in_client curl -sS --max-time 1 -o /dev/null "http://$LAB_APPLIANCE_IP:8080/" 2>/dev/null || status=$?
    [[ $status == 28 || $status == 7 ]] && in_appliance curl -sS --max-time 2 -o /dev/null "http://$LAB_APPLIANCE_IP:8080/"
}

firewalls_nftables() {
    local said
    process_start other "$LAB_WORK/other.log" ip netns exec "$LAB_APPLIANCE" python3 -m http.server --directory /var/empty 8080
    wait_until 5 firewalls_other_listens || true
    firewalls_table || return 1
    firewalls_shut nftables
    said=$(in_appliance nft --check --file "$FIREWALLS/pilotfish.nft" 2>&1)
    check_that 'nft takes the snippet' "$said" test -z "$said"
    in_appliance nft --file "$FIREWALLS/pilotfish.nft" || true
    firewalls_open nftables
    firewalls_untracked
    in_appliance nft flush ruleset
}

# What stands in /etc/nftables.conf, and lets nothing in.
firewalls_table() {
    in_appliance nft -f - <<'RULES'
flush ruleset
table inet filter {
    chain input {
        type filter hook input priority filter; policy drop;
        iif lo accept
        icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept
    }
}
RULES
}

# The other way that the snippet names: a range of ports, and no connection tracking.
firewalls_untracked() {
    firewalls_table || return 1
    sed 's/^\( *\)#\(udp dport 30000-30015 accept\)/\1\2/; /ct state/d' "$FIREWALLS/pilotfish.nft" >"$LAB_WORK/untracked.nft"
    check_that 'the snippet has a way without connection tracking' "$(cat "$LAB_WORK/untracked.nft")" \
        grep -q '^ *udp dport 30000-30015 accept' "$LAB_WORK/untracked.nft"
    in_appliance nft --file "$LAB_WORK/untracked.nft" || true
    lab_stop_pilotfish
    cp "$LAB_SETTINGS" "$LAB_WORK/any.toml"
    printf '[tftp]\nports = "30000-30015"\n' >>"$LAB_SETTINGS"
    ready_or_fail 'with a range of ports' lab_start_pilotfish || return 0
    firewalls_open 'nftables without connection tracking'
    lab_stop_pilotfish
    cp "$LAB_WORK/any.toml" "$LAB_SETTINGS"
    ready_or_fail 'with any ports' lab_start_pilotfish || true
}

firewalls_other_listens() { in_appliance ss -Hltn 'sport = :8080' | grep -q .; }

firewalls_ufw() {
    local said
    in_systemd sh -c 'ufw --force enable' >>"$LAB_WORK/firewalls.log" 2>&1 || true
    check_that 'ufw is at work' "$(tail -n 3 "$LAB_WORK/firewalls.log")" grep -q '^Status: active' <<<"$(in_systemd ufw status)"
    firewalls_shut ufw
    cp "$FIREWALLS/ufw/pilotfish" "$SYSTEMD_ROOT/etc/ufw/applications.d/"
    said=$(in_systemd ufw app info Pilotfish 2>&1)
    check_that 'ufw knows the application' "$said" grep -q '67,69,4011/udp' <<<"$said"
    in_systemd ufw allow in on eth0 to any app Pilotfish >>"$LAB_WORK/firewalls.log" 2>&1 || true
    firewalls_open ufw
    in_systemd ufw --force disable >>"$LAB_WORK/firewalls.log" 2>&1 || true
    in_appliance nft flush ruleset
}

firewalls_firewalld() {
    local said service=$SYSTEMD_ROOT/etc/firewalld/services/pilotfish.xml
    sed 's/"udp"/"pdu"/' "$FIREWALLS/firewalld/pilotfish.xml" >"$service"
    check_that 'firewalld finds what is wrong with a service' 'it does not' firewalls_refuses
    cp "$FIREWALLS/firewalld/pilotfish.xml" "$service"
    said=$(firewalls_offline --check-config 2>&1)
    check_that 'and nothing with ours' "$said" firewalls_offline --quiet --check-config
    said=$(firewalls_offline --info-service=pilotfish 2>&1)
    check_that 'and knows the ports' "$said" grep -qE 'ports: .*(67/udp.*4011/udp.*80/tcp)' <<<"$said"
    firewalls_offline --set-default-zone=drop >/dev/null || true
    in_systemd systemctl start firewalld >>"$LAB_WORK/firewalls.log" 2>&1 || true
    check_that 'firewalld is at work' "$(tail -n 3 "$LAB_WORK/firewalls.log")" in_systemd firewall-cmd --quiet --state
    firewalls_shut firewalld
    in_systemd firewall-cmd --quiet --add-service=pilotfish || true
    firewalls_open firewalld
    in_systemd systemctl stop firewalld || true
}

firewalls_refuses() { ! firewalls_offline --check-config >/dev/null 2>&1; }

firewalls_offline() { in_systemd firewall-offline-cmd "$@"; }
