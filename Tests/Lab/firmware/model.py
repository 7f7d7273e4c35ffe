"""What all models have in common: asking, listening, taking a lease, port 4011, and how a boot ends."""

import random
import socket
import struct
import time
import urllib.parse

from packets import ACK, COOKIE, DISCOVER, NAK, OFFER, REQUEST, header, pack

from .answer import Answer
from .fetch import TFTP, FetchFailed

# Real time, not paced: a loaded machine may need it, and nothing waits this long when it is answered.
PATIENCE = 3.0


class BootFailed(Exception):
    """`code` is what the firmware would show; `server` whom it had asked for a file by then."""

    def __init__(self, code, why, server=None):
        super().__init__("%s: %s" % (code, why))
        self.code, self.why, self.server = code, why, server


class AddressRefused(BootFailed):
    """A DHCP server gave the address that it had offered to somebody else: begin again."""


class Boot:
    """What a machine starts: a file, and in which shape it was told of it."""

    def __init__(self, file, shape):
        self.file, self.shape = file, shape


class Firmware:
    # What `firmware` prints for --list, and the kind of client that `pilotfish probe` knows it as; "" is one that it
    # does not know.
    about = ""
    kind = ""
    # Whether what it loads from us is an iPXE for it, which may come alive (--chain).
    has_loader = False
    # The first three octets of its hardware address; each model has its own, as what is learned of one kind of machine
    # is remembered by them.
    maker = "52:54:00"
    arch = 7
    # Seconds from each DISCOVER to the next (PXE 2.1 §2.2.3; EDK2 DHCP_DEFAULT table 4, 8, 16, 32).
    slots = (4, 8, 16, 32)

    def __init__(self, card, options):
        self.card, self.pace = card, options.pace
        self.proxy, self.router, self.relay = options.server, options.router, options.relay
        self.tries = 0
        self.heard = []  # every offer, for people
        self.address = None
        self.machine = bytes([0]) + bytes.fromhex("009a1d3f847c1e4b9d06") + self.card.mac

    # What it says.

    def vendor_class(self, name="PXEClient", interface="003016"):
        return ("%s:Arch:%05d:UNDI:%s" % (name, self.arch, interface)).encode()

    def build(self, options, **fields):
        return header(mac=self.card.mac, **fields) + COOKIE + pack(options) + b"\xff"

    def discover_options(self):
        raise NotImplementedError

    def request_options(self, offer):
        raise NotImplementedError

    def discover(self, xid, secs):
        return self.build([(53, bytes([DISCOVER]))] + self.discover_options(), xid=xid, secs=secs, flags=self.flags)

    flags = 0x8000

    def send(self, payload):
        self.card.broadcast(payload)

    # What it hears.

    def is_reply(self, packet):
        return packet.dport == 68

    def replies(self, seconds, xid, since=None):
        """Messages with our xid and hardware address, as they come, for so long."""
        since = time.monotonic() if since is None else since
        end = since + seconds
        while (left := end - time.monotonic()) > 0:
            packet = self.card.hear(left)
            if packet is None or not self.is_reply(packet) or len(packet.payload) < 240:
                continue
            answer = Answer(packet.payload, packet.source, packet.sport, time.monotonic() - since)
            if answer.op == 2 and answer.xid == xid and answer.chaddr[:6] == self.card.mac:
                yield answer

    def offers(self, seconds, xid):
        for answer in self.replies(seconds, xid):
            # No option 53 is BOOTP.
            if answer.type in (OFFER, 0):
                self.heard.append("%d: %s" % (self.tries, answer.summary()))
                yield answer

    # Its lease.

    def take_lease(self, offer, xid, secs=0):
        """REQUEST and ACK for the address of an offer; the machine has it afterwards. Returns the ACK."""
        options = [(53, bytes([REQUEST]))] + self.request_options(offer)
        payload = self.build(options, xid=xid, secs=secs, flags=self.flags)
        for _ in range(3):
            self.send(payload)
            for answer in self.replies(PATIENCE, xid):
                if answer.type not in (ACK, NAK) or answer.server != offer.server:
                    continue
                if answer.type == NAK:
                    raise AddressRefused("PXE-E51", "%s refused the address %s" % (offer.server, offer.yiaddr))
                self.settle(answer)
                return answer
        raise BootFailed("PXE-E51", "%s gave no lease for %s" % (offer.server, offer.yiaddr))

    def settle(self, lease):
        mask = lease.first(1) or b"\xff\xff\xff\0"
        router = lease.first(3)
        self.address = lease.yiaddr
        self.card.take(lease.yiaddr, int.from_bytes(mask, "big").bit_count(),
                       socket.inet_ntoa(router[:4]) if router else None)

    # Port 4011, and boot servers.

    def exchange(self, payloads, destination, port, wanted, waits, to_the_end=False):
        """Sends a REQUEST after another, waiting as long as `waits` says each time, from port `port` of our address, to
        an (address, port). Returns the last right answer of the first wait that had one, or None. With `to_the_end` a
        wait lasts even when there is an answer."""
        with self.card.socket(self.address, port) as own:
            for payload, wait in zip(payloads, waits):
                found, began = None, time.monotonic()
                try:
                    own.sendto(payload, destination)
                except OSError:
                    return None
                while (left := began + wait - time.monotonic()) > 0 and (to_the_end or not found):
                    own.settimeout(left)
                    try:
                        data, source = own.recvfrom(65536)
                    except TimeoutError:
                        break
                    except OSError:
                        return None  # ICMP says that nobody is there
                    if len(data) >= 240:
                        answer = Answer(data, source[0], source[1], time.monotonic() - began)
                        if answer.op == 2 and answer.chaddr[:6] == self.card.mac and wanted(answer):
                            found = answer
                if found:
                    self.heard.append("port %d: %s" % (destination[1], found.summary()))
                    return found
        return None

    def waits(self, *seconds):
        """Paced, but never so short that an answer could not come."""
        return [max(second * self.pace, 0.3) for second in seconds]

    # Files.

    def tftp(self):
        return TFTP(self.address, timeout=max(4.0 * self.pace, 1.0))

    def load(self, server, name):
        """Fetches a boot file as this firmware does."""
        raise NotImplementedError

    def load_or_fail(self, server, name, shape):
        try:
            return Boot(self.load(server, name), shape)
        except FetchFailed as error:
            raise BootFailed(*self.fetch_code(error), server or urllib.parse.urlsplit(name).hostname) from error

    def fetch_code(self, error):
        """PXE 2.1 ROMs and EDK2 show the same numbers for these."""
        if error.code is None:
            return "PXE-E32", "TFTP open timeout (%s)" % error
        return ("PXE-T%02d" % error.code if error.code else "PXE-E3F"), str(error)

    def boot(self):
        """The whole boot; returns a Boot or raises BootFailed."""
        raise NotImplementedError

    def wait(self, seconds):
        time.sleep(seconds)


def new_xid():
    return random.getrandbits(32)


def is_address(text):
    return text not in (None, "", "0.0.0.0")


def boot_item(kind, layer=0):
    """Option 43 of a boot server request: 43.71 (PXE 2.1 Table 2-1)."""
    return b"\x47\x04" + kind + struct.pack("!H", layer) + b"\xff"
