# shellcheck shell=bash
# The build's options leave no trace of the sources' directory: a small program of Swift and C, built from two places as ours is.
# Ours takes ten minutes each time; what differed between two directories showed in the small one as well.

# shellcheck source=Tests/Lab/common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

# Needs build.sh.
reproducible_build() {
    local place output scratch=$LAB_WORK/scratch
    build_find_swift
    for place in here somewhere/else; do
        reproducible_sources "$LAB_WORK/$place"
        output=$(build_swift "$LAB_WORK/$place" "$scratch" 2>&1) ||
            { check_fail "a small program is built from $place" "$(tail -n 5 <<<"$output")" && return 1; }
        mv "$scratch/release/pilotfish" "$LAB_WORK/$place/built" && rm -rf "$scratch" || return 1
    done
    check_that 'the same sources in two directories make the same program, symbols and all' \
        "$(diff <(readelf -WS "$LAB_WORK/here/built") <(readelf -WS "$LAB_WORK/somewhere/else/built") | head -n 5)" \
        cmp -s "$LAB_WORK/here/built" "$LAB_WORK/somewhere/else/built"
}

# Usage: reproducible_sources DIRECTORY
reproducible_sources() {
    mkdir -p "$1"/Sources/{CPart/include,Part,pilotfish}
    cat >"$1/Package.swift" <<'SWIFT'
// swift-tools-version: 6.1
import PackageDescription
let package = Package(
    name: "pilotfish",
    targets: [
        .target(name: "CPart"), .target(name: "Part", dependencies: ["CPart"]),
        .executableTarget(name: "pilotfish", dependencies: ["Part"]),
    ])
SWIFT
    printf '%s\n' 'static inline int inlined(int number) { return number + 1; }' >"$1/Sources/CPart/include/CPart.h"
    printf '%s\n' '#include "CPart.h"' 'int compiled(void) { return inlined(1); }' >"$1/Sources/CPart/part.c"
    printf '%s\n' 'import CPart' 'import Foundation' \
        'public func part() -> Int32 { inlined(Date() > .distantPast ? 2 : 3) }' >"$1/Sources/Part/part.swift"
    printf '%s\n' 'import Part' 'if part() == 4 { fatalError("never") }' >"$1/Sources/pilotfish/main.swift"
}
