"""What stands on the screen of a machine: the text of its VGA, or how many colours its pixels have.

Usage: systems_screen.py SOCKET text|colours; SOCKET is QEMU's, for its machine protocol (QMP).
"""

import os
import sys
import tempfile

from monitor import Monitor


def text(monitor, path):
    """80 x 25 characters, each followed by its colour, where every VGA has them."""
    monitor.ask("pmemsave", val=0xB8000, size=80 * 25 * 2, filename=path)
    with open(path, "rb") as file:
        octets = file.read()[::2]
    for row in range(25):
        line = octets[row * 80 : row * 80 + 80]
        print("".join(chr(octet) if 32 <= octet < 127 else " " for octet in line).rstrip())


def colours(monitor, path):
    """A PPM of the screen: its colours, the commonest first, with their share in per cent."""
    monitor.ask("screendump", filename=path)
    with open(path, "rb") as file:
        file.readline()
        file.readline()
        file.readline()
        octets = file.read()
    counts = {}
    for at in range(0, len(octets) - 2, 3):
        pixel = octets[at : at + 3]
        counts[pixel] = counts.get(pixel, 0) + 1
    for pixel, count in sorted(counts.items(), key=lambda pair: -pair[1])[:8]:
        print(pixel.hex(), count * 100 * 3 // len(octets))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory:
        {"text": text, "colours": colours}[sys.argv[2]](Monitor(sys.argv[1]), os.path.join(directory, "screen"))
