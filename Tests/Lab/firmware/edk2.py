"""UEFI's PXE driver of TianoCore EDK2 (NetworkPkg/UefiPxeBcDxe), as it is today."""

import time

from packets import ACK, OFFER, REQUEST

from .answer import addresses, boot_servers, menu_items
from .fetch import FetchFailed
from .model import BootFailed, Firmware, boot_item, is_address, new_xid

PARAMETERS = bytes([1, 2, 3, 4, 5, 6, 12, 13, 15, 17, 18, 22, 23, 28, 40, 41, 42, 43, 50, 51, 54, 58, 59, 60, 66, 67,
                    97, 128, 129, 130, 131, 132, 133, 134, 135])
MOST_OFFERS = 16
LARGEST = 1472
PXE10 = {6, 7, 8, 9, 10}
WFM11A = {1, 2, 3, 4, 5}
# Lengths that Dhcp4Dxe and UefiPxeBcDxe take (Dhcp4Option.c, PxeBcDhcp4.c); a message with another one is dropped.
LENGTHS = {**dict.fromkeys((1, 50, 51, 54, 58, 59, 28), lambda n: n == 4),
           **dict.fromkeys((3, 4, 5, 6, 41, 42), lambda n: n and n % 4 == 0),
           13: lambda n: n == 2, 22: lambda n: n == 2, 23: lambda n: n == 1, 52: lambda n: n == 1,
           53: lambda n: n == 1, 57: lambda n: n == 2, 61: lambda n: n >= 2}


def check_end_mark(lease, last):
    """EDK2 writes a NUL behind an option 67 without one; over the end mark, it makes the OFFER invalid, and Dhcp4Dxe
    takes the last one in its place (DhcpChooseOffer). That of a proxy has no address to ask for."""
    code, value = lease.options[-1] if lease.options else (0, b"")
    if code == 67 and not value.endswith(b"\0") and last.yiaddr == "0.0.0.0":
        raise BootFailed("PXE-E16", "the lease's option 67 has no NUL, and the last offer gives no address")


def is_valid(answer):
    """What Dhcp4Dxe asks of every message (EDK2 Dhcp4Io.c, Dhcp4Option.c)."""
    overload = answer.first(52)
    return (answer.is_dhcp and answer.has_end and answer.is_whole and len(answer.data) <= LARGEST
            and answer.hlen == 6
            and all(LENGTHS[code](len(value)) for code, value in answer.options if code in LENGTHS)
            and (overload is None or overload[0] in (1, 2, 3))
            and (answer.type == 0 or is_address(answer.server)))


def offer_type(answer):
    """The offer types of PxeBcDhcp4.c; None for what it discards."""
    is_pxe = answer.has_class(b"PXEClient")
    is_proxy = answer.data[16] == 0
    if answer.type == 0:
        return "bootp" if not is_proxy else None
    if not is_pxe:
        # A proxy of another class is no use to PXE.
        return None if is_proxy else "dhcp-only"
    tags = set(answer.vendor)
    if tags & PXE10:
        return "proxy-pxe10" if is_proxy else "dhcp-pxe10"
    if tags >= WFM11A:
        return None
    return "proxy-binl" if is_proxy else "dhcp-binl"


def boot_file(answer):
    """Option 67 before the header's field."""
    return answer.file_in_option() or answer.file_in_header()


class Edk2(Firmware):
    about = "UEFI x64, EDK2 since 2017-04: offers buffered in slots of 4, 8, 16, 32 s, then rules 1 to 8"
    kind = "uefi-x64"
    maker = "52:54:e2"
    has_loader = True
    # The probe's options and the transfer's; windowsize since 2018-09.
    probe_options = (("tsize", 0), ("blksize", 1468), ("windowsize", 4))
    options = (("blksize", 1468), ("windowsize", 4))
    knows_bit_3 = True  # since EDK2 30a95d4d39 of 2013-05-09

    def discover_options(self):
        return [(57, b"\x05\xc0"), (55, PARAMETERS)] + self.identity()

    def identity(self):
        return [(97, self.machine), (94, b"\x01\x03\0"), (93, bytes([0, self.arch])),
                (60, self.vendor_class(interface="003000"))]

    def request_options(self, offer):
        # In its REQUEST it says that it takes 65280 octets (lab.md section 2).
        return [(54, inet(offer.server)), (50, inet(offer.yiaddr)), (57, b"\xff\0"), (55, PARAMETERS)] + self.identity()

    def accepts(self, kind, answer):
        """For the models that refuse more."""
        return True

    def boot(self):
        lease_offer, kind, proxies, xid = self.collect()
        lease = self.take_lease(lease_offer, xid)
        if kind == "pxe10":
            return self.boot_pxe10(proxies[0])
        if kind == "binl":
            return self.boot_binl(proxies)
        packet = lease if boot_file(lease) else lease_offer
        return self.load_from(packet, "dhcp")

    def collect(self):
        """DISCOVERs until the offers of a slot and all before it make a combination. Returns the offer whose lease to
        take, the kind of boot, the packets with boot information, and the xid."""
        xid, began, kept = new_xid(), time.monotonic(), []
        for slot in self.slots:
            self.tries += 1
            self.send(self.discover(xid, int((time.monotonic() - began) / self.pace)))
            # The whole slot, even when everything has come.
            for answer in self.offers(slot * self.pace, xid):
                kind = offer_type(answer) if is_valid(answer) else None
                if kind and self.accepts(kind, answer) and len(kept) < MOST_OFFERS:
                    kept.append((kind, answer))
            if chosen := select_offer(kept):
                check_end_mark(chosen[0], kept[-1][1])
                return *chosen, xid
        raise BootFailed("PXE-E16", "no valid offer received" if kept else "no offer received")

    # BINL: the file is told on port 4011.

    def boot_binl(self, proxies):
        """One after another until one answers (EDK2 PxeBcDhcp4.c, retry-BINL)."""
        for proxy in proxies:
            answer = self.ask_4011(proxy.siaddr if is_address(proxy.siaddr) else proxy.server)
            if answer is None:
                continue
            if set(answer.vendor) & PXE10 and answer.has_class(b"PXEClient"):
                return self.boot_pxe10(answer)
            return self.load_from(answer, "binl")
        raise BootFailed("PXE-E18", "no answer on port 4011 of %s" % ", ".join(
            p.siaddr if is_address(p.siaddr) else p.server for p in proxies))

    def ask_4011(self, server):
        """Four tries with an xid of their own from port 4011; each wait of 1, 2, 3, 4 s runs to its end. No 54, no
        50."""
        xid = new_xid()
        options = sorted([(57, b"\x05\xc0"), (55, PARAMETERS)] + self.identity())
        payloads = [self.build([(53, bytes([REQUEST]))] + options, xid=xid, secs=secs, ciaddr=self.address)
                    for secs in range(4)]
        return self.exchange(payloads, (server, 4011), 4011, lambda a: self.takes_ack(a, xid), self.waits(1, 2, 3, 4),
                             to_the_end=True)

    def takes_ack(self, answer, xid):
        if answer.xid != xid or not is_valid(answer):
            return False
        is_pxe10 = bool(set(answer.vendor) & PXE10) and answer.data[16] == 0
        return answer.type in (ACK, OFFER) and (bool(boot_file(answer)) or is_pxe10)

    # PXE10: prompt, menu, boot server discovery.

    def boot_pxe10(self, packet):
        vendor = packet.vendor
        control = (vendor.get(6) or b"\0")[0]
        if self.knows_bit_3 and control & 8 and boot_file(packet):
            return self.load_from(packet, "direct")
        items = menu_items(vendor)[:24]
        # Timeout 0, 255 or none: somebody presses Enter on the first item, or its time runs out.
        if not items or items[0][0] == b"\0\0":
            # Without a menu the type stays "bootstrap" (EDK2 PxeBcBoot.c).
            raise BootFailed("PXE-E21", "remote boot cancelled: local boot")
        answer, listed = self.discover_server(items[0][0], vendor, control)
        if not boot_file(answer):
            raise BootFailed("PXE-E99", "the boot server named no file")
        return self.load_from(answer, "menu", listed)

    def discover_server(self, kind, vendor, control):
        """The boot server's ACK, and its address in 43.8 when it was asked by that: multicast, else broadcast, else
        unicast, and one of these only (EDK2 PxeBcBoot.c, PxeBcImpl.c)."""
        servers = boot_servers(vendor)
        if servers is None:
            raise BootFailed("PXE-E77", "bad list of boot servers")
        found = dict(servers).get(kind)
        if servers and found is None:
            raise BootFailed("PXE-E77", "the menu's type is not in the list of boot servers")
        allowed = found if control & 4 else None
        if not control & 2:
            group = addresses(vendor.get(7, b""))
            if not group:
                raise BootFailed("PXE-E76", "bad multicast address")
            answers = [(self.ask_boot_server(kind, (group[0], 4011), 4011, allowed), None)]
        elif not control & 1:
            answers = [(self.ask_boot_server(kind, ("255.255.255.255", 67), 68, allowed), None)]
        else:
            # Every address of the type is visited, and the last one counts.
            answers = [(self.ask_boot_server(kind, (server, 4011), 4011, allowed), server) for server in found or []]
        if not answers or answers[-1][0] is None:
            raise BootFailed("PXE-E18", "no boot server answered")
        return answers[-1]

    def ask_boot_server(self, kind, destination, port, allowed):
        xid = new_xid()
        options = sorted([(57, b"\x05\xc0"), (55, PARAMETERS), (43, boot_item(kind))] + self.identity())
        flags = 0x8000 if destination[1] == 67 else 0
        payloads = [self.build([(53, bytes([REQUEST]))] + options, xid=xid, secs=secs, ciaddr=self.address, flags=flags)
                    for secs in range(4)]

        def wanted(answer):
            return (answer.xid == xid and is_valid(answer) and answer.type in (ACK, OFFER)
                    and (allowed is None or answer.siaddr in allowed))
        return self.exchange(payloads, destination, port, wanted, self.waits(1, 2, 3, 4), to_the_end=True)

    # The file.

    def load_from(self, packet, shape, listed=None):
        vendor = packet.vendor
        servers = boot_servers(vendor) if (vendor.get(6) or b"\0")[0] & 8 else None
        in_list = servers[0][1][0] if servers and servers[0][1] else None
        server = listed or in_list or (packet.siaddr if is_address(packet.siaddr) else packet.server)
        name = boot_file(packet)
        if not name:
            raise BootFailed("PXE-E99", "no file in the packet that was chosen")
        return self.load_or_fail(server, name, shape)

    def load(self, server, name):
        """The size first, ended by ERROR 8, then the file from a new port."""
        client = self.tftp()
        size = client.probe(server, name, self.probe_options)
        file = client.fetch(server, name, self.options)
        if size is not None and size != file.size:
            raise FetchFailed("TFTP: %d octets came, the probe said %d" % (file.size, size))
        return file

    def fetch_code(self, error):
        return ("PXE-E18", "server response timeout (%s)" % error) if error.code is None else ("PXE-E23", str(error))


def inet(address):
    return bytes(int(part) for part in address.split("."))


def select_offer(kept):
    """Rules 1 to 8 of PxeBcSelectDhcp4Offer; (lease offer, kind, packets) or None."""
    by = {}
    for kind, answer in kept:
        by.setdefault(kind, []).append(answer)
    only = by.get("dhcp-only", [])
    if "dhcp-pxe10" in by:
        return by["dhcp-pxe10"][0], "pxe10", by["dhcp-pxe10"]
    if only and "proxy-pxe10" in by:
        return only[0], "pxe10", by["proxy-pxe10"]
    if "dhcp-binl" in by:
        return by["dhcp-binl"][0], "binl", by["dhcp-binl"][:1]
    if only and "proxy-binl" in by:
        return only[0], "binl", by["proxy-binl"]
    with_file = [a for a in only + by.get("bootp", []) if boot_file(a)]
    return (with_file[0], "file", []) if with_file else None
