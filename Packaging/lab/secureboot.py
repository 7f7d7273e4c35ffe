#!/usr/bin/env python3
"""Puts UEFI variables into an unused OVMF variable store, as a firmware setup would: secureboot.py STORE NAME=FILE...

The names are PK, KEK, db and dbx (signature lists, Secure Boot's own), and MokList (shim's list of the machine owner's
keys). A store that has a PK is in user mode, and the firmware then enforces Secure Boot. A store that holds variables
already, such as Debian's OVMF_VARS_4M.ms.fd, keeps them.
"""

import struct
import sys
import uuid

# UEFI 2.10, 8.2.1: the authenticated variable's attributes; without RUNTIME_ACCESS an operating system cannot see it.
NON_VOLATILE, BOOT_SERVICE, RUNTIME, TIME_AUTHENTICATED = 0x01, 0x02, 0x04, 0x20
AUTHENTICATED = NON_VOLATILE | BOOT_SERVICE | RUNTIME | TIME_AUTHENTICATED
GLOBAL = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")
SECURITY = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f")
SHIM = uuid.UUID("605dab50-e046-4300-abb6-3dd810dd8b23")
VARIABLES = {
    "PK": (GLOBAL, AUTHENTICATED),
    "KEK": (GLOBAL, AUTHENTICATED),
    "db": (SECURITY, AUTHENTICATED),
    "dbx": (SECURITY, AUTHENTICATED),
    "MokList": (SHIM, NON_VOLATILE | BOOT_SERVICE),
}

# EDK2's layout: a firmware volume, in it a store of variables, each behind a header, all aligned to four octets.
STORE = uuid.UUID("aaf32c78-947b-439a-a180-2e144ec37792")
STORE_HEADER = struct.Struct("<16sIBBHI")
# start, state, reserved, attributes, monotonic count, time stamp, key index, name and data size, vendor
VARIABLE_HEADER = struct.Struct("<HBBIQ16sIII16s")
VARIABLE_START, VARIABLE_VALID = 0x55AA, 0x3F
# The variable's time: an update of the list must be newer.
TIME_STAMP = struct.pack("<HBBBBBBIhBB", 2020, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0)


def aligned(offset):
    return (offset + 3) & ~3


def variable(name, data):
    vendor, attributes = VARIABLES[name]
    stamp = TIME_STAMP if attributes & TIME_AUTHENTICATED else bytes(16)
    encoded = name.encode("utf-16-le") + b"\0\0"
    return (
        VARIABLE_HEADER.pack(
            VARIABLE_START, VARIABLE_VALID, 0, attributes, 0, stamp, 0, len(encoded), len(data), vendor.bytes_le
        )
        + encoded
        + data
    )


def free_space(image):
    """Where the first variable can be written, and where the store ends."""
    (header,) = struct.unpack_from("<H", image, 48)
    signature, size, *_ = STORE_HEADER.unpack_from(image, header)
    if image[40:44] != b"_FVH" or signature != STORE.bytes_le:
        raise SystemExit("this is no OVMF variable store")
    offset = aligned(header + STORE_HEADER.size)
    while struct.unpack_from("<H", image, offset)[0] == VARIABLE_START:
        name, data = VARIABLE_HEADER.unpack_from(image, offset)[7:9]
        offset = aligned(offset + VARIABLE_HEADER.size + name + data)
    return offset, header + size


def main():
    path, *assignments = sys.argv[1:]
    with open(path, "r+b") as file:
        image = bytearray(file.read())
        for assignment in assignments:
            name, _, source = assignment.partition("=")
            with open(source, "rb") as content:
                octets = variable(name, content.read())
            offset, end = free_space(image)
            if offset + len(octets) > end:
                raise SystemExit(f"{path} has no room for {name}")
            image[offset : offset + len(octets)] = octets
        file.seek(0)
        file.write(image)


main()
