"""The system that examples run on: the package's files at the places where it installs them, /etc, /srv and /var/lib of its own,
and two who type. A line with `sudo` in front is root's; every other is that of a member of the service's group, as by the
manual. All of it is in this process's namespace of mounts, and nothing of it on the host."""

import glob
import grp
import os
import re
import shutil
import subprocess

from examples import HOUSE

# In no file of users: a number is enough to the kernel. The service of the examples runs as nobody, with this group of Debian's.
MEMBER, SERVICE_GROUP = 64001, "nogroup"
# Debian's, for users (login.defs) and behind sudo (sudoers).
MEMBER_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"
ROOT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# What wants root wherever it is typed, for the lines that are not run here: those that are show it by themselves.
WANTS_ROOT = re.compile(
    r"(apt|apt-get|adduser|dpkg|systemctl|apparmor_parser|firewall-cmd|ufw|nft|efi-updatevar|\./Packaging/(deb|run|test)|"
    r"pilotfish import)( |$)|(cp|mv|ln|rm|install|mkdir|touch|chmod|chown) .*/(etc|srv|usr)/\S*$|.*> ?/(etc|srv|usr)/")
# The directories that are not the host's.
OWN = ("/etc/", "/srv/", "/usr/", "/var/lib/")


def mask_host(work):
    """Directories that the examples write to are this process's own from here on: it has a namespace of mounts to itself."""
    for directory in ("srv", "var/lib"):
        os.makedirs(f"{work}/mask/{directory}")
        os.chmod(f"{work}/mask/{directory}", 0o755)
    subprocess.run(["cp", "-a", "/etc", f"{work}/mask/etc"], check=True)
    for directory in ("srv", "var/lib", "etc"):
        subprocess.run(["mount", "--bind", f"{work}/mask/{directory}", f"/{directory}"], check=True)
    # In memory: a program that makes anybody root is not to lie where others than this process see it.
    layer = f"{work}/usr"
    os.makedirs(layer)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "none", layer], check=True)
    for directory in ("upper", "work"):
        os.mkdir(f"{layer}/{directory}")
        os.chmod(f"{layer}/{directory}", 0o755)
    options = f"lowerdir=/usr,upperdir={layer}/upper,workdir={layer}/work"
    subprocess.run(["mount", "-t", "overlay", "-o", options, "none", "/usr"], check=True)


def install_package(program):
    """What the lists of the package name, where they say; of what its build makes only the program."""
    debian = f"{HOUSE}/Packaging/debian/pilotfish"
    for words in listed(f"{debian}.install"):
        for pattern in words[:-1]:
            if pattern == "built/pilotfish":
                # Too large for a copy in memory.
                put("/dev/null", f"/{words[-1]}/pilotfish")
                subprocess.run(["mount", "--bind", program, f"/{words[-1]}/pilotfish"], check=True)
            for path in glob.glob(f"{HOUSE}/{pattern}"):
                put(path, f"/{words[-1]}/{os.path.basename(path)}")
    for words in listed(f"{debian}.examples"):
        put(f"{HOUSE}/{words[0]}", f"/usr/share/doc/pilotfish/examples/{os.path.basename(words[0])}")
    for words in listed(f"{debian}.dirs"):
        os.makedirs(f"/{words[0]}", exist_ok=True)
    for target, link in listed(f"{debian}.links"):
        if os.path.lexists(f"/{link}"):
            os.remove(f"/{link}")
        os.symlink(f"/{target}", f"/{link}")


def listed(path):
    with open(path, encoding="utf-8") as file:
        return [line.split() for line in file if line.strip()]


def put(source, target):
    """As a package does, whatever the tree's own permissions are: readable for all, and root's."""
    if not os.path.realpath(target).startswith(OWN):
        raise SystemExit(f"FAIL the package is laid out: {target} is the host's")
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.isdir(source):
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copy(source, target)
    subprocess.run(["chown", "-R", "root:root", target], check=True)
    subprocess.run(["chmod", "-R", "u=rwX,go=rX", target], check=True)


def install_sudo():
    """Asks for no password, and is as strict about PATH."""
    shutil.copy("/usr/bin/setpriv", "/usr/bin/become-root")
    os.chmod("/usr/bin/become-root", 0o4755)
    if os.path.lexists("/usr/bin/sudo"):
        os.remove("/usr/bin/sudo")
    with open("/usr/bin/sudo", "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\nPATH={ROOT_PATH}\nexport PATH\nexec become-root --reuid=0 --regid=0 --clear-groups "$@"\n')
    os.chmod("/usr/bin/sudo", 0o755)


def as_member(command):
    """A command line, for whoever is in the service's group and nobody else."""
    return ["setpriv", f"--reuid={MEMBER}", f"--regid={MEMBER}", f"--groups={MEMBER},{grp.getgrnam(SERVICE_GROUP).gr_gid}", *command]
