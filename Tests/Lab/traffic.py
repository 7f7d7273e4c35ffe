"""Everything that boot clients say, from many machines, for a while; raw frames, so that nobody has to answer ARP.

Usage: traffic.py --to MAC --server ADDRESS --client ADDRESS [--seconds N] [--rate N]
"""

import argparse
import random
import struct
import time

from packets import BIOS, DISCOVER, INFORM, REQUEST, UEFI, Checks, Link, frame, message, pack

HTTP = (b"HTTPClient:Arch:00016:UNDI:003016", 16)
ARM64 = (b"PXEClient:Arch:00011:UNDI:003000", 11)
IPXE = ((77, b"iPXE"), (175, pack([(0x13, b"\1"), (0x18, b"\1"), (0x24, b"\1")])))
ITEM = ((43, b"\x47\x04\x80\x00\x00\x00\xff"),)
EVERYBODY, GROUP = ("255.255.255.255", 67), ("224.0.1.2", 4011)


def one(options):
    """A random client's packet."""
    mac = bytes([0x52, 0x54, 0, 0xAB]) + random.randbytes(2)
    vendor, arch = random.choice([BIOS, UEFI, HTTP, ARM64])
    extra = random.choice([(), (), IPXE, ITEM])
    xid = random.getrandbits(32)
    us, here = bytes.fromhex(options.to.replace(":", "")), options.client

    def dhcp(kind, **fields):
        return message(kind, vendor, arch, extra=extra, xid=xid, mac=mac, **fields)
    kind = random.choice(["discover", "discover", "request", "inform", "item", "group", "service", "relay", "read", "ack"])
    if kind == "discover":
        return frame(dhcp(DISCOVER), mac=mac)
    if kind in ("request", "inform", "item"):
        payload = dhcp(INFORM if kind == "inform" else REQUEST, ciaddr=here)
        return frame(payload, source=(here, 68), destination=EVERYBODY, mac=mac)
    if kind == "group":
        return frame(dhcp(REQUEST, ciaddr=here), (here, 4011), GROUP, mac=mac, to=bytes([1, 0, 0x5E, 0, 1, 2]))
    if kind == "service":
        return frame(dhcp(REQUEST, ciaddr=here), (here, 4011), (options.server, 4011), mac=mac, to=us)
    if kind == "relay":
        return frame(dhcp(DISCOVER, giaddr=here, hops=1), (here, 67), (options.server, 67), mac=mac, to=us)
    if kind == "read":
        return frame(b"\0\1snponly.efi\0octet\0blksize\0001468\0", (here, random.randrange(1024, 65536)),
                     (options.server, 69), mac=mac, to=us)
    return frame(struct.pack("!HH", 4, 1), (here, 2070), (options.server, 69), mac=mac, to=us)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--interface", default="eth0")
    parser.add_argument("--to", required=True)
    parser.add_argument("--server", default="10.77.0.2")
    parser.add_argument("--client", default="10.77.0.3")
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rate", type=float, default=50)
    options = parser.parse_args()
    link, sent, begun = Link(options.interface), 0, time.monotonic()
    while (elapsed := time.monotonic() - begun) < options.seconds:
        if sent <= elapsed * options.rate:
            link.send(one(options))
            sent += 1
        else:
            time.sleep(0.005)
    Checks().that("%d packets of clients in %d s" % (sent, options.seconds), sent > options.seconds * options.rate / 2, sent)


main()
