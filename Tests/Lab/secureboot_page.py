"""Runs the commands of pilotfish-secureboot(7) by which keys are made and programs signed, as they stand there, with directories
/root and /srv of its own: secureboot_page.py WORK KERNEL RAM-DISK, in a namespace of mounts that is its own.
"""
import os
import shutil
import subprocess
import sys

from examples import Report, examples

PAGE = "pilotfish-secureboot.7"
# How the displays begin that are run, in the order of the page, and what has to be true behind each.
RUN = {
    "mkdir -m 700 /root/secureboot": "test -s PK.auth -a -s KEK.auth -a -s db.auth -a -s db-add.auth",
    "printf 'console=tty0 quiet' >cmdline": "cmp image.signed.efi /srv/loaders/image.signed.efi",
    "sbsign --key db.key --cert db.crt --output snponly": "sbverify --cert db.crt /srv/loaders/snponly.signed.efi && "
    "sbverify --cert db.crt /srv/pilotfish/vmlinuz",
}


def main():
    work, kernel, disk = sys.argv[1:]
    report = Report()
    for directory in ("root", "srv"):
        os.makedirs(f"{work}/{directory}")
        subprocess.run(["mount", "--bind", f"{work}/{directory}", f"/{directory}"], check=True)
    os.makedirs("/srv/pilotfish")
    displays = [one.text for one in examples() if one.page.endswith(PAGE) and one.language == "sh"]
    for number, (begin, truth) in enumerate(RUN.items()):
        texts = [text for text in displays if text.startswith(begin)]
        if number == 1:
            for file, name in ((kernel, "vmlinuz"), (disk, "initrd.img")):
                shutil.copy(file, f"/root/secureboot/{name}")
        where = "/root/secureboot" if number else "/root"
        # As typed at a prompt by whoever stops at the first error.
        script = f"set -e\n{texts[0] if texts else 'false'}\n{truth}\n"
        done = subprocess.run(
            ["bash", "-c", script], cwd=where, env={**os.environ, "HOME": "/root"}, capture_output=True, text=True,
            timeout=120, check=False)
        report.that(f"{PAGE}: {begin} …", len(texts) == 1 and done.returncode == 0,
                    f"{len(texts)} such displays; {done.stdout[-300:]} {done.stderr[-500:]}")


main()
