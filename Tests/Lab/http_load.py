"""Crowds of HTTP clients for http.sh: `fetch` downloads, `hold` takes up room, `parts` asks for several ranges.

  fetch HOST PATH SIZE COUNT        COUNT downloads at once, each of SIZE octets
  hold HOST COUNT half|idle [FROM]  COUNT connections, with half a request that goes on letter by letter or with nothing;
                                    says how many are held, and holds them until it is ended; FROM one address if named
  parts URL FILE                    several ranges of what FILE should be
"""
import email
import resource
import selectors
import socket
import sys
import time
import urllib.request

PORT = 80
PER_ADDRESS = 500


def check(what, is_good, details=""):
    print(("ok   %s" % what) if is_good else ("FAIL %s: %s" % (what, details)), flush=True)


def more_descriptors():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def connection(host, source):
    """One that is being made, from an address of 10.9.0.0/16."""
    opened = socket.socket()
    opened.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
    opened.bind((source, 0))
    opened.setblocking(False)
    opened.connect_ex((host, PORT))
    return opened


def fetch(host, path, size, count):
    """Each answer's length, and that nothing but zeros came of a file without content."""
    selector = selectors.DefaultSelector()
    size, count, began = int(size), int(count), time.monotonic()
    room = bytearray(1 << 18)
    whole, failed = 0, []
    for number in range(count):
        client = connection(host, "10.9.%d.%d" % (1 + number // 200, 1 + number % 200))
        selector.register(client, selectors.EVENT_WRITE, {"head": b"", "octets": -1})
    while selector.get_map():
        for key, events in selector.select(60) or [(None, 0)]:
            if key is None:
                return check("%d downloads of %s" % (count, path), False, "silence for a minute, %d whole" % whole)
            client, state = key.fileobj, key.data
            try:
                if events & selectors.EVENT_WRITE:
                    client.send(b"GET %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" % path.encode())
                    selector.modify(client, selectors.EVENT_READ, state)
                    continue
                got = client.recv_into(room)
                if got and state["octets"] < 0:
                    state["head"] += bytes(room[:got])
                    head, end, body = state["head"].partition(b"\r\n\r\n")
                    if end:
                        if not head.startswith(b"HTTP/1.1 200") or b"ength: %d\r\n" % size not in head + b"\r\n":
                            failed.append(head[:60])
                        state["octets"] = len(body)
                elif got:
                    state["octets"] += got
            except OSError as error:
                failed.append(error)
                got = 0
            if not got:
                whole += state["octets"] == size
                selector.unregister(client)
                client.close()
    seconds = time.monotonic() - began
    check("%d downloads of %d octets at once, in %.1f s, %.0f MiB/s" % (
        count, size, seconds, count * size / seconds / (1 << 20)), whole == count and not failed,
        "%d whole; %s" % (whole, failed[:3]))


def hold(host, count, kind, source=None):
    clients = []
    for number in range(int(count)):
        base = 100 if kind == "half" else 20
        clients.append(connection(host, source or "10.9.%d.1" % (base + number // PER_ADDRESS)))
        if number % 200 == 199:
            time.sleep(0.05)
    time.sleep(2)
    if source:
        held = sum(1 for client in clients if not is_closed(client))
        print("held %d of %s" % (held, count), flush=True)
    else:
        print("held", flush=True)
    letters = b"GET /f3m HTTP/1.1\r\nHost: h\r\nX: " + b"y" * 10000
    for letter in letters:
        for client in clients if kind == "half" else []:
            try:
                client.send(bytes([letter]))
            except OSError:
                pass
        time.sleep(0.5)


def is_closed(client):
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def parts(url, path):
    content = open(path, "rb").read()
    for ranges in ("0-9,5000-5009,-7", "2000000-2999999,0-0", "-1,0-999999,1500000-1500000"):
        request = urllib.request.Request(url, headers={"Range": "bytes=" + ranges})
        with urllib.request.urlopen(request) as answer:
            kind, body = answer.headers["Content-Type"], answer.read()
        message = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
        wanted, got = [], []
        for item in ranges.split(","):
            first, last = item.split("-")
            start = int(first) if first else len(content) - int(last)
            end = int(last) + 1 if first else len(content)
            wanted.append(("bytes %d-%d/%d" % (start, end - 1, len(content)), content[start:end]))
        for part in message.get_payload() if message.is_multipart() else []:
            got.append((part["Content-Range"], None))
        # Binary parts are not for email's line reader: cut them out by their lengths.
        place = 0
        for index, (field, octets) in enumerate(wanted):
            place = body.index(b"\r\n\r\n", place) + 4
            if index < len(got):
                got[index] = (got[index][0], body[place:place + len(octets)])
            place += len(octets)
        check("ranges %s come in their order, each octet right" % ranges,
              answer.status == 206 and got == wanted, "%s %s" % (answer.status, [field for field, _ in got]))


if __name__ == "__main__":
    more_descriptors()
    {"fetch": fetch, "hold": hold, "parts": parts}[sys.argv[1]](*sys.argv[2:])
