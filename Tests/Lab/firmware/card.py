"""A machine's network card: a macvlan on the lab's cable, with a hardware address of its own, in a network namespace
that goes away with the process. So every emulated machine has a whole kernel network stack for itself (ARP, UDP, TCP),
and any number of them run beside each other. The namespaces' names are nowhere: nothing can be left behind.
"""

import ctypes
import os
import select
import socket
import struct
import subprocess
import time

from packets import BROADCAST, Heard, Link, frame

CLONE_NEWNET = 0x40000000
NAME = "net0"
SOL_PACKET, PACKET_AUXDATA, TP_STATUS_CSUMNOTREADY, SO_ATTACH_FILTER = 263, 8, 8, 26
# Classic BPF: UDP, no fragment, to port 67, 68 or 4011. What a machine downloads does not come this way.
ONLY_DHCP = [(0x30, 0, 0, 23), (0x15, 0, 8, 17), (0x28, 0, 0, 20), (0x45, 6, 0, 0x1FFF), (0xB1, 0, 0, 14),
             (0x48, 0, 0, 16), (0x15, 2, 0, 67), (0x15, 1, 0, 68), (0x15, 0, 1, 4011), (6, 0, 0, 0xFFFFFFFF),
             (6, 0, 0, 0)]


CAPTURE_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError("%s: %s" % (" ".join(command), done.stderr.strip()))


def leave_namespace():
    """Gives the calling process an empty network namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, "unshare: " + os.strerror(number))


def plug_in(process, cable, mac):
    """Called from the namespace of the cable: gives `process`, which has left it, a card."""
    run("ip", "link", "add", "link", cable, "name", NAME, "netns", str(process), "address", mac,
        "type", "macvlan", "mode", "bridge")


class Card:
    def __init__(self, mac):
        self.mac = bytes.fromhex(mac.replace(":", ""))
        for setting in ("all", "default"):
            with open("/proc/sys/net/ipv6/conf/%s/disable_ipv6" % setting, "w", encoding="ascii") as file:
                file.write("1")
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "set", NAME, "up")
        self.link = Link(NAME)
        program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in ONLY_DHCP))
        self.link.socket.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER,
                                    struct.pack("@HP", len(ONLY_DHCP), ctypes.addressof(program)))
        self.link.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.addresses = []
        self.frames = []  # (time, octets) of every DHCP frame that went out or came in

    def hear(self, seconds):
        """The next whole UDP datagram that comes in, or None when its time is over."""
        own = self.link.socket
        if seconds <= 0 or not select.select([own], [], [], seconds)[0]:
            return None
        data, ancillary, _, (_, _, kind, _, _) = own.recvmsg(65536, 64)
        # On a virtual cable the kernel leaves the checksum to a card that never comes.
        is_unfinished = any(level == SOL_PACKET and code == PACKET_AUXDATA
                            and struct.unpack("=I", value[:4])[0] & TP_STATUS_CSUMNOTREADY
                            for level, code, value in ancillary)
        packet = Heard(data)
        # Broadcasts about others are no part of its story.
        if packet.payload[28:34] == self.mac:
            self.frames.append((time.time(), data))
        if kind == socket.PACKET_OUTGOING or packet.protocol != 17:
            return None
        return packet if is_unfinished or packet.checksum_is_right() else None

    def broadcast(self, payload, source=("0.0.0.0", 68), no_checksum=False):
        """A datagram to port 67 of everybody, before the machine has an address."""
        data = frame(payload, source=source, mac=self.mac, to=BROADCAST, no_checksum=no_checksum)
        self.frames.append((time.time(), data))
        self.link.send(data)

    def captured(self):
        """Its DHCP frames as records of a capture, in the order in which this very machine heard them."""
        while self.hear(0.001):
            pass
        records = b""
        for when, data in self.frames:
            records += struct.pack("<IIII", int(when), int(when % 1 * 1e6), len(data), len(data)) + data
        return records

    def take(self, address, prefix=24, router=None):
        """The machine has this address from now on, and answers ARP for it."""
        if address not in self.addresses:
            run("ip", "address", "add", "%s/%d" % (address, prefix), "dev", NAME)
            self.addresses.append(address)
        if router and router != "0.0.0.0":
            run("ip", "route", "replace", "default", "via", router, "dev", NAME)

    def drop_addresses(self):
        """As a reset does."""
        run("ip", "address", "flush", "dev", NAME)
        self.addresses = []

    @staticmethod
    def socket(address, port):
        """A UDP socket that hears of ICMP errors, as firmware does."""
        own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        own.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR
        own.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        own.bind((address, port))
        return own
