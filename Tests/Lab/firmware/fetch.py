"""TFTP and HTTP as firmware speaks them. Whole files only; what goes wrong raises FetchFailed."""

import hashlib
import socket
import struct
import urllib.parse
from http.client import HTTPConnection, HTTPException

RRQ, DATA, ACK, ERROR, OACK = 1, 3, 4, 5, 6
# Scripts are read, images only hashed.
KEPT = 1 << 20


class FetchFailed(Exception):
    """`code` is the TFTP error or the HTTP status, None for silence."""

    def __init__(self, what, code=None):
        super().__init__(what)
        self.code = code


class File:
    """A fetched file: where it came from, its SHA-256 and, when it is short, its content."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.size, self.content, self.hash = 0, b"", hashlib.sha256()
        self.kind = ""  # Content-Type

    def add(self, data):
        self.size += len(data)
        self.hash.update(data)
        if self.size <= KEPT:
            self.content += data

    @property
    def sha256(self):
        return self.hash.hexdigest()


class TFTP:
    """One client: it asks again `tries` times, waiting `timeout` seconds each time."""

    def __init__(self, address, timeout=4.0, tries=6):
        self.address, self.timeout, self.tries = address, timeout, tries

    def probe(self, server, name, options, code=8, text=b"User aborted the transfer"):
        """Asks for the size, and leaves with an ERROR at the first answer. Returns the size, or None."""
        with self.socket() as own:
            packet, peer = self.open(own, server, name, options)
            own.sendto(struct.pack("!HH", ERROR, code) + text + b"\0", peer)
            return int(acknowledged(packet).get("tsize", -1)) if packet[1] == OACK else None

    def fetch(self, server, name, options):
        file = File(server, name)
        with self.socket() as own:
            packet, peer = self.open(own, server, name, options)
            agreed = acknowledged(packet) if packet[1] == OACK else {}
            unasked = [key for key in agreed if key not in dict(options)]
            if unasked:
                raise FetchFailed("TFTP: the OACK grants %s, which nobody asked for" % unasked[0])
            size, window = int(agreed.get("blksize", 512)), int(agreed.get("windowsize", 1))
            self.receive(own, peer, packet, file, size, window)
        wanted = int(agreed.get("tsize", file.size))
        if wanted != file.size:
            raise FetchFailed("TFTP: %d octets of %s came, tsize said %d" % (file.size, name, wanted))
        return file

    def socket(self):
        own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        own.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        own.bind((self.address, 0))
        own.settimeout(self.timeout)
        return own

    def open(self, own, server, name, options):
        """The first answer to a read request, and who gave it."""
        fields = [name.encode("latin-1"), b"octet"]
        for key, value in options:
            fields += [key.encode(), str(value).encode()]
        question = struct.pack("!H", RRQ) + b"".join(field + b"\0" for field in fields)
        for _ in range(self.tries):
            try:
                own.sendto(question, (server, 69))
                packet, peer = own.recvfrom(65536)
            except TimeoutError:
                continue
            except OSError as error:
                raise FetchFailed("TFTP to %s: %s" % (server, error.strerror)) from error
            refuse_error(packet, name)
            if peer[0] != server or packet[1] not in (OACK, DATA):
                continue
            return packet, peer
        raise FetchFailed("TFTP: %s does not answer for %s" % (server, name))

    def receive(self, own, peer, packet, file, size, window):
        done = since = lost = 0
        if packet[1] == OACK:
            own.sendto(struct.pack("!HH", ACK, 0), peer)
            packet = None
        while True:
            if packet is None:
                try:
                    packet, source = own.recvfrom(65536)
                except TimeoutError:
                    lost += 1
                    if lost > self.tries:
                        raise FetchFailed("TFTP: %s went silent after block %d" % (file.server, done)) from None
                    own.sendto(struct.pack("!HH", ACK, done & 0xFFFF), peer)
                    since = 0
                    continue
                if source != peer:
                    packet = None
                    continue
            refuse_error(packet, file.name)
            opcode, number = struct.unpack("!HH", packet[:4])
            data, packet = packet[4:], None
            if opcode != DATA or number != (done + 1) & 0xFFFF:
                continue
            done, since, lost = done + 1, since + 1, 0
            file.add(data)
            if len(data) < size or since >= window:
                own.sendto(struct.pack("!HH", ACK, done & 0xFFFF), peer)
                since = 0
            if len(data) < size:
                return


def refuse_error(packet, name):
    if packet[1] == ERROR:
        code = struct.unpack("!H", packet[2:4])[0]
        raise FetchFailed("TFTP error %d for %s: %s" % (code, name, packet[4:].rstrip(b"\0").decode("latin-1")), code)


def acknowledged(packet):
    fields = [field.decode("latin-1") for field in packet[2:].split(b"\0")]
    return dict(zip((key.lower() for key in fields[::2]), fields[1::2]))


def http(address, url, method="GET", timeout=10.0):
    """One HTTP/1.1 request, from an address of ours. A HEAD's file has no content, but a size."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise FetchFailed("no HTTP URL: %s" % url)
    path = parts.path or "/"
    file = File(parts.hostname, url)
    connection = HTTPConnection(parts.hostname, parts.port or 80, timeout, source_address=(address, 0))
    try:
        connection.request(method, path + ("?" + parts.query if parts.query else ""))
        answer = connection.getresponse()
        if answer.status != 200:
            raise FetchFailed("HTTP %d for %s" % (answer.status, path), answer.status)
        file.kind = answer.getheader("Content-Type", "")
        length = int(answer.getheader("Content-Length", -1))
        while method == "GET" and (data := answer.read(1 << 18)):
            file.add(data)
        if method == "GET" and length not in (-1, file.size):
            raise FetchFailed("HTTP: %d of %d octets of %s came" % (file.size, length, path))
        file.size = max(file.size, length)
        return file
    except (OSError, HTTPException) as error:
        raise FetchFailed("HTTP to %s: %s" % (parts.netloc, error)) from error
    finally:
        connection.close()
