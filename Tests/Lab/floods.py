"""People who speak streams of nonsense for floods.sh: each of COUNT connections does something else that nobody should, and is made
anew when it is closed. Says what they did, as `key=value`, when the time is over.

  http HOST SECONDS COUNT      requests without end, heads without end, bodies that nobody asked for and that never come, garbage behind
                               a request, a hundred requests at once whose answers nobody reads, and readers of some octets a second
  control PATH SECONDS COUNT   the operator's socket: silence, a megabyte without a line, deep JSON, random octets, half an attachment,
                               questions whose answers nobody reads
  api PATH SECONDS COUNT       the control API at its socket: the same by HTTP, and live views that nobody looks at
"""
import random
import selectors
import socket
import sys
import time

chance = random.Random(20262)
MEGABYTE = 1 << 20


def noise(count):
    return chance.randbytes(count)


def http_kinds():
    head = b"GET /initrd.img HTTP/1.1\r\nHost: h\r\n"
    return {
        "endless-line": b"GET /" + b"a" * MEGABYTE,
        "endless-head": head + b"X: " + b"b" * MEGABYTE,
        "many-fields": head + b"".join(b"X-%d: y\r\n" % number for number in range(50000)),
        "endless-body": b"POST /boot.ipxe HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n" + b"c" * MEGABYTE,
        "chunks": b"POST /boot.ipxe HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n" + b"d" * 4096,
        "slow-body": b"PUT /boot.ipxe HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nz",
        "garbage-behind": head + b"\r\n" + noise(65536),
        "pipelined": (head + b"\r\n") * 100,
        "noise": noise(MEGABYTE),
        "ranges": head + b"Range: bytes=" + b",".join(b"%d-%d" % (n, n) for n in range(0, 9000, 3)) + b"\r\n\r\n",
    }


def control_kinds():
    return {
        "silence": b"",
        "no-line": b"a" * MEGABYTE,
        "deep": b"hosts json +400000\n" + b"[" * 400000,
        "deep-open": b"[" * 60000 + b"\n",
        "noise": noise(MEGABYTE),
        "half": b"hosts toml +60000000\n" + b"x" * MEGABYTE,
        "huge": b"hosts toml +99999999999999999999\n",
        "unread": b"boots json\n",
        "unknown": b"subscribe everything\n",
    }


def api_kinds():
    head = b" HTTP/1.1\r\nHost: localhost\r\n"
    return {
        "stream": b"GET /api/v1/stream" + head + b"\r\n",
        "silence": b"",
        "endless-line": b"GET /" + b"a" * MEGABYTE,
        "endless-head": b"GET /api/v1/status" + head + b"X: " + b"b" * MEGABYTE,
        "deep": b"POST /api/v1/mode" + head + b"Content-Type: application/json\r\nContent-Length: 400000\r\n\r\n" + b"[" * 400000,
        "endless-body": b"POST /api/v1/mode" + head + b"Content-Type: application/json\r\nContent-Length: 9999999999\r\n\r\n{",
        "noise": noise(MEGABYTE),
        "pipelined": (b"GET /api/v1/status" + head + b"\r\n") * 50,
    }


class Crowd:
    def __init__(self, kinds, connect, count):
        self.kinds, self.connect, self.count = sorted(kinds.items()), connect, count
        self.selector = selectors.DefaultSelector()
        self.made = self.sent = self.read = self.refused = 0
        self.next = 0.0

    def add(self):
        name, octets = self.kinds[self.made % len(self.kinds)]
        self.made += 1
        try:
            connection = self.connect(self.made)
        except OSError:
            self.refused += 1
            return
        # Every third never reads what it is told, or some octets of it now and then.
        state = {"left": memoryview(octets), "reads": self.made % 3 != 0, "since": time.monotonic()}
        self.selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE, state)

    def drop(self, connection):
        self.selector.unregister(connection)
        connection.close()

    def serve(self, connection, state, events):
        if events & selectors.EVENT_WRITE:
            if state["left"]:
                count = connection.send(state["left"][:65536])
                self.sent += count
                state["left"] = state["left"][count:]
            if not state["left"]:
                self.selector.modify(connection, selectors.EVENT_READ if state["reads"] else selectors.EVENT_WRITE, state)
                if not state["reads"]:
                    self.selector.unregister(connection)
                    self.lazy.append(connection)
        if events & selectors.EVENT_READ and state["reads"]:
            got = connection.recv(256)
            self.read += len(got)
            if not got:
                raise ConnectionResetError

    def run(self, seconds):
        end = time.monotonic() + seconds
        self.lazy = []
        while time.monotonic() < end:
            missing = self.count - len(self.selector.get_map()) - len(self.lazy)
            for _ in range(min(max(missing, 0), 100)):
                self.add()
            for key, events in self.selector.select(0.02):
                try:
                    self.serve(key.fileobj, key.data, events)
                except BlockingIOError:
                    pass
                except OSError:
                    if key.fileobj in self.selector.get_map():
                        self.drop(key.fileobj)
            # Those who read nothing go as well, half of them, or no new ones would come.
            if len(self.lazy) > self.count // 2:
                for connection in self.lazy[: len(self.lazy) // 2]:
                    connection.close()
                del self.lazy[: len(self.lazy) // 2]
            time.sleep(0.002)
        print("connections=%d sent=%d read=%d refused=%d" % (self.made, self.sent, self.read, self.refused), flush=True)


def by_tcp(host):
    def connect(number):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setblocking(False)
        connection.bind(("10.9.%d.%d" % (1 + number // 200 % 200, 1 + number % 200), 0))
        connection.connect_ex((host, 80))
        return connection
    return connect


def by_path(path):
    def connect(_):
        connection = socket.socket(socket.AF_UNIX)
        connection.setblocking(False)
        connection.connect(path)
        return connection
    return connect


def main(kind, place, seconds, count):
    crowds = {"http": (http_kinds, by_tcp), "control": (control_kinds, by_path), "api": (api_kinds, by_path)}
    kinds, connect = crowds[kind]
    Crowd(kinds(), connect(place), int(count)).run(float(seconds))


main(*sys.argv[1:])
