"""The models' messages beside captures of the real firmware: the same options, in the same order, with the same values,
apart from what is a machine's own (97, 61, the NIC in 175.177), and the same header."""

import os
import socket
import struct
from types import SimpleNamespace

from packets import COOKIE, Checks, Heard, pack

from .answer import Answer, read_options
from .ipxe import FEATURES, IPXE, PARAMETERS
from .model import BootFailed

# Model, the message that it says, capture, and which of the messages of that kind there.
SAID = [
    ("edk2", "DISCOVER", "uefi-x64-ipxe-dnsmasq.pcap", 0),
    ("edk2", "REQUEST", "uefi-x64-ipxe-dnsmasq.pcap", 0),
    ("edk2", "REQUEST to 4011", "uefi-x64-ipxe-dnsmasq.pcap", 0),
    ("edk2-arm64", "DISCOVER", "uefi-arm64-uki-dnsmasq.pcap", 0),
    ("edk2-arm64", "REQUEST", "uefi-arm64-uki-dnsmasq.pcap", 0),
    ("edk2-arm64", "REQUEST to 4011", "uefi-arm64-uki-dnsmasq.pcap", 0),
    ("edk2-http", "DISCOVER", "uefi-x64-http-dnsmasq.pcap", 0),
    ("edk2-http", "REQUEST", "uefi-x64-http-dnsmasq.pcap", 0),
    ("ipxe-rom", "DISCOVER", "bios-ipxe-dnsmasq.pcap", 0),
    ("ipxe-rom", "REQUEST", "bios-ipxe-dnsmasq.pcap", 0),
    ("ipxe-rom", "boot server request", "bios-grub-dnsmasq.pcap", 0),
    ("ipxe-rom-new", "DISCOVER", "bios-ipxe-new-literal-siaddr0.pcap", 0),
    ("ipxe-rom-new", "REQUEST", "bios-ipxe-new-literal-siaddr0.pcap", 0),
    ("ipxe-rom-new", "REQUEST to 4011", "bios-ipxe-new-literal-siaddr0.pcap", 0),
    ("ipxe-chained", "DISCOVER", "uefi-x64-ipxe-new-dnsmasq.pcap", 1),
    ("ipxe-chained", "REQUEST", "uefi-x64-ipxe-new-dnsmasq.pcap", 1),
    ("ipxe-chained-bios", "DISCOVER", "bios-anon-chain-dnsmasq.pcap", 1),
    ("ipxe-chained-bios", "REQUEST", "bios-anon-chain-dnsmasq.pcap", 1),
]
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


def kind_of(packet):
    """Which of the messages of SAID a datagram is."""
    answer = Answer(packet.payload, "", 0, 0)
    if answer.type == 1:
        return "DISCOVER"
    if packet.dport == 67:
        return "REQUEST"
    return "boot server request" if 71 in answer.vendor else "REQUEST to 4011"


def say(model, kind, theirs):
    """What a model says in the place of a captured message."""
    real = Answer(theirs, "", 0, 0)
    fields = {"xid": real.xid, "secs": int.from_bytes(theirs[8:10], "big")}
    if kind == "DISCOVER":
        return model.discover(**fields)
    offer = SimpleNamespace(server=real.server, yiaddr=socket.inet_ntoa(real.first(50) or bytes(4)))
    if kind == "REQUEST":
        return model.build([(53, b"\3")] + model.request_options(offer), flags=model.flags, **fields)
    said = []
    model.address = real.ciaddr
    model.exchange = lambda payloads, *_, **__: said.extend(payloads)
    if kind == "boot server request":
        vendor = {8: real.vendor[71][:2] + b"\1" + bytes(4), 9: real.vendor[71][:2] + b"\1x"}
        try:
            model.boot_menu(vendor, 3)
        except BootFailed:
            pass
    elif isinstance(model, IPXE):
        model.ask_4011(Answer(bytes(236) + COOKIE + pack([(54, real.first(54))]), real.server, 67, 0), real.xid)
    else:
        model.ask_4011(real.ciaddr)
    return said[0]


def self_test(directory, models):
    checks, good = Checks(), True
    models = {**models, "ipxe-rom-new": type("New", (IPXE,), {
        "parameters": bytes.fromhex(PARAMETERS[2026]), "features": bytes.fromhex(FEATURES["bios-2026"])})}
    for name, kind, capture, index in SAID:
        wire = Wire()
        heard = [p.payload for p in messages(os.path.join(directory, capture)) if kind_of(p) == kind]
        theirs = heard[index]
        wire.mac = theirs[28:34]
        model = models[name](wire, SimpleNamespace(pace=1.0, server="", router="", relay=""))
        wrong = differences(say(model, kind, theirs), theirs)
        good = checks.that("%s says %s as in %s" % (name, kind, capture), not wrong, "; ".join(wrong)) and good
    return 0 if good else 1
