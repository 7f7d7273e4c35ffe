"""Firmware that takes one shape of offer and no other, to see that a server finds out which within two retries."""

from .answer import menu_items
from .edk2 import Edk2, boot_file
from .rom import IntelRom


def shape(answer):
    """The shape of a proxy's OFFER: design.md calls them personalities."""
    vendor = answer.vendor
    control = (vendor.get(6) or b"\0")[0]
    if control & 8 and boot_file(answer):
        return "direct"
    if 9 in vendor:
        return "menu" if menu_items(vendor) else None
    return None if set(vendor) & {6, 7, 8, 10} else "binl"


class UefiLearner(Edk2):
    kind = ""
    wanted = ""

    def accepts(self, kind, answer):
        return not kind.startswith("proxy") or shape(answer) == self.wanted


class BiosLearner(IntelRom):
    kind = ""
    wanted = ""

    def is_complete(self, answer):
        # Whoever wants to be told on port 4011 does not look at the file that an offer may name.
        return self.wanted != "binl" and super().is_complete(answer)

    def accepts(self, answer):
        return shape(answer) == self.wanted


def learners():
    """{name: model} for both kinds of firmware and all shapes."""
    found = {}
    for number, wanted in enumerate(("binl", "direct", "menu")):
        for name, base, digit in (("uefi", UefiLearner, 0xD0), ("bios", BiosLearner, 0xC0)):
            about = "%s that takes the shape %s only" % (name.upper(), wanted)
            found["learner-%s-%s" % (name, wanted)] = type(
                "Learner", (base,), {"wanted": wanted, "about": about, "maker": "52:54:%02x" % (digit + number)})
    return found
