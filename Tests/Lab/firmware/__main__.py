"""Plays emulated firmware's boots.

Usage: python3 -m firmware MODEL[@PACE]… [option…] | --list | --self-test DIRECTORY

PACE is what the firmware's own waits are multiplied by; 1 is real time. Runs in the network namespace that the
interface is in, as root; each machine gets a card of its own on that cable. Prints a JSON line for each boot:

  firmware, kind (as the probe calls it), mac
  outcome   "booted": the file is an expected one; "booted-other": a whole file, but another; "failed"
  file      with sha256, and "from" whom; when it failed: whom it had asked for one
  loader    the file that it fetched first
  shape     direct, binl, menu, http, pi: how a proxy told it; dhcp: the DHCP server's own
  tries     DISCOVERs; seconds
  error     what the firmware would show
  heard     every offer

Ends with 0 when every boot was played to its end, whatever that was.
"""

import argparse
import json
import os
import signal
import sys
import time
import traceback

from .card import CAPTURE_HEADER, Card, leave_namespace, plug_in
from .edk2 import Edk2
from .edk2_kinds import Arm64, Edk2Of2012, Edk2Of2014, LoaderMute, MenuOfTwo, Relayed
from .ipxe import IPXE, Chained, ChainedBIOS, Crippled, FlexBoot
from .learners import learners
from .model import AddressRefused, BootFailed
from .others import HttpBoot, RaspberryPi3, RaspberryPi3First, RaspberryPi4, UBoot, UBootAlone
from .rom import IntelRom, SlowRom
from .selftest import self_test

MODELS = {
    "intel-rom": IntelRom, "slow-rom": SlowRom, "edk2": Edk2, "edk2-2014": Edk2Of2014, "edk2-2012": Edk2Of2012,
    "edk2-arm64": Arm64, "edk2-http": HttpBoot, "menu-of-two": MenuOfTwo, "relayed": Relayed, "loader-mute": LoaderMute,
    "ipxe-rom": IPXE, "ipxe-chained": Chained, "ipxe-chained-bios": ChainedBIOS, "ipxe-crippled": Crippled,
    "flexboot": FlexBoot, "raspberry-pi-3": RaspberryPi3, "raspberry-pi-3-first": RaspberryPi3First,
    "raspberry-pi-4": RaspberryPi4, "uboot": UBoot, "uboot-alone": UBootAlone, **learners(),
}


def play(name, card, options):
    """One whole boot; returns what the JSON line says."""
    model = MODELS[name](card, options)
    said = {"firmware": name, "kind": model.kind, "outcome": "failed", "file": None, "from": None, "sha256": None,
            "shape": None, "error": None, "loader": None}
    began = time.monotonic()
    try:
        boot = boot_on_lease(model)
        said["loader"] = boot.file.name
        if options.chain:
            boot = chained(model, card, options, boot)
    except BootFailed as failed:
        said.update({"error": str(failed), "from": failed.server})
    else:
        is_expected = not options.file_sha or boot.file.sha256 in options.file_sha
        said.update({"outcome": "booted" if is_expected else "booted-other", "shape": boot.shape,
                     "file": boot.file.name, "from": boot.file.server, "sha256": boot.file.sha256})
    said.update({"tries": model.tries, "seconds": round(time.monotonic() - began, 2), "heard": model.heard,
                 "address": model.address})
    return said


def boot_on_lease(model):
    """A NAK sends every firmware back to its first DISCOVER."""
    for _ in range(3):
        try:
            return model.boot()
        except AddressRefused as refused:
            model.tries = 0
            model.heard.append(str(refused))
            last = refused
    raise last


def chained(model, card, options, boot):
    """The loader comes alive: an iPXE that asks for itself, with the same card."""
    if options.file_sha and boot.file.sha256 not in options.file_sha or not model.has_loader:
        return boot
    loader = (ChainedBIOS if model.arch == 0 else Chained)(card, options)
    try:
        then = boot_on_lease(loader)
    finally:
        model.heard += ["loader: " + line for line in loader.heard]
    then.shape = boot.shape + "+" + then.shape
    return then


def start(name, mac, options):
    """A child process that is a machine; returns its id and where its line comes from."""
    ready_read, ready_write = os.pipe()
    plugged_read, plugged_write = os.pipe()
    line_read, line_write = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            signal.alarm(options.limit)
            leave_namespace()
            os.write(ready_write, b"1")
            os.close(plugged_write)
            if os.read(plugged_read, 1):
                card = Card(mac)
                said = play(name, card, options)
                if options.capture:
                    with open(options.capture, "ab", buffering=0) as file:
                        file.write(card.captured())
                os.write(line_write, (json.dumps({"mac": mac, **said}) + "\n").encode())
                status = 0
        except BaseException:  # pylint: disable=broad-except
            traceback.print_exc()
        finally:
            os._exit(status)
    for end in (ready_write, plugged_read, line_write):
        os.close(end)
    try:
        if os.read(ready_read, 1):
            plug_in(child, options.interface, mac)
            os.write(plugged_write, b"1")
    finally:
        os.close(ready_read)
        os.close(plugged_write)
    return child, line_read


def finish(child, line_read):
    """Prints the line of a machine; says whether it played to the end."""
    with os.fdopen(line_read) as pipe:
        line = pipe.read()
    _, status = os.waitpid(child, 0)
    sys.stdout.write(line)
    sys.stdout.flush()
    return status == 0 and bool(line)


def addresses_of(names, options):
    """A hardware address for each machine. Dnsmasq makes the address that it leases of it, and offers one to two
    machines that ask at once; the second hears NAK then. A LAN on which sixteen machines are switched on within a
    millisecond is ours alone, so ours are chosen apart."""
    taken, found = set(), []
    for number, name in enumerate(names):
        head, last = MODELS[name].maker + ":", os.getpid() << 8 & 0xFFFF00 | number
        if options.mac:
            head, last = options.mac[:9], int(options.mac[9:].replace(":", ""), 16) + number
        while True:
            mac = head + ":".join("%02x" % (last >> shift & 255) for shift in (16, 8, 0))
            if options.mac or dnsmasq_slot(mac) not in taken:
                break
            last += 0x100
        taken.add(dnsmasq_slot(mac))
        found.append(mac)
    return found


def dnsmasq_slot(mac, size=101):
    """Where in a range of so many addresses dnsmasq begins to look (the hash SDBM)."""
    value = 0
    for octet in bytes.fromhex(mac.replace(":", "")):
        value = (octet + value * 65599) & 0xFFFFFFFF
    return value % size


def play_all(options):
    """At most `jobs` machines at once, the longest waiting ended first."""
    running, good = [], True
    machines = [name.partition("@")[::2] for name in options.model]
    for (name, pace), mac in zip(machines, addresses_of([name for name, _ in machines], options)):
        if len(running) == options.jobs:
            good = finish(*running.pop(0)) and good
        own = argparse.Namespace(**{**vars(options), "pace": float(pace or options.pace)})
        running.append(start(name, mac, own))
    for machine in running:
        good = finish(*machine) and good
    return good


def model_name(text):
    name, _, pace = text.partition("@")
    if name not in MODELS:
        raise argparse.ArgumentTypeError("unknown model \"%s\"; see --list" % name)
    if pace:
        float(pace)
    return text


def main():
    parser = argparse.ArgumentParser(prog="firmware", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("model", nargs="*", type=model_name, metavar="MODEL[@PACE]")
    parser.add_argument("--list", action="store_true", help="the models, a line each: name, kind for the probe, about")
    parser.add_argument("--self-test", metavar="DIRECTORY", help="compares DISCOVERs with the captures there")
    parser.add_argument("--interface", default="eth0", help="the cable")
    parser.add_argument("--mac", help="of the first machine; the next ones count on")
    parser.add_argument("--pace", type=float, default=1.0, help="of the machines that have none of their own")
    parser.add_argument("--file-sha", action="append", default=[], help="SHA-256 of an expected file; may be repeated")
    parser.add_argument("--server", default="10.77.0.2", help="the proxy, for the relay agent")
    parser.add_argument("--router", default="10.77.0.1", help="the DHCP server, for the relay agent")
    parser.add_argument("--relay", default="10.77.0.8", help="the relay agent's own address")
    parser.add_argument("--chain", action="store_true", help="the loader, an iPXE, comes alive and boots on")
    parser.add_argument("--jobs", type=int, default=1, help="machines at once")
    parser.add_argument("--capture", metavar="FILE", help="gets what each machine said and heard on DHCP's ports")
    parser.add_argument("--limit", type=int, default=150, help="seconds that a boot may take at most")
    options = parser.parse_args()
    if options.list:
        for name, model in MODELS.items():
            print("%-20s %-18s %s" % (name, model.kind or "-", model.about))
        return 0
    if options.self_test:
        return self_test(options.self_test, MODELS)
    if options.capture:
        with open(options.capture, "wb") as file:
            file.write(CAPTURE_HEADER)
    return 0 if play_all(options) else 1


sys.exit(main())
