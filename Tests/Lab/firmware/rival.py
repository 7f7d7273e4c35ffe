"""A boot server of somebody else that answers every PXE client as BIOS wants it, UEFI or not: option 43 with 43.6 = 8,
and a file, in the OFFER. Some UEFI prefers that to an offer without option 43, whatever came first; some throws it
away.

Usage: python3 -m firmware.rival INTERFACE ADDRESS FILE SECONDS; it answers SECONDS late, without end.
"""

import sys
import time

from packets import BROADCAST, COOKIE, DISCOVER, OFFER, Link, frame, header, pack

from .answer import Answer
from .edk2 import inet


def offer(asked, address, file):
    options = [(53, bytes([OFFER])), (54, inet(address)), (60, b"PXEClient"), (43, b"\x06\x01\x08\xff")]
    machine = asked.first(97)
    message = bytearray(header(op=2, xid=asked.xid, mac=asked.chaddr[:6], flags=0x8000, secs=0))
    message[20:24] = inet(address)
    message[108:108 + len(file)] = file.encode()
    return bytes(message) + COOKIE + pack(options + ([(97, machine)] if machine else [])) + b"\xff"


def main():
    interface, address, file, delay = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
    link, waiting = Link(interface), []
    own = link.socket.getsockname()[4]
    print("serving", flush=True)
    while True:
        for packet in link.hear(0.05, lambda p: p.protocol == 17 and p.dport == 67 and len(p.payload) >= 240, 0):
            asked = Answer(packet.payload, packet.source, packet.sport, 0)
            if asked.op == 1 and asked.type == DISCOVER and asked.has_class(b"PXEClient"):
                waiting.append((time.monotonic() + delay, offer(asked, address, file)))
        while waiting and waiting[0][0] <= time.monotonic():
            link.send(frame(waiting.pop(0)[1], (address, 67), ("255.255.255.255", 68), own, BROADCAST))


main()
