"""UEFI HTTP Boot, Raspberry Pi and U-Boot."""

import ipaddress
import random
import time
import urllib.parse

from .edk2 import boot_file, check_end_mark, inet, is_valid
from .fetch import FetchFailed, http
from .model import BootFailed, Firmware, is_address, new_xid

HTTP_TYPES = ("application/efi", "application/vnd.efi-iso", "application/vnd.efi-img")


class HttpBoot(Firmware):
    """EDK2 NetworkPkg/HttpBootDxe: HttpBootDhcp4.c, HttpBootSupport.c."""
    about = "UEFI x64 HTTP Boot, EDK2: class HTTPClient, HEAD and GET"
    kind = "uefi-x64-http"
    maker = "52:54:80"
    arch = 16
    has_loader = True

    def discover_options(self):
        # One octet of the list is random (lab.md section 2).
        parameters = bytes([1, 2, 3, 4, 5, 6, 12, 13, 15, 17, 18, 22, 23, 28, 40, 41, 42, 43, 50, 51, 54, 58, 59, 60,
                            random.randrange(224, 255), 67, 97])
        return [(57, b"\x05\xc0"), (55, parameters), (97, self.machine), (94, b"\x01\x03\0"),
                (93, bytes([0, self.arch])), (60, self.vendor_class("HTTPClient", "003000"))]

    def request_options(self, offer):
        return [(54, inet(offer.server)), (50, inet(offer.yiaddr))] + self.discover_options()

    def boot(self):
        lease_offer, packet, xid = self.collect()
        self.take_lease(lease_offer, xid)
        return self.load_or_fail(None, boot_file(packet), "dhcp" if packet is lease_offer else "http")

    def collect(self):
        xid, began, leases, boots, proxies, last = new_xid(), time.monotonic(), [], [], [], None
        for slot in self.slots:
            self.tries += 1
            self.send(self.discover(xid, int((time.monotonic() - began) / self.pace)))
            for answer in self.offers(slot * self.pace, xid):
                if not is_valid(answer):
                    continue
                last = answer
                has_url = answer.has_class(b"HTTPClient") and self.is_url(boot_file(answer))
                if answer.yiaddr != "0.0.0.0":
                    leases.append(answer)
                    boots += [answer] if has_url else []
                elif has_url:
                    proxies.append(answer)
            # The DHCP server's own URL wins over any proxy; a proxy's with a host name needs a name server in the
            # lease.
            if boots:
                return boots[0], boots[0], xid
            for lease in leases:
                for proxy in proxies:
                    if self.is_literal(boot_file(proxy)) or lease.first(6):
                        check_end_mark(lease, last)
                        return lease, proxy, xid
        raise BootFailed("PXE-E16", "no valid offer received")

    @staticmethod
    def is_url(url):
        parts = urllib.parse.urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)

    @staticmethod
    def is_literal(url):
        try:
            ipaddress.ip_address(urllib.parse.urlsplit(url).hostname)
        except ValueError:
            return False
        return True

    def load(self, server, name):
        head = http(self.address, name, "HEAD")
        if not head.kind.startswith(HTTP_TYPES) and not name.endswith((".efi", ".iso", ".img")):
            raise FetchFailed("HTTP: %s is of type %s" % (name, head.kind or "none"), 0)
        file = http(self.address, name)
        if head.size != file.size:
            raise FetchFailed("HTTP: HEAD said %d octets, %d came" % (head.size, file.size), 0)
        return file


class RaspberryPi4(Firmware):
    """RPIDOC; the text of option 43 (PXE_OPTION43), a whole DORA, then files beneath the serial number."""
    about = "Raspberry Pi 4 EEPROM: 43 with \"Raspberry Pi Boot\", server of 66, files beneath its serial number"
    kind = "raspberry-pi"
    maker = "dc:a6:32"
    arch = 0
    flags = 0
    slots = (4,) * 11
    text = b"Raspberry Pi Boot"
    files = ("start4.elf",)
    options = (("tsize", 0), ("blksize", 1024))

    def __init__(self, card, options):
        super().__init__(card, options)
        self.serial = card.mac[2:].hex()
        # "RPi4", board revision, the end of the hardware address, the serial number.
        self.machine = b"\0RPi4" + bytes.fromhex("d03114c0") + card.mac[2:] + bytes.fromhex(self.serial)

    def discover_options(self):
        parameters = bytes([1, 3, 43, 60, 66, 67]) + bytes(range(128, 136))
        return [(55, parameters), (93, b"\0\0"), (94, b"\x01\x02\x01"), (97, self.machine),
                (60, self.vendor_class(interface="002001"))]

    def request_options(self, offer):
        return [(50, inet(offer.yiaddr)), (54, inet(offer.server))] + self.discover_options()

    def boot(self):
        lease, packet, xid = self.collect()
        self.start(lease, xid)
        return self.load_or_fail(self.server_of(packet), None, "pi")

    def start(self, lease, xid):
        self.take_lease(lease, xid)

    def collect(self):
        xid, leases, packets = new_xid(), [], []
        for slot in self.slots:
            self.tries += 1
            self.send(self.discover(xid, 0))
            for answer in self.offers(slot * self.pace, xid):
                if answer.yiaddr != "0.0.0.0":
                    leases.append(answer)
                if self.text in (answer.first(43) or b"") and answer.hops == 0:
                    packets.append(answer)
                if leases and packets:
                    return leases[0], packets[0], xid
        raise BootFailed("no code", "no offer with \"%s\" in option 43" % self.text.decode())

    @staticmethod
    def server_of(packet):
        """66 first (tinkerbell/smee #23), then siaddr, then 54."""
        name = packet.first(66)
        if name is not None:
            try:
                # A NUL at its end was not understood (raspberrypi/firmware #871).
                return str(ipaddress.IPv4Address(name.decode("latin-1")))
            except ValueError as error:
                raise BootFailed("no code", "option 66 is no address: %r" % name) from error
        return packet.siaddr if is_address(packet.siaddr) else packet.server

    def load(self, server, name):
        """Where the first start file is, the rest is too."""
        for directory in (self.serial + "/", ""):
            try:
                return self.tftp().fetch(server, directory + self.files[0], self.options)
            except FetchFailed as error:
                if error.code != 1 or not directory:
                    raise
        raise AssertionError("unreachable")

    def fetch_code(self, error):
        return "no code", str(error)


class RaspberryPi3(RaspberryPi4):
    """The boot ROM: takes the OFFER for the lease, without REQUEST and ACK; UDP checksum 0."""
    about = "Raspberry Pi 3 boot ROM: 43 with \"Raspberry Pi Boot\", no REQUEST, bootcode.bin"
    maker = "b8:27:eb"
    slots = (5,) * 5
    files = ("bootcode.bin",)
    options = (("tsize", 0),)

    def __init__(self, card, options):
        super().__init__(card, options)
        self.machine = b"\0" + b"\x44" * 16

    def send(self, payload):
        self.card.broadcast(payload, no_checksum=True)

    def start(self, lease, xid):
        self.settle(lease)

    def load(self, server, name):
        try:
            # A 404 is normal (RPIDOC).
            self.tftp().fetch(server, "bootsig.bin", self.options)
        except FetchFailed as error:
            if error.code != 1:
                raise
        return self.tftp().fetch(server, self.files[0], self.options)


class RaspberryPi3First(RaspberryPi3):
    """Its check of the length is wrong: without three more octets the text is cut (RPIDOC)."""
    about = "Raspberry Pi 3 of the first generation: the text needs three spaces at its end"
    kind = ""
    # Another of their maker's than the later one's, so that a rule can tell them apart.
    maker = "28:cd:c1"
    text = b"Raspberry Pi Boot   "


class UBoot(Firmware):
    """net/bootp.c with SERVERIP_FROM_PROXYDHCP: siaddr and header file of any yiaddr=0 packet from port 67 that comes
    within 100 ms of the lease OFFER."""
    about = "U-Boot arm64 with SERVERIP_FROM_PROXYDHCP: the proxy's header fields only"
    kind = "u-boot-proxy"
    maker = "52:54:b0"
    arch = 0x16
    flags = 0
    hears_proxies = True
    slots = (1, 2, 4, 8)
    # Real time: CONFIG_SERVERIP_FROM_PROXYDHCP_DELAY_MS.
    proxy_time = 0.1

    def discover_options(self):
        return [(57, b"\x02\x40"), (93, bytes([0, self.arch])), (94, b"\x01\0\0"), (60, b"U-Boot.armv8"),
                (55, bytes([1, 3, 6, 12, 17, 66, 67, 54, 51, 209]))]

    def request_options(self, offer):
        return [(57, b"\x02\x40"), (54, inet(offer.server)), (50, inet(offer.yiaddr))] + self.discover_options()[1:]

    def boot(self):
        lease_offer, proxies, xid = self.collect()
        lease = self.take_lease(lease_offer, xid)
        packet = proxies[-1] if proxies else lease
        # Of a lease it takes option 67 too where the header names no file (net/bootp.c, dhcp_process_options).
        name = packet.file_in_header() or (lease.file_in_option() if packet is lease else "")
        if not is_address(packet.siaddr):
            raise BootFailed("no code", "*** ERROR: `serverip' not set")
        if name:
            return self.load_or_fail(packet.siaddr, name, "direct" if proxies else "dhcp")
        try:
            # Named nothing, the usual boot commands try a script of their own choice (distro_bootcmd).
            return self.load_or_fail(packet.siaddr, "boot.scr.uimg", "dhcp")
        except BootFailed as failed:
            raise BootFailed(failed.code, failed.why) from failed

    def collect(self):
        xid, proxies = new_xid(), []
        for slot in self.slots:
            self.tries += 1
            self.send(self.discover(xid, 0))
            lease, heard_at = None, 0.0
            for answer in self.offers(max(slot * self.pace, 0.5), xid):
                if answer.yiaddr != "0.0.0.0" and lease is None:
                    lease, heard_at = answer, time.monotonic()
                    break
                if answer.yiaddr == "0.0.0.0" and answer.port == 67 and self.hears_proxies:
                    proxies.append(answer)
            if lease is None:
                continue
            if self.hears_proxies:
                left = self.proxy_time - (time.monotonic() - heard_at)
                proxies += [a for a in self.offers(left, xid) if a.yiaddr == "0.0.0.0" and a.port == 67]
            return lease, proxies, xid
        raise BootFailed("no code", "BOOTP/DHCP timeout; retry count exceeded")

    def load(self, server, name):
        return self.tftp().fetch(server, name, (("timeout", 5), ("tsize", 0), ("blksize", 1468)))

    def fetch_code(self, error):
        return "no code", str(error)


class UBootAlone(UBoot):
    about = "U-Boot arm64 as it is built usually: does not hear proxies at all"
    kind = "u-boot"
    maker = "52:54:b1"
    hears_proxies = False
