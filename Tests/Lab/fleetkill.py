"""Machines that are installed by a Pilotfish that dies, or whose disk does.

    fleetkill.py points|random|broken BINARY DIEDISK WORK [SECONDS]

    points   the service dies at every call that changes its database, in each step of an install
    random   it dies at any moment, while many machines are installed
    broken   its disk is full, or read-only, and then not any more

Prints a line for each check, "ok   what" or "FAIL what: details". A simulated machine does what the scripts do that it is
given: it asks, fetches, asks whether it may begin for as long as nobody answers, and counts the installers that were let go.
All is on loopback, below WORK; the library of DIEDISK says what its control file holds.
"""

import collections
import concurrent.futures
import contextlib
import errno
import http.client
import mmap
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
import time

COUNTS, BEFORE, BEHIND, TORN, POWER, FAILS = range(6)
WAYS = {BEFORE: "before", BEHIND: "behind", TORN: "torn", POWER: "without power"}
DATABASE, EVERY_FILE = 1, 7
HOSTS = 700
FILES = {"vmlinuz": 20_000, "initrd.gz": 50_000}


def check(what, holds, details=""):
    print(f"ok   {what}" if holds else f"FAIL {what}: {details}", flush=True)
    return holds


def wait_until(seconds, holds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.005)
    return holds()


class Disk:
    """The control file of the library."""

    PLACES = ("mode", "at", "error", "which", "count", "hit", "syncs")

    def __init__(self, path):
        with open(path, "wb") as file:
            file.write(bytes(4096))
        os.chmod(path, 0o666)
        with open(path, "r+b") as file:
            self.page = mmap.mmap(file.fileno(), 4096)

    def __getattr__(self, name):
        return struct.unpack_from("I", self.page, 4 * self.PLACES.index(name))[0]

    def arm(self, mode, at=0, error=0, which=EVERY_FILE):
        # The mode last, and off before: the service may be writing.
        struct.pack_into("I", self.page, 0, COUNTS)
        struct.pack_into("6I", self.page, 4, at, error, which, 0, 0, 0)
        struct.pack_into("I", self.page, 0, mode)


class Service:
    """A Pilotfish with a state directory, a disk and an address of its own."""

    all = []

    def __init__(self, binary, library, work, name):
        self.binary, self.library, self.work = binary, library, os.path.join(work, name)
        os.makedirs(self.work)
        self.state, self.log = os.path.join(self.work, "state"), os.path.join(self.work, "pilotfish.log")
        self.root = os.path.join(work, "root")
        self.settings = os.path.join(work, "settings.toml")
        self.disk = Disk(os.path.join(self.work, "disk"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.host, self.process = "127.0.0.1", None
        Service.all.append(self)

    def command(self, port=None):
        return [self.binary, "serve", "--settings", self.settings, "--root", self.root, "--state", self.state,
                "--only", "http", "--http-listen", f"{self.host}:{port or self.port}"]

    def start(self):
        """Whether it came as far as to serve."""
        begun = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        environment = {**os.environ, "LD_PRELOAD": self.library, "DIEDISK_CONTROL": os.path.join(self.work, "disk")}
        environment.pop("NOTIFY_SOCKET", None)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, cwd=self.work)
        return bool(wait_until(20, lambda: self.is_dead() or b"service.ready" in self.said(begun))) and not self.is_dead()

    def said(self, begin=0):
        with open(self.log, "rb") as log:
            log.seek(begin)
            return log.read()

    def is_dead(self):
        return self.process.poll() is not None

    def kill(self):
        if self.process and not self.is_dead():
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(10)
        self.kill()
        return None

    def ask(self, words):
        """A command's answer; None when the service went away."""
        try:
            with socket.socket(socket.AF_UNIX) as control:
                control.settimeout(15)
                control.connect(os.path.join(self.state, "control.sock"))
                control.sendall(words.encode() + b"\n")
                answer = b""
                while piece := control.recv(65536):
                    answer += piece
                return answer.decode() or None
        except OSError:
            return None

    def get(self, path):
        """Status and text; None when it was not answered to its end."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=15)
        try:
            connection.request("GET", "/" + path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def rows(self, sql, *values):
        """What a copy of the database says: recovery is the service's own."""
        with self.copied() as path:
            database = sqlite3.connect(path)
            try:
                return database.execute(sql, values).fetchall()
            finally:
                database.close()

    def integrity(self):
        return self.rows("PRAGMA integrity_check")[0][0]

    @contextlib.contextmanager
    def copied(self):
        place = os.path.join(self.work, f"copy-{threading.get_ident()}")
        os.makedirs(place, exist_ok=True)
        try:
            for name in ("inventory.sqlite", "inventory.sqlite-wal"):
                with contextlib.suppress(FileNotFoundError):
                    shutil.copy(os.path.join(self.state, name), place)
            yield os.path.join(place, "inventory.sqlite")
        finally:
            shutil.rmtree(place)

    def leases(self, host):
        return self.rows("SELECT token, state, reason FROM lease JOIN host ON host.id = host_id WHERE name = ?"
                         " ORDER BY lease.id", host)

    def arm(self, hosts, **more):
        words = {"wave": 100000, "failures": 100000, **more}
        return self.ask(f"install begin target=debian hosts={hosts} " + " ".join(f"{k}={v}" for k, v in words.items()))


class Machine:
    """What the firmware of a machine does, and the installer that it was given. One call of `advance` is one request."""

    def __init__(self, service, host, token):
        self.service, self.host, self.token = service, host, token
        self.stage, self.attempt, self.files = "asks", 0, []
        # The tokens of the installers that were let go, in their order.
        self.wipes = []
        self.said = ""
        # Its installer comes to nothing, and says so.
        self.fails = False

    def advance(self):
        """Whether it came further."""
        return getattr(self, self.stage)()

    def get(self, path, prefix=None):
        return self.service.get(f"{prefix or 'install/' + self.token}/{path}")

    def asks(self):
        answer = self.get("boot.ipxe")
        if not answer or answer[0] != 200:
            return False
        self.said = script = answer[1].decode()
        if begin := re.search(r"/install/([a-z2-7]+)/begin/(\d+)", script):
            self.token, self.attempt = begin[1], int(begin[2])
            self.files = re.findall(r"^(?:kernel|initrd) (?:--name \S+ )?http://[^/]+/(\S+)", script, re.M)
            self.stage = "fetches"
        elif "waits to be installed" in script:
            return False
        elif "its install " in script:
            self.stage = "stopped"
        elif "sanboot" in script and "/vmlinuz" not in script:
            self.stage = "local"
        else:
            self.stage = "usual"
        return True

    def fetches(self):
        for path in self.files:
            answer = self.service.get(path)
            if not answer or answer[0] != 200 or len(answer[1]) != FILES[os.path.basename(path)]:
                # ":failed", and then it asks.
                self.stage = "asks"
                return False
        self.stage = "begins"
        return True

    def begins(self):
        answer = self.get(f"begin/{self.attempt}")
        if not answer or answer[0] != 200:
            return False
        self.said = answer[1].decode()
        if self.said.endswith("exit 0\n"):
            self.wipes.append(self.token)
            self.stage = "reports"
            return True
        if "set pilotfish-refused" in self.said:
            self.stage = "asks"
            return True
        return False

    def reports(self):
        answer = self.get("fail/by%20itself" if self.fails else "done")
        self.said = f"{answer}"
        if not answer or answer[0] != 200 or answer[1] != b"noted\n":
            return False
        # It boots anew.
        self.stage = "asks"
        return True

    def loses_power(self):
        self.stage = "asks"

    def is_over(self):
        return self.stage in ("local", "stopped", "usual")

    def go_on(self, seconds=10, until=None):
        """Whether it came to its end, or to the stage that was named."""
        return wait_until(seconds, lambda: self.is_over() or self.stage == until or (self.advance() and False))


# MARK: - Every point


class Step:
    """A step of an install: what comes before it, what is done, and what must be true in the end."""

    name = ""
    which = EVERY_FILE

    def prepare(self, service, host):
        answer = service.arm(host) or ""
        assert "wipe " + host in answer, answer
        return Machine(service, host, service.leases(host)[-1][0])

    def act(self, machine):
        machine.advance()

    def repeat(self, machine):
        """What the operator does when the service is there again."""

    def ends(self, machine):
        """What is wrong in the end, or nothing."""
        machine.go_on()
        return self.wrong(machine, "local", wipes=1, states=["done"])

    @staticmethod
    def wrong(machine, stage, wipes, states):
        leases = machine.service.leases(machine.host)
        have = (machine.stage, len(machine.wipes), [state for _, state, _ in leases])
        if have != (stage, wipes, states):
            return f"{machine.host} is {have} and not {(stage, wipes, states)}; {leases}; {machine.said[:200]!r}"
        return ""


class Arm(Step):
    name = "arm, by command"

    def prepare(self, service, host):
        return Machine(service, host, "")

    def act(self, machine):
        machine.service.arm(machine.host)

    def repeat(self, machine):
        answer = machine.service.arm(machine.host) or ""
        assert "wipe " in answer or "no machine would be installed" in answer, answer
        machine.token = machine.service.leases(machine.host)[-1][0]


class Claim(Step):
    name = "claim"


class Fetch(Step):
    name = "the note that it fetches"

    def prepare(self, service, host):
        machine = super().prepare(service, host)
        machine.go_on(until="fetches")
        return machine


class Begin(Step):
    name = "begin"

    def prepare(self, service, host):
        machine = super().prepare(service, host)
        machine.go_on(until="fetches")
        # Its note comes half a second later, and is no part of this; only the answer matters here.
        machine.stage = "begins"
        return machine


class BeginWithoutPower(Begin):
    name = "begin, and the machine loses its power"

    def act(self, machine):
        super().act(machine)
        # Had it had the answer, its installer would be running.
        machine.wipes = []
        machine.loses_power()

    def ends(self, machine):
        machine.go_on()
        interrupted = machine.stage == "stopped"
        if interrupted:
            wrong = self.wrong(machine, "stopped", wipes=0, states=["failed"])
            if wrong or "interrupted" not in machine.service.leases(machine.host)[-1][2]:
                return wrong or f"not interrupted: {machine.said}"
            assert (machine.service.ask(f"retry {machine.host}") or "").startswith("ok")
            machine.loses_power()
            machine.go_on()
        return self.wrong(machine, "local", wipes=1, states=["failed", "done"] if interrupted else ["done"])


class Done(Begin):
    name = "done"

    def prepare(self, service, host):
        machine = super().prepare(service, host)
        machine.go_on(until="reports")
        return machine


class Fail(Done):
    name = "fail"

    def prepare(self, service, host):
        machine = super().prepare(service, host)
        machine.fails = True
        return machine

    def ends(self, machine):
        machine.go_on()
        return self.wrong(machine, "stopped", wipes=1, states=["failed"])


class Command(Step):
    """A command about the rollout of one machine."""

    words, answers = "", ()

    def act(self, machine):
        machine.service.ask(self.filled(machine))

    def filled(self, machine):
        rollout = machine.service.rows("SELECT max(rollout_id) FROM lease JOIN host ON host.id = host_id WHERE name = ?",
                                       machine.host)[0][0]
        return self.words.format(rollout=rollout, host=machine.host)

    def repeat(self, machine):
        answer = machine.service.ask(self.filled(machine)) or ""
        assert any(part in answer for part in self.answers), answer


class Pause(Command):
    name, words, answers = "pause", "rollout {rollout} pause", ("paused",)

    def ends(self, machine):
        machine.advance()
        if "the rollout is paused" not in machine.said:
            return f"it does not wait: {machine.said}"
        machine.service.ask(self.filled(machine).replace("pause", "resume"))
        return super().ends(machine)


class Abort(Command):
    name, words, answers = "abort", "rollout {rollout} abort", ("ok",)

    def ends(self, machine):
        machine.advance()
        # Nobody is at that path any more: it is refused, or gets what everybody gets.
        machine.stage = "usual"
        return self.wrong(machine, "usual", wipes=0, states=["cancelled"])


class Retry(Command):
    name, words, answers = "retry", "retry {host}", ("armed again", "it is armed")

    def prepare(self, service, host):
        machine = super().prepare(service, host)
        machine.fails = True
        machine.go_on()
        assert machine.stage == "stopped", machine.said
        machine.fails = False
        machine.loses_power()
        return machine

    def ends(self, machine):
        machine.go_on()
        return self.wrong(machine, "local", wipes=2, states=["failed", "done"])


class Checkpoint(Step):
    """The database itself is written when the log has a thousand pages: rollouts of many others come and are taken back."""

    name = "the log is brought home"
    which = DATABASE
    others = f"h[{HOSTS - 59:04}-{HOSTS:04}]"

    def act(self, machine):
        service = machine.service
        machine.advance()
        for _ in range(200):
            if service.is_dead() or service.disk.count > 0:
                return
            answer = service.arm(self.others)
            if answer:
                begun = re.match(r"ok rollout (\d+)", answer)
                # They may be armed since before it died, and the answer was lost.
                number = begun[1] if begun else service.rows("SELECT max(rollout_id) FROM lease JOIN host ON host.id = host_id"
                                                             " WHERE name = ?", f"h{HOSTS:04}")[0][0]
                service.ask(f"rollout {number} abort")


class Start(Step):
    """The first start, when the database is made."""

    name = "the first start"

    def ends(self, machine):
        machine.token = machine.service.leases(machine.host)[-1][0]
        return super().ends(machine)


# Those first that take longest.
STEPS = [Checkpoint, Fetch, Start, Arm, Claim, Begin, BeginWithoutPower, Done, Fail, Pause, Abort, Retry]


class Points:
    """All points of one step, with a service of their own."""

    def __init__(self, step, binary, library, work, samples):
        self.step, self.samples = step(), samples
        self.service = Service(binary, library, work, step.__name__.lower())
        self.numbers = iter(range(1, HOSTS))
        self.wrong = []
        self.played = self.hit = 0

    def machine(self):
        return self.step.prepare(self.service, f"h{next(self.numbers):04}")

    def run(self):
        try:
            calls, syncs = self.count()
            for at in self.chosen(calls):
                for way in WAYS:
                    self.play(at, way)
        except Exception as error:  # Whatever it was, the others are still played.
            self.wrong.append(f"{type(error).__name__}: {error}")
            calls = syncs = 0
        self.service.kill()
        return calls, syncs

    def count(self):
        """The calls of the step, when nobody dies; the fewest of three times, for pages are not always as full."""
        counts = []
        for _ in range(3):
            self.fresh()
            if isinstance(self.step, Start):
                self.service.disk.arm(COUNTS)
                self.service.start()
            else:
                machine = self.machine()
                self.quiet()
                self.service.disk.arm(COUNTS, which=self.step.which)
                self.step.act(machine)
            self.quiet()
            counts.append((self.service.disk.count, self.service.disk.syncs))
        return min(counts)

    def fresh(self):
        """A service that runs, and from its first start on where that is what is played."""
        if isinstance(self.step, Start):
            self.service.kill()
            shutil.rmtree(self.service.state, ignore_errors=True)
        elif self.service.process is None or self.service.is_dead():
            assert self.service.start(), self.service.said()[-300:]

    def quiet(self):
        """Waits until nothing is written any more; events are a moment later."""
        silence = 0.7 if isinstance(self.step, Fetch) else 0.06
        count, since = None, time.monotonic()
        while time.monotonic() - since < silence and not self.service.is_dead():
            if self.service.disk.count != count:
                count, since = self.service.disk.count, time.monotonic()
            time.sleep(0.004)

    def chosen(self, calls):
        if self.samples is None or calls <= self.samples:
            return range(1, calls + 1)
        places = {round(1 + index * (calls - 1) / (self.samples - 1)) for index in range(self.samples)}
        return sorted(places)

    def play(self, at, way):
        self.played += 1
        where = f"call {at}, {WAYS[way]}"
        # Two events that are written at once make fewer calls than one after the other: on a busy host most of the time.
        for _ in range(10):
            machine = self.die(at, way)
            if machine:
                break
        else:
            self.wrong.append(f"{where}: was not reached")
            return
        self.hit += 1
        verdict = self.service.integrity()
        if verdict != "ok":
            self.wrong.append(f"{where}: integrity_check: {verdict}")
        if not self.service.start():
            self.wrong.append(f"{where}: does not start: {self.service.said()[-300:]}")
            return
        if isinstance(self.step, Start):
            machine = self.machine()
        self.step.repeat(machine)
        if wrong := self.step.ends(machine):
            self.wrong.append(f"{where}: {wrong}")

    def die(self, at, way):
        """The machine of a service that died there; None when it did not."""
        service = self.service
        self.fresh()
        if isinstance(self.step, Start):
            service.disk.arm(way, at)
            service.start()
            machine = True
        else:
            machine = self.machine()
            self.quiet()
            service.disk.arm(way, at, which=self.step.which)
            self.step.act(machine)
        # What happened is written down a moment later than it is answered.
        wait_until(5, service.is_dead)
        service.disk.arm(COUNTS)
        wait_until(0.02, service.is_dead)
        return machine if service.is_dead() else None


def points(binary, library, work, _):
    samples = None if os.environ.get("PILOTFISH_FLEETKILL") == "all" else 4
    begun = time.monotonic()
    all_points = [Points(step, binary, library, work, samples) for step in STEPS]
    # Most of the time they wait.
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        ends = {pool.submit(played.run): played for played in all_points}
        for end in concurrent.futures.as_completed(ends):
            played, (calls, syncs) = ends[end], end.result()
            check(f"killed at {played.step.name}: {played.hit} of {played.played} ends hit, of {calls} calls"
                  f" ({syncs} syncs) x {len(WAYS)} ways",
                  not played.wrong and played.hit == played.played > 0 and calls > 0,
                  f"{len(played.wrong)} wrong: " + " | ".join(played.wrong[:3]))
    check(f"{sum(played.hit for played in all_points)} deaths in {time.monotonic() - begun:.0f} s, each database whole, "
          f"no machine installed twice, none lost", not any(played.wrong for played in all_points))


# MARK: - At random


class Crowd:
    """Machines that are installed again and again, each by a thread of its own."""

    def __init__(self, service, count, seed):
        self.service, self.machines, self.chance = service, [], random.Random(seed)
        self.over = threading.Event()
        self.lock = threading.Lock()
        self.figures = collections.Counter()
        self.wrong = []
        tokens = dict(service.rows("SELECT name, token FROM lease JOIN host ON host.id = host_id"))
        for host in sorted(tokens)[:count]:
            self.machines.append(Machine(service, host, tokens[host]))
        self.threads = [threading.Thread(target=self.live, args=(machine,)) for machine in self.machines]

    def note(self, what):
        with self.lock:
            self.figures[what] += 1

    def live(self, machine):
        chance = random.Random(f"{machine.host}{self.chance.random()}")
        expected = None
        while True:
            stage, before = machine.stage, len(machine.wipes)
            came_further = machine.advance()
            if len(machine.wipes) > before:
                self.note("installers let go")
                # Some lose their power in the very moment.
                if chance.random() < 0.03:
                    self.note("of which lost their power")
                    machine.loses_power()
                    expected = "stopped"
            elif stage == "begins" and chance.random() < 0.03:
                self.note("lost their power before")
                machine.loses_power()
            if stage == "reports" and came_further:
                expected = "local"
            if not came_further:
                time.sleep(chance.uniform(0.02, 0.3))
            if machine.is_over():
                self.ended(machine, expected)
                if self.over.is_set():
                    return
                expected = None
                self.again(machine)

    def ended(self, machine, expected):
        self.note(f"ended at {machine.stage}")
        # Without a word of ours the begin may have been committed, and its answer lost.
        if expected and machine.stage != expected:
            self.wrong.append(f"{machine.host} is {machine.stage}, not {expected}: {machine.said[:200]}")

    def again(self, machine):
        """The operator wants another, and says so until he is heard."""
        while not self.over.is_set():
            answer = self.service.ask(f"retry {machine.host} again")
            if answer and ("armed" in answer or "is not over" in answer):
                break
            time.sleep(0.2)
        machine.loses_power()


def random_kills(binary, library, work, seconds):
    seed = int(os.environ.get("PILOTFISH_FLEETKILL_SEED", time.time()))
    chance = random.Random(seed)
    service = Service(binary, library, work, "random")
    count = 200
    assert service.start(), service.said()[-300:]
    service.arm(f"h[0001-{count:04}]", wave=60)
    crowd = Crowd(service, count, seed)
    for thread in crowd.threads:
        thread.start()
    kills, broken = collections.Counter(), []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if chance.random() < 0.5:
            # Now and then before it serves.
            time.sleep(chance.choice([chance.uniform(0, 0.06), chance.uniform(0.05, 2)]))
            service.kill()
            kills["at any moment"] += 1
        else:
            way = chance.choice(list(WAYS))
            service.disk.arm(way, chance.randint(1, 400), which=chance.choice([EVERY_FILE, EVERY_FILE, DATABASE]))
            if wait_until(3, service.is_dead):
                kills[f"at a call, {WAYS[way]}"] += 1
            else:
                service.kill()
                kills["at any moment"] += 1
        service.disk.arm(COUNTS)
        if sum(kills.values()) % 5 == 0 and (verdict := service.integrity()) != "ok":
            broken.append(verdict)
        if not start_or_be_killed(service, chance, kills):
            broken.append(f"does not start: {service.said()[-300:]}")
            break
    crowd.over.set()
    if service.is_dead():
        service.start()
    for thread in crowd.threads:
        thread.join(60)
    figures = ", ".join(f"{number} {what}" for what, number in sorted(crowd.figures.items()))
    check(f"{sum(kills.values())} kills ({', '.join(f'{n} {how}' for how, n in kills.items())}), seed {seed}",
          sum(kills.values()) > seconds / 6, "too few")
    check(f"all {count} machines came to their end: {figures}", not any(thread.is_alive() for thread in crowd.threads),
          f"{[(m.host, m.stage, m.said[:80]) for m in crowd.machines if not m.is_over()][:3]}")
    check("and each to the one that its install had", not crowd.wrong, " | ".join(crowd.wrong[:3]))
    wipes = collections.Counter(token for machine in crowd.machines for token in machine.wipes)
    twice = [token for token, number in wipes.items() if number > 1]
    check(f"double installs: {len(twice)} of {len(wipes)}", not twice, f"{twice[:3]}")
    rows = service.rows("SELECT token, state, reason FROM lease")
    states = dict((token, state) for token, state, _ in rows)
    lost = [token for token in wipes if states.get(token) not in ("done", "failed")]
    lost += [token for token, state, reason in rows if state == "failed" and "interrupted" not in reason]
    lost += [token for token, state in states.items() if state == "done" and token not in wipes]
    check(f"lost: {len(lost)} of {len(rows)} leases", not lost, f"{[(token, states.get(token)) for token in lost[:3]]}")
    check("the database is whole", not broken and service.integrity() == "ok", f"{broken[:2]} {service.integrity()}")
    check("the service ends when told", service.stop() == 0, service.said()[-300:])


def start_or_be_killed(service, chance, kills):
    """Whether it runs; it may be killed while it starts."""
    while chance.random() < 0.15:
        service.disk.arm(chance.choice(list(WAYS)), chance.randint(1, 30))
        if service.start():
            break
        kills["at its start"] += 1
    else:
        return service.start()
    service.disk.arm(COUNTS)
    return True


# MARK: - A disk that takes nothing any more


class Broken:
    """Machines at each step of their install while nothing can be written, and when it can be again."""

    ROLES = ("idle", "armed", "claimed", "installs", "failed", "done")

    def __init__(self, service, what):
        self.service, self.what, self.problems = service, what, []
        self.machines = {role: self.prepared(role, number) for number, role in enumerate(self.ROLES, 1)}
        self.mark = len(service.said())
        # How often the log may say the same.
        self.most = 1

    def prepared(self, role, number):
        host = f"h{number:04}"
        if role == "idle":
            return Machine(self.service, host, "")
        self.service.arm(host)
        machine = Machine(self.service, host, self.service.leases(host)[-1][0])
        machine.fails = role == "failed"
        until = {"armed": "asks", "claimed": "begins", "installs": "reports"}.get(role)
        if role != "armed":
            machine.go_on(until=until)
        if machine.is_over():
            machine.loses_power()
        return machine

    def expect(self, what, holds, details=""):
        if not holds:
            self.problems.append(f"{what}: {details}")

    def told(self, text):
        return self.service.said(self.mark).decode(errors="replace").count(text)

    def while_broken(self):
        """What everybody gets."""
        machines = self.machines
        for _ in range(20):
            for role in ("armed", "claimed", "installs"):
                machines[role].advance()
        self.expect("who is armed waits, and is told why", machines["armed"].stage == "asks"
                    and "waits to be installed" in machines["armed"].said and "cannot be written" in machines["armed"].said,
                    machines["armed"].said)
        self.expect("who asks whether it may begin asks on", machines["claimed"].stage == "begins"
                    and "cannot be written" in machines["claimed"].said and not machines["claimed"].wipes,
                    machines["claimed"].said)
        self.expect("who says that it is done has to say it again", machines["installs"].stage == "reports"
                    and "503" in machines["installs"].said, machines["installs"].said)
        for role, stage in (("done", "local"), ("failed", "stopped")):
            machines[role].advance()
            self.expect(f"who is {role} boots its disk", machines[role].stage == stage, machines[role].said)
            machines[role].loses_power()
        self.served("while nothing can be written")
        refused = self.service.arm(machines["idle"].host) or ""
        self.expect("a new rollout is refused with the reason", refused.startswith("error inventory"), refused)
        for text in ("no install begins or ends", "clients are served all the same"):
            wait_until(2, lambda: self.told(text))
            self.expect(f"the log says once: {text}", 1 <= self.told(text) <= self.most, f"{self.told(text)} times")

    def served(self, when):
        script = self.service.get("boot.ipxe")
        self.expect(f"who has no install gets the usual boot {when}", script and script[0] == 200
                    and b"kernel http" in script[1], script)
        file = self.service.get("debian/vmlinuz")
        self.expect(f"files are served {when}", file and len(file[1]) == FILES["vmlinuz"], file and file[0])

    def when_mended(self):
        machines = self.machines
        for role in ("armed", "claimed", "installs"):
            machines[role].go_on()
            self.expect(f"who was {role} comes to its end", Step.wrong(machines[role], "local", 1, ["done"]) == "",
                        Step.wrong(machines[role], "local", 1, ["done"]))
        again = self.told("installs begin and end again")
        self.expect("the log says that they go on, once", again == 1, f"{again} times")
        self.served("when it is mended")
        accepted = self.service.arm(machines["idle"].host) or ""
        self.expect("a new rollout is taken", accepted.startswith("ok"), accepted)
        self.expect("the database is whole", self.service.integrity() == "ok")

    def verdict(self):
        check(f"{self.what}: no new wipe, menus and disks boot, the log says so, and it goes on by itself",
              not self.problems, " | ".join(self.problems))


def broken(binary, library, work, _):
    for number in (errno.ENOSPC, errno.EROFS, errno.EIO):
        name = errno.errorcode[number]
        service = Service(binary, library, work, name)
        assert service.start(), service.said()[-300:]
        machines = Broken(service, f"every write fails with {name}")
        service.disk.arm(FAILS, 1, number)
        machines.while_broken()
        service.disk.arm(COUNTS)
        machines.when_mended()
        machines.verdict()
        service.stop()
    full(binary, library, work)
    alone(binary, library, work)
    remembered(binary, library, work)


def full(binary, library, work):
    """A real one: no room for another page, and none for the start of a service."""
    service = Service(binary, library, work, "full")
    os.makedirs(service.state)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", service.state], check=True)
    try:
        assert service.start(), service.said()[-300:]
        machines = Broken(service, "a full file system")
        filler = os.path.join(service.state, "filler")
        fill(filler)
        # What is left in the last pages is enough for some, and so it may seem to work again.
        wait_until(10, lambda: (service.arm("h[0101-0160]") or "").startswith("error inventory"))
        machines.most = 3
        machines.while_broken()
        # Their log is left, for it cannot be brought home.
        for end in (service.kill, service.stop):
            end()
            fill(filler)
            machines.mark = len(service.said())
            machines.expect("it starts", service.start(), service.said(machines.mark))
            machines.while_broken()
        os.unlink(filler)
        machines.when_mended()
        machines.verdict()
        service.stop()
        full_start(service, filler)
        read_only(service)
    finally:
        service.kill()
        subprocess.run(["umount", "-l", service.state], check=False)


def full_start(service, filler):
    """Nothing is left of the run before, and there is no room to begin with."""
    fill(filler)
    started = service.start()
    script = service.get("boot.ipxe") or (0, b"")
    check("a start on a full file system serves", started and script[0] == 200, f"{script} {service.said()[-300:]}")
    refused = service.arm("h0200") or ""
    os.unlink(filler)
    accepted = service.arm("h0200") or ""
    check("and installs as soon as there is room", refused.startswith("error inventory") and accepted.startswith("ok"),
          f"{refused} {accepted}")
    service.stop()


def fill(path):
    with contextlib.suppress(OSError), open(path, "ab", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def read_only(service):
    """A start with a read-only state directory cannot note anything: it says so, lets nothing begin, and serves what else there is."""
    subprocess.run(["mount", "-o", "remount,ro", service.state], check=True)
    begun = len(service.said())
    started = service.start()
    said = service.said(begun).decode()
    check("a start on a read-only file system serves, and says what it cannot do", started and "read-only" in said, said[-400:])
    menu = service.get("boot.ipxe") or (0, b"")
    check("and scripts are served", menu[0] == 200, menu)
    service.kill()
    subprocess.run(["mount", "-o", "remount,rw", service.state], check=True)
    check("and does when it can be written", service.start(), service.said()[-300:])


def alone(binary, library, work):
    """A second service with the same state directory."""
    service = Service(binary, library, work, "alone")
    assert service.start(), service.said()[-300:]
    with socket.socket() as free:
        free.bind((service.host, 0))
        port = free.getsockname()[1]
    second = subprocess.run(service.command(port=port), capture_output=True, timeout=20, cwd=work)
    text = second.stderr.decode()
    check("a second service with the same state directory ends, and says why",
          second.returncode == 1 and "another Pilotfish runs with the state directory" in text, text[-300:])
    check("the first goes on", (service.ask("mode") or "").startswith("ok armed"), service.said()[-300:])
    service.kill()
    check("after kill -9 nothing is in the way of the next", service.start(), service.said()[-300:])
    service.stop()


def remembered(binary, library, work):
    """A machine had its address before the service was started, and asks for the plain name."""
    service = Service(binary, library, work, "remembered")
    service.host = "10.99.0.1"
    assert service.start(), service.said()[-300:]
    service.arm("h0001")
    service.stop()
    now = int(time.time() * 1000)
    database = sqlite3.connect(os.path.join(service.state, "inventory.sqlite"))
    database.execute("INSERT INTO machine (mac, first_seen, last_seen, last_stage, last_address) VALUES (?, ?, ?, ?, ?)",
                     ("52:54:01:00:00:01", now, now, "firmware", service.host))
    database.commit()
    database.close()
    assert service.start(), service.said()[-300:]
    answer = service.get("boot.ipxe") or (0, b"")
    check("a machine whose address was heard before the start gets its install", b"/begin/1" in answer[1], answer)
    service.stop()


MODES = {"points": points, "random": random_kills, "broken": broken}


def furnish(work):
    """The settings and the files that all services have."""
    os.makedirs(os.path.join(work, "root", "debian"), exist_ok=True)
    for name, size in FILES.items():
        with open(os.path.join(work, "root", "debian", name), "wb") as file:
            file.write(os.urandom(size))
    with open(os.path.join(work, "settings.toml"), "w") as settings:
        settings.write('mode = "armed"\n[target.debian]\nkernel = "debian/vmlinuz"\ninitrd = ["debian/initrd.gz"]\n')
        for number in range(1, HOSTS + 1):
            settings.write(f'[machine.h{number:04}]\nmac = "52:54:01:00:{number // 256:02x}:{number % 256:02x}"\n')


def main():
    mode, binary, library, work, *rest = sys.argv[1:]
    work = os.path.join(work, mode)
    furnish(work)
    try:
        MODES[mode](binary, library, work, int(rest[0]) if rest else 0)
    finally:
        for service in Service.all:
            service.kill()


if __name__ == "__main__":
    main()
