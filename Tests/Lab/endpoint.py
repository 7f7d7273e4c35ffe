"""An endpoint that decides what machines boot, in the shape of Pixiecore's API, and the machines that are asked about.

Usage: endpoint.py serve DIRECTORY PORT      answers GET …/v1/boot/MAC, and serves what lies in DIRECTORY
       endpoint.py discover MAC [COUNT]      DISCOVERs of a BIOS machine; prints "offers N after SECONDS"

What DIRECTORY/answer says decides, anew for each request: a status, a pause in seconds, and the body behind it; the two last
octets of a machine's address can have a file of their own, answer-12-34.
"""

import http.server
import os
import random
import sys
import time

from packets import BIOS, DISCOVER, Link, Reply, frame, message

# Longer than the rules of the lab let an endpoint think.
PATIENCE, SECOND = 2.5, 0.5
SERVER = "10.77.0.2"


class Endpoint(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.path.split("?")[0]
        if "/v1/boot/" not in path:
            return super().do_GET()
        # One line for each question, for who counts them.
        print("asked %s auth=%s" % (self.path, self.headers.get("Authorization", "none")), flush=True)
        own = "answer-" + "-".join(path.split(":")[-2:])
        with open(own if os.path.exists(own) else "answer", encoding="utf-8") as file:
            status, pause, body = file.read().split(" ", 2)
        time.sleep(float(pause))
        data = ("{" + "x" * (1 << 20) if body == "HUGE" else body).encode()
        try:
            self.send_response(int(status))
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            pass
        return None

    def log_message(self, *_):
        pass


def serve(directory, port):
    os.chdir(directory)
    http.server.ThreadingHTTPServer(("", int(port)), Endpoint).serve_forever()


def discover(mac, count="1"):
    """One transaction for all, as a ROM that repeats its question; the pauses are shorter."""
    link, hardware, xid = Link("eth0"), bytes.fromhex(mac.replace(":", "")), random.getrandbits(32)
    begun, offers = time.monotonic(), []

    def wanted(packet):
        return packet.source == SERVER and packet.sport == 67 and Reply(packet.payload).xid == xid

    for _ in range(int(count)):
        link.send(frame(message(DISCOVER, *BIOS, xid=xid, mac=hardware), mac=hardware))
        time.sleep(0.02)
    for packet in link.hear(PATIENCE, wanted, SECOND):
        offers.append(Reply(packet.payload).file)
    after = time.monotonic() - begun - SECOND
    print("offers %d after %.1f %s" % (len(offers), max(after, 0), offers[0] if offers else ""), flush=True)


{"serve": serve, "discover": discover}[sys.argv[1]](*sys.argv[2:])
