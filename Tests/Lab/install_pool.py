"""The components of Debian's installer that a lab needs, for registries that do not have all of them.

    install_pool.py KEPT WORK

Some registries carry Debian's packages and only some of the installer's components (udebs). Those that an installation on one
disk needs are put where install_archive.py finds them, each from the first that has it:

  1. the registry, as Debian 12 has it;
  2. packages of Debian 12 with the same files;
  3. the next release of Debian: shell scripts, and programs that run with the C library of Debian 12.

An index of these alone goes to WORK as well, so its Release file has lost its signature: the installer must be told
debian-installer/allow_unauthenticated=true. What is installed by them comes from the registry as it is.
"""

import glob
import gzip
import hashlib
import lzma
import os
import re
import shutil
import subprocess
import sys

import install_archive

RELEASE, NEXT = "bookworm", "trixie"
COMPONENT = "main/debian-installer/binary-amd64"
KERNEL = "KERNEL"
UDEBS = """
apt-mirror-setup apt-setup-udeb base-installer bootstrap-base clock-setup debootstrap-udeb di-utils-mapdevfs disk-detect
e2fsprogs-udeb ext4-modules-KERNEL-di finish-install grub-installer libdevmapper1.02.1-udeb libparted-fs-resize0-udeb libparted2-udeb
partman-auto partman-base partman-basicfilesystems partman-basicmethods partman-ext3 partman-partitioning partman-target partman-utils
pkgsel scsi-modules-KERNEL-di tzsetup-udeb user-setup-udeb
""".split()
# Packages of the same sources, and which of their files the component has.
LIBRARIES = "usr/lib/x86_64-linux-gnu/*.so.*", "lib/x86_64-linux-gnu/*.so.*"
ALIKE = {
    "debootstrap-udeb": (["debootstrap"], ["usr/sbin/debootstrap", "usr/share/debootstrap/*"]),
    "e2fsprogs-udeb": (
        ["e2fsprogs", "libext2fs2", "libcom-err2", "libss2"],
        ["sbin/mke2fs", "sbin/mkfs.ext*", "sbin/e2fsck", "sbin/fsck.ext*", "sbin/tune2fs", "etc/mke2fs.conf", *LIBRARIES]),
    "libdevmapper1.02.1-udeb": (["libdevmapper1.02.1"], LIBRARIES),
    "libparted-fs-resize0-udeb": (["libparted-fs-resize0"], LIBRARIES),
    "libparted2-udeb": (["libparted2"], LIBRARIES),
}


class Registry:
    def __init__(self, work):
        self.base = install_archive.registry()
        self.work = work

    def fetch(self, path, place):
        """Whether the registry has it."""
        os.makedirs(os.path.dirname(place), exist_ok=True)
        return install_archive.download(self.base + path, place)

    def index(self, release, component):
        place = os.path.join(self.work, f"{release}.{component.replace('/', '-')}.xz")
        if not self.fetch(f"dists/{release}/{component}/Packages.xz", place):
            raise SystemExit(f"the registry has no index of {release}")
        with lzma.open(place, "rt") as text:
            stanzas = [stanza(words) for words in text.read().split("\n\n") if words.strip()]
        return {fields["Package"]: fields for fields in sorted(stanzas, key=lambda fields: fields["Package"])}


def stanza(text):
    fields, name = {}, None
    for line in text.strip("\n").split("\n"):
        if line.startswith(" "):
            fields[name] += "\n" + line
        else:
            name, value = line.split(":", 1)
            fields[name] = value.strip()
    return fields


def written(fields):
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def listed(fields, name):
    return [word.strip() for word in fields.get(name, "").split(",") if word.strip()]


def image():
    """The components that the installer of this host has in its RAM disk already, and its kernel."""
    initrd = "/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64/initrd.gz"
    with gzip.open(initrd) as octets:
        status = subprocess.run(
            ["cpio", "-i", "--quiet", "--to-stdout", "var/lib/dpkg/status"], input=octets.read(), capture_output=True,
            check=True).stdout.decode()
    have = {fields["Package"]: fields for fields in map(stanza, filter(str.strip, status.split("\n\n")))}
    kernel = next(name for name in have if name.startswith("kernel-image-"))
    return have.values(), kernel.removeprefix("kernel-image-").removesuffix("-di")


class Pool:
    """Components in KEPT, those made here in WORK, and what their index says of them."""

    def __init__(self, kept, work):
        self.kept, self.work, self.making = kept, work, os.path.join(work, "making")
        self.registry = Registry(self.making)
        self.now = self.registry.index(RELEASE, COMPONENT)
        self.later = self.registry.index(NEXT, COMPONENT)
        self.packages = self.registry.index(RELEASE, "main/binary-amd64")

    def take(self, name):
        """A component's fields, once its file is there."""
        fields = self.now[name]
        if self.has(fields):
            return fields
        if name in ALIKE:
            return self.make(fields, *ALIKE[name])
        fields = self.later[name]
        if self.has(fields):
            return fields
        raise SystemExit(f"the registry has {name} neither in {RELEASE} nor in {NEXT}")

    def has(self, fields):
        place = os.path.join(self.kept, fields["Filename"])
        return os.path.exists(place) or self.registry.fetch(fields["Filename"], place)

    def make(self, fields, packages, patterns):
        tree = os.path.join(self.making, fields["Package"])
        os.makedirs(os.path.join(tree, "DEBIAN"))
        for package in packages:
            self.unpack(package, patterns, tree)
        kept_out = {"Filename", "Size", "MD5sum", "SHA256"}
        with open(os.path.join(tree, "DEBIAN/control"), "w") as control:
            control.write(written({name: value for name, value in fields.items() if name not in kept_out}))
        # Not under Debian's name: it is not Debian's file.
        path = f"pool/lab/{fields['Package']}.udeb"
        place = os.path.join(self.work, path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "-b", tree, place], check=True, capture_output=True)
        with open(place, "rb") as file:
            octets = file.read()
        return fields | {
            "Filename": path, "Size": str(len(octets)), "MD5sum": hashlib.md5(octets).hexdigest(),
            "SHA256": hashlib.sha256(octets).hexdigest(),
        }

    def unpack(self, package, patterns, tree):
        fields = self.packages[package]
        place = os.path.join(self.making, f"{package}.deb")
        if not self.registry.fetch(fields["Filename"], place):
            raise SystemExit(f"the registry has no {package}")
        whole = os.path.join(self.making, f"{package}.tree")
        subprocess.run(["dpkg-deb", "-x", place, whole], check=True)
        for found in (found for pattern in patterns for found in glob.glob(os.path.join(whole, pattern))):
            to = os.path.join(tree, os.path.relpath(found, whole))
            os.makedirs(os.path.dirname(to), exist_ok=True)
            if os.path.isdir(found):
                shutil.copytree(found, to, symlinks=True)
            else:
                shutil.copy2(found, to, follow_symlinks=False)


def publish(stanzas, registry, work):
    """The index, and a Release file that names it."""
    text = "\n".join(written(fields) for fields in stanzas).encode()
    forms = {"Packages": text, "Packages.gz": gzip.compress(text), "Packages.xz": lzma.compress(text)}
    directory = os.path.join(work, "dists", RELEASE)
    os.makedirs(os.path.join(directory, COMPONENT))
    for name, octets in forms.items():
        with open(os.path.join(directory, COMPONENT, name), "wb") as file:
            file.write(octets)
    release = os.path.join(directory, "Release")
    if not registry.fetch(f"dists/{RELEASE}/Release", release):
        raise SystemExit(f"the registry has no {RELEASE}")
    lines, algorithm = [], None
    with open(release) as file:
        for line in file:
            words = line.split()
            if line.startswith(("MD5Sum:", "SHA256:")):
                algorithm = {"MD5Sum:": hashlib.md5, "SHA256:": hashlib.sha256}[words[0]]
            if line.startswith(" ") and len(words) == 3 and words[2].startswith(f"{COMPONENT}/Packages"):
                octets = forms.get(words[2].removeprefix(f"{COMPONENT}/"))
                if octets is None:
                    continue
                line = f" {algorithm(octets).hexdigest()} {len(octets)} {words[2]}\n"
            lines.append(line)
    with open(release, "w") as file:
        file.writelines(lines)


def main():
    kept, work = sys.argv[1:]
    have, kernel = image()
    names = [name.replace(KERNEL, kernel) for name in UDEBS]
    pool = Pool(kept, work)
    taken = [pool.take(name) for name in names]
    known = {name for fields in [*have, *taken] for name in [fields["Package"], *listed(fields, "Provides")]}
    stanzas = []
    for fields in taken:
        # What is neither there nor here cannot be had; the installer would look for it in vain. All of these are wanted.
        needs = [need for need in listed(fields, "Depends") if re.split(r"[ (|]", need)[0] in known]
        fields = fields | {"Depends": ", ".join(needs), "Priority": "standard"}
        stanzas.append({name: value for name, value in fields.items() if value})
    publish(stanzas, pool.registry, work)
    later = [fields["Package"] for fields in stanzas if fields["Version"] != pool.now[fields["Package"]]["Version"]]
    print(f"{len(stanzas)} components; of {NEXT}: {' '.join(later) or 'none'}")


if __name__ == "__main__":
    main()
