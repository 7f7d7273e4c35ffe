"""What the checks of media need beside the shell: lists of files for curl, and images with something wrong in them."""

import os
import random
import subprocess
import sys
import urllib.parse


def urls(base, tree, target):
    """Prints a configuration for curl that fetches every file of a tree; empty ones by HTTP only."""
    for directory, _, names in os.walk(tree):
        for name in sorted(names):
            path = os.path.join(directory, name)
            if os.path.islink(path) or base.startswith("tftp") and os.path.getsize(path) == 0:
                continue
            relative = os.path.relpath(path, tree)
            print(f'url = "{base}{urllib.parse.quote(relative)}"\noutput = "{target}/{relative}"')


def variants(image, count):
    """The image cut at every sector of its first 100 KiB, then with octets changed where its structures lie."""
    for end in range(0, 100 << 10, 2048):
        yield f"cut at {end}", image[:end]
    # What holds many zeros is no file's content here, for those are random.
    sectors = [at for at in range(16 * 2048, len(image), 2048) if 400 < image[at : at + 2048].count(0) < 2048]
    chance = random.Random(20)
    for number in range(count):
        octets = bytearray(image)
        for _ in range(chance.choice([1, 3, 10, 40])):
            at = chance.choice(sectors)
            places = [at + place for place in range(2048) if image[at + place]]
            octets[chance.choice(places)] = chance.choice([0, 1, 0x80, 0xFF, chance.randrange(256)])
        yield f"changed {number}", bytes(octets)


def hostile(program, image, root):
    """Imports variants of an image; it must end by itself with a status of its own, whatever is in them."""
    os.makedirs(root, exist_ok=True)
    with open(image, "rb") as file:
        sound = file.read()
    path = os.path.join(root, "variant.iso")
    wrong, statuses = [], {}
    for what, octets in variants(sound, 160):
        with open(path, "wb") as file:
            file.write(octets)
        command = [program, "import", path, "--root", root, "--dry-run"]
        try:
            done = subprocess.run(command, capture_output=True, timeout=10, check=False)
        except subprocess.TimeoutExpired:
            wrong.append(f"{what}: took more than 10 s")
            continue
        statuses[done.returncode] = statuses.get(done.returncode, 0) + 1
        if done.returncode not in (0, 1, 3) or b"Fatal error" in done.stderr:
            wrong.append(f"{what}: status {done.returncode}")
    count = sum(statuses.values())
    if count >= 200 and not wrong:
        print(f"ok   {count} images cut short or damaged: read or refused, {dict(sorted(statuses.items()))}")
    else:
        print(f"FAIL images cut short or damaged: {len(wrong)} of {count}: {'; '.join(wrong[:5])}")
    whole = [name for name in os.listdir(root) if name != "variant.iso"]
    print("ok   and nothing is written by --dry-run" if not whole else f"FAIL --dry-run: wrote {whole}")


if __name__ == "__main__":
    {"urls": urls, "hostile": hostile}[sys.argv[1]](*sys.argv[2:])
