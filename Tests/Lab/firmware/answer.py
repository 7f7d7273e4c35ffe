"""A server's message as firmware reads it: options in their order, the first instance of each, nothing put together."""

import socket

from packets import COOKIE


class Answer:
    def __init__(self, data, source, port, after):
        """`after` is how many seconds passed since the question."""
        self.data, self.source, self.port, self.after = data, source, port, after
        self.op, self.hlen, self.hops = data[0], data[2], data[3]
        self.xid = int.from_bytes(data[4:8], "big")
        self.ciaddr, self.yiaddr, self.siaddr, self.giaddr = (
            socket.inet_ntoa(data[i:i + 4]) for i in (12, 16, 20, 24))
        self.chaddr = data[28:44]
        self.header_file = data[108:236]
        self.is_dhcp = data[236:240] == COOKIE
        self.options, self.has_end, self.is_whole = read_options(data[240:]) if self.is_dhcp else ([], False, False)

    def first(self, code):
        """The first instance of an option, or None."""
        return next((value for found, value in self.options if found == code), None)

    @property
    def type(self):
        return (self.first(53) or b"\0")[0]

    @property
    def server(self):
        """Option 54, or None."""
        value = self.first(54)
        return socket.inet_ntoa(value) if value and len(value) == 4 else None

    def has_class(self, name):
        return (self.first(60) or b"").startswith(name)

    @property
    def vendor(self):
        """Option 43 as a list of suboptions, by code; the first instance of each."""
        found = {}
        for code, value in read_options(self.first(43) or b"")[0]:
            found.setdefault(code, value)
        return found

    def file_in_header(self):
        # Where option 52 says so, the field is no name (RFC 2132 §9.3).
        overload = self.first(52)
        if overload and len(overload) == 1 and overload[0] & 1:
            return ""
        return text(self.header_file)

    def file_in_option(self):
        return text(self.first(67) or b"")

    def summary(self):
        """One line for people."""
        said = "%s yiaddr=%s siaddr=%s" % (self.source, self.yiaddr, self.siaddr)
        for name, value in (("file", self.file_in_header()), ("67", self.file_in_option()),
                            ("60", text(self.first(60) or b"")), ("43", (self.first(43) or b"").hex())):
            if value:
                said += " %s=%s" % (name, value)
        return said


def text(data):
    return data.split(b"\0")[0].decode("latin-1")


def read_options(data):
    """A list of (code, value); whether the end mark came; whether every length fits."""
    found, at = [], 0
    while at < len(data):
        if data[at] == 255:
            return found, True, True
        if data[at] == 0:
            at += 1
            continue
        if at + 1 >= len(data) or at + 2 + data[at + 1] > len(data):
            return found, False, False
        found.append((data[at], data[at + 2:at + 2 + data[at + 1]]))
        at += 2 + data[at + 1]
    return found, False, True


def addresses(data):
    return [socket.inet_ntoa(data[i:i + 4]) for i in range(0, len(data) - 3, 4)]


def boot_servers(vendor):
    """43.8 as a list of (type, [address]), or None where it does not add up (PXE 2.1 Table 2-1)."""
    data, found, at = vendor.get(8, b""), [], 0
    while at < len(data):
        if at + 3 > len(data) or at + 3 + 4 * data[at + 2] > len(data):
            return None
        count = data[at + 2]
        found.append((data[at:at + 2], addresses(data[at + 3:at + 3 + 4 * count])))
        at += 3 + 4 * count
    return found


def menu_items(vendor):
    """43.9 as a list of (type, text)."""
    data, found, at = vendor.get(9, b""), [], 0
    while at + 3 <= len(data) and at + 3 + data[at + 2] <= len(data):
        found.append((data[at:at + 2], data[at + 3:at + 3 + data[at + 2]].decode("latin-1")))
        at += 3 + data[at + 2]
    return found
