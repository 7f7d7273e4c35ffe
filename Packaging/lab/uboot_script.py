"""Wraps commands as a script that U-Boot runs. Usage: uboot_script.py COMMANDS FILE"""

import struct
import sys
import zlib

MAGIC, LINUX, ARM64, SCRIPT, UNCOMPRESSED = 0x27051956, 5, 22, 6, 0


def header(body, checksum):
    """U-Boot's legacy image header: 64 octets, its own checksum made with that field zero."""
    return struct.pack("!7I4B32s", MAGIC, checksum, 0, len(body), 0, 0, zlib.crc32(body), LINUX, ARM64, SCRIPT,
                       UNCOMPRESSED, b"pilotfish lab")


def main():
    text = sys.argv[1].encode() + b"\n"
    # A list of lengths that ends with 0 comes before the text.
    body = struct.pack("!II", len(text), 0) + text
    with open(sys.argv[2], "wb") as file:
        file.write(header(body, zlib.crc32(header(body, 0))) + body)


main()
