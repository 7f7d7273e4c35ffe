# shellcheck shell=bash
# The one place that knows how the release binary is built. Needs say.sh.

# Usage: build_pilotfish REPOSITORY
# Sets PILOTFISH to the absolute path of the binary. A PILOTFISH set by the caller skips the build; PILOTFISH_SCRATCH
# moves the build directory.
build_pilotfish() {
    local repository=$1
    if [[ -n ${PILOTFISH:-} ]]; then
        [[ -f $PILOTFISH && -x $PILOTFISH ]] || die "PILOTFISH=$PILOTFISH is not an executable file"
        PILOTFISH=$(realpath "$PILOTFISH")
        return 0
    fi
    local scratch
    # swift build would take a relative path from the package's directory, not from the caller's.
    scratch=$(realpath -m "${PILOTFISH_SCRATCH:-$repository/.build}")
    build_find_swift
    say "building pilotfish (release) in $scratch"
    local begun=$SECONDS
    build_swift "$repository" "$scratch" || die "the build failed; its messages stand above"
    PILOTFISH=$(build_swift "$repository" "$scratch" --show-bin-path)/pilotfish
    [[ -x $PILOTFISH ]] || die "the build left no $PILOTFISH"
    say "built $PILOTFISH in $((SECONDS - begun)) s"
}

# sudo resets PATH: look where the calling user would find Swift before giving up.
build_find_swift() {
    BUILD_SWIFT=$(command -v swift) && return 0
    if [[ -n ${SUDO_USER:-} ]]; then
        # shellcheck disable=SC2016 # the user's own shell expands it
        BUILD_SWIFT=$(runuser -l "$SUDO_USER" -c 'command -v swift') && [[ -x $BUILD_SWIFT ]] && return 0
    fi
    die "no swift in PATH ($PATH): install Swift 6.3, or set PILOTFISH to a binary that is built already"
}

# Usage: build_swift REPOSITORY SCRATCH [OPTION…]
# Runs as the owner of the build directory (or, before there is one, of the sources), so that `sudo ./Packaging/run`
# does not leave files behind that the developer can no longer overwrite.
build_swift() {
    local repository=$1 scratch=$2 owner owned=$1
    shift 2
    [[ ! -e $scratch ]] || owned=$scratch
    owner=$(stat -c %U "$owned")
    local -a as=()
    if ((EUID == 0)) && [[ $owner != root && $owner != UNKNOWN ]]; then
        as=(runuser -u "$owner" -- env "HOME=$(getent passwd "$owner" | cut -d: -f6)")
    fi
    # Where the sources lie stands in no octet of it, so that they make the same package from every directory, if SCRATCH is the
    # same. A map of paths does not reach hashes of them: of the options, kept in each object to spare its next compilation, and
    # in the names of compiled C headers, which debug information points to; both are left out. Nor does it reach the lengths of
    # paths that the compiler (6.3) keeps for each `try!`: we have none, and packages below SCRATCH have a few.
    local -a anywhere=(-Xswiftc -Xfrontend -Xswiftc -disable-incremental-llvm-codegen
        -Xswiftc -Xfrontend -Xswiftc -no-clang-module-breadcrumbs)
    local map
    for map in "$repository=/usr/src/pilotfish" "$scratch=/usr/src/pilotfish/.build"; do
        anywhere+=(-Xswiftc -file-prefix-map -Xswiftc "$map" -Xcc "-ffile-prefix-map=$map")
    done
    # The program speaks to strangers: the loader resolves everything at once, and nothing that it resolved stays writable.
    "${as[@]}" "$BUILD_SWIFT" build --package-path "$repository" --scratch-path "$scratch" \
        -c release --product pilotfish --static-swift-stdlib -Xlinker -z -Xlinker now "${anywhere[@]}" \
        --explicit-target-dependency-import-check error "$@"
}
