"""A PXE client's two questions to a proxy, and every rule that its answers must keep.

Usage: boot.py [--interface IF] [--client ADDRESS] [--server ADDRESS] [--arch uefi|bios] ACTION

discover  one DISCOVER gets exactly one right OFFER           request  one REQUEST on 4011 gets exactly one right ACK
silence   neither a DISCOVER nor a REQUEST gets anything       no-offer a DISCOVER gets nothing
shapes    awkward but legal DISCOVERs are answered              damaged  damaged ones are not
items     a menu's item is asked for on every road              relayed  a relay in front
"""

import argparse
import random
import socket
import struct

from packets import (ACK, BIOS, BROADCAST, COOKIE, DISCOVER, MAC, MACHINE, OFFER, REQUEST, UEFI, Checks, Link, Reply, frame,
                     header, message, pack)

# A reply takes a millisecond; a machine under load may take its time, and a second reply must show itself.
PATIENCE, SECOND = 8.0, 1.0
# Long enough for an answer that must not come.
SILENCE = 2.0
LEASE_OPTIONS = {1, 3, 6, 51, 58, 59}

checks = Checks()


def from_server(options, xid):
    def wanted(packet):
        return (packet.source == options.server and packet.protocol == 17 and len(packet.payload) >= 240
                and Reply(packet.payload).xid == xid)
    return wanted


def ask(link, options, payload, xid, **how):
    link.send(frame(payload, **how))
    return link.hear(PATIENCE, from_server(options, xid), SECOND)


def discover(link, options):
    vendor, arch = UEFI if options.arch == "uefi" else BIOS
    xid = random.getrandbits(32)
    heard = ask(link, options, message(DISCOVER, vendor, arch, xid=xid), xid)
    what = "%s DISCOVER on %s gets exactly one OFFER of %s" % (options.arch, options.interface, options.server)
    if not checks.that(what, len(heard) == 1, "%d came: %s" % (len(heard), [str(p) for p in heard])):
        return
    check_offer(heard[0], Reply(heard[0].payload), options)


def check_offer(packet, reply, options):
    wrong = common_faults(reply, options)

    def must(name, good, value):
        if not good:
            wrong.append("%s is %s" % (name, value))
    must("Ethernet destination", packet.to == BROADCAST, packet.to.hex())
    must("IP destination", packet.destination == "255.255.255.255", packet.destination)
    must("ports", (packet.sport, packet.dport) == (67, 68), (packet.sport, packet.dport))
    must("UDP checksum", packet.checksum_is_right(), "wrong")
    must("broadcast flag", reply.flags & 0x8000, hex(reply.flags))
    must("ciaddr", reply.ciaddr == "0.0.0.0", reply.ciaddr)
    must("option 53", reply.options.get(53) == bytes([OFFER]), reply.options.get(53))
    if options.arch == "uefi":
        must("option 43", 43 not in reply.options, reply.options.get(43))
        must("file", reply.file == "snponly.efi", repr(reply.file))
    else:
        must("option 43.6", reply.vendor().get(6) == b"\x08", reply.vendor())
        must("file", reply.file == "undionly.kpxe", repr(reply.file))
        must("end of option 43", reply.options.get(43, b"")[-1:] == b"\xff", reply.options.get(43))
    checks.that("the OFFER to %s is right in every field" % options.arch, not wrong, "; ".join(wrong))


def common_faults(reply, options):
    faults = []
    for name, good, value in [
        ("op", reply.op == 2, reply.op),
        ("cookie", reply.cookie == COOKIE, reply.cookie.hex()),
        ("chaddr", reply.chaddr[:6] == MAC, reply.chaddr.hex()),
        ("yiaddr", reply.yiaddr == "0.0.0.0", reply.yiaddr),
        ("siaddr", reply.siaddr == options.server, reply.siaddr),
        ("option 54", reply.options.get(54) == socket.inet_aton(options.server), reply.options.get(54)),
        ("option 60", reply.options.get(60) == b"PXEClient", reply.options.get(60)),
        ("option 97", reply.options.get(97) == MACHINE, reply.options.get(97)),
        ("options of a lease", not LEASE_OPTIONS & set(reply.options), sorted(LEASE_OPTIONS & set(reply.options))),
        ("end mark", reply.has_end, "missing"),
    ]:
        if not good:
            faults.append("%s is %s" % (name, value))
    return faults


def request(link, options):
    """EDK2 asks from port 4011 without option 54, iPXE from port 68 with it; a NAT or a test may use any other."""
    for port, extra in ((4011, ()), (68, ((54, socket.inet_aton(options.server)),)), (40110, ())):
        xid = random.getrandbits(32)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            # Keeps this host from saying "port unreachable" to the answer.
            own.bind((options.client, port))
            own.sendto(message(REQUEST, *UEFI, extra=extra, xid=xid, ciaddr=options.client), (options.server, 4011))
            heard = link.hear(PATIENCE, from_server(options, xid), SECOND)
        what = "REQUEST to 4011 from port %d gets exactly one right ACK there" % port
        if len(heard) != 1:
            checks.that(what, False, "%d came: %s" % (len(heard), [str(p) for p in heard]))
            continue
        packet, reply = heard[0], Reply(heard[0].payload)
        wrong = common_faults(reply, options)
        for name, good, value in [
            ("ports", (packet.sport, packet.dport) == (4011, port), (packet.sport, packet.dport)),
            ("IP destination", packet.destination == options.client, packet.destination),
            ("option 53", reply.options.get(53) == bytes([ACK]), reply.options.get(53)),
            ("ciaddr", reply.ciaddr == options.client, reply.ciaddr),
            ("file", reply.file == "snponly.efi", repr(reply.file)),
            ("option 43", 43 not in reply.options, reply.options.get(43)),
        ]:
            if not good:
                wrong.append("%s is %s" % (name, value))
        checks.that(what, not wrong, "; ".join(wrong))


def from_host(options):
    """Whatever the server's host says, but for IGMP: of groups its kernel tells when it likes."""
    return lambda packet: packet.source == options.server and packet.protocol != socket.IPPROTO_IGMP


def no_offer(link, options):
    for vendor, arch in (UEFI, BIOS):
        link.send(frame(message(DISCOVER, vendor, arch)))
    heard = link.hear(SILENCE, from_host(options))
    checks.that("a DISCOVER on %s gets nothing" % options.interface, not heard, [str(p) for p in heard])


def silence(link, options):
    no_offer(link, options)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind((options.client, 4011))
        own.sendto(message(REQUEST, *UEFI, ciaddr=options.client), (options.server, 4011))
        heard = link.hear(SILENCE, from_host(options))
    checks.that("a REQUEST on 4011 gets nothing", not heard, [str(p) for p in heard])


def shapes(link, options):
    vendor, arch = UEFI
    plain = [(53, bytes([DISCOVER])), (93, struct.pack("!H", arch))]

    def in_field(overload, file=b"", name=b""):
        head = header(xid=0)[:44] + name.ljust(64, b"\0") + file.ljust(128, b"\0")
        return head + COOKIE + pack(plain + [(52, bytes([overload]))]) + b"\xff"
    hidden = pack([(60, vendor)]) + b"\xff"
    split = [(60, vendor[:5]), (60, vendor[5:])]
    for what, payload, how in [
        ("without end mark", message(DISCOVER, vendor, arch, end=b""), {}),
        ("with option 60 in the file field", in_field(1, file=hidden), {}),
        ("with option 60 in the server name field", in_field(2, name=hidden), {}),
        ("with option 60 in two pieces", message(DISCOVER, None, arch, extra=split), {}),
        ("with the bare class PXEClient", message(DISCOVER, b"PXEClient", arch), {}),
        ("without option 93", message(DISCOVER, vendor, None), {}),
        ("with architecture 9", message(DISCOVER, vendor, 9), {}),
        ("with an address already", message(DISCOVER, vendor, arch, ciaddr=options.client), {}),
        ("with a hardware address of 16 octets", message(DISCOVER, vendor, arch, hlen=16, mac=bytes(range(16))), {}),
        ("without UDP checksum", message(DISCOVER, vendor, arch), {"no_checksum": True}),
        ("padded to 1400 octets", message(DISCOVER, vendor, arch).ljust(1400, b"\0"), {}),
    ]:
        xid = random.getrandbits(32)
        heard = ask(link, options, payload[:4] + struct.pack("!I", xid) + payload[8:], xid, **how)
        good = len(heard) == 1 and heard[0].to == BROADCAST and Reply(heard[0].payload).yiaddr == "0.0.0.0"
        checks.that("a DISCOVER %s gets one OFFER" % what, good, [str(p) for p in heard])


def damaged(link, options):
    """Right DISCOVERs in packets that are not right, or not ours."""
    whole = message(DISCOVER, *UEFI)
    for what, how in [
        ("with a UDP checksum off by one", {"damage": 1}),
        ("with a UDP checksum off by its top bit", {"damage": 0x8000}),
        ("in a first fragment", {"fragment": 0x2000}),
        ("in a later fragment", {"fragment": 0x0010}),
        ("in a VLAN that is not ours", {"vlan": 7}),
        ("with UDP length 0", {"length": 0}),
        ("with UDP length 7", {"length": 7}),
        ("with UDP length 8", {"length": 8}),
        ("with a UDP length that ends in the options", {"length": 300}),
        ("with a UDP length beyond the packet", {"length": len(whole) + 100}),
        ("with UDP length 65535", {"length": 65535}),
        ("to port 4011 of everybody", {"destination": ("255.255.255.255", 4011)}),
        ("to another host's address", {"destination": ("10.77.0.99", 67)}),
        ("to a multicast group", {"destination": ("224.0.0.1", 67)}),
        ("to port 68", {"destination": ("255.255.255.255", 68)}),
    ]:
        link.send(frame(whole, **how))
        heard = link.hear(0.7, from_host(options))
        checks.that("a DISCOVER %s gets nothing" % what, not heard, [str(p) for p in heard])


def items(link, options):
    """Boot server discovery (PXE 2.1, 2.2.1): by broadcast to 67, by unicast and by multicast to 4011."""
    everybody, us, group = ("255.255.255.255", 67), (options.server, 4011), ("224.0.1.2", 4011)
    ours, other, signed = b"\x47\x04\x80\x00\x00\x00\xff", b"\x47\x04\x80\x05\x00\x00\xff", b"\x47\x04\x80\x00\x80\x00\xff"
    for what, where, port, item, answered in [
        ("by broadcast", everybody, 68, ours, True),
        ("by unicast from port 4011", us, 4011, ours, True),
        ("by unicast from port 68", us, 68, ours, True),
        ("by multicast", group, 4011, ours, options.multicast),
        ("of a type that is not ours", us, 4011, other, False),
        ("of a type that is not ours, by broadcast", everybody, 68, other, False),
        ("with credentials", us, 4011, signed, False),
        ("by broadcast, damaged", everybody, 68, b"\x47\x03\x80\x00\x00\xff", False),
    ]:
        heard = ask_item(link, options, where, port, item)
        wrong = [] if len(heard) == answered else ["%d came: %s" % (len(heard), [str(p) for p in heard])]
        if answered and len(heard) == 1:
            wrong = item_faults(heard[0], Reply(heard[0].payload), options, where, port, item)
        checks.that("a menu's item %s gets %s" % (what, "one right ACK" if answered else "nothing"), not wrong,
                    "; ".join(wrong))


def ask_item(link, options, where, port, item):
    xid = random.getrandbits(32)
    payload = message(REQUEST, *UEFI, extra=((43, item),), xid=xid, ciaddr=options.client)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        # Keeps this host from saying "port unreachable" to the answer.
        own.bind((options.client, port))
        if where[0] == options.server:
            own.sendto(payload, where)
        else:
            to = BROADCAST if where[1] == 67 else bytes([1, 0, 0x5E, 0, 1, 2])
            link.send(frame(payload, source=(options.client, port), destination=where, to=to))
        return link.hear(SILENCE, from_server(options, xid), SECOND)


def item_faults(packet, reply, options, where, port, item):
    wrong = common_faults(reply, options)
    for name, good, value in [
        ("source port", packet.sport == where[1], packet.sport),
        ("receiver", (packet.destination, packet.dport) == (options.client, port), (packet.destination, packet.dport)),
        ("option 53", reply.options.get(53) == bytes([ACK]), reply.options.get(53)),
        ("option 43", reply.options.get(43) == item, reply.options.get(43)),
        ("file", reply.file == "snponly.efi", repr(reply.file)),
    ]:
        if not good:
            wrong.append("%s is %s" % (name, value))
    return wrong


def relayed(link, options):
    """A relay unicasts to us and gets the answer at its own port 67, with option 82 as it came and last."""
    information = b"\x01\x04eth7\x02\x02sw"
    for what, giaddr, answered in [
        ("of this network", options.client, True),
        ("of a network that is not served", "198.51.100.1", False),
        ("with our own address", options.server, False),
        ("with the address of everybody", "255.255.255.255", False),
        ("with a loopback address", "127.0.0.1", False),
    ]:
        xid = random.getrandbits(32)
        payload = message(DISCOVER, *UEFI, extra=((82, information),), xid=xid, giaddr=giaddr, hops=1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            own.bind((options.client, 67))
            own.sendto(payload, (options.server, 67))
            heard = link.hear(SILENCE, from_server(options, xid), SECOND)
        what = "a relay %s gets %s" % (what, "one right OFFER" if answered else "nothing")
        if len(heard) != answered or not answered:
            checks.that(what, len(heard) == answered, "%d came: %s" % (len(heard), [str(p) for p in heard]))
            continue
        packet, reply = heard[0], Reply(heard[0].payload)
        wrong = common_faults(reply, options)
        for name, good, value in [
            ("ports", (packet.sport, packet.dport) == (67, 67), (packet.sport, packet.dport)),
            ("receiver", packet.destination == options.client, packet.destination),
            ("option 82", reply.options.get(82) == information, reply.options.get(82)),
            ("the last option", list(reply.options)[-1] == 82, list(reply.options)),
        ]:
            if not good:
                wrong.append("%s is %s" % (name, value))
        checks.that(what, not wrong, "; ".join(wrong))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--interface", default="eth0")
    parser.add_argument("--client", default="10.77.0.3")
    parser.add_argument("--server", default="10.77.0.2")
    parser.add_argument("--arch", default="uefi", choices=["uefi", "bios"])
    parser.add_argument("--multicast", action="store_true", help="items: the group is listened to")
    actions = {"discover": discover, "request": request, "silence": silence, "no-offer": no_offer, "shapes": shapes,
               "damaged": damaged, "items": items, "relayed": relayed}
    parser.add_argument("action", choices=actions)
    options = parser.parse_args()
    actions[options.action](Link(options.interface), options)


main()
