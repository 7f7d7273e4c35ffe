"""Debian's archive for a lab: what is asked for is fetched from the registry that the host's apt uses, and kept.

    install_archive.py NAMESPACE ADDRESS:PORT KEPT WORK

It listens in the network namespace and fetches in the host's, by apt's own program and so by apt's own settings: who is in
the namespace gets files of Debian's mirror and reaches nothing else. What lies below pool/ never changes and stays in KEPT for
other runs; what lies below dists/ is fetched once in each run, into WORK. What is in WORK beforehand is not asked for.

For each request a line goes to standard output: status, octets, seconds spent fetching, path.
"""

import collections
import ctypes
import http.server
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

CLONE_NEWNET = 0x40000000
PREFIX = "/debian/"
FETCH_SECONDS = 300
# Paths as they stand in Debian's own indices; nothing else is asked for in the host's name.
PATH = re.compile(r"(dists|pool)(/[A-Za-z0-9][A-Za-z0-9._+~-]*)+")


def enter(namespace):
    """Sockets that this thread makes from now on are in that network namespace."""
    if ctypes.CDLL(None, use_errno=True).setns(namespace, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def listen(namespace, address):
    host, port = address.rsplit(":", 1)
    own = os.open("/proc/self/ns/net", os.O_RDONLY)
    enter(os.open(f"/run/netns/{namespace}", os.O_RDONLY))
    try:
        return socket.create_server((host, int(port)), backlog=64)
    finally:
        enter(own)


def registry():
    """What the URLs of Debian's main archive begin with in the host's sources."""
    with open("/etc/os-release") as words:
        release = re.search(r"^VERSION_CODENAME=(\w+)$", words.read(), re.MULTILINE)[1]
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages"],
        capture_output=True, text=True, check=True, timeout=60)
    for line in listed.stdout.splitlines():
        name, address = line.split(" ", 1)
        if name == release:
            return address.rstrip("/") + "/"
    raise SystemExit(f"apt has no source of the release {release}")


def download(url, place):
    """Whether apt could fetch it."""
    # Of this process only: another run may be fetching the same.
    part = f"{place}.{os.getpid()}"
    done = subprocess.run(
        ["/usr/lib/apt/apt-helper", "download-file", url, part],
        capture_output=True, text=True, timeout=FETCH_SECONDS, stdin=subprocess.DEVNULL)
    if done.returncode == 0:
        os.replace(part, place)
    elif os.path.exists(part):
        os.remove(part)
    return done.returncode == 0


class Store:
    """Files of the registry, each fetched by one thread at a time."""

    def __init__(self, kept, work):
        self.upstream = registry()
        self.kept, self.work = kept, work
        self.locks = collections.defaultdict(threading.Lock)

    def file(self, path):
        """A path's file, and how long fetching it took; no file when the registry has none."""
        place = os.path.join(self.work, path)
        if path.startswith("pool/") and not os.path.exists(place):
            place = os.path.join(self.kept, path)
        with self.locks[path]:
            if os.path.exists(place):
                return place, 0.0
            begun = time.monotonic()
            os.makedirs(os.path.dirname(place), exist_ok=True)
            found = download(self.upstream + path, place)
            return place if found else None, time.monotonic() - begun


class Request(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Nobody's silence may keep a thread for ever.
    timeout = 120
    store = None

    def do_GET(self):
        # apt writes %2b for a plus sign.
        asked = urllib.parse.unquote(self.path)
        path = asked.removeprefix(PREFIX)
        if path == asked or not PATH.fullmatch(path) or "/../" in f"/{path}/":
            return self.refuse(404, path, 0.0)
        try:
            place, seconds = self.store.file(path)
        except (OSError, subprocess.SubprocessError) as error:
            print(f"install_archive: {path}: {error}", file=sys.stderr, flush=True)
            return self.refuse(502, path, 0.0)
        if place is None:
            return self.refuse(404, path, seconds)
        with open(place, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            self.answer(200, size)
            if self.command == "GET":
                shutil.copyfileobj(file, self.wfile, 1 << 20)
        self.tell(200, size, seconds, path)

    do_HEAD = do_GET

    def refuse(self, status, path, seconds):
        self.answer(status, 0)
        self.tell(status, 0, seconds, path)

    def answer(self, status, size):
        self.send_response(status)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(size))
        self.end_headers()

    def tell(self, status, size, seconds, path):
        print(f"{status} {size} {seconds:.2f} {path}", flush=True)

    def log_message(self, *words):
        pass


class Mirror(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, listening):
        super().__init__(listening.getsockname(), Request, bind_and_activate=False)
        self.socket.close()
        self.socket = listening


def main():
    namespace, address, kept, work = sys.argv[1:]
    Request.store = Store(kept, work)
    mirror = Mirror(listen(namespace, address))
    print("install_archive: serving", flush=True)
    mirror.serve_forever()


if __name__ == "__main__":
    main()
