"""Says every half second that there is a router for IPv6, with nothing to offer: no prefix, no DHCPv6, no default route.

Usage: advertise.py INTERFACE

iPXE of 2019 waits 15 s for such a word before it boots by IPv4.
"""

import socket
import struct
import sys
import time

ROUTER_ADVERTISEMENT = 134
ALL_NODES = "ff02::1"


def main():
    interface = sys.argv[1]
    with open("/sys/class/net/%s/address" % interface, encoding="ascii") as file:
        hardware = bytes.fromhex(file.read().strip().replace(":", ""))
    # RFC 4861 §4.2: hop limit 64, no flags, lifetime 0; option 1 is our hardware address. The kernel fills the checksum.
    message = struct.pack("!BBHBBHII", ROUTER_ADVERTISEMENT, 0, 0, 64, 0, 0, 0, 0) + b"\x01\x01" + hardware
    sender = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    # RFC 4861 §6.1.2: receivers drop it with another hop limit.
    sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    index = socket.if_nametoindex(interface)
    sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
    print("advertising", flush=True)
    while True:
        try:
            sender.sendto(message, (ALL_NODES, 0, 0, index))
        except OSError:
            # The interface's own address is still being checked for duplicates.
            pass
        time.sleep(0.5)


main()
