# shellcheck shell=bash
# The programs that know the languages of answer files, where Debian has no package that could be installed as it is: cloud-init
# would take the host over at its next boot, and Red Hat's checker is on PyPI only.

# Usage: install_tools DIRECTORY; makes what is missing there, and puts it into PATH.
install_tools() {
    mkdir -p "$1/bin" || return 1
    (
        flock 8
        [[ -x $1/bin/cloud-init ]] || install_tool_cloud_init "$1"
        [[ -x $1/bin/ksvalidator ]] || install_tool_ksvalidator "$1"
    ) 8>"$1/lock" || lab_fail "cloud-init or pykickstart could not be fetched: $(tail -n 3 "$1/log")" || return 1
    [[ $PATH == "$1/bin:"* ]] || PATH=$1/bin:$PATH
}

install_tool_cloud_init() (
    directory=$(mktemp -d "$1/fetch.XXXXXX") || exit 1
    trap 'rm -rf "$directory"' EXIT
    # apt downloads as its own user.
    chmod 777 "$directory"
    cd "$directory" || exit 1
    { apt-get download -q cloud-init || { packages_refresh && apt-get download -q cloud-init; } &&
        dpkg-deb -x ./*.deb "$1/cloud-init"; } >"$1/log" 2>&1 || exit 1
    cat >"$1/bin/cloud-init" <<WRAPPER
#!/bin/sh
PYTHONPATH=$1/cloud-init/usr/lib/python3/dist-packages exec /usr/bin/python3 -B -m cloudinit.cmd.main "\$@"
WRAPPER
    chmod 755 "$1/bin/cloud-init"
)

install_tool_ksvalidator() {
    { /usr/bin/python3 -m venv "$1/pykickstart" && "$1/pykickstart/bin/pip" install -q 'pykickstart==3.*'; } >"$1/log" 2>&1 &&
        ln -sf "$1/pykickstart/bin/ksvalidator" "$1/bin/ksvalidator"
}
