# shellcheck shell=bash
# HTTP as an administrator expects it: parts of files and conditions as curl asks for them, IPv4 and IPv6, crowds of downloads,
# and crowds of those who only take up room.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

readonly HTTP_SIZE=3000001
readonly HTTP_APPLIANCE6=fd78::2
readonly HTTP_CLIENT6=fd78::3
# What each of the crowd downloads; 100 is what the figures of the README are of.
readonly HTTP_MIB=${PILOTFISH_HTTP_MIB:-10}
readonly HTTP_CROWD=1000

# Usage: http_check; returns 1 when a check failed.
http_check() {
    with_lab 'http: parts, conditions, crowds, and those who only take up room' http_body
}

http_body() {
    head -c "$HTTP_SIZE" /dev/urandom >"$LAB_ROOT/f3m" && truncate -s "${HTTP_MIB}M" "$LAB_ROOT/sparse" &&
        chmod 644 "$LAB_ROOT"/{f3m,sparse} || return 1
    printf '[http]\nconnections = 4096\n' >>"$LAB_SETTINGS"
    # The crowd comes from addresses of its own, as machines do.
    ip -n "$LAB_CLIENT" route add local 10.9.0.0/16 dev lo &&
        ip -n "$LAB_APPLIANCE" route add 10.9.0.0/16 via "$LAB_CLIENT_IP" || return 1
    lab_start_pilotfish || return 1
    http_parts
    http_conditions
    http_ipv6
    http_crowd
    http_takers_of_room
    http_one_address
    check_serves "$LAB_APPLIANCE_IP" 'after all of this'
    http_counted
}

http_url() {
    printf 'http://%s/f3m' "$LAB_APPLIANCE_IP"
}

# Usage: http_curl [option…]; fetches the file into $LAB_WORK/got; prints status and size.
http_curl() {
    rm -f "$LAB_WORK/got" && : >"$LAB_WORK/got"
    in_client timeout 30 curl -sS -o "$LAB_WORK/got" -w '%{http_code} %{size_download}' "$@" "$(http_url)" 2>&1 || true
}

# Usage: http_is WHAT 'STATUS SIZE' SAID [OFFSET COUNT]
http_is() {
    check_that "$1: $2" "$3" test "$3" = "$2"
    (($# < 5)) || check_that "$1: the very octets" 'others' \
        cmp -s <(tail -c "+$(($4 + 1))" "$LAB_ROOT/f3m" | head -c "$5") "$LAB_WORK/got"
}

http_parts() {
    http_is 'curl -r 0-99' '206 100' "$(http_curl -r 0-99)" 0 100
    http_is 'curl -r 2999990-' '206 11' "$(http_curl -r 2999990-)" 2999990 11
    http_is 'curl -r -5' '206 5' "$(http_curl -r -5)" $((HTTP_SIZE - 5)) 5
    http_is 'curl -r 5-3' "200 $HTTP_SIZE" "$(http_curl -r 5-3)" 0 "$HTTP_SIZE"
    http_is 'overlapping ranges are sent once' '206 1000' "$(http_curl -r 0-599,400-999)" 0 1000
    http_is 'seventeen ranges give the whole file' "200 $HTTP_SIZE" \
        "$(http_curl -r "$(printf '%d-%d,' {0..33}000)1-2")" 0 "$HTTP_SIZE"
    # Resuming: the first half is there, and the rest is asked for.
    head -c 1000000 "$LAB_ROOT/f3m" >"$LAB_WORK/half"
    in_client timeout 30 curl -sS -C - -o "$LAB_WORK/half" "$(http_url)" 2>"$LAB_WORK/curl.log" || true
    check_that 'curl -C - resumes' "$(tail -n 1 "$LAB_WORK/curl.log")" same_content "$LAB_WORK/half" "$LAB_ROOT/f3m"
    check_lines 'several ranges' python_tool http_load.py parts "$(http_url)" "$LAB_ROOT/f3m"
}

http_conditions() {
    local tag date
    tag=$(in_client curl -sSI "$(http_url)" | tr -d '\r' | sed -n 's/^[Ee][Tt]ag: //p')
    date=$(in_client curl -sSI "$(http_url)" | tr -d '\r' | sed -n 's/^[Ll]ast-[Mm]odified: //p')
    http_is 'If-None-Match of this state' '304 0' "$(http_curl -H "If-None-Match: $tag")"
    http_is 'If-None-Match of another' "200 $HTTP_SIZE" "$(http_curl -H 'If-None-Match: "other"')"
    http_is 'If-Modified-Since as told' '304 0' "$(http_curl -z "$date")"
    http_is 'If-Range of this state' '206 10' "$(http_curl -r 0-9 -H "If-Range: $tag")" 0 10
    http_is 'If-Range of another' "200 $HTTP_SIZE" "$(http_curl -r 0-9 -H 'If-Range: "other"')" 0 "$HTTP_SIZE"
}

http_ipv6() {
    local link said
    if ! ip -n "$LAB_APPLIANCE" address add "$HTTP_APPLIANCE6/64" dev eth0 nodad ||
        ! ip -n "$LAB_CLIENT" address add "$HTTP_CLIENT6/64" dev eth0 nodad || ! link=$(link_local_of "$LAB_APPLIANCE"); then
        check_fail 'HTTP over IPv6' 'the lab has no IPv6'
        return 0
    fi
    check_serves_http6 "[$HTTP_APPLIANCE6]"
    check_serves_http6 "[$link%25eth0]"
    said=$(in_client timeout 30 curl -sS "http://[$HTTP_APPLIANCE6]/boot.ipxe" 2>&1) || true
    check_that 'a script fetched over IPv6 names our IPv6 address' "$said" grep -qF "http://[$HTTP_APPLIANCE6]/" <<<"$said"
    # The client's own link-local address is taken when it has been found free, and tells us our interface; a global one does not.
    link_local_of "$LAB_CLIENT" >/dev/null || check_fail 'the client has a link-local address' 'not within 10 s'
    http_link_local_script "$link" 'a link-local address'
    http_link_local_script "$link" 'a global address' --interface "host!$HTTP_CLIENT6"
}

# Usage: http_link_local_script ADDRESS FROM [curl option…]
http_link_local_script() {
    local said link=$1 from=$2
    shift 2
    said=$(in_client timeout 30 curl -sS "$@" "http://[$link%25eth0]/boot.ipxe" 2>&1) || true
    check_that "a script fetched from $from at our link-local one names our IPv4 address" "$said" \
        grep -qF "http://$LAB_APPLIANCE_IP/" <<<"$said"
}

# Usage: check_serves_http6 HOST
check_serves_http6() {
    local what=$1
    [[ $1 != *fe80* ]] || what='its link-local address'
    rm -f "$LAB_WORK/got"
    in_client timeout 30 curl -sS -o "$LAB_WORK/got" "http://$1/f3m" 2>"$LAB_WORK/curl.log" || true
    check_that "HTTP at $what" "$(tail -n 1 "$LAB_WORK/curl.log")" same_content "$LAB_WORK/got" "$LAB_ROOT/f3m"
}

# A thousand downloads at once; the file has a length and no content, so that no disk is measured.
http_crowd() {
    check_lines 'a crowd of downloads' in_client timeout $((60 + HTTP_CROWD * HTTP_MIB / 50)) python3 -B "$TESTS_LAB/http_load.py" \
        fetch "$LAB_APPLIANCE_IP" /sparse $((HTTP_MIB << 20)) "$HTTP_CROWD"
}

# Two thousand who send a request letter by letter and ten thousand who ask for nothing, where four thousand have room.
http_takers_of_room() {
    local said
    start_helper slow python3 -B "$TESTS_LAB/http_load.py" hold "$LAB_APPLIANCE_IP" 2000 half
    start_helper idle python3 -B "$TESTS_LAB/http_load.py" hold "$LAB_APPLIANCE_IP" 10000 idle
    check_that '12,000 connections that only take up room are there' "$(tail -n 1 "$LAB_WORK"/{slow,idle}.log)" \
        wait_until 60 http_are_held
    said=$(http_curl --max-time 20)
    http_is 'a download completes beside them' "200 $HTTP_SIZE" "$said" 0 "$HTTP_SIZE"
    check_lines 'downloads beside them' in_client timeout 60 python3 -B "$TESTS_LAB/http_load.py" \
        fetch "$LAB_APPLIANCE_IP" /f3m "$HTTP_SIZE" 100
    process_stop slow
    process_stop idle
}

http_are_held() {
    grep -q '^held' "$LAB_WORK/slow.log" && grep -q '^held' "$LAB_WORK/idle.log"
}

# The default: 1,024 connections of one address.
http_one_address() {
    start_helper greedy python3 -B "$TESTS_LAB/http_load.py" hold "$LAB_APPLIANCE_IP" 1500 idle 10.9.200.1
    wait_until 30 grep -q '^held' "$LAB_WORK/greedy.log" || true
    check_that 'one address holds 1,024 connections and no more' "$(tail -n 1 "$LAB_WORK/greedy.log")" \
        grep -qx 'held 1024 of 1500' "$LAB_WORK/greedy.log"
    http_is 'another address is served meanwhile' "200 $HTTP_SIZE" "$(http_curl)" 0 "$HTTP_SIZE"
    process_stop greedy
}

# What the service counted of all this, when it ends.
http_counted() {
    local said name
    process_stop pilotfish
    said=$(grep -a 'service\.stopped' "$LAB_PILOTFISH_LOG" | tail -n 1)
    for name in httpTurnedAway httpCrowdedOut; do
        check_that "the service counts $name" "$said" grep -qE " $name=[1-9]" <<<"$said"
    done
}
