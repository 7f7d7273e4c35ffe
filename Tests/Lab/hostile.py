"""Sends what a proxy must not answer, by packets made by hand. Prints how many it sent; judging is the capture's part.

Usage: hostile.py foreign|random|mutated SERVER SERVER-MAC

foreign  every kind of message that is not for a proxy, messages cut short, and TFTP that no client speaks
random   2,000 datagrams of random octets to each of 67, 4011 and 69, and TFTP packets of every opcode with random tails
mutated  right DISCOVERs, REQUESTs and read requests with a few octets changed: some may be answered, none may do harm
"""

import random
import socket
import struct
import sys
import time

from packets import (ACK, BIOS, COOKIE, DECLINE, DISCOVER, INFORM, OFFER, RELEASE, REQUEST, UEFI, Link, frame, header,
                     message, pack)

COUNT = 2000
# Always the same octets, so that a failure can be repeated.
chance = random.Random(20260)


class Sender:
    def __init__(self, server, mac):
        self.server, self.mac = server, bytes.fromhex(mac.replace(":", ""))
        self.link = Link("eth0")
        # Stays open to the end: a closed port would answer with ICMP.
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("10.77.0.3", 0))
        self.own = self.socket.getsockname()[1]
        self.sent = 0

    def broadcast(self, payload, **how):
        self.link.send(frame(payload, **how))
        self.count()

    def unicast(self, payload, port):
        self.socket.sendto(payload, (self.server, port))
        self.count()

    def direct(self, payload, port, **how):
        """By unicast, in a frame of our own making."""
        self.link.send(frame(payload, source=("10.77.0.3", self.own), destination=(self.server, port), to=self.mac,
                             **how))
        self.count()

    def count(self):
        self.sent += 1
        # What the receiver never read tests nothing: let it keep up.
        if self.sent % 20 == 0:
            time.sleep(0.005)


def foreign(to):
    us = socket.inet_aton(to.server)
    vendor, arch = UEFI
    for payload in (not_pxe() + wrong_dhcp(us) + from_servers(us)):
        to.broadcast(payload)
        to.unicast(payload, 67)
    for kind, extra, how in [
        (REQUEST, [(54, us)], {}), (REQUEST, [(54, bytes([10, 77, 0, 1]))], {}), (REQUEST, [], {"ciaddr": "10.77.0.3"}),
        (INFORM, [], {"ciaddr": "10.77.0.3"}), (DECLINE, [(54, us)], {}), (RELEASE, [(54, us)], {}),
    ]:
        for personality in (UEFI, BIOS):
            to.broadcast(message(kind, *personality, extra=extra, **how))
            to.unicast(message(kind, *personality, extra=extra, **how), 67)
    for payload in not_pxe() + from_servers(us) + [
        message(DISCOVER, vendor, arch), message(DISCOVER, *BIOS), message(DECLINE, vendor, arch),
        message(REQUEST, vendor, arch, extra=[(54, bytes([10, 77, 0, 1]))], ciaddr="10.77.0.3"),
        message(REQUEST, b"MSFT 5.0", None, ciaddr="10.77.0.3"), message(REQUEST, None, arch, ciaddr="10.77.0.3"),
        message(REQUEST, b"HTTPClient:Arch:00016:UNDI:003001", 16, ciaddr="10.77.0.3"),
    ]:
        to.unicast(payload, 4011)
    truncated(to)
    bad_tftp(to)


def not_pxe():
    return [
        message(DISCOVER, None, None), message(DISCOVER, b"MSFT 5.0", None), message(DISCOVER, b"MSFT 5.0", 7),
        message(DISCOVER, b"", 7), message(DISCOVER, b"PXEClien", 7), message(DISCOVER, b"pxeclient", 7),
        message(DISCOVER, b"android-dhcp-14", None), message(DISCOVER, b"U-Boot.armv8", 11),
        # BOOTP, also one with a class.
        message(None, None, None), message(None, *UEFI), header() + bytes(64), header() + COOKIE + b"\xff",
    ]


def wrong_dhcp(us):
    vendor, arch = UEFI
    return [
        message(DISCOVER, vendor, arch, cookie=b""), message(DISCOVER, vendor, arch, cookie=b"\0\0\0\0"),
        message(DISCOVER, vendor, arch, cookie=b"\x63\x82\x53\x64"), message(DISCOVER, vendor, arch, hlen=17),
        message(DISCOVER, vendor, arch, hops=17), message(0, vendor, arch), message(9, vendor, arch),
        message(255, vendor, arch), message(DISCOVER, vendor, 0x4242), message(DISCOVER, vendor, 0xFFFF),
        message(DISCOVER, vendor, arch, giaddr="255.255.255.255"), message(DISCOVER, vendor, arch, giaddr="127.0.0.1"),
        message(DISCOVER, vendor, arch, giaddr="224.0.0.1"),
        message(DISCOVER, vendor, arch, giaddr=socket.inet_ntoa(us)),
        # Option 53 of a wrong length, and an option that claims more than there is.
        header() + COOKIE + pack([(53, b"\1\1"), (60, vendor)]) + b"\xff",
        header() + COOKIE + pack([(53, b"\1"), (93, b"\0\7")]) + b"\x3c\xff" + vendor,
        header() + COOKIE + pack([(53, b"\1"), (93, b"\0\7")]) + b"\x3c",
        header() + COOKIE + bytes(300), header() + COOKIE + b"\xff" * 300,
        # Overload that leads into empty fields.
        header() + COOKIE + pack([(53, b"\1"), (52, b"\3")]) + b"\xff",
    ]


def from_servers(us):
    """Replies, as the router or another proxy sends them, and our own ones played back."""
    replies = []
    for kind in (OFFER, ACK, 6):
        for vendor in (None, b"PXEClient"):
            extra = [(54, us), (51, b"\0\0\x0e\x10"), (1, b"\xff\xff\xff\0")]
            replies.append(message(kind, vendor, None, extra=extra, op=2, yiaddr="10.77.0.150"))
    replies += [message(DISCOVER, *UEFI, op=2), message(REQUEST, *UEFI, op=2), message(DISCOVER, *UEFI, op=0),
                message(DISCOVER, *UEFI, op=3)]
    return replies


def truncated(to):
    """A right DISCOVER and a right REQUEST cut at every length at which option 60 is not whole."""
    for whole, port in ((message(DISCOVER, *UEFI), 67), (message(DISCOVER, *BIOS), 67),
                        (message(REQUEST, *UEFI, ciaddr="10.77.0.3"), 4011)):
        for length in range(len(whole) - 1):
            if port == 67:
                to.broadcast(whole[:length])
            if port == 4011 or length % 7 == 0:
                to.unicast(whole[:length], port)


def bad_tftp(to):
    name = b"initrd.img\0"
    for payload in [
        b"", b"\0", b"\0\1", b"\0\1\0", b"\0\1" + name, b"\0\1" + name + b"mail\0", b"\0\1" + name + b"foo\0",
        b"\0\1" + name + b"\0", b"\0\1initrd.img", b"\0\1\0octet\0", b"\0\1" + b"a" * 1400, b"\0\1" + b"a" * 1400 + b"\0octet\0",
        b"\0\1%n%n%s\0octet\0", b"\0\1\x1b[2J\x07\0octet\0", b"\0\1" + bytes(range(1, 32)) + b"\0octet\0",
        b"\0\2new\0octet\0", b"\0\2new\0netascii\0tsize\0" + b"9" * 40 + b"\0", b"\0\3\0\1data", b"\0\4\0\1", b"\0\4\0\0",
        b"\0\5\0\0oops\0", b"\0\6blksize\0" + b"8\0", b"\0\1missing\0octet\0" + b"blksize\0-1\0" * 60,
    ]:
        to.unicast(payload, 69)
    # A read request to everybody, and one that was damaged on the way.
    for address in ("255.255.255.255", "10.77.0.255"):
        to.broadcast(b"\0\1initrd.img\0octet\0", source=("10.77.0.3", to.own), destination=(address, 69))
    to.direct(b"\0\1initrd.img\0octet\0", 69, damage=1)
    for opcode in [0, *range(7, 300), 0x0100, 0x0101, 0x0200, 0xFFFF]:
        to.unicast(struct.pack("!H", opcode) + name + b"octet\0", 69)


def random_octets(to):
    for _ in range(COUNT):
        octets = chance.randbytes(chance.choice((0, 1, 3, 20, 239, 240, 300, 548, 1000, 1472)))
        to.broadcast(octets)
        to.unicast(octets, 67)
        to.unicast(octets, 4011)
        to.unicast(octets, 69)
    for _ in range(COUNT):
        # Past the first test of each reader: the fixed part right, chaos behind it.
        to.broadcast(header() + COOKIE + chance.randbytes(chance.randrange(300)))
        to.unicast(header() + COOKIE + chance.randbytes(chance.randrange(300)), 4011)
        to.unicast(struct.pack("!H", chance.randrange(1, 7)) + chance.randbytes(chance.randrange(600)), 69)


def mutated(to):
    requests = (message(DISCOVER, *UEFI), message(DISCOVER, *BIOS))
    boot = message(REQUEST, *UEFI, ciaddr="10.77.0.3")
    read = b"\0\1initrd.img\0octet\0blksize\0001428\0windowsize\00016\0tsize\0000\0timeout\0005\0"
    for _ in range(COUNT):
        to.broadcast(change(chance.choice(requests)))
        to.unicast(change(boot), 4011)
        to.unicast(change(read), 69)


def change(octets):
    octets = bytearray(octets)
    for _ in range(chance.randrange(1, 6)):
        # Nine in ten hit the options: most of the fixed part is names that nobody reads.
        start = 240 if len(octets) > 240 and chance.random() < 0.9 else 0
        octets[chance.randrange(start, len(octets))] = chance.choice((0, 255, chance.randrange(256)))
    return bytes(octets)


def main():
    kind, server, mac = sys.argv[1:]
    to = Sender(server, mac)
    {"foreign": foreign, "random": random_octets, "mutated": mutated}[kind](to)
    # The answers, if any, are still on the way.
    time.sleep(2)
    print(to.sent)


main()
