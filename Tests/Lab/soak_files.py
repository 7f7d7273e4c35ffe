"""Files that change while they are fetched, by TFTP and HTTP: who fetches one gets what it was, or what it is, and never both.

    soak_files.py SERVER ROOT PILOTFISH STOP SECONDS

Below ROOT/changing, files are replaced (rename(2)), deleted and made anew, in the middle of transfers; a round every SECONDS
until the file STOP exists. Prints a JSON object a round: how many changes and fetches there were so far, how many octets, and the
fetches that got something else than a version of the file that was there between their beginning and their end.
"""

import hashlib
import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

NAMES = ("loader", "kernel", "image")
# More than a window and less than a second at the readers' pace.
SMALLEST, LARGEST = 300_000, 1_500_000
PATIENCE = 60
# One block after the other, with a hundredth of them lost.
SLOWLY = ("--blksize", "512", "--windowsize", "1", "--timeout", "0.3")
SLOW_PATIENCE = 180


class File:
    """A served file, and which versions of it there were until when."""

    def __init__(self, root, name):
        self.name = "changing/" + name
        self.path = os.path.join(root, self.name)
        self.versions = []  # (since, until, digest; None while it is not there)
        self.lock = threading.Lock()

    def change(self, content):
        """None deletes it."""
        if content is not None:
            new = self.path + ".new"
            with open(new, "wb") as file:
                file.write(content)
            os.chmod(new, 0o644)
        with self.lock:
            # While it is being changed either may be what is found.
            began = time.monotonic()
            if content is None:
                os.unlink(self.path)
            else:
                os.rename(new, self.path)
            digest = None if content is None else hashlib.sha256(content).hexdigest()
            if self.versions:
                last = self.versions[-1]
                self.versions[-1] = (last[0], time.monotonic(), last[2])
            self.versions.append((began, float("inf"), digest))
            # Nobody fetches for so long.
            del self.versions[:-20]

    def between(self, began, ended):
        with self.lock:
            return {digest for since, until, digest in self.versions if since <= ended and until >= began}

    @property
    def is_there(self):
        return bool(self.versions) and self.versions[-1][2] is not None


def by_http(server, name, pause):
    """The content; None when there is none."""
    connection = http.client.HTTPConnection(server, timeout=PATIENCE)
    try:
        connection.request("GET", "/" + name)
        answer = connection.getresponse()
        if answer.status == 404:
            answer.read()
            return None
        if answer.status != 200:
            raise OSError(f"HTTP {answer.status}")
        content = b""
        while octets := answer.read(32768):
            content += octets
            time.sleep(pause)
        # What http.client does not say of a body that is too short.
        if len(content) != int(answer.headers["Content-Length"]):
            raise OSError(f"{len(content)} octets of {answer.headers['Content-Length']}")
        return content
    finally:
        connection.close()


def by_tftp(server, name, options, program):
    with tempfile.TemporaryDirectory() as directory:
        got = os.path.join(directory, "got")
        command = [program, "get", f"tftp://{server}/{name}", "-o", got, *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SLOW_PATIENCE, check=False)
        if done.returncode == 0:
            with open(got, "rb") as file:
                return file.read()
        if "not found" in done.stderr.lower() or "ERROR 1" in done.stderr:
            return None
        raise OSError(f"get ended with {done.returncode}: {done.stderr.strip()[-200:]}")


class Play:
    def __init__(self, server, root, program):
        self.server, self.program = server, program
        os.makedirs(os.path.join(root, "changing"), exist_ok=True)
        os.chmod(os.path.join(root, "changing"), 0o755)
        self.files = [File(root, name) for name in NAMES]
        self.chance = random.Random(8)
        self.lock = threading.Lock()
        self.changes = self.fetches = self.octets = self.missing = 0
        self.wrong = []

    def content(self):
        return self.chance.randbytes(self.chance.randrange(SMALLEST, LARGEST))

    def fetch(self, file, way, how):
        began = time.monotonic()
        try:
            content = way(self.server, file.name, how)
        except (OSError, http.client.HTTPException, subprocess.TimeoutExpired) as error:
            return self.note(file, way, 0, f"{type(error).__name__} {error} after {time.monotonic() - began:.1f} s")
        digest = None if content is None else hashlib.sha256(content).hexdigest()
        right = digest in file.between(began, time.monotonic())
        what = "no file" if content is None else f"{len(content)} octets that were at no time the file's"
        return self.note(file, way, len(content or b""), None if right else what)

    def note(self, file, way, octets, wrong):
        with self.lock:
            self.fetches += 1
            self.octets += octets
            self.missing += octets == 0 and not wrong
            if wrong:
                self.wrong.append(f"{time.strftime('%H:%M:%S')} {file.name} {way.__name__}: {wrong}")

    def round(self):
        def tftp(server, name, options):
            return by_tftp(server, name, options, self.program)

        def start(file, way, how):
            thread = threading.Thread(target=self.fetch, args=(file, way, how))
            thread.start()
            return thread

        fetchers = []
        for file in self.files:
            fetchers += [start(file, by_http, 0.02), start(file, tftp, SLOWLY)]
        time.sleep(self.chance.uniform(0.01, 0.2))
        for file in self.files:
            goes = file.is_there and self.chance.random() < 0.25
            file.change(None if goes else self.content())
            self.changes += 1
        for file in self.files:
            fetchers += [start(file, by_http, 0), start(file, tftp, ())]
        for thread in fetchers:
            thread.join()

    def told(self):
        return {"changes": self.changes, "fetches": self.fetches, "octets": self.octets, "missing": self.missing,
                "wrong": len(self.wrong), "why": self.wrong[:20]}


def main():
    server, root, program, stop, pause = sys.argv[1:]
    play = Play(server, root, program)
    for file in play.files:
        file.change(play.content())
    while not os.path.exists(stop):
        play.round()
        print(json.dumps(play.told()), flush=True)
        time.sleep(float(pause))


main()
