"""The models' messages beside captures of the real firmware: the same options, in the same order, with the same values,
apart from what is a machine's own (97, 61, the NIC in 175.177), and the same header."""

import os
import struct
from types import SimpleNamespace

from packets import Checks, Heard

from .answer import Answer, read_options

# model -> capture, and which of the client's messages on port 67 is its DISCOVER.
CAPTURES = {
    "edk2": ("uefi-x64-ipxe-dnsmasq.pcap", 0),
    "edk2-arm64": ("uefi-arm64-uki-dnsmasq.pcap", 0),
    "edk2-http": ("uefi-x64-http-dnsmasq.pcap", 0),
    "ipxe-rom": ("bios-ipxe-dnsmasq.pcap", 0),
    "ipxe-chained": ("uefi-x64-ipxe-new-dnsmasq.pcap", 1),
    "ipxe-chained-bios": ("bios-anon-chain-dnsmasq.pcap", 1),
}
OWN = {97: 17, 61: 7}


class Wire:
    """A card without a cable: keeps what is sent, and offers what the capture holds."""

    def __init__(self):
        self.mac, self.addresses = bytes.fromhex("525400c11e01"), []


def messages(path):
    """A client's messages in a capture."""
    with open(path, "rb") as file:
        data = file.read()
    order, at = ("<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"), 24
    while at + 16 <= len(data):
        length = struct.unpack(order + "IIII", data[at:at + 16])[2]
        packet = Heard(data[at + 16:at + 16 + length])
        at += 16 + length
        if packet.protocol == 17 and packet.payload[0] == 1:
            yield packet


def differences(ours, theirs):
    """Where two messages say different things; a list of sentences."""
    found = []
    for name, start, end in (("op, type, length, hops", 0, 4), ("secs", 8, 10), ("flags", 10, 12),
                             ("yiaddr and siaddr", 16, 24), ("giaddr", 24, 28), ("sname and file", 44, 236),
                             ("cookie", 236, 240)):
        if ours[start:end] != theirs[start:end]:
            found.append("%s is %s, not %s" % (name, ours[start:end].hex(), theirs[start:end].hex()))
    mine, end, _ = read_options(ours[240:])
    real, real_end, _ = read_options(theirs[240:])
    if [code for code, _ in mine] != [code for code, _ in real]:
        return found + ["options are %s, not %s" % ([code for code, _ in mine], [code for code, _ in real])]
    if end != real_end:
        found.append("end mark")
    for (code, value), (_, wanted) in zip(mine, real):
        if code in (50, 54) and len(value) == 4:
            continue
        if code in OWN and len(value) == len(wanted) == OWN[code]:
            continue
        if code == 55 and len(value) == len(wanted) == 27:
            # HttpBootDxe's random octet.
            value, wanted = value[:24] + value[25:], wanted[:24] + wanted[25:]
        if value != wanted:
            found.append("option %d is %s, not %s" % (code, value.hex(), wanted.hex()))
    return found


def self_test(directory, models):
    checks, good = Checks(), True
    for name, (capture, index) in CAPTURES.items():
        wire = Wire()
        model = models[name](wire, SimpleNamespace(pace=1.0, server="", router="", relay=""))
        heard = list(messages(os.path.join(directory, capture)))
        discovers = [p.payload for p in heard if Answer(p.payload, "", 0, 0).type == 1]
        theirs = discovers[index]
        wire.mac = theirs[28:34]
        ours = model.discover(int.from_bytes(theirs[4:8], "big"), model_secs(theirs))
        wrong = differences(ours, theirs)
        good = checks.that("%s says DISCOVER as in %s" % (name, capture), not wrong, "; ".join(wrong)) and good
    return 0 if good else 1


def model_secs(message):
    return int.from_bytes(message[8:10], "big")
