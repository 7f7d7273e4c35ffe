"""Makes a machine's iPXE ROM look like any other PXE ROM: hides options 77 and 175 of what it asks on port 67.

Usage: mask.py TAP PORT

TAP is the machine's tap device; whoever calls this has made the kernel drop frames for UDP port 67 that come in there.
They are seen here all the same (packet sockets come first), changed, and sent on through PORT, a cable into the bridge.
The long class "PXEClient:Arch:..." tells the ROM from an iPXE that it started, which says "PXEClient" only and keeps its
name. Options become pads (0), so no length changes.
"""

import socket
import struct
import sys

HIDDEN = {77, 175}
OPTIONS = 14 + 20 + 8 + 240


def options(frame):
    """Code, first octet and end of every option."""
    at = OPTIONS
    while at < len(frame) and frame[at] != 255:
        if frame[at] == 0:
            at += 1
            continue
        if at + 1 >= len(frame):
            return
        end = at + 2 + frame[at + 1]
        yield frame[at], at, end
        at = end


def masked(frame):
    frame = bytearray(frame)
    found = list(options(frame))
    classes = [bytes(frame[at + 2:end]) for code, at, end in found if code == 60]
    if not any(value.startswith(b"PXEClient:Arch:") for value in classes):
        return bytes(frame)
    for code, at, end in found:
        if code in HIDDEN:
            frame[at:end] = bytes(end - at)
    struct.pack_into("!H", frame, 40, 0)
    struct.pack_into("!H", frame, 40, udp_checksum(frame))
    return bytes(frame)


def udp_checksum(frame):
    length = struct.unpack_from("!H", frame, 38)[0]
    data = bytes(frame[26:34]) + struct.pack("!HH", 17, length) + bytes(frame[34:34 + length])
    data += bytes(len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF or 0xFFFF


def is_question(frame):
    """Unfragmented IPv4 without options, UDP, to port 67: what a ROM sends."""
    return (len(frame) > OPTIONS and frame[12:15] == b"\x08\x00\x45" and frame[23] == 17
            and frame[36:38] == b"\x00\x43")


def main():
    heard = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    heard.bind((sys.argv[1], 0))
    onward = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    onward.bind((sys.argv[2], 0))
    print("masking", flush=True)
    while True:
        frame, address = heard.recvfrom(65536)
        if address[2] != socket.PACKET_OUTGOING and is_question(frame):
            onward.send(masked(frame))


main()
