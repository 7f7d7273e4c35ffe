# shellcheck shell=bash
# The caching mirror, beside an upstream server that is slow, breaks off, goes away, lies and changes its files; and the process
# that fetches: what it may, and what happens when it dies.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

readonly MIRROR_PORT=8080
readonly MIRROR_TLS_PORT=8443
readonly MIRROR_OWN_PORT=8081
# Of a server that has no [mirror.NAME], only targets that name its files by URLs.
readonly MIRROR_URL_PORT=8082
readonly MIRROR_SIZE=8000003
readonly MIRROR_CROWD=200
# Seconds for which a file is fresh here.
readonly MIRROR_FRESH=3

# Usage: mirror_check; returns 1 when a check failed.
mirror_check() {
    with_lab 'mirror: one fetch for a crowd, upstream slow, broken, away and lying, the fetcher confined and killed' mirror_body
}

mirror_body() {
    mirror_files && mirror_authority && mirror_settings && mirror_upstream && mirror_url_upstream || return 1
    lab_start_pilotfish || return 1
    mirror_confined
    mirror_crowd
    mirror_ranges
    mirror_tftp
    mirror_target
    mirror_url_target
    mirror_missing
    mirror_refused
    mirror_encoded
    mirror_led_home
    mirror_room
    mirror_questions
    mirror_cut
    mirror_checksums
    mirror_tls
    mirror_changed
    mirror_away
    mirror_damaged
    mirror_killed
    mirror_restart
    mirror_limit
    mirror_ended
}

mirror_files() {
    MIRROR_ROOT=$LAB_WORK/upstream
    mkdir -p "$MIRROR_ROOT"/{slow,pool,part,limit,endless} || return 1
    head -c "$MIRROR_SIZE" /dev/urandom >"$MIRROR_ROOT/slow/linux" || return 1
    local name
    for name in direct part/direct mistaken small changes away pool/one good wrong killed part/cut 'part/a b' limit/{1,2,3} pool/libc++_2:1~b.deb; do
        head -c 300007 /dev/urandom >"$MIRROR_ROOT/$name" || return 1
    done
    truncate -s 600000 "$MIRROR_ROOT"/limit/{1,2,3} "$MIRROR_ROOT"/endless/{first,second}
    truncate -s 1000 "$MIRROR_ROOT"/endless/{end,q{1..20}}
}

# A certificate of an authority made here, for the upstream's address.
mirror_authority() {
    local dir=$LAB_WORK/tls
    mkdir -p "$dir" && chmod 755 "$LAB_WORK" "$dir" &&
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout "$dir/ca.key" -out "$dir/ca.pem" \
            2>/dev/null &&
        openssl req -newkey rsa:2048 -nodes -subj /CN=upstream -keyout "$dir/key.pem" -out "$dir/request.pem" 2>/dev/null &&
        openssl x509 -req -in "$dir/request.pem" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 2 \
            -extfile <(printf 'subjectAltName=IP:%s' "$LAB_ROUTER_IP") -out "$dir/cert.pem" 2>/dev/null &&
        chmod 644 "$dir/ca.pem"
}

mirror_settings() {
    local plain=http://$LAB_ROUTER_IP:$MIRROR_PORT tls=https://$LAB_ROUTER_IP:$MIRROR_TLS_PORT
    cat >>"$LAB_SETTINGS" <<TOML

[target.mirrored]
kernel = "mirror/plain/small"

[target.direct]
kernel = { url = "http://$LAB_ROUTER_IP:$MIRROR_URL_PORT/direct", sha256 = "$(sha "$MIRROR_ROOT/direct")" }
initrd = "http://$LAB_ROUTER_IP:$MIRROR_URL_PORT/part/direct"

[target.mistaken]
kernel = { url = "http://$LAB_ROUTER_IP:$MIRROR_URL_PORT/mistaken", sha256 = "$(sha "$MIRROR_ROOT/direct")" }

[mirror.plain]
upstream = "$plain/"
fresh = "${MIRROR_FRESH}s"
immutable = ["pool/**"]

[mirror.plain.sha256]
good = "$(sha "$MIRROR_ROOT/good")"
wrong = "$(sha "$MIRROR_ROOT/good")"

[mirror.limited]
upstream = "$plain/limit"
limit = "1MiB"

[mirror.full]
upstream = "$plain/endless"
limit = "1MiB"

[mirror.own]
upstream = "http://localhost:$MIRROR_OWN_PORT"

[[rule]]
mac = "52:54:00:bb:*"
ask = "$plain/decide"
ask-timeout = 2000

[mirror.tls]
upstream = "$tls"
ca-file = "$LAB_WORK/tls/ca.pem"

[mirror.untrusted]
upstream = "$tls"
TOML
}

mirror_upstream() {
    local name
    for name in plain tls; do
        local -a how=("$MIRROR_PORT")
        [[ $name == plain ]] || how=("$MIRROR_TLS_PORT" "$LAB_WORK/tls/cert.pem" "$LAB_WORK/tls/key.pem")
        process_start "upstream-$name" "$LAB_WORK/upstream-$name.log" ip netns exec "$LAB_ROUTER" \
            python3 -B "$TESTS_LAB/upstream.py" "$MIRROR_ROOT" "$LAB_ROUTER_IP" "${how[@]}"
        process_ready "upstream-$name" "$LAB_WORK/upstream-$name.log" '^ready' 10 || return 1
    done
    # One more, on the appliance's own loopback.
    process_start upstream-own "$LAB_WORK/upstream-own.log" ip netns exec "$LAB_APPLIANCE" \
        python3 -B "$TESTS_LAB/upstream.py" "$MIRROR_ROOT" 127.0.0.1 "$MIRROR_OWN_PORT"
    process_ready upstream-own "$LAB_WORK/upstream-own.log" '^ready' 10
}

mirror_url_upstream() {
    process_start upstream-direct "$LAB_WORK/upstream-direct.log" ip netns exec "$LAB_ROUTER" \
        python3 -B "$TESTS_LAB/upstream.py" "$MIRROR_ROOT" "$LAB_ROUTER_IP" "$MIRROR_URL_PORT"
    process_ready upstream-direct "$LAB_WORK/upstream-direct.log" '^ready' 10
}

# Usage: mirror_asked STATUS PATH; how often upstream was asked for it with that outcome.
mirror_asked() {
    grep -cxE "$1 /$2( conditional)?" "$LAB_WORK/upstream-plain.log" || true
}

# Usage: mirror_get PATH [curl option…]; fetches into $LAB_WORK/got; prints the status, or curl's own when there is none.
mirror_get() {
    local path=$1 said status=0
    shift
    rm -f "$LAB_WORK/got"
    said=$(in_client timeout 30 curl -sS -o "$LAB_WORK/got" -w '%{http_code}' "$@" \
        "http://$LAB_APPLIANCE_IP/mirror/$path" 2>"$LAB_WORK/curl.log") || status=$?
    printf '%s' "$said"
    ((status == 0)) || printf ' curl %d' "$status"
}

# Usage: mirror_serves WHAT PATH FILE
mirror_serves() {
    local said
    said=$(mirror_get "$2")
    check_that "$1" "$said $(tail -n 1 "$LAB_WORK/curl.log")" same_content "$LAB_WORK/got" "$MIRROR_ROOT/$3"
}

# Usage: mirror_answers WHAT PATH STATUS [curl option…]
mirror_answers() {
    local what=$1 path=$2 wanted=$3 said
    shift 3
    said=$(mirror_get "$path" "$@")
    check_that "$what: $wanted" "$said" test "$said" = "$wanted"
}

# The processes that fetch, one for files and one for questions; or with "keeper" those that start them.
mirror_fetchers() {
    pgrep -x "fetch${1:+-}${1:-er}" --ns "$LAB_PILOTFISH_PID" --nslist net
}

mirror_confined() {
    local name pid said user
    user=$(awk '/^Uid:/ { print $2 }' "/proc/$LAB_PILOTFISH_PID/status")
    for name in '' keeper; do
        pid=$(mirror_fetchers $name | tr '\n' ' ') || true
        check_that "there is a process for files and one for questions${name:+, and one that starts each}" "$pid" \
            test "$(wc -w <<<"$pid")" = 2
        pid=${pid%% *}
        said=$(tr '\n\t' '  ' <"/proc/${pid:-0}/status") || true
        check_that "the fetcher${name:+\'s $name} has no capability, no way to any, a filter, and the service's user" \
            "$said" grep -qE "Uid: $user $user $user $user .*CapInh: 0+ CapPrm: 0+ CapEff: 0+ CapBnd: 0+ CapAmb: 0+ .*NoNewPrivs: 1 .*Seccomp: 2 " \
            <<<"$said"
        said=$(ls -l "/proc/${pid:-0}/fd" 2>&1) || true
        check_that "the fetcher${name:+\'s $name} has no listening socket, packet socket or file of the service's" "$said" \
            test "$(grep -cE 'socket:' <<<"$said")" -le 3 -a "$(grep -cE 'sqlite|/root' <<<"$said")" = 0
    done
}

# All ask while it is being fetched: upstream sends it over half a second.
mirror_crowd() {
    local index
    mkdir -p "$LAB_WORK/crowd"
    for ((index = 0; index < MIRROR_CROWD; index++)); do
        printf 'url = "http://%s/mirror/plain/slow/linux"\noutput = "%s/crowd/%d"\n' "$LAB_APPLIANCE_IP" "$LAB_WORK" "$index"
    done >"$LAB_WORK/crowd.conf"
    in_client timeout 60 curl -sS -Z --parallel-immediate --parallel-max "$MIRROR_CROWD" -K "$LAB_WORK/crowd.conf" \
        2>"$LAB_WORK/curl.log" || true
    check_that "$MIRROR_CROWD clients at once all get the very file" "$(tail -n 1 "$LAB_WORK/curl.log")" \
        test "$(sha "$LAB_WORK"/crowd/* | sort | uniq -c | tr -s ' ')" = " $MIRROR_CROWD $(sha "$MIRROR_ROOT/slow/linux")"
    # On a slow machine it is no longer fresh when the last of them ask, and only confirmed.
    check_that 'and upstream sent it once' "$(grep slow "$LAB_WORK/upstream-plain.log")" test "$(mirror_asked 200 slow/linux)" = 1
    check_said 'the log says what was fetched and how fast' "mirror\\.fetched .*slow/linux bytes=$MIRROR_SIZE " 5
    rm -rf "$LAB_WORK/crowd"
}

mirror_ranges() {
    mirror_answers 'a part of a cached file' plain/slow/linux 206 -r 100-199
    check_that 'the very octets of it' 'others' cmp -s <(tail -c +101 "$MIRROR_ROOT/slow/linux" | head -c 100) "$LAB_WORK/got"
    # Not cached yet: as soon as the size is known.
    cp "$MIRROR_ROOT/slow/linux" "$MIRROR_ROOT/slow/again"
    mirror_answers 'a part of a file that is just being fetched' plain/slow/again 206 -r 7000000-7000099
    check_that 'the very octets of that' 'others' cmp -s <(tail -c +7000001 "$MIRROR_ROOT/slow/linux" | head -c 100) "$LAB_WORK/got"
    cp "$MIRROR_ROOT/slow/linux" "$MIRROR_ROOT/slow/head"
    local said
    said=$(in_client timeout 30 curl -sSI "http://$LAB_APPLIANCE_IP/mirror/plain/slow/head" | tr -d '\r')
    check_that 'HEAD tells the size of a file that is just being fetched' "$said" grep -qix "content-length: $MIRROR_SIZE" <<<"$said"
    mirror_serves 'a name with a blank' 'plain/part/a%20b' 'part/a b'
    mirror_serves 'a file behind a redirect' plain/moved/small small
}

mirror_tftp() {
    local got=$LAB_WORK/got
    cp "$MIRROR_ROOT/small" "$MIRROR_ROOT/tftp"
    rm -f "$got"
    in_client timeout 30 curl -sS -o "$got" "tftp://$LAB_APPLIANCE_IP/mirror/plain/tftp" 2>"$LAB_WORK/curl.log" || true
    check_that 'TFTP gets a file that was not cached before, as soon as it is there' "$(tail -n 1 "$LAB_WORK/curl.log")" \
        same_content "$got" "$MIRROR_ROOT/tftp"
    check_that 'and upstream was asked once for that too' "$(mirror_asked 200 tftp)" test "$(mirror_asked 200 tftp)" = 1
}

mirror_target() {
    local said
    said=$(in_client timeout 30 curl -sS "http://$LAB_APPLIANCE_IP/boot/mirrored.ipxe" 2>&1) || true
    check_that 'a target may name a file of a mirror' "$said" grep -q "mirror/plain/small" <<<"$said"
    mirror_serves 'and gets it' plain/small small
}

# A target that names by their URLs files of a server of which there is no mirror.
mirror_url_target() {
    local said path got=$LAB_WORK/got base=mirror/~http-$LAB_ROUTER_IP+$MIRROR_URL_PORT
    said=$(in_client timeout 30 curl -sS "http://$LAB_APPLIANCE_IP/boot/direct.ipxe" 2>&1) || true
    check_that 'the script of a target with URLs names paths of ours only' "$said" \
        test "$(grep -c "http://$LAB_APPLIANCE_IP/mirror/" <<<"$said")" = 2 -a "$(grep -c "//$LAB_ROUTER_IP" <<<"$said")" = 0
    path=$(sed -n 's,^kernel http://[^/]*/\([^ ]*\) .*,\1,p' <<<"$said")
    rm -f "$got"
    in_client timeout 30 curl -sS -o "$got" "http://$LAB_APPLIANCE_IP/$path" 2>"$LAB_WORK/curl.log" || true
    check_that 'its kernel is fetched by HTTP' "$path $(tail -n 1 "$LAB_WORK/curl.log")" same_content "$got" "$MIRROR_ROOT/direct"
    rm -f "$got"
    in_client timeout 30 curl -sS -o "$got" "tftp://$LAB_APPLIANCE_IP/$base/part/direct" 2>"$LAB_WORK/curl.log" || true
    check_that 'its RAM disk by TFTP' "$(tail -n 1 "$LAB_WORK/curl.log")" same_content "$got" "$MIRROR_ROOT/part/direct"
    check_that 'each with one request upstream' "$(cat "$LAB_WORK/upstream-direct.log")" \
        test "$(grep -c 'direct$' "$LAB_WORK/upstream-direct.log")" = 2
    mirror_answers 'a file with another SHA-256 than a target says' "${base#mirror/}/mistaken" 502
    check_said 'which the log says' 'mirror\.checksum .*/mistaken found=[0-9a-f]{64}' 5
    said=$(in_client curl -sS -o /dev/null -w '%{http_code}' "http://$LAB_APPLIANCE_IP/$base/small")
    check_that 'another file of that server is nobody'\''s: 404' "$said" test "$said" = 404
    check_that 'and upstream does not hear of it' "$(cat "$LAB_WORK/upstream-direct.log")" \
        test "$(grep -c small "$LAB_WORK/upstream-direct.log")" = 0
}

mirror_missing() {
    mirror_answers 'a file that upstream has not' plain/none 404
    mirror_answers 'and once more' plain/none 404
    check_that 'which is remembered' "$(mirror_asked 404 none) times" test "$(mirror_asked 404 none)" = 1
    mirror_answers 'a mirror that is not there' other/none 404
}

mirror_refused() {
    mirror_answers 'a query' 'plain/small?x=1' 400
    mirror_answers 'a path that leads out' 'plain/../../etc/passwd' 403 --path-as-is
}

# Debian's tools write "+" so, and others do not.
mirror_encoded() {
    local name
    for name in 'libc%2b%2B_2%3a1%7eb.deb' 'libc++_2:1~b.deb' 'libc+%2b_2:1%7Eb.deb'; do
        mirror_serves "a name asked for as $name" "plain/pool/$name" 'pool/libc++_2:1~b.deb'
    done
    check_that 'is one file, asked for once, with its plain name' "$(grep libc "$LAB_WORK/upstream-plain.log")" \
        test "$(grep libc "$LAB_WORK/upstream-plain.log")" = '200 /pool/libc++_2:1~b.deb'
}

# An upstream must not lead us to what listens on our own loopback; the settings may.
mirror_led_home() {
    local place
    mirror_serves 'a server of this very host, found by its name, that the settings name' own/small small
    # The last of them by the very connection that has just been used.
    for place in 127.0.0.1:$MIRROR_OWN_PORT 169.254.1.1:80 localhost:$MIRROR_OWN_PORT; do
        mirror_answers "a redirect to $place" "plain/lead/$place/changes" 502
    done
    check_said 'the log says where it led' 'mirror\.failed .*it leads to 169\.254\.1\.1, this very host' 5
    check_that 'and nobody was asked there' "$(grep changes "$LAB_WORK/upstream-own.log")" \
        test "$(grep -c changes "$LAB_WORK/upstream-own.log")" = 0
}

# Upstream says how large they are and then nothing more: they stay under way.
mirror_room() {
    mirror_answers 'a file that fills more than half of a mirror' full/first 200 -I
    mirror_answers 'another beside it, while that one is under way' full/second 502
    check_that 'and why, without what only the log should know' "$(cat "$LAB_WORK/got")" grep -q 'no room to keep' "$LAB_WORK/got"
    check_said 'the log says more' "mirror\\.failed .*endless/second reason=.*no room for 600000 octets.* limit is 1048576" 5
}

# All connections that files of one server may have at once are taken.
mirror_questions() {
    local index
    for index in {1..20}; do
        printf 'url = "http://%s/mirror/plain/endless/q%d"\noutput = "/dev/null"\nhead\n' "$LAB_APPLIANCE_IP" "$index"
    done >"$LAB_WORK/questions.conf"
    start_helper waiting curl -sS -Z --parallel-immediate --max-time 30 -K "$LAB_WORK/questions.conf"
    # With the one of before these are sixteen, and more are not fetched from one server at once.
    check_that 'many files are being fetched from one server' "$(tail -n 3 "$LAB_WORK/upstream-plain.log")" \
        wait_until 20 mirror_has_asked 15
    python_tool endpoint.py discover 52:54:00:bb:00:01 >/dev/null 2>&1 || true
    check_said 'which keeps no question from being asked there' 'webhook\.decided .*52:54:00:bb:00:01' 10
    process_stop waiting
    # They would be waited for until they count as stalled.
    process_stop upstream-plain KILL
    mirror_upstream || check_fail 'the upstream is back' "$LAB_FAILURE"
}

mirror_has_asked() { (($(mirror_asked 200 'endless/q[0-9]+') >= $1)); }

# Usage: mirror_parts_of PATH; prints what is kept of it, finished or not.
mirror_parts_of() {
    local key
    key=$(printf 'http://%s:%s/%s' "$LAB_ROUTER_IP" "$MIRROR_PORT" "$1" | sha256sum | cut -c 1-64)
    find "$LAB_STATE/cache/mirror/plain" -name "$key*"
}

# Usage: mirror_has_no_part_of PATH
mirror_has_no_part_of() { [[ -z $(mirror_parts_of "$1") ]]; }

mirror_cut() {
    local said
    # Or nothing would be found of anything.
    check_that 'a file that was fetched is found' "$(ls "$LAB_STATE"/cache/mirror/plain)" test -n "$(mirror_parts_of small)"
    : >"$MIRROR_ROOT/.cut"
    said=$(mirror_get plain/part/cut)
    check_that 'a fetch that breaks off is told as such' "$said" grep -qE '^(200 curl 18|502)' <<<"$said"
    # Those that never come are under way still.
    check_that 'nothing half of it is kept' "$(ls "$LAB_STATE"/cache/mirror/plain)" wait_until 20 mirror_has_no_part_of part/cut
    rm "$MIRROR_ROOT/.cut"
    sleep 2.1
    mirror_serves 'when upstream is well again, so is the file' plain/part/cut part/cut
    check_that 'and is found where nothing of it was' "$(ls "$LAB_STATE"/cache/mirror/plain)" test -n "$(mirror_parts_of part/cut)"
}

mirror_checksums() {
    mirror_serves 'a file with the right SHA-256' plain/good good
    mirror_answers 'a file with a wrong one' plain/wrong 502
    check_said 'which the log says' 'mirror\.checksum .*/wrong found=[0-9a-f]{64}' 5
    check_that 'and which is not kept' 'it is' \
        test "$(grep -rl "/wrong$" "$LAB_STATE/cache/mirror/plain" | wc -l)" = 0
}

mirror_tls() {
    mirror_serves 'https with a certificate of the authority in ca-file' tls/small small
    mirror_answers 'https with a certificate that nobody trusts' untrusted/small 502
    check_said 'and the log says why' 'mirror\.failed .*untrusted.*certificate' 5
}

mirror_changed() {
    mirror_serves 'a file' plain/changes changes
    mirror_serves 'an immutable one' plain/pool/one pool/one
    head -c 200003 /dev/urandom >"$LAB_WORK/new" && cp "$LAB_WORK/new" "$MIRROR_ROOT/pool/one"
    local before confirmed
    # So that it is as fresh as can be.
    mirror_get plain/changes >/dev/null
    cp "$LAB_WORK/new" "$MIRROR_ROOT/changes"
    before=$(mirror_asked '[0-9]+' changes)
    mirror_get plain/changes >/dev/null
    check_that 'a fresh file is served without asking' "$before" test "$(mirror_asked '[0-9]+' changes)" = "$before"
    sleep "$MIRROR_FRESH"
    mirror_serves 'a changed file is fetched anew when it is no longer fresh' plain/changes changes
    sleep "$MIRROR_FRESH"
    confirmed=$(mirror_asked 304 changes)
    mirror_serves 'an unchanged one is asked for' plain/changes changes
    check_that 'and only confirmed' "$(mirror_asked 304 changes)" test "$(mirror_asked 304 changes)" = $((confirmed + 1))
    mirror_get plain/pool/one >/dev/null
    check_that 'an immutable one is not even asked for' "$(mirror_asked '[0-9]+' pool/one)" \
        test "$(mirror_asked '[0-9]+' pool/one)" = 1
}

mirror_away() {
    mirror_serves 'a file' plain/away away
    process_stop upstream-plain KILL
    sleep "$MIRROR_FRESH"
    mirror_serves 'with upstream away, what is cached is served' plain/away away
    check_said 'and the log says so' 'mirror\.stale .*/away reason=' 5
    mirror_answers 'what is not' plain/part/never 502
    check_that 'with a sentence of what failed' "$(cat "$LAB_WORK/got")" grep -q 'cannot be reached' "$LAB_WORK/got"
    check_that 'and no address in it' "$(cat "$LAB_WORK/got")" test "$(grep -c "$LAB_ROUTER_IP" "$LAB_WORK/got")" = 0
    mirror_upstream || check_fail 'the upstream is back' "$LAB_FAILURE"
}

mirror_damaged() {
    local file
    for file in "$LAB_STATE"/cache/mirror/plain/*; do
        [[ $file == *.about ]] || printf 'x' >>"$file"
    done
    mirror_serves 'a cached file that somebody damaged is fetched again' plain/good good
    rm -rf "$LAB_STATE"/cache/mirror/plain/*
    mirror_serves 'and so is one of a cache that was emptied' plain/good good
}

mirror_killed() {
    local pids
    mapfile -t pids < <(mirror_fetchers)
    kill -KILL "${pids[@]}"
    check_said 'that the fetcher died is told' 'notice .*fetches died' 5
    check_that 'and another takes its place' "${pids[*]}" wait_until 5 mirror_has_other_fetchers "${pids[@]}"
    mirror_serves 'the next fetch works' plain/killed killed
    check_serves "$LAB_APPLIANCE_IP" 'after that'
}

# Usage: mirror_has_other_fetchers PID…
mirror_has_other_fetchers() {
    local -a now
    mapfile -t now < <(mirror_fetchers)
    ((${#now[@]} == 2)) && ! grep -qxF "$(printf '%s\n' "$@")" < <(printf '%s\n' "${now[@]}")
}

mirror_restart() {
    lab_stop_pilotfish || true
    if ! lab_start_pilotfish; then
        check_fail 'the service starts again' "$LAB_FAILURE"
        return 0
    fi
    mirror_serves 'the cache outlives the service' plain/killed killed
    check_that 'without a new download' "$(mirror_asked 200 killed)" test "$(mirror_asked 200 killed)" = 1
}

mirror_limit() {
    local index
    for index in 1 2 3; do
        mirror_serves "file $index of a mirror that holds one and a half" "limited/$index" "limit/$index"
        sleep 0.05
    done
    check_said 'the oldest makes room' 'mirror\.dropped .*files=1 ' 5
    # The last one is sent before it has its place.
    check_that 'and no more is kept than allowed' "$(ls "$LAB_STATE/cache/mirror/limited")" wait_until 10 mirror_keeps_one limited
}

# Usage: mirror_keeps_one MIRROR; files have the hash of their URL for a name.
mirror_keeps_one() {
    (($(find "$LAB_STATE/cache/mirror/$1" -type f -regex '.*/[0-9a-f]*' | wc -l) == 1))
}

mirror_ended() {
    local before
    local -a pids
    mapfile -t pids < <(mirror_fetchers; mirror_fetchers keeper)
    # One client waits for the rest of a file that never comes, another for the file.
    start_helper waiting timeout 60 curl -sS -o "$LAB_WORK/got-http" "http://$LAB_APPLIANCE_IP/mirror/plain/endless/end"
    check_that 'a file is under way when the service ends' "$(mirror_asked 200 endless/end)" wait_until 10 mirror_is_asked endless/end
    before=$(mirror_datagrams)
    start_helper waiting-tftp timeout 60 curl -sS -o "$LAB_WORK/got-tftp" "tftp://$LAB_APPLIANCE_IP/mirror/plain/endless/end"
    check_that 'and another client has asked for it by TFTP' "$before datagrams" wait_until 10 mirror_has_read_more_than "$before"
    lab_stop_pilotfish
    # They would wait for half a minute and more.
    check_that 'the service ends soon though clients wait for it' "$LAB_PILOTFISH_STOP_SECONDS s" \
        awk "BEGIN { exit !($LAB_PILOTFISH_STOP_SECONDS < 10) }"
    process_stop waiting
    process_stop waiting-tftp
    check_that 'the service ends cleanly' "status $LAB_PILOTFISH_STATUS" test "$LAB_PILOTFISH_STATUS" = 0
    check_that 'and the processes that fetch end with it' "${pids[*]}" wait_until 5 mirror_are_gone "${pids[@]}"
}

# How many datagrams the appliance has read, by IPv4.
mirror_datagrams() {
    awk '/^Udp: [0-9]/ { print $2 }' "/proc/$LAB_PILOTFISH_PID/net/snmp"
}

mirror_has_read_more_than() { (($(mirror_datagrams) > $1)); }

mirror_is_asked() { (($(mirror_asked 200 "$1") >= 1)); }

mirror_are_gone() {
    local pid
    for pid in "$@"; do ! process_is_alive "$pid" || return 1; done
}
