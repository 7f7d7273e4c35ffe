"""A stand-in for the console, for whoever works on the web page and for its test: serves the page, and plays a room of machines
that boot through their stages, some into trouble, by the same HTTP API as the real one.

    python3 page_server.py --port 8099 [--clients 500] [--token TOKEN] [--empty] [--bare] [--private]

It listens on loopback alone. "listens" on standard output says that it does.
"""

import argparse
import base64
import hashlib
import hmac
import json
import random
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

PAGE = Path(__file__).resolve().parents[2] / "Sources/Console/Page/page.html"

# Stage, seconds that it takes at least and at most, file, octets.
STAGES = [
    ("asked", 0.1, 2.0, None, 0),
    ("offered", 0.1, 0.6, None, 0),
    ("addressed", 0.2, 1.5, None, 0),
    ("told", 0.05, 0.3, None, 0),
    ("loader", 0.4, 2.5, "snponly.efi", 173_792),
    ("script", 0.1, 0.9, "boot.ipxe", 422),
    ("waiting", 2.0, 30.0, None, 0),
    ("kernel", 1.0, 6.0, "vmlinuz", 14_186_432),
    ("initrd", 4.0, 25.0, "initrd.img", 96_412_103),
    ("installing", 20.0, 90.0, None, 0),
    ("installed", 0.5, 1.0, None, 0),
]
# In what stage it stops, code, cause, what to do.
TROUBLES = [
    ("offered", "PF-V001", "It repeats its DISCOVER although it was offered an address and a boot: the port of the switch "
     "lets its first 30 seconds go by (spanning tree).",
     "make its switch port an edge port (portfast), or switch spanning tree off there"),
    ("told", "PF-V004", "Its questions on port 4011 are not answered: a firewall on this box eats them.",
     "sudo nft add rule inet filter input udp dport { 69, 4011 } accept"),
    ("loader", "PF-V006", "The loader was fetched whole and never spoke: it is of another architecture than the firmware.",
     "pilotfish explain 52:54:00:00:00:2a"),
    ("initrd", "PF-V009", "initrd.img stands still: the machine has acknowledged nothing for 40 s.",
     "look at cable, duplex and the counters of the switch's port: pilotfish transfers"),
    ("kernel", "PF-V010", "It asked for debian/vmlinuz, and there is no such file in the root.",
     "put vmlinuz there: pilotfish explain 52:54:00:00:00:59 --file debian/vmlinuz"),
]
REFUSED = ("PF-D013", "Rule \"guests\" keeps silent for it.", "pilotfish explain")
# What a machine may call itself; nothing of it may ever run.
HOSTILE = "<img src=x onerror=window.pwned=1>"
WORDS = ["otter", "amber", "lake", "cedar", "flint", "heron", "maple", "north", "pearl", "quartz", "raven", "tulip"]


def milliseconds(seconds):
    return int(seconds * 1000)


class Machine:
    """One machine of the room, boot after boot."""

    def __init__(self, number, room):
        self.number, self.room = number, room
        self.mac = "52:54:00:00:%02x:%02x" % (number >> 8, number & 255)
        self.host = None if number % 23 == 7 else HOSTILE if number == 11 else f"rack{number // 40 + 1}-{number % 40 + 1:02}"
        self.chance = random.Random(number)
        self.words = "-".join(self.chance.sample(WORDS, 3))
        self.boots = []
        self.begin(room.time - self.chance.uniform(0, 60) if number % 3 else room.time + self.chance.uniform(0, 15))

    def begin(self, moment):
        """Switched on at a moment, with a fate that is settled already."""
        chance = self.chance
        self.id = self.room.next_id()
        self.began = moment
        self.is_install = chance.random() < 0.5
        self.plan = [(name, chance.uniform(least, most), file, size) for name, least, most, file, size in STAGES
                     if self.is_install or name not in ("waiting", "installing", "installed")]
        fate = chance.random()
        self.trouble = TROUBLES[self.number % len(TROUBLES)] if fate < 0.08 or self.number == 11 else None
        self.is_refused = 0.08 <= fate < 0.1 and self.number != 11
        self.is_silent = 0.1 <= fate < 0.12 and self.number != 11
        self.rest = chance.uniform(20, 120)

    def session(self, now):
        """What the console tells of it, or nothing before it is switched on."""
        if now < self.began:
            return None
        stages, at, done = [], self.began, True
        for name, seconds, file, size in self.plan:
            is_stop = self.stops(name)
            end = at + seconds
            is_open = is_stop or end > now
            part = min(1.0, (now - at) / seconds) * (0.43 if is_stop else 1)
            stages.append({"stage": name, "began": milliseconds(at), "ended": None if is_open else milliseconds(end),
                           "octets": int(size * part), "retransmits": int(part * 9) if is_stop and size else 0,
                           "note": file or ""})
            current = (name, file, size, part, at, seconds)
            last = min(now, end)
            if is_open:
                done = False
                break
            at = end + (self.number % 5 if name == "loader" else 0.02)
            if at > now:
                done = False
                break
        return self.told(stages, current, last, done, now)

    def stops(self, stage):
        if self.is_refused:
            return stage == "asked"
        if self.is_silent:
            return stage == "script"
        return self.trouble is not None and stage == self.trouble[0]

    def told(self, stages, current, last, done, now):
        stage, file, size, part, began, seconds = current
        is_stopped = stages[-1]["ended"] is None and self.stops(stage) and now > began + seconds + 4
        state, verdict = "booted" if done else "under-way", None
        if is_stopped and self.is_refused:
            state, verdict = "refused", REFUSED
        elif is_stopped and self.is_silent:
            state = "over"
        elif is_stopped:
            state, verdict = "stuck", self.trouble[1:]
        octets = int(size * part)
        is_moving = state == "under-way" and size > 1000 and part < 1
        return {
            "id": self.id, "mac": self.mac, "host": self.host, "words": None if self.host else self.words,
            "address": "10.77.%d.%d" % (self.number >> 8, self.number & 255) if len(stages) > 2 else None,
            "uuid": "4c4c4544-0000-4000-8000-%012x" % self.number if self.number % 2 else None,
            "firmware": "x64-uefi" if self.number % 4 else "bios", "interface": "eth0",
            "relay": "198.51.100.1" if self.number % 50 == 3 else None,
            "began": milliseconds(self.began), "last": milliseconds(last), "state": state, "stage": stage,
            "file": file if size else None, "octets": octets, "size": size if size else 0,
            "rate": int(size / seconds) if is_moving else 0, "retransmits": stages[-1]["retransmits"],
            "total_octets": sum(one["octets"] for one in stages),
            "verdict": verdict and {"code": verdict[0], "cause": verdict[1], "fix": verdict[2],
                                    "since": milliseconds(began + seconds + 4)},
            "stages": stages,
        }

    def advance(self, now):
        """Boots again some time after its boot was over; who is stuck stays so for minutes."""
        session = self.session(now)
        if session is None or session["state"] == "under-way":
            return
        patience = self.rest if session["state"] == "booted" else 400
        if now * 1000 - session["last"] > patience * 1000:
            self.boots = [session] + self.boots[:4]
            self.begin(now)

    def events(self, session):
        return [{"id": self.number * 1000 + place, "time": stage["began"], "kind": "tftp" if stage["octets"] else "dhcp",
                 "mac": self.mac, "summary": f"{stage['stage']} {stage['note']}".strip(), "details": {}}
                for place, stage in enumerate(session["stages"])] if session else []


def bare(session):
    """The same with nothing in it but what is never null."""
    return {**dict.fromkeys(session), **{name: session[name] for name in ("id", "state", "stage", "began", "last")},
            "stages": session["stages"] if session["id"] % 2 else []}


class Room:
    """All machines, the mode, and the rollouts."""

    def __init__(self, count, is_empty, is_bare=False):
        self.is_bare = is_bare
        self.lock = threading.Lock()
        self.ids = 0
        self.time = self.since = time.time()
        self.mode, self.mode_since = ("observe" if is_empty else "armed"), self.since - 4000
        self.octets = {"tftp": 0, "http": 0}
        self.rollout = "running"
        self.protected = set()
        self.machines = [Machine(number, self) for number in range(count)]
        self.told = {}
        self.sessions = []
        self.advance()

    def next_id(self):
        self.ids += 1
        return self.ids

    def advance(self):
        """The picture of this moment."""
        with self.lock:
            before, self.time = self.time, time.time()
            for machine in self.machines:
                machine.advance(self.time)
            found = [(machine, machine.session(self.time)) for machine in self.machines]
            self.sessions = [bare(session) if self.is_bare else session for _, session in found if session]
            span = self.time - before
            for session in self.sessions:
                self.octets["tftp" if session["stage"] == "loader" else "http"] += int((session["rate"] or 0) * span)
            self.texts = {session["id"]: json.dumps(session) for session in self.sessions}

    def status(self):
        full = self.full_status()
        # Nothing but what is never null; all else is known later, or never.
        return {**dict.fromkeys(full), "mode": "armed", "now": full["now"]} if self.is_bare else full

    def full_status(self):
        count = lambda state: sum(session["state"] == state for session in self.sessions)
        now, is_empty = milliseconds(self.time), not self.machines
        return {
            "version": "0.7.0", "mode": self.mode, "since": milliseconds(self.mode_since), "now": now, "readonly": False,
            "root": "/srv/pilotfish", "interfaces": [{"name": "eth0", "address": "10.77.0.2"}],
            "servers": [] if is_empty else [
                {"address": "10.77.0.1", "role": "dhcp", "interface": "eth0", "last_seen": now - 1500},
                {"address": "10.77.0.9", "role": "proxy", "interface": "eth0", "last_seen": now - 47_000}],
            "findings": [] if is_empty else self.findings(now),
            "machines": {"under_way": count("under-way"), "stuck": count("stuck"), "booted": count("booted"),
                         "refused": count("refused"), "all": len(self.sessions)},
            "rollouts": [] if is_empty else self.rollouts(), "transfers": {"tftp": 3, "http": count("under-way")},
            "octets": dict(self.octets),
            "stages": [] if is_empty else [{"stage": name, "count": 400 + place, "p50": (least + most) / 2, "p90": most * 0.92}
                                          for place, (name, least, most, _, _) in enumerate(STAGES)],
            "counters": {"dhcpReceived": 90_412},
        }

    def findings(self, now):
        return [
            {"code": "PF-P008", "severity": "warning", "interface": "eth0", "time": now - 3_600_000,
             "what": "Another proxy at 10.77.0.9 answers here too: which of the two a machine believes is chance.",
             "remedy": "pilotfish probe --interface eth0"},
            {"code": "PF-P002", "severity": "note", "interface": "eth0", "time": now - 3_600_000,
             "what": "The DHCP server 10.77.0.1 names a next-server of its own; firmware believes ours.", "remedy": ""}]

    def rollouts(self):
        total = len(self.machines)
        done = min(total, int((self.time - self.since) * 2) + total // 3)
        active = min(16, total - done)
        waiting = max(0, total - done - active - 3)
        is_over = self.rollout == "aborted"
        return [
            {"id": 2, "target": "debian", "state": self.rollout, "reason": "", "all": total, "done": done,
             "active": 0 if is_over else active, "waiting": 0 if is_over else waiting, "failed": min(3, total - done),
             "width": 16, "rate": 84_000_000, "left": 60 + waiting * 4 if self.rollout == "running" else None},
            {"id": 1, "target": "rescue", "state": "paused", "reason": "a canary failed: rack3-07", "all": 40, "done": 11,
             "active": 0, "waiting": 28, "failed": 1, "width": 4, "rate": 0, "left": None}]

    def find(self, name):
        return next((machine for machine in self.machines if name in (machine.mac, machine.host, machine.words)), None)


class Console(BaseHTTPRequestHandler):
    """The routes, as the real console has them."""

    protocol_version = "HTTP/1.1"
    room: Room
    token: str
    is_private: bool

    def do_GET(self):
        url = urlsplit(self.path)
        parts = [unquote(part) for part in url.path.strip("/").split("/")]
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        if url.path == "/":
            return self.page()
        if parts[:2] != ["api", "v1"]:
            return self.fail(404, "not-found", "there is no such page")
        # Whoever shows a token shows the right one.
        if "Authorization" in self.headers and not self.has_token():
            return self.fail(401, "unauthorized", "the token is wrong")
        if self.is_private and not self.has_token():
            return self.fail(401, "unauthorized", "show the token: Authorization: Bearer …")
        if parts[2:] == ["stream"]:
            return self.stream()
        answer = self.view(parts[2:], query)
        self.answer(200, answer) if answer is not None else self.fail(404, "not-found", "there is no such thing")

    def view(self, parts, query):
        room = self.room
        match parts:
            case ["status"]: return room.status()
            case ["rollouts"]: return {"rollouts": room.rollouts()}
            case ["rollouts", _]: return {"rollout": room.rollouts()[0], "machines": self.rollout_machines()}
            case ["newcomers"]: return {"newcomers": [
                {"words": one.words, "mac": one.mac, "firmware": "x64-uefi", "address": f"10.77.0.{one.number}", "uuid": None,
                 "last_seen": milliseconds(room.time), "conflict": None} for one in room.machines if not one.host]}
            case ["sessions"]: return self.sessions(query)
            case ["sessions", number]: return self.session(number)
            case ["machines", name]: return self.machine(room.find(name))
        return None

    def rollout_machines(self):
        return [{"host": one.host, "rollout": 2, "state": "fetching", "stage": "initrd.img", "seconds": one.number,
                 "octets": 4_000_000, "rate": 1_000_000, "verdict": "lost its turn once" if one.number < 3 else "", "left": 40}
                for one in self.room.machines[:30] if one.host]

    def sessions(self, query):
        if "machine" not in query:
            return {"sessions": self.room.sessions}
        machine = self.room.find(query["machine"])
        current = machine and machine.session(self.room.time)
        return {"sessions": ([current] if current else []) + machine.boots if machine else []}

    def session(self, number):
        for machine in self.room.machines:
            if str(machine.id) == number:
                session = machine.session(self.room.time)
                return session and {**session, "events": machine.events(session)}
        return None

    def machine(self, machine):
        if machine is None:
            return None
        session = machine.session(self.room.time)
        seen = {"mac": machine.mac, "uuid": None, "architecture": "x64-uefi", "fingerprint": None,
                "vendor_class": "PXEClient:Arch:00007:UNDI:003016", "stage": "firmware",
                "first_seen": milliseconds(self.room.since), "last_seen": milliseconds(self.room.time),
                "boots": len(machine.boots) + 1, "address": None, "interface": "eth0", "relay": None, "circuit": None, "remote": None}
        install = {"rollout": 2, "target": "debian", "state": "failed" if machine.number % 9 == 2 else "fetching", "turn": None,
                   "begun": None, "ended": None, "lost_turns": 0, "reason": "", "inferred": False}
        return {"host": machine.host, "uuid": None, "serial": None, "protected": machine.host in self.room.protected,
                "words": None if machine.host else machine.words, "install": install if machine.host else None,
                "machines": [seen], "unseen": [], "events": machine.events(session)}

    def stream(self):
        """A status each second, and the sessions that changed; all of them first and every thirtieth time."""
        self.send_response(200)
        self.headers_of("text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        told, turn = {}, 0
        try:
            while True:
                is_full = turn % 30 == 0
                texts = dict(self.room.texts)
                lines = [text for number, text in texts.items() if is_full or told.get(number) != text]
                sessions = '{"full":%s,"sessions":[%s]}' % ("true" if is_full else "false", ",".join(lines))
                self.wfile.write(f"event: status\ndata: {json.dumps(self.room.status())}\n\n"
                                 f"event: sessions\ndata: {sessions}\n\n".encode())
                self.wfile.flush()
                told, turn = texts, turn + 1
                time.sleep(1)
        except OSError:
            pass

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if not self.has_token():
            return self.fail(401, "unauthorized", "changes want the token of the console")
        try:
            body = json.loads(body or b"{}")
        except ValueError:
            return self.fail(400, "bad-request", "the body is not JSON")
        parts = [unquote(part) for part in self.path.strip("/").split("/")][2:]
        said = self.change(parts, body)
        self.answer(200, {"message": said}) if said else self.fail(400, "bad-request", "there is no such mode, rollout or host")

    def has_token(self):
        given = self.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode())

    def change(self, parts, body):
        room = self.room
        match parts:
            case ["mode"] if body.get("mode") in ("observe", "armed", "frozen"):
                room.mode, room.mode_since = body["mode"], time.time()
                return f"Pilotfish is {room.mode}"
            case ["rollouts", _, ("pause" | "resume" | "abort") as verb]:
                room.rollout = {"pause": "paused", "resume": "running", "abort": "aborted"}[verb]
                return f"rollout 2 is {room.rollout}"
            case ["hosts", name, ("retry" | "release" | "protect" | "unprotect") as verb] if room.find(name):
                if verb == "protect":
                    room.protected.add(name)
                elif verb == "unprotect":
                    room.protected.discard(name)
                return f"{name}: {verb}"
            case ["newcomers", what, "adopt"] if body.get("name") and room.find(what):
                room.find(what).host = body["name"]
                return f"{body['name']} is a new host, with {what}"
        return None

    def page(self):
        text = PAGE.read_bytes()
        self.send_response(200)
        self.headers_of("text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", policy(text.decode()))
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def answer(self, status, value):
        text = json.dumps(value).encode()
        self.send_response(status)
        self.headers_of("application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def fail(self, status, code, message):
        self.answer(status, {"error": {"code": code, "message": message}})

    def headers_of(self, kind):
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")

    def log_message(self, *_):
        pass


def policy(page):
    """The strictest that the page lives with: its one script and its one style by their hashes, its own API, its icon."""
    def source(name):
        text = re.search(f"<{name}>(.*?)</{name}>", page, re.S).group(1)
        return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
    return (f"default-src 'none'; script-src {source('script')}; style-src {source('style')}; connect-src 'self'; img-src data:; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")


def play(room):
    while True:
        time.sleep(0.5)
        room.advance()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--token", default="the-token-of-the-console")
    parser.add_argument("--empty", action="store_true", help="nothing was ever seen")
    parser.add_argument("--bare", action="store_true", help="of each thing only what is always known")
    parser.add_argument("--private", action="store_true", help="the views want the token too")
    options = parser.parse_args()
    Console.room = Room(0 if options.empty else options.clients, options.empty, options.bare)
    Console.token, Console.is_private = options.token, options.private
    ThreadingHTTPServer.daemon_threads = True
    server = ThreadingHTTPServer(("127.0.0.1", options.port), Console)
    threading.Thread(target=play, args=[Console.room], daemon=True).start()
    print("listens", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
