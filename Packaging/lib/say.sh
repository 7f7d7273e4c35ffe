# shellcheck shell=bash
# How every script of this directory speaks: progress and errors on stderr, so that stdout stays free for results.

say() {
    printf '%s\n' "$*" >&2
}

die() {
    printf '%s: error: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Usage: need_root WHY
need_root() {
    ((EUID == 0)) || die "$1 needs root: sudo ./Packaging/${0##*/}"
}
