"""BIOS PXE ROMs, as Intel's Boot Agent of PXE 2.1 (chapter 2 of Intel's specification)."""

import time

from packets import ACK, OFFER, REQUEST

from .answer import addresses, boot_servers, menu_items
from .edk2 import inet
from .fetch import FetchFailed
from .model import BootFailed, Firmware, boot_item, is_address

PARAMETERS = bytes([1, 2, 3, 4, 5, 6, 11, 12, 13, 15, 16, 17, 18, 22, 23, 28, 40, 41, 42, 43, 50, 51, 54, 58, 59, 60,
                    66, 67, 128, 129, 130, 131, 132, 133, 134, 135])


def boot_file(answer):
    return answer.file_in_header() or answer.file_in_option()


class IntelRom(Firmware):
    about = "BIOS, Intel PXE 2.1 ROM: DISCOVERs 4, 8, 16, 32 s apart, 43.6 bit 3, menus, port 4011"
    kind = "bios"
    maker = "52:54:86"
    arch = 0
    flags = 0
    has_loader = True

    def discover_options(self):
        return [(55, PARAMETERS), (57, b"\x04\xec"), (97, self.machine), (93, b"\0\0"), (94, b"\x01\x02\x01"),
                (60, self.vendor_class(interface="002001"))]

    def request_options(self, offer):
        return [(50, inet(offer.yiaddr)), (54, inet(offer.server))] + self.discover_options()

    def accepts(self, answer):
        """For the models that refuse more; `answer` is of a boot server."""
        return True

    def boot(self):
        lease_offer, boot_offer, xid = self.collect()
        lease = self.take_lease(lease_offer, xid, secs=4)
        if boot_offer is None:
            return self.load_from(lease if boot_file(lease) else lease_offer, "dhcp")
        return self.boot_from(boot_offer, xid)

    def collect(self):
        """A lease offer and a PXE offer; without the second, repeats at 4 and 8 s for one (PXE 2.1 §2.2.3)."""
        # Intel's ROM makes its xid of the end of the hardware address.
        xid = int.from_bytes(self.card.mac[2:], "big")
        began, leases, boots = time.monotonic(), [], []
        for number, slot in enumerate(self.slots):
            self.tries += 1
            self.send(self.discover(xid, 4 + int((time.monotonic() - began) / self.pace)))
            for answer in self.offers(slot * self.pace, xid):
                if answer.yiaddr != "0.0.0.0":
                    leases.append(answer)
                if answer.has_class(b"PXEClient") and (answer.yiaddr != "0.0.0.0" or self.accepts(answer)):
                    boots.append(answer)
                if leases and any(self.is_complete(a) for a in boots):
                    break
            if leases and boots:
                # What says where to boot from counts before a bare class (a leftover of WDS in the DHCP server).
                return leases[0], next((a for a in boots if self.is_complete(a)), boots[0]), xid
            if number >= 2 and any(boot_file(a) for a in leases):
                return next(a for a in leases if boot_file(a)), None, xid
        if leases:
            raise BootFailed("PXE-E53", "no boot filename received")
        raise BootFailed(*(("PXE-E52", "proxyDHCP offers were received, no DHCP offers") if boots
                           else ("PXE-E51", "no DHCP or proxyDHCP offers were received")))

    def is_complete(self, answer):
        """Needs no visit to port 4011 (IPXE f0c6c4efd and 734061e9c tell of experiments on Intel's ROM)."""
        return is_address(answer.siaddr) and bool(boot_file(answer)) or 9 in answer.vendor

    def boot_from(self, offer, xid):
        shape = "direct"
        if not self.is_complete(offer):
            offer, shape = self.ask_4011(offer, xid), "binl"
        vendor = offer.vendor
        control = (vendor.get(6) or b"\0")[0]
        if boot_file(offer) and (control & 8 or 9 not in vendor):
            return self.load_from(offer, shape)
        return self.boot_menu(vendor, control, xid)

    def ask_4011(self, offer, xid):
        """Four tries, 1, 2, 3, 4 s; the request names the server that it is for."""
        server = offer.server or offer.source
        options = [(53, bytes([REQUEST]))] + self.discover_options() + [(54, inet(server))]
        payload = self.build(options, xid=xid, secs=4, ciaddr=self.address)
        answer = self.exchange([payload] * 4, (server, 4011), 68, lambda a: a.xid == xid and a.type in (ACK, OFFER),
                               self.waits(1, 2, 3, 4))
        if answer is None:
            raise BootFailed("PXE-E55", "proxyDHCP service did not reply to request on port 4011 of %s" % server)
        return answer

    def boot_menu(self, vendor, control, xid):
        items, servers = menu_items(vendor), boot_servers(vendor)
        if 10 not in vendor:
            raise BootFailed("PXE-E74", "bad or missing PXE menu and/or prompt information")
        if not items or servers is None:
            raise BootFailed("PXE-E77", "bad or missing discovery server list")
        kind = items[0][0]
        if kind == b"\0\0":
            raise BootFailed("PXE-M0F", "exiting: local boot")
        for destination in self.destinations(vendor, control, dict(servers).get(kind, [])):
            options = [(53, bytes([REQUEST]))] + self.discover_options() + [(43, boot_item(kind))]
            payload = self.build(options, xid=xid, secs=4, ciaddr=self.address)
            allowed = dict(servers).get(kind) if control & 4 else None

            def wanted(answer, allowed=allowed):
                return (answer.xid == xid and answer.type == ACK and answer.vendor.get(71, b"")[:2] == kind
                        and (not allowed or answer.source in allowed))
            answer = self.exchange([payload] * 4, destination, 68, wanted, self.waits(1, 2, 3, 4))
            if answer is not None:
                return self.load_from(answer, "menu")
        raise BootFailed("PXE-E78", "could not locate boot server")

    @staticmethod
    def destinations(vendor, control, listed):
        """Multicast, broadcast, then the list, as far as the control bits allow (PXE 2.1 §2.2.1)."""
        found = []
        if not control & 2 and (group := addresses(vendor.get(7, b""))):
            found.append((group[0], 4011))
        if not control & 1:
            found.append(("255.255.255.255", 67))
        return found + [(server, 4011) for server in listed]

    def load_from(self, packet, shape):
        name = boot_file(packet)
        if not name:
            raise BootFailed("PXE-E53", "no boot filename received")
        if not is_address(packet.siaddr):
            raise BootFailed("PXE-E32", "TFTP open timeout: no server address")
        return self.load_or_fail(packet.siaddr, name, shape)

    def load(self, server, name):
        client = self.tftp()
        size = client.probe(server, name, (("tsize", 0),), text=b"TFTP Aborted")
        file = client.fetch(server, name, (("blksize", 1456),))
        if size is not None and size != file.size:
            raise FetchFailed("TFTP: %d octets came, the probe said %d" % (file.size, size))
        return file


class SlowRom(IntelRom):
    """What dnsmasq's --dhcp-reply-delay was made for (503c609): the ROM is still busy with the lease offer when the
    proxy's arrives, and loses it."""
    about = "BIOS ROM that loses a proxy OFFER which comes within 50 ms of its DISCOVER"
    kind = ""
    maker = "52:54:05"

    def accepts(self, answer):
        return answer.after >= 0.05
