# shellcheck shell=bash
# Files by TFTP and HTTP, with the clients that people have: every size that ever broke a server, many at once, what
# lies outside the root, and files that change under a transfer.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
# shellcheck source=Tests/Lab/reload.sh
source "${BASH_SOURCE[0]%/*}/reload.sh"
# shellcheck source=Tests/Lab/ipv6.sh
source "${BASH_SOURCE[0]%/*}/ipv6.sh"

readonly TRANSFERS_SMALL=(0 1 511 512 513 9996) # 9996 is 7 blocks of 1428
readonly TRANSFERS_LARGE=41943040               # 40 MB; at 512 octets 81,921 blocks
readonly TRANSFERS_ROLLING=35651585             # 34 MB + 1; at 512 octets 69,633 blocks: the number rolls over once

# Usage: transfers_check; returns 1 when a check failed.
transfers_check() {
    with_lab 'transfers: real clients, awkward files' transfers_body
}

transfers_body() {
    transfers_files || return 1
    lab_start_pilotfish || return 1
    transfers_clients
    transfers_netascii
    transfers_together
    transfers_get
    transfers_swarm
    transfers_ipv6
    transfers_outside
    transfers_no_file
    transfers_no_writing
    transfers_replaced
    transfers_cut_short
    transfers_http
    transfers_names
    check_serves "$LAB_APPLIANCE_IP" 'after all of this'
}

transfers_files() {
    local size
    for size in "${TRANSFERS_SMALL[@]}" "$TRANSFERS_LARGE" "$TRANSFERS_ROLLING"; do
        head -c "$size" /dev/urandom >"$LAB_ROOT/f$size" || return 1
    done
    chmod 644 "$LAB_ROOT"/f*
}

# Where the clients below ask: the appliance, if TFTP_HOST names no other address of it.
tftp_host() {
    printf '%s' "${TFTP_HOST:-$LAB_APPLIANCE_IP}"
}

# Usage: tftp_url NAME; the percent sign of a zone is written as curl wants it, and we take either.
tftp_url() {
    local host
    host=$(tftp_host)
    [[ $host != *:* ]] || host=[${host/\%/%25}]
    printf 'tftp://%s/%s' "$host" "$1"
}

# Every client with every size. Block sizes: the default, what PXE firmware asks for, the largest that is granted, and
# one that is not granted as asked.
transfers_clients() {
    local size
    for size in 512 1024 1428 1468 65464; do
        transfers_client "curl, blksize $size" curl_tftp "$size"
    done
    transfers_client 'tftp-hpa' hpa_tftp
    transfers_client 'atftp' atftp_tftp
    transfers_client 'atftp, blksize 1428' atftp_tftp 'blksize 1428'
    transfers_client 'atftp, blksize 1428, windowsize 16' atftp_tftp 'blksize 1428' 'windowsize 16'
    transfers_client 'busybox, blksize 512' busybox_tftp 512
    transfers_client 'busybox, blksize 1428' busybox_tftp 1428
}

# Usage: transfers_client WHO FUNCTION [ARGUMENT…]; FUNCTION gets NAME and FILE after its arguments.
transfers_client() {
    local who=$1 size wrong='' got=$LAB_WORK/got
    shift
    for size in "${TRANSFERS_SMALL[@]}" "$TRANSFERS_LARGE" "$TRANSFERS_ROLLING"; do
        rm -f "$got"
        "$@" "f$size" "$got" >"$LAB_WORK/client.log" 2>&1 ||
            wrong+=" $size (exit status $?: $(tail -n 1 "$LAB_WORK/client.log"))"
        same_content "$got" "$LAB_ROOT/f$size" ||
            wrong+=" $size ($(stat -c %s "$got" 2>/dev/null || echo no) octets came)"
    done
    rm -f "$got"
    check_that "TFTP to $who: sizes ${TRANSFERS_SMALL[*]} $TRANSFERS_LARGE $TRANSFERS_ROLLING" "$wrong" test -z "$wrong"
}

# Usage: curl_tftp BLKSIZE NAME FILE
curl_tftp() {
    local -a how=(--tftp-blksize "$1")
    # curl takes an OACK with a tsize of 0 for an illegal one, whoever sends it; so it asks for the empty file without
    # options. It makes no file of nothing, either.
    [[ -s $LAB_ROOT/$2 ]] || { how=(--tftp-no-options) && : >"$3"; }
    in_client timeout 120 curl -sS "${how[@]}" -o "$3" "$(tftp_url "$2")"
}

hpa_tftp() {
    # It ends with 0 whatever happened; the caller looks at the file.
    in_client timeout 120 tftp -m octet "$(tftp_host)" -c get "$1" "$2"
}

# Usage: atftp_tftp [OPTION…] NAME FILE
atftp_tftp() {
    local -a options=()
    while (($# > 2)); do
        options+=(--option "$1")
        shift
    done
    in_client timeout 120 atftp "${options[@]}" -g -r "$1" -l "$2" "$(tftp_host)"
}

# Usage: busybox_tftp BLKSIZE NAME FILE
busybox_tftp() {
    in_client timeout 120 busybox tftp -b "$1" -g -r "$2" -l "$3" "$(tftp_host)"
}

# Lines end in CR LF on the wire, a bare CR is CR NUL (RFC 764): tftp-hpa turns that back, curl leaves it as it came.
transfers_netascii() {
    local got=$LAB_WORK/got wire=$LAB_WORK/wire
    # The 512th octet on the wire is the first of a pair, once as LF and once as CR.
    { printf 'one\n\ntwo\r\nthree\rfour\n' && head -c 480 /dev/zero | tr '\0' x && printf '\n\n\n\r\r\n\n\nend'; } \
        >"$LAB_ROOT/text"
    python3 -c 'import sys; sys.stdout.buffer.write(
        sys.stdin.buffer.read().replace(b"\r", b"\r\0").replace(b"\n", b"\r\n"))' <"$LAB_ROOT/text" >"$wire"
    rm -f "$got"
    in_client timeout 30 tftp -m ascii "$LAB_APPLIANCE_IP" -c get text "$got" >"$LAB_WORK/client.log" 2>&1 || true
    check_that 'netascii to tftp-hpa comes back as the file' "$(od -c "$got" 2>&1 | tail -n 3)" \
        same_content "$got" "$LAB_ROOT/text"
    rm -f "$got"
    in_client timeout 30 curl -sS -B -o "$got" "tftp://$LAB_APPLIANCE_IP/text" 2>"$LAB_WORK/client.log" || true
    check_that 'netascii on the wire is CR LF and CR NUL' "$(od -c "$got" 2>&1 | tail -n 3)" \
        same_content "$got" "$wire"
}

# Thirty at once, of three kinds, each with the whole file.
transfers_together() {
    local index wrong='' directory=$LAB_WORK/together
    local -a pids=()
    mkdir -p "$directory"
    head -c 4000000 /dev/urandom >"$LAB_ROOT/f4m" && chmod 644 "$LAB_ROOT/f4m"
    for index in {0..29}; do
        case $((index % 3)) in
        0) curl_tftp 1428 f4m "$directory/$index" ;;
        1) busybox_tftp 1468 f4m "$directory/$index" ;;
        2) atftp_tftp 'blksize 1428' 'windowsize 8' f4m "$directory/$index" ;;
        esac >"$directory/$index.log" 2>&1 &
        pids+=("$!")
    done
    for index in {0..29}; do
        wait "${pids[index]}" || wrong+=" $index (exit status $?)"
        same_content "$directory/$index" "$LAB_ROOT/f4m" || wrong+=" $index ($(tail -n 1 "$directory/$index.log"))"
    done
    check_that '30 TFTP clients at once get 4 MB each' "$wrong" test -z "$wrong"
    rm -rf "$directory"
}

# Our own client, as a user calls it.
transfers_get() {
    local url=tftp://$LAB_APPLIANCE_IP got=$LAB_WORK/got said status=0
    transfers_client 'pilotfish get' pilotfish_get
    transfers_client 'pilotfish get, without options' pilotfish_get --blksize 512 --windowsize 1
    transfers_client 'pilotfish get, windowsize 64' pilotfish_get --blksize 1468 --windowsize 64
    said=$(in_client timeout 60 "$PILOTFISH" get "$url/f$TRANSFERS_LARGE" -o "$got" --checksum 2>&1) || true
    check_that 'pilotfish get --checksum says what sha256sum says' "$said" \
        grep -q "^$(sha "$LAB_ROOT/f$TRANSFERS_LARGE")  " <<<"$said"
    rm -f "$got"
    said=$(in_client timeout 60 "$PILOTFISH" get "$url/missing" -o "$got" 2>&1) || status=$?
    check_that 'pilotfish get names the ERROR, ends with 1 and leaves nothing' "status $status: $said" \
        test "$status" = 1 -a ! -e "$got" -a "${said#*file not found}" != "$said"
    status=0
    said=$(in_client timeout 60 "$PILOTFISH" get "tftp://$LAB_APPLIANCE_IP:9/f1" -o "$got" 2>&1) || status=$?
    check_that 'pilotfish get ends with 2 where nobody listens' "status $status: $said" test "$status" = 2
    status=0
    said=$(in_client timeout 60 "$PILOTFISH" get "$url/f513" -o /dev/full 2>&1) || status=$?
    check_that 'pilotfish get ends with 3 when the disk is full' "status $status: $said" test "$status" = 3
    check_that 'pilotfish get leaves no temporary file' "$(ls -A "$LAB_WORK")" \
        test -z "$(find "$LAB_WORK" -maxdepth 1 -name '.got.*')"
}

# Usage: pilotfish_get [OPTION…] NAME FILE
pilotfish_get() {
    local name=${*: -2:1} file=${*: -1}
    in_client timeout 120 "$PILOTFISH" get "${@:1:$#-2}" "$(tftp_url "$name")" -o "$file"
}

# A thousand clients at once, and what a bad way does to some: nobody fails, and no octet is wrong.
transfers_swarm() {
    swarm_all_get 'a swarm of 1,000 clients' 1000 f9996
    swarm_all_get 'a swarm of 100 in lockstep, without options' 100 f9996 --model lockstep --no-options
    swarm_all_get 'a swarm of 20 like EDK2, losing 1 % each way' 20 f4m \
        --model edk2 --windowsize 4 --loss 0.01 --loss-acks 0.01 --timeout 1
    swarm_all_get 'a swarm of 20 with windows of 16, 1 % swapped' 20 f4m --reorder 0.01
}

# Usage: swarm_all_get WHAT CLIENTS NAME [OPTION…]; each compares what it gets, and the JSON is one document.
swarm_all_get() {
    local what=$1 clients=$2 name=$3 said
    shift 3
    in_client timeout 90 "$PILOTFISH" swarm "$(tftp_url "$name")" --clients "$clients" \
        --verify "$LAB_ROOT/$name" --json "$@" >"$LAB_WORK/swarm.json" 2>"$LAB_WORK/swarm.log" || true
    said=$(python3 -c 'import json, sys
report = json.load(open(sys.argv[1]))
wrong = [report["failures"]] if report["failed"] else []
if report["completed"] != int(sys.argv[2]): wrong.append("completed: %d" % report["completed"])
print(*wrong, sep="; ")' "$LAB_WORK/swarm.json" "$clients" 2>&1) || true
    check_that "$what: all complete, each octet right" "$said $(tail -n 1 "$LAB_WORK/swarm.log")" test -z "$said"
}

# What must stay closed to everybody, by each way there is: a secret beside the root.
transfers_outside() {
    local name secret=$LAB_WORK/secret.txt
    printf 'nobody may read this\n' >"$secret" && chmod 644 "$secret"
    mkdir -p "$LAB_ROOT/inner"
    ln -s "$secret" "$LAB_ROOT/absolute"
    ln -s ../secret.txt "$LAB_ROOT/outward"
    ln -s .. "$LAB_ROOT/upward"
    ln -s /proc/self/root "$LAB_ROOT/magic"
    ln -s ../f513 "$LAB_ROOT/inner/inside"
    tftp_asks inner/inside
    check_that 'TFTP serves a link that stays inside the root' "$ANSWER" test "$ANSWER" = DATA
    for name in ../secret.txt /../secret.txt inner/../../secret.txt '..\..\secret.txt' absolute outward \
        upward/secret.txt magic/etc/passwd /etc/passwd "$secret"; do
        tftp_asks "$name"
        check_that "TFTP refuses $(unplaced "$name")" "$ANSWER" grep -q '^ERROR [12] ' <<<"$ANSWER"
    done
    for name in ../secret.txt inner/../../secret.txt %2e%2e/secret.txt ..%2fsecret.txt '..%5csecret.txt' absolute \
        outward upward/secret.txt magic/etc/passwd etc/passwd /etc/passwd "${secret#/}"; do
        http_refuses "$name"
    done
    tftp_asks 'absolute' --mode netascii
    check_that 'TFTP refuses an outward link in netascii as well' "$ANSWER" grep -q '^ERROR [12] ' <<<"$ANSWER"
}

# The name of a check does not change with the directory of the run.
unplaced() {
    printf '%s' "${1/"${LAB_WORK#/}"/(lab)}"
}

http_refuses() {
    local status
    status=$(in_client timeout 30 curl -sS --path-as-is -o "$LAB_WORK/got" -w '%{http_code}' \
        "http://$LAB_APPLIANCE_IP/$1" 2>&1) || true
    if grep -q -e 'nobody may read' -e '^root:' "$LAB_WORK/got" 2>/dev/null; then
        status="$status, and sent the file"
    fi
    rm -f "$LAB_WORK/got"
    check_that "HTTP refuses $(unplaced "$1")" "$status" grep -qE '^(400|403|404)$' <<<"$status"
}

# What is no file is refused at once, and nothing hangs on it.
transfers_no_file() {
    mkfifo -m 666 "$LAB_ROOT/fifo"
    python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$LAB_ROOT/socket"
    chmod 666 "$LAB_ROOT/socket"
    printf 'hidden\n' >"$LAB_ROOT/unreadable" && chmod 600 "$LAB_ROOT/unreadable"
    no_file missing 1 404
    no_file inner 1 404
    no_file fifo 1 404
    no_file socket 1 404
    no_file f513/below 1 404
    no_file "$(printf 'n%.0s' {1..300})" 1 404
    no_file unreadable 2 403
    check_serves "$LAB_APPLIANCE_IP" 'after directory, FIFO and socket'
}

# Usage: no_file NAME CODE STATUS; one request, no repetition: what comes, comes at once. The limit is for slow hosts.
no_file() {
    local what=$1 status
    ((${#1} < 80)) || what='a name of 300 octets'
    tftp_asks "$1"
    check_that "TFTP answers ERROR $2 to one request for $what" "$ANSWER after $ANSWER_SECONDS s" \
        grep -q "^ERROR $2 " <<<"$ANSWER"
    status=$(in_client timeout 10 curl -sS -o /dev/null -w '%{http_code}' "http://$LAB_APPLIANCE_IP/$1" 2>&1) || true
    check_that "HTTP answers $3 to $what" "$status" test "$status" = "$3"
}

# The directory and a file lie open for writing, so that only the service itself can be who refuses.
transfers_no_writing() {
    local before after
    chmod 777 "$LAB_ROOT" && chmod 666 "$LAB_ROOT/f513"
    before=$(cd "$LAB_ROOT" && find . -printf '%p %s %T@ %i\n' | sort)
    tftp_asks new --write
    check_that 'a write request gets ERROR 2' "$ANSWER" grep -q '^ERROR 2 ' <<<"$ANSWER"
    tftp_asks f513 --write
    check_that 'a write request for a file that is there gets ERROR 2' "$ANSWER" grep -q '^ERROR 2 ' <<<"$ANSWER"
    printf 'upload\n' >"$LAB_WORK/upload"
    in_client timeout 30 tftp -m octet "$LAB_APPLIANCE_IP" -c put "$LAB_WORK/upload" upload >/dev/null 2>&1 || true
    in_client timeout 30 curl -sS -T "$LAB_WORK/upload" "tftp://$LAB_APPLIANCE_IP/upload" >/dev/null 2>&1 || true
    in_client timeout 30 curl -sS -T "$LAB_WORK/upload" "http://$LAB_APPLIANCE_IP/upload" >/dev/null 2>&1 || true
    after=$(cd "$LAB_ROOT" && find . -printf '%p %s %T@ %i\n' | sort)
    check_that 'nothing was written' "$(diff <(echo "$before") <(echo "$after") | tail -n 2)" test "$before" = "$after"
    chmod 755 "$LAB_ROOT" && chmod 644 "$LAB_ROOT/f513"
}

# An administrator replaces a file by rename: who has begun gets the old octets, who comes next the new ones.
transfers_replaced() {
    local old=$LAB_WORK/old got=$LAB_WORK/got
    head -c 6000001 /dev/urandom >"$old" && cp "$old" "$LAB_ROOT/image"
    if ! held_get image "$got"; then
        check_fail 'a file is replaced during a transfer' "the transfer did not begin: $(tail -n 1 "$LAB_WORK/held.log")"
        return
    fi
    head -c 5000001 /dev/urandom >"$LAB_ROOT/image.new" && chmod 644 "$LAB_ROOT/image.new"
    mv "$LAB_ROOT/image.new" "$LAB_ROOT/image"
    held_go
    check_that 'a file replaced during a transfer: the old octets to the end' "$HELD" same_content "$got" "$old"
    rm -f "$got"
    curl_tftp 1428 image "$got" >"$LAB_WORK/client.log" 2>&1 || true
    check_that 'a file replaced during a transfer: the new octets for the next' "$(tail -n 1 "$LAB_WORK/client.log")" \
        same_content "$got" "$LAB_ROOT/image"
    rm -f "$got" "$old"
}

# A file cut short has no right octets to send any more. Whoever reads it must hear so, and nobody else must suffer.
transfers_cut_short() {
    local status=0 got=$LAB_WORK/got
    head -c 6000001 /dev/urandom >"$LAB_ROOT/shrinks" && chmod 644 "$LAB_ROOT/shrinks"
    if held_get shrinks "$got"; then
        truncate -s 1000 "$LAB_ROOT/shrinks"
        held_go
        check_that 'a file cut short during a TFTP transfer ends it with an ERROR' "$HELD" \
            grep -q '^ERROR [0-9]' <<<"$HELD"
    else
        check_fail 'a file cut short during a TFTP transfer' "it did not begin: $(tail -n 1 "$LAB_WORK/held.log")"
    fi
    rm -f "$got"
    cp "$LAB_ROOT/f$TRANSFERS_LARGE" "$LAB_ROOT/shrinks"
    start_helper download timeout 60 curl -sS --limit-rate 4M -o "$got" "http://$LAB_APPLIANCE_IP/shrinks"
    wait_until 20 test -s "$got" || true
    truncate -s 1000 "$LAB_ROOT/shrinks"
    helper_ends download 60 || true
    status=$PROCESS_STATUS
    # 18 is curl's word for less than was promised, 56 for a connection that broke.
    check_that 'a file cut short during a download ends it visibly' "curl ended with $status" \
        grep -qE '^(18|56)$' <<<"$status"
    rm -f "$got" "$LAB_ROOT/shrinks"
    check_serves "$LAB_APPLIANCE_IP" 'after a file was cut short'
}

transfers_http() {
    local url=http://$LAB_APPLIANCE_IP size wrong='' got=$LAB_WORK/got headers
    for size in "${TRANSFERS_SMALL[@]}" "$TRANSFERS_LARGE" "$TRANSFERS_ROLLING"; do
        rm -f "$got" && : >"$got"
        in_client timeout 60 curl -sSf -o "$got" "$url/f$size" || wrong+=" $size (exit status $?)"
        same_content "$got" "$LAB_ROOT/f$size" || wrong+=" $size"
    done
    check_that "HTTP GET: sizes ${TRANSFERS_SMALL[*]} $TRANSFERS_LARGE $TRANSFERS_ROLLING" "$wrong" test -z "$wrong"
    headers=$(in_client timeout 30 curl -sSI "$url/f$TRANSFERS_LARGE" 2>&1 | tr -d '\r') || true
    check_that 'HTTP HEAD tells the size and sends nothing else' "$headers" \
        grep -qixF "content-length: $TRANSFERS_LARGE" <<<"$headers"
    http_range 100-199 '206 100' 100 100
    http_range 41943000- '206 40' 41943000 40
    http_range -7 '206 7' $((TRANSFERS_LARGE - 7)) 7
    http_range 0-0 '206 1' 0 1
    http_range 41943040- '416 '
    wrong=$(in_client timeout 30 curl -sS -o /dev/null -w '%{http_code}' -d x=y "$url/f1" 2>&1) || true
    check_that 'HTTP POST is refused with 405' "$wrong" test "$wrong" = 405
    wrong=$(in_client timeout 30 curl -sS -o /dev/null -o /dev/null -o /dev/null -w '%{num_connects}' \
        "$url/f1" "$url/f512" "$url/missing" 2>&1) || true
    check_that 'HTTP serves three requests on one connection' "connections: $wrong" test "$wrong" = 100
    rm -f "$got"
}

# Usage: http_range RANGE 'STATUS SIZE' [OFFSET COUNT]; the octets asked for, and no others.
http_range() {
    local said got=$LAB_WORK/got
    said=$(in_client timeout 30 curl -sS -r "$1" -o "$got" -w '%{http_code} %{size_download}' \
        "http://$LAB_APPLIANCE_IP/f$TRANSFERS_LARGE" 2>&1) || true
    if (($# == 4)); then
        check_that "HTTP range $1 gives status and size $2" "$said" test "$said" = "$2"
        tail -c +$(($3 + 1)) "$LAB_ROOT/f$TRANSFERS_LARGE" 2>/dev/null | head -c "$4" >"$LAB_WORK/wanted" || true
        check_that "HTTP range $1 gives the right octets" 'others came' same_content "$got" "$LAB_WORK/wanted"
    else
        check_that "HTTP range $1 is refused with ${2% }" "$said" grep -q "^$2" <<<"$said"
    fi
    rm -f "$got" "$LAB_WORK/wanted"
}

# What clients call a file, by settings that are taken over while the service runs.
transfers_names() {
    local mac
    cp "$LAB_SETTINGS" "$LAB_WORK/original.toml"
    mkdir -p "$LAB_ROOT"/boot/fonts "$LAB_ROOT/win"
    printf 'a real BCD\n' >"$LAB_ROOT/boot/bcd" && printf 'a font\n' >"$LAB_ROOT/boot/fonts/wgl4_boot.ttf"
    printf 'another BCD\n' >"$LAB_ROOT/win/BCD" && printf 'for all\n' >"$LAB_ROOT/config"
    tftp_asks '\Boot\BCD'
    check_that 'names: letters count unless told otherwise' "$ANSWER" grep -q '^ERROR 1 ' <<<"$ANSWER"
    write_settings '[tftp]' 'ignore-case = true' 'machine-directories = true'
    check_reload 'names: other letters, directories of machines' 'settings reloaded'
    name_gives '\Boot\BCD' boot/bcd
    name_gives '//BOOT//Fonts\WGL4_boot.TTF' boot/fonts/wgl4_boot.ttf
    name_gives config config
    mkdir -p "$LAB_ROOT/machines/$LAB_CLIENT_IP"
    printf 'for this address\n' >"$LAB_ROOT/machines/$LAB_CLIENT_IP/config"
    name_gives config "machines/$LAB_CLIENT_IP/config"
    # The client tells port 4011 which address it has; from then on its hardware address is known.
    python_tool boot.py request >/dev/null || true
    mac=$(grep -a "dhcp\.ack .*address=$LAB_CLIENT_IP " "$LAB_PILOTFISH_LOG" | tail -n 1 |
        grep -oE '([0-9a-f]{2}:){5}[0-9a-f]{2}') || true
    check_that 'names: the client asked port 4011' 'no dhcp.ack' test -n "$mac"
    mkdir -p "$LAB_ROOT/machines/${mac//:/-}"
    printf 'for this machine\n' >"$LAB_ROOT/machines/${mac//:/-}/config"
    name_gives config "machines/${mac//:/-}/config" "machines/(mac)/config"
    names_rewritten
    names_explained "$mac"
    cp "$LAB_WORK/original.toml" "$LAB_SETTINGS"
    check_reload 'names: as it was' 'settings reloaded'
}

names_rewritten() {
    local status
    write_settings '[tftp]' 'ignore-case = true' '[[tftp.rewrite]]' "match = '^boot\\\\(.*)\$'" "replace = 'win/\\1'" \
        'ignore-case = true' 'then = "stop"' '[[tftp.rewrite]]' "match = '^f513\$'" 'deny = true'
    check_reload 'names: rules' 'settings reloaded'
    name_gives '\Boot\bcd' win/BCD
    tftp_asks f513
    check_that 'names: TFTP refuses what a rule denies' "$ANSWER" grep -q '^ERROR 2 ' <<<"$ANSWER"
    status=$(in_client curl -sS -o /dev/null -w '%{http_code}' "http://$LAB_APPLIANCE_IP/f513" 2>&1) || true
    check_that 'names: HTTP refuses what a rule denies' "$status" test "$status" = 403
    write_settings '[tftp]' '[[tftp.rewrite]]' "match = '(a+)+\$'" "replace = 'b'"
    check_reload 'names: a pattern that others choke on' 'settings reloaded'
    tftp_asks "$(printf 'a%.0s' {1..200})x"
    check_that 'names: that pattern costs nothing' "$ANSWER after $ANSWER_SECONDS s" grep -q '^ERROR 1 ' <<<"$ANSWER"
}

# Usage: names_explained MAC
names_explained() {
    local said
    write_settings "root = \"$LAB_ROOT\"" '[tftp]' 'ignore-case = true' 'machine-directories = true'
    said=$("$PILOTFISH" explain --settings "$LAB_SETTINGS" --file '\Boot\BCD' "$1" 2>&1) || true
    check_that 'names: explain says what a Windows name means' "$said" grep -q 'answers, spelled boot/bcd' <<<"$said"
}

# Usage: name_gives NAME FILE [SHOWN]; by tftp-hpa, curl's TFTP, and HTTP.
name_gives() {
    local got=$LAB_WORK/got as=${3:-$2}
    rm -f "$got"
    hpa_tftp "$1" "$got" >"$LAB_WORK/client.log" 2>&1 || true
    check_that "tftp-hpa gets $as as $1" "$(cat "$got" "$LAB_WORK/client.log" 2>&1 | tail -n 2)" \
        same_content "$got" "$LAB_ROOT/$2"
    rm -f "$got"
    in_client timeout 30 curl -sS -o "$got" "tftp://$LAB_APPLIANCE_IP/${1//\\/%5c}" >"$LAB_WORK/client.log" 2>&1 || true
    check_that "curl gets $as as $1" "$(cat "$LAB_WORK/client.log")" same_content "$got" "$LAB_ROOT/$2"
    rm -f "$got"
    in_client timeout 30 curl -sS -o "$got" "http://$LAB_APPLIANCE_IP/${1//\\/%5c}" >"$LAB_WORK/client.log" 2>&1 || true
    check_that "HTTP gives $as for $1" "$(cat "$LAB_WORK/client.log")" same_content "$got" "$LAB_ROOT/$2"
    rm -f "$got"
}
