"""UEFI of earlier times, of other makers, with a loader that never speaks, and behind a relay agent."""

from packets import pack

from .answer import menu_items
from .edk2 import Edk2, inet
from .model import BootFailed


class Edk2Of2014(Edk2):
    """EDK2 8cdd559be6 mended it on 2017-04-21."""
    about = "UEFI x64, NetworkPkg 2010-11 to 2017-04: throws away every proxy OFFER with any of 43.6 to 43.10"
    kind = "uefi-x64-2010-2017"
    maker = "52:54:14"
    probe_options = (("tsize", 0), ("blksize", 1468))
    options = (("blksize", 1468),)

    def accepts(self, kind, answer):
        return kind != "proxy-pxe10"


class Edk2Of2012(Edk2):
    """EDK2 30a95d4d39 mended it on 2013-05-09."""
    about = "UEFI x64, MdeModulePkg before 2013-05: does not know 43.6 bit 3"
    kind = "uefi-x64-before-2013"
    maker = "52:54:12"
    probe_options = (("tsize", 0), ("blksize", 1468))
    options = (("blksize", 1468),)
    knows_bit_3 = False


class MenuOfTwo(Edk2):
    """The Realtek-LAN mini PC of WillChamness/Dnsmasq-PXE #3."""
    about = "UEFI x64 that boots from a PXE menu of two items or more only"
    kind = ""
    maker = "52:54:a2"

    def accepts(self, kind, answer):
        return not kind.startswith("proxy") or kind == "proxy-pxe10" and len(menu_items(answer.vendor)) >= 2


class Arm64(Edk2):
    about = "UEFI arm64, EDK2 of today (AAVMF)"
    kind = "uefi-arm64"
    has_loader = False
    maker = "52:54:aa"
    arch = 11


class LoaderMute(Edk2):
    """A machine whose driver and the loader's do not go together: iPXE starts and never says a word. Somebody pushes
    the button, and it boots again until it is given another loader."""
    about = "UEFI x64 that fetches the loader whole, never hears of it again, boots anew: wants another loader"
    kind = ""
    maker = "52:54:55"
    boots = 3
    # A person needs longer. The server must take the silence for one (4 s in reality, not paced).
    pause = 5.0

    def boot(self):
        mute = []
        for _ in range(self.boots):
            boot = super().boot()
            if mute and boot.file.sha256 != mute[0]:
                return boot
            mute.append(boot.file.sha256)
            self.card.drop_addresses()
            self.wait(self.pause)
        raise BootFailed("no code", "the loader that never speaks was given %d times" % len(mute))


class Relayed(Edk2):
    """The clients of another segment, or of a switch that relays: RFC 1542, RFC 3046 (option 82), RFC 3527 (82.5)."""
    about = "UEFI x64 behind a relay agent: giaddr, one hop, option 82 with circuit id and link selection"
    maker = "52:54:82"

    def __init__(self, card, options):
        super().__init__(card, options)
        self.card.take(self.relay)
        network = inet(self.relay)[:3] + b"\0"
        self.information = pack([(1, b"ge-0/0/7.100"), (2, b"switch-7"), (5, network)])
        self.agent = self.card.socket(self.relay, 67)

    def send(self, payload):
        """To every helper address; option 82 comes last (RFC 3046 §2.1)."""
        relayed = (payload[:3] + b"\x01" + payload[4:24] + inet(self.relay) + payload[28:-1]
                   + pack([(82, self.information)]) + b"\xff")
        for server in (self.router, self.proxy):
            self.agent.sendto(relayed, (server, 67))

    def is_reply(self, packet):
        return (packet.destination, packet.dport) == (self.relay, 67)

    def accepts(self, kind, answer):
        """What a relay agent and the rules of relaying ask of a server."""
        codes = [code for code, _ in answer.options]
        faults = []
        if answer.giaddr != self.relay:
            faults.append("giaddr is %s" % answer.giaddr)
        if answer.source == self.proxy:
            if answer.first(82) != self.information:
                faults.append("option 82 is not the one we sent")
            if not codes or codes[-1] != 82 or codes.count(82) != 1:
                faults.append("option 82 is not the last one")
            if answer.hops:
                faults.append("hops is %d" % answer.hops)
        if faults:
            raise BootFailed("no code", "the relay agent drops the answer of %s: %s" % (
                answer.source, ", ".join(faults)))
        return True
