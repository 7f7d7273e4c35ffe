"""iPXE (src/net/udp/dhcp.c, src/usr/autoboot.c, src/usr/pxemenu.c), in its kinds, and enough of its script language to
run what a server hands out: every file that a script names is fetched."""

import time
import urllib.parse

from packets import ACK, REQUEST

from .answer import addresses, boot_servers, menu_items, text
from .edk2 import inet
from .fetch import FetchFailed, http
from .model import Boot, BootFailed, Firmware, boot_item, is_address, new_xid

PARAMETERS = {2019: "010306070c0f111a2b3c4243778081828384858687afcb",
              2026: "010306070c0f111a2a2b3c424377798081828384858687afcb"}
# Option 175 as builds send it: bus, version, then what they can do (lab.md section 2).
FEATURES = {
    "bios-2019": "b105018086100eeb03010000170101220101130101110101270101190101290101100102210101150101180101120101",
    "bios-2026": "b105018086100eeb03020000170101270101220101130101110101190101100102210101150101180101120101",
    "efi-2026": "b105011af41000eb03020000170101270101240101130101140101110101150101260101120101",
    # VirtualBox's: PXE, TFTP, DNS, SLAM; neither HTTP nor a way to start a kernel (warewulf3 #104).
    "crippled": "b105018086100eeb030100001701011501011a0101210101100102",
}
MOST_SCRIPTS = 8


class IPXE(Firmware):
    about = "BIOS, the iPXE ROM of QEMU: user class and features, discovery left as soon as both offers are there"
    kind = "ipxe-bios"
    maker = "52:54:19"
    arch = 0
    flags = 0
    interface = b"\x01\x02\x01"
    features = bytes.fromhex(FEATURES["bios-2019"])
    parameters = bytes.fromhex(PARAMETERS[2019])
    user_class = b"iPXE"
    vendor = b"PXEClient:Arch:00000:UNDI:002001"
    # Seconds from each DISCOVER to the next; the last wait ends in failure (at 15 s).
    slots = (1, 2, 4, 8)
    # Seconds after which a lease offer alone will do, at the next event.
    proxy_time = 2.0

    def options(self, vendor=None):
        user = [(77, self.user_class)] if self.user_class else []
        features = [(175, self.features)] if self.features else []
        return ([(57, b"\x05\xc0"), (93, bytes([0, self.arch])), (94, self.interface), (60, vendor or self.vendor)]
                + user + [(55, self.parameters)] + features + [(61, b"\x01" + self.card.mac), (97, self.machine)])

    def discover_options(self):
        return self.options()

    def request_options(self, offer):
        return self.options() + [(54, inet(offer.server)), (50, inet(offer.yiaddr))]

    def boot(self):
        offer, proxy, xid = self.collect()
        # "secs" is no time: (how many so far << 2) + lease offer seen + proxy offer seen.
        lease = self.take_lease(offer, xid, secs=11 if proxy else 9)
        if proxy is not None and not has_pxe_options(proxy):
            proxy = self.ask_4011(proxy, xid)
        both = [packet for packet in (lease, proxy) if packet]
        vendor_class = next((packet.first(60) for packet in both if packet.first(60) is not None), b"")
        vendor = next((packet.vendor for packet in both if packet.first(43) is not None), {})
        blocks = sorted(both, key=lambda packet: -priority(packet))
        source = next((p for p in blocks if boot_file(p)), None)
        control = (vendor.get(6) or b"\0")[0]
        if vendor_class.startswith(b"PXEClient") and 9 in vendor and not (control & 8 and source):
            return self.boot_menu(vendor, control)
        if source is None:
            raise BootFailed("Nothing to boot", "no file name%s" % (", and no proxy" if proxy is None else ""))
        shape = "dhcp" if source is lease else "binl" if source.port == 4011 else "direct"
        return self.load_uri(source.siaddr, boot_file(source), shape, proxy)

    def collect(self):
        """Leaves discovery with one lease offer and one PXEClient offer, or at the first event after 2 s."""
        xid, began, offer, proxy, alone = new_xid(), time.monotonic(), None, None, False
        for number, slot in enumerate(self.slots):
            self.tries += 1
            self.send(self.discover(xid, (number + 1) << 2 | (offer is not None) | (proxy is not None) << 1))
            for answer in self.offers(slot * self.pace, xid):
                is_lease = answer.yiaddr != "0.0.0.0" and answer.port == 67
                if is_lease and (not offer or priority(answer) >= priority(offer)):
                    offer = answer
                    alone = (encapsulated(answer).get(176) or b"\0")[0] != 0
                # Any type of message will do, of a lease as well: the last one of equal priority counts.
                if (answer.has_class(b"PXEClient") and is_address(identity(answer))
                        and (not proxy or priority(answer) >= priority(proxy))):
                    proxy = answer
                if offer and (proxy or alone or time.monotonic() - began > self.proxy_time * self.pace):
                    return offer, None if alone else proxy, xid
            if offer and time.monotonic() - began > self.proxy_time * self.pace:
                return offer, proxy, xid
        raise BootFailed("Connection timed out", "no DHCP offer")

    def ask_4011(self, proxy, xid):
        """At 0, 0.25, 0.75, 1.75 s, given up at 3.75 s; then it goes on without any proxy."""
        options = [(53, bytes([REQUEST]))] + self.options() + [(54, inet(identity(proxy)))]
        payloads = [self.build(options, xid=xid, secs=number << 2 | 3, flags=0x8000, ciaddr=self.address)
                    for number in range(3, 7)]

        def wanted(answer):
            return (answer.xid == xid and answer.port == 4011 and answer.type in (2, ACK)
                    and identity(answer) == identity(proxy) and has_pxe_options(answer))
        return self.exchange(payloads, (identity(proxy), 4011), 68, wanted, self.waits(0.25, 0.5, 1, 2))

    # A PXE menu, and boot server discovery with the bare class and xid 0.

    def boot_menu(self, vendor, control):
        items = menu_items(vendor)
        if not items:
            raise BootFailed("Nothing to boot", "an empty menu")
        kind = items[0][0]
        if kind == b"\0\0":
            raise BootFailed("Local boot", "the first item is type 0")
        listed = dict(boot_servers(vendor) or []).get(kind, [])
        group = addresses(vendor.get(7, b""))
        places = [(group[0], 4011)] if group and not control & 2 else []
        places += [] if control & 1 else [("255.255.255.255", 67)]
        places += [(server, 4011) for server in listed]
        options = ([(53, bytes([REQUEST]))] + self.options(vendor=b"PXEClient") + [(43, boot_item(kind))])
        for place in places:
            payloads = [self.build(options, xid=0, secs=4, flags=0x8000, ciaddr=self.address)] * 3

            def wanted(answer):
                return (answer.xid == 0 and answer.port in (67, 4011) and answer.type == ACK
                        and answer.vendor.get(71, b"")[:2] == kind
                        and (not control & 4 or identity(answer) in listed))
            answer = self.exchange(payloads, place, 68, wanted, self.waits(1, 2, 4))
            if answer is not None:
                return self.load_uri(answer.siaddr, boot_file(answer), "menu", None)
        raise BootFailed("Connection timed out", "no boot server answered")

    # Files, images and scripts.

    def load_uri(self, next_server, name, shape, proxy):
        self.settings = {"next-server": next_server, "proxydhcp/filename": boot_file(proxy) if proxy else ""}
        try:
            return Boot(self.run(self.get(name, next_server)), shape)
        except FetchFailed as error:
            server = urllib.parse.urlsplit(name).hostname if "://" in name else next_server
            raise BootFailed("Connection timed out" if error.code is None else "Error", str(error), server) from error

    def get(self, name, next_server):
        scheme, found, rest = name.partition("://")
        if found and scheme == "http":
            if b"\x13\x01\x01" not in self.features:
                raise FetchFailed("this build has no HTTP: %s" % name, 0)
            return http(self.address, name)
        if found and scheme != "tftp":
            raise FetchFailed("unknown scheme in %s" % name, 0)
        server, path = (rest.partition("/")[::2]) if found else (next_server, name)
        if not is_address(server):
            raise FetchFailed("no next-server for %s" % name, 0)
        return self.tftp().fetch(server, path, (("blksize", 1432), ("tsize", 0)))

    def run(self, file, depth=0):
        """What is started in the end: the image itself, or the kernel of a script."""
        if not file.content.startswith(b"#!ipxe"):
            return file
        if depth > MOST_SCRIPTS:
            raise BootFailed("Error", "scripts chain each other without end")
        kernel = None
        for line in file.content.decode("utf-8", "replace").splitlines()[1:]:
            words = [self.expand(word) for word in line.split(" || ")[0].split()]
            command = words[0] if words else ""
            # What follows a name of an option is its value.
            names = [word for index, word in enumerate(words[1:], 1)
                     if not word.startswith("-") and words[index - 1] not in ("--name", "-n", "--timeout", "-t")]
            if command == "chain" and names and names[0]:
                return self.run(self.get(names[0], self.settings["next-server"]), depth + 1)
            if command in ("kernel", "initrd", "module", "imgfetch") and names:
                fetched = self.get(names[0], self.settings["next-server"])
                kernel = fetched if command == "kernel" else kernel
                if command == "kernel" and not (b"\x18\x01\x01" in self.features or b"\x24\x01\x01" in self.features):
                    raise BootFailed("Exec format error", "this build starts no kernel")
            if command == "boot" and kernel:
                return kernel
        raise BootFailed("Error", "the script %s boots nothing" % file.name)

    def expand(self, word):
        for name, value in self.settings.items():
            word = word.replace("${%s}" % name, value)
        return word.replace("${net0/mac}", ":".join("%02x" % octet for octet in self.card.mac))


def boot_file(answer):
    """The header's fields count before options; option 52 is unknown to it."""
    return text(answer.header_file) or answer.file_in_option()


def identity(answer):
    """Option 54, else siaddr, else the source."""
    if is_address(answer.server):
        return answer.server
    return answer.siaddr if is_address(answer.siaddr) else answer.source


def has_pxe_options(answer):
    return is_address(answer.siaddr) and bool(boot_file(answer)) or 9 in answer.vendor


def encapsulated(answer):
    """Option 175, the first instance."""
    found, data, at = {}, answer.first(175) or b"", 0
    while at + 1 < len(data) and data[at] != 255:
        found[data[at]] = data[at + 2:at + 2 + data[at + 1]]
        at += 2 + data[at + 1]
    return found


def priority(answer):
    """175.1, a signed octet."""
    value = encapsulated(answer).get(1) or b"\0"
    return value[0] - 256 if value[0] > 127 else value[0]


class Chained(IPXE):
    about = "UEFI x64, an iPXE of 2026 that firmware has started: bare class PXEClient, architecture in 93 only"
    kind = "ipxe-uefi"
    maker = "52:54:26"
    arch = 7
    flags = 0x8000
    interface = b"\x01\x03\x0a"
    features = bytes.fromhex(FEATURES["efi-2026"])
    parameters = bytes.fromhex(PARAMETERS[2026])
    vendor = b"PXEClient"


class ChainedBIOS(IPXE):
    about = "BIOS, the iPXE of undionly.kpxe: bare class PXEClient"
    maker = "52:54:27"
    flags = 0x8000
    vendor = b"PXEClient"


class FlexBoot(IPXE):
    """Mellanox's fork (warewulf3 #104)."""
    about = "BIOS, FlexBoot: an iPXE without user class, known by option 175 only"
    maker = "00:02:c9"
    user_class = b""


class Crippled(IPXE):
    """VirtualBox's ROM (warewulf3 #104, danderson/netboot #17, #55)."""
    about = "BIOS, an iPXE ROM without HTTP and without bzImage: needs a whole iPXE"
    kind = "ipxe-without-http"
    maker = "08:00:27"
    features = bytes.fromhex(FEATURES["crippled"])
