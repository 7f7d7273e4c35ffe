"""An upstream server for a mirror: python3 upstream.py DIRECTORY ADDRESS PORT [CERTIFICATE KEY].

Files of DIRECTORY with Last-Modified and ETag, conditions on both, and what goes wrong with such servers. While
DIRECTORY/.cut exists, a body ends in the middle; what lies in slow/ is sent over half a second, of endless/ the first octet;
/moved/X leads to /X here, /lead/HOST:PORT/X to X on another server.
Writes one line for each request: its status, path, and whether it had a condition.
"""

import email.utils
import http.server
import os
import ssl
import sys
import time
import urllib.parse


class Upstream(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    root = ""

    def do_GET(self):
        path = os.path.normpath(self.root + urllib.parse.unquote(self.path))
        if self.path.startswith("/moved/"):
            return self.answer(302, {"Location": self.path[len("/moved") :]}, b"")
        if self.path.startswith("/lead/"):
            return self.answer(302, {"Location": "http://" + self.path[len("/lead/") :]}, b"")
        try:
            with open(path, "rb") as file:
                body = file.read()
            state = os.stat(path)
        except OSError:
            return self.answer(404, {}, b"no such file\n")
        tag = '"%x-%x"' % (state.st_mtime_ns, state.st_size)
        fields = {"ETag": tag, "Last-Modified": email.utils.formatdate(state.st_mtime, usegmt=True)}
        if self.headers.get("If-None-Match") == tag:
            return self.answer(304, fields, None)
        return self.answer(200, fields, body)

    def answer(self, status, fields, body):
        condition = " conditional" if self.headers.get("If-None-Match") else ""
        # In one piece, for many threads write.
        sys.stdout.write("%d %s%s\n" % (status, self.path, condition))
        sys.stdout.flush()
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        if body is None:
            return self.end_headers()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if os.path.exists(self.root + "/.cut"):
            body = body[: len(body) // 2]
            self.close_connection = True
        if self.path.startswith("/endless/"):
            self.wfile.write(body[:1])
            time.sleep(60)
        pieces = 10 if self.path.startswith("/slow/") else 1
        size = len(body) // pieces + 1
        for start in range(0, len(body), size):
            self.wfile.write(body[start : start + size])
            if pieces > 1:
                time.sleep(0.05)

    def log_message(self, *arguments):
        pass


def main():
    Upstream.root = sys.argv[1]
    server = http.server.ThreadingHTTPServer((sys.argv[2], int(sys.argv[3])), Upstream)
    if len(sys.argv) > 4:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[4], sys.argv[5])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print("ready", flush=True)
    server.serve_forever()


main()
