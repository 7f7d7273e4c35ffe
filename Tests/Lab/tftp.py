"""A TFTP client that does as it is told, for what no real client does.

Usage: tftp.py ask HOST NAME [--write] [--mode MODE] [--option NAME=VALUE]… [--patience SECONDS]
       tftp.py get HOST NAME FILE [--blksize N] [--windowsize N] [--hold BLOCK REACHED GO]
       tftp.py malformed HOST NAME

ask  sends one request and prints the first answer: "ERROR 1 File not found", "DATA", "OACK" or "SILENCE", and after a
     tab how many seconds it took.
get  fetches. With --hold it stops before it acknowledges BLOCK, makes the file REACHED, and goes on once there is a
     file GO. Prints what ended it: "complete", "ERROR …" or "SILENCE"; ends with 0 when complete.
malformed  sends what no client says, then asks for NAME: an ERROR or silence for each, and the service goes on. Prints
     a line "ok   …" or "FAIL …".
HOST is an IPv4 or an IPv6 address, a link-local one with its interface behind a %. All take --port.
"""

import argparse
import os
import socket
import struct
import sys
import time

RRQ, WRQ, DATA, ACKNOWLEDGE, ERROR, OACK = range(1, 7)
LONGEST_HOLD = 40  # seconds; a server gives a silent client up after 45


def request(opcode, name, mode, options):
    fields = [os.fsencode(name), mode.encode()]
    for key, value in options:
        fields += [key.encode(), value.encode()]
    return struct.pack("!H", opcode) + b"".join(field + b"\0" for field in fields)


def own_socket(host):
    return socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)


def error_text(packet):
    return "ERROR %d %s" % (struct.unpack("!H", packet[2:4])[0], packet[4:].rstrip(b"\0").decode("latin-1"))


def ask(options):
    pairs = [pair.split("=", 1) for pair in options.option]
    with own_socket(options.host) as own:
        own.settimeout(options.patience)
        began = time.monotonic()
        own.sendto(request(WRQ if options.write else RRQ, options.name, options.mode, pairs),
                   (options.host, options.port))
        try:
            packet, source = own.recvfrom(65536)
        except TimeoutError:
            said = "SILENCE"
        else:
            opcode = struct.unpack("!H", packet[:2])[0]
            said = error_text(packet) if opcode == ERROR else {DATA: "DATA", OACK: "OACK"}.get(opcode, "?%d" % opcode)
            if opcode != ERROR:
                own.sendto(struct.pack("!HH", ERROR, 0) + b"enough\0", source)
    print("%s\t%.3f" % (said, time.monotonic() - began))
    return 0


class Get:
    def __init__(self, options):
        self.options = options
        self.pairs = [(key, str(value)) for key, value in
                      (("blksize", options.blksize), ("windowsize", options.windowsize)) if value]
        self.block_size, self.window = 512, 1
        self.done = 0  # the last block taken, counted without end
        self.unacknowledged = 0
        self.server = None
        self.socket = own_socket(options.host)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.settimeout(2)

    def run(self):
        first = request(RRQ, self.options.name, "octet", self.pairs)
        self.socket.sendto(first, (self.options.host, self.options.port))
        tries = 0
        with open(self.options.file, "wb") as file:
            while True:
                try:
                    packet, source = self.socket.recvfrom(65536)
                except TimeoutError:
                    tries += 1
                    if tries > 8:
                        return "SILENCE"
                    if self.server is None:
                        self.socket.sendto(first, (self.options.host, self.options.port))
                    else:
                        self.acknowledge()
                    continue
                if self.server not in (None, source):
                    continue
                # A link-local address is told without its interface.
                if source[0] != self.options.host.split("%")[0]:
                    return "ANSWER FROM %s" % source[0]
                self.server, tries = source, 0
                end = self.take(packet, file)
                if end:
                    return end

    def take(self, packet, file):
        """What ends the transfer, or None."""
        opcode, number = struct.unpack("!HH", packet[:4])
        if opcode == ERROR:
            return error_text(packet)
        if opcode == OACK and self.done == 0:
            fields = packet[2:].split(b"\0")
            said = dict(zip(fields[::2], fields[1::2]))
            self.block_size = int(said.get(b"blksize", 512))
            self.window = int(said.get(b"windowsize", 1))
            self.acknowledge()
        if opcode != DATA or number != (self.done + 1) & 0xFFFF:
            return None
        self.done += 1
        self.unacknowledged += 1
        file.write(packet[4:])
        is_last = len(packet) - 4 < self.block_size
        if self.options.hold and self.done == int(self.options.hold[0]):
            self.wait()
        if is_last or self.unacknowledged >= self.window:
            self.acknowledge()
        return "complete" if is_last else None

    def acknowledge(self):
        self.unacknowledged = 0
        self.socket.sendto(struct.pack("!HH", ACKNOWLEDGE, self.done & 0xFFFF), self.server)

    def wait(self):
        _, reached, go = self.options.hold
        open(reached, "w").close()
        end = time.monotonic() + LONGEST_HOLD
        while not os.path.exists(go) and time.monotonic() < end:
            time.sleep(0.05)
        self.unacknowledged = self.window


def get(options):
    end = Get(options).run()
    print(end)
    return 0 if end == "complete" else 1


MALFORMED = [
    b"", b"\0", b"\0\1", b"\0\1\0", b"\0\1f\0", b"\0\1f\0mail\0", b"\0\1f\0\0", b"\0\1f", b"\0\1\0octet\0",
    b"\0\1" + b"a" * 1400, b"\0\1" + b"a" * 1400 + b"\0octet\0", b"\0\1\x1b[2J\x07\0octet\0", b"\0\2new\0octet\0",
    b"\0\3\0\1data", b"\0\4\0\1", b"\0\5\0\0oops\0", b"\0\6blksize\0" + b"8\0", b"\xff" * 1200,
    b"\0\1missing\0octet\0" + b"blksize\0-1\0" * 60,
]


def malformed(options):
    """Each from a port of its own, so that a late answer is not taken for the next one's."""
    wrong = []
    for number, payload in enumerate(MALFORMED):
        with own_socket(options.host) as own:
            own.settimeout(0.2)
            own.sendto(payload, (options.host, options.port))
            try:
                packet = own.recv(65536)
            except TimeoutError:
                continue
            if packet[:2] != b"\0\5":
                wrong.append("%d got %r" % (number, packet[:20]))
    with own_socket(options.host) as own:
        own.settimeout(10)
        own.sendto(request(RRQ, options.name, "octet", []), (options.host, options.port))
        if own.recv(65536)[:4] != b"\0\3\0\1":
            wrong.append("afterwards %s does not come" % options.name)
    what = "%d malformed packets to %s: errors or silence, and a file afterwards" % (len(MALFORMED), options.host)
    print("FAIL %s: %s" % (what, "; ".join(wrong)) if wrong else "ok   " + what)
    return 0


def main():
    parser = argparse.ArgumentParser()
    actions = parser.add_subparsers(required=True)
    for name, action in (("ask", ask), ("get", get), ("malformed", malformed)):
        sub = actions.add_parser(name)
        sub.set_defaults(action=action)
        sub.add_argument("host")
        sub.add_argument("name")
        sub.add_argument("--port", type=int, default=69)
        if name == "ask":
            sub.add_argument("--write", action="store_true")
            sub.add_argument("--mode", default="octet")
            sub.add_argument("--option", action="append", default=[])
            sub.add_argument("--patience", type=float, default=10)
        elif name == "get":
            sub.add_argument("file")
            sub.add_argument("--blksize", type=int)
            sub.add_argument("--windowsize", type=int)
            sub.add_argument("--hold", nargs=3)
    options = parser.parse_args()
    return options.action(options)


sys.exit(main())
