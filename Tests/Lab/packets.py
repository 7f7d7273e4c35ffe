"""DHCP packets made and read by hand, and an ear on a link. Standard library only; needs root, for raw frames."""

import os
import select
import socket
import struct
import time

BROADCAST = bytes([255] * 6)
COOKIE = bytes([99, 130, 83, 99])
DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM = range(1, 9)
# Another machine for every run, whatever else runs: what one did must not change what the next one hears.
MAC = b"\x52\x54\x00" + os.urandom(3)
MACHINE = bytes([0]) + bytes(range(16))
# Option 60 and the number in option 93 of the two kinds of firmware.
UEFI = (b"PXEClient:Arch:00007:UNDI:003016", 7)
BIOS = (b"PXEClient:Arch:00000:UNDI:002001", 0)


def pack(options):
    return b"".join(bytes([code, len(value)]) + value for code, value in options)


def header(op=1, xid=0x50460001, mac=MAC, hlen=6, hops=0, flags=0, ciaddr="0.0.0.0",
           giaddr="0.0.0.0", yiaddr="0.0.0.0", secs=4):
    addresses = b"".join(socket.inet_aton(a) for a in (ciaddr, yiaddr, "0.0.0.0", giaddr))
    return (struct.pack("!BBBBIHH", op, 1, hlen, hops, xid, secs, flags) + addresses + mac.ljust(16, b"\0")
            + bytes(64 + 128))


def message(kind, vendor=UEFI[0], arch=7, extra=(), end=b"\xff", cookie=COOKIE, **fields):
    """A client's message. Option 60 comes last, so that whatever is cut off damages it first."""
    options = [] if kind is None else [(53, bytes([kind]))]
    options += [(57, struct.pack("!H", 1472)), (55, bytes([1, 3, 43, 54, 60, 66, 67, 97])), (97, MACHINE)]
    if arch is not None:
        options += [(93, struct.pack("!H", arch)), (94, b"\x01\x03\x10")]
    options += list(extra)
    if vendor is not None:
        options.append((60, vendor))
    return header(**fields) + cookie + pack(options) + end


def checksum(data):
    total = sum(struct.unpack("!%dH" % ((len(data) + 1) // 2), data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def udp_checksum(source, destination, udp):
    pseudo = socket.inet_aton(source) + socket.inet_aton(destination) + struct.pack("!BBH", 0, 17, len(udp))
    return checksum(pseudo + udp)


def frame(payload, source=("0.0.0.0", 68), destination=("255.255.255.255", 67), mac=MAC,
          to=BROADCAST, damage=0, fragment=0, vlan=None, length=None, no_checksum=False):
    """A whole Ethernet frame; `damage` is added to the UDP checksum, `fragment` is the IP fragment field, `length` a lie
    about the length of the UDP datagram."""
    said = 8 + len(payload) if length is None else length
    udp = struct.pack("!HHHH", source[1], destination[1], said, 0) + payload
    value = 0 if no_checksum else (udp_checksum(source[0], destination[0], udp) + damage) & 0xFFFF
    udp = udp[:6] + struct.pack("!H", value) + udp[8:]
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0x5046, fragment, 64, 17, 0)
    ip += socket.inet_aton(source[0]) + socket.inet_aton(destination[0])
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    tag = b"" if vlan is None else struct.pack("!HH", 0x8100, vlan)
    return to + mac + tag + b"\x08\x00" + ip + udp


class Heard:
    """A UDP datagram, or another IPv4 packet (then the ports are 0), that somebody else sent."""

    def __init__(self, data):
        self.to, self.sender = data[:6], data[6:12]
        ip = data[14:]
        size = (ip[0] & 15) * 4
        ip = ip[:struct.unpack("!H", ip[2:4])[0]]
        self.protocol = ip[9]
        self.source, self.destination = socket.inet_ntoa(ip[12:16]), socket.inet_ntoa(ip[16:20])
        self.udp = ip[size:]
        self.sport, self.dport = struct.unpack("!HH", self.udp[:4]) if self.protocol == 17 else (0, 0)
        self.payload = self.udp[8:]

    def checksum_is_right(self):
        return self.udp[6:8] == b"\0\0" or udp_checksum(self.source, self.destination, self.udp) == 0

    def __str__(self):
        return "%s:%d > %s:%d, %d octets" % (self.source, self.sport, self.destination, self.dport, len(self.payload))


class Link:
    """Hears every IPv4 packet that comes in on an interface, and sends frames as they are."""

    def __init__(self, interface):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind((interface, 0x0800))

    def send(self, data):
        self.socket.send(data)

    def hear(self, seconds, wanted=lambda packet: True, after=None):
        """All packets of others that are wanted and come within the time; once one has come, within `after` of it."""
        heard, end = [], time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.socket], [], [], left)[0]:
                break
            data, (_, _, kind, _, _) = self.socket.recvfrom(65536)
            if kind == socket.PACKET_OUTGOING:
                continue
            packet = Heard(data)
            if wanted(packet):
                heard.append(packet)
                end = end if after is None else time.monotonic() + after
        return heard


class Reply:
    """What a server's message says. Options are put together over repetitions (RFC 3396)."""

    def __init__(self, data):
        (self.op, _, self.hlen, _, self.xid, _, self.flags) = struct.unpack("!BBBBIHH", data[:12])
        self.ciaddr, self.yiaddr, self.siaddr, self.giaddr = (socket.inet_ntoa(data[i:i + 4]) for i in (12, 16, 20, 24))
        self.chaddr = data[28:44]
        self.file = data[108:236].split(b"\0")[0].decode("latin-1")
        self.cookie = data[236:240]
        self.options, at = {}, 240
        while at < len(data) and data[at] != 255:
            if data[at] == 0:
                at += 1
                continue
            code, length = data[at], data[at + 1]
            self.options[code] = self.options.get(code, b"") + data[at + 2:at + 2 + length]
            at += 2 + length
        self.has_end = at < len(data)

    def vendor(self):
        found, data, at = {}, self.options.get(43, b""), 0
        while at + 1 < len(data) and data[at] != 255:
            found[data[at]] = data[at + 2:at + 2 + data[at + 1]]
            at += 2 + data[at + 1]
        return found


class Checks:
    """Prints a line for each check, as the shell side reads them."""

    def that(self, what, good, details="no details"):
        print(("ok   %s" % what) if good else "FAIL %s: %s" % (what.replace(": ", " "), details), flush=True)
        return good
