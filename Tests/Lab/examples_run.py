"""Runs the examples that examples.py finds: on the system of examples_system.py, beside a service that knows a few machines. What
is made up for them is made up here: the files that settings name, a rack of hosts, images, captures."""

import glob
import os
import re
import shlex
import shutil
import subprocess
import textwrap
import time
import tomllib

from examples import HOUSE, Exceptions, commands, json_keys, missing, rooms_are_true
from examples_system import (MEMBER, MEMBER_PATH, ROOT_PATH, WANTS_ROOT, as_member, install_package, install_sudo, mask_host)

PILOTFISH = os.environ["PILOTFISH"]
CLIENT = os.environ["LAB_CLIENT"]
WEB1 = "52:54:00:12:34:56"
STUCK = "pilotfish sessions web1"
STRANGER = "52:54:00:12:34:99"
# Keys that stand in place of another one, and those that want another one beside them.
INSTEAD = {"deny": "replace", "program": "kernel", "chain": "kernel", "memdisk": "kernel", "action": "kernel", "command": "url"}
WITH = {key: ['ask = "http://192.0.2.9/boot.php"'] for key in ("ask-timeout", "ask-cache", "ask-fails")}
# What looks at this host and its LAN, and says the same whatever page names it: it takes its time, and is run once.
ONCE = ("sudo pilotfish doctor", "sudo pilotfish probe --interface eth0")
# What targets and rules of the examples name and do not define themselves.
NAMED = ("rescue", "main", "debian", "desk", "kiosk", "memtest", "dos")


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class Runner:
    """The examples of all pages, one page after another, each with a service that has seen nothing but what is played here."""

    def __init__(self, work, report, exceptions: Exceptions):
        self.work, self.report, self.exceptions = work, report, exceptions
        self.here = os.path.join(work, "here")
        self.service = self.seen_stuck = None
        self.once = {}
        self.chosen = os.environ.get("PILOTFISH_EXAMPLES", "").split()
        self.log = os.path.join(work, "pilotfish.log")

    def run(self, examples):
        mask_host(self.work)
        install_package(PILOTFISH)
        install_sudo()
        self.prepare(examples)
        self.judge_rights()
        for page in dict.fromkeys(example.page for example in examples):
            if self.chosen and os.path.basename(page) not in self.chosen:
                continue
            self.run_page(page, [example for example in examples if example.page == page])

    # What the examples find

    def prepare(self, examples):
        os.makedirs(self.here, exist_ok=True)
        self.make_settings(examples)
        self.make_root()
        rack = "".join(f"rack4-{n:02},52:54:00:04:00:{n:02x},rack4\n" for n in range(1, 21))
        write(f"{self.here}/rack4.csv", "name,mac,groups\n" + rack)
        write(f"{self.here}/silent.toml", f'[[rule]]\nmac = "{WEB1}"\nsilence = true\n')
        with open(f"{HOUSE}/Tests/SettingsTests/ConvertFixtures.swift", encoding="utf-8") as file:
            fixture = re.search(r'static let proxyDnsmasq = """\n(.*?)\n *"""', file.read(), re.S)[1]
        write(f"{self.here}/dnsmasq.conf", textwrap.dedent(fixture) + "\n")
        os.makedirs("/srv/iso")
        for name in ("systemrescue-11.00-amd64", "live"):
            shutil.copy(f"{self.work}/iso/{name}.iso", f"/srv/iso/{name}.iso")
        shutil.copy("/srv/iso/live.iso", f"{self.here}/debian-live.iso")
        subprocess.run(["chown", "-R", f"{MEMBER}:{MEMBER}", self.here], check=True)

    def judge_rights(self):
        """That who types is who they are said to be: else lines that lack their sudo would be run all the same."""
        for what, words, wanted in (
            ("a line without sudo is a member's of the group", "id -u", str(MEMBER)),
            ("a line with sudo is root's", "sudo id -u", "0"),
            ("so is what stands behind a pipe", "true | sudo id -u", "0"),
            ("a member writes no settings", "touch /etc/pilotfish/conf.d/x.toml 2>/dev/null || echo refused", "refused"),
            ("a member finds the program", "command -v pilotfish", "/usr/bin/pilotfish"),
        ):
            _, said = self.shell(words)
            self.report.that(what, said.strip() == wanted, said)

    def make_settings(self, examples):
        """Beside those of the package those of the page about answer files, as they stand there."""
        write("/etc/pilotfish/conf.d/lab.toml", 'interfaces = ["eth0"]\nmode = "armed"\nuser = "nobody"\n')
        answers = next(e.text for e in examples if e.language == "toml" and "[target.debian]" in e.text
                       and "answers/preseed.cfg" in e.text)
        write("/etc/pilotfish/conf.d/debian.toml", answers)
        self.make_secrets(tomllib.loads(answers))

    def make_secrets(self, settings):
        for path in settings.get("secrets", {}).values():
            write(path, "$6$examples$examples\n")
            os.chmod(path, 0o640)
            shutil.chown(path, "root", "nogroup")

    def make_root(self):
        """The kernel of the lab and its RAM disk, under the names of the examples, and a file to be sent for long."""
        for directory in ("debian", "rescue"):
            os.makedirs(f"/srv/pilotfish/{directory}")
        for name in ("vmlinuz", "debian/linux", "rescue/vmlinuz"):
            shutil.copy(f"{os.environ['LAB_ROOT']}/vmlinuz", f"/srv/pilotfish/{name}")
        for name in ("initrd.img", "debian/initrd.gz", "rescue/initrd.img"):
            shutil.copy(f"{os.environ['LAB_ROOT']}/initrd.img", f"/srv/pilotfish/{name}")
        with open("/srv/pilotfish/image", "wb") as file:
            file.write(os.urandom(6000001))
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=examples", "-keyout", "/etc/pilotfish/api.key", "-out", "/etc/pilotfish/api.crt"],
            check=True, capture_output=True)

    # The service

    def start(self):
        shutil.rmtree("/var/lib/pilotfish", ignore_errors=True)
        os.mkdir("/var/lib/pilotfish", 0o750)
        with open(self.log, "w", encoding="utf-8") as log:
            self.service = subprocess.Popen(
                [PILOTFISH, "serve"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.here)
        limit = time.monotonic() + 20
        while "service.ready" not in self.said():
            if time.monotonic() > limit or self.service.poll() is not None:
                raise SystemExit(f"FAIL the service of the examples starts: {self.said()[-400:]}")
            time.sleep(0.05)
        self.shell("pilotfish hosts import rack4.csv")

    def said(self):
        with open(self.log, encoding="utf-8") as file:
            return file.read()

    def stop(self):
        if self.service:
            self.service.terminate()
            try:
                self.service.wait(15)
            except subprocess.TimeoutExpired:
                self.service.kill()
        self.service = None

    def boot(self, first, machines):
        """Whole machines, from DISCOVER to their kernel; they have a UEFI, and Debian's iPXE by its words."""
        done = subprocess.run(
            ["ip", "netns", "exec", CLIENT, PILOTFISH, "swarm", "--pxe", str(machines), "--interface", "eth0", "--arch",
             "uefi", "--macs", first, "--limit", "30"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            self.report.that(f"the machine {first} of the examples boots", False, done.stderr + done.stdout)

    def shell(self, words, given=None, root=False):
        """Typed by a member of the service's group, or by root."""
        shell = ["bash", "-o", "pipefail", "-c", words]
        done = subprocess.run(
            shell if root else as_member(shell), cwd=self.here, input=given or "", capture_output=True, text=True,
            env=self.environment(root), errors="replace", timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    def environment(self, root=False):
        return {**os.environ, "PATH": ROOT_PATH if root else MEMBER_PATH, "HOME": "/root" if root else self.here}

    def stuck(self):
        """A machine whose requests a firewall of this host drops, and what is said of it once that is sure. It is played once."""
        if self.seen_stuck:
            return self.seen_stuck
        self.stop()
        self.start()
        drop = "table inet own { chain input { type filter hook input priority 0; udp dport 69 drop; }; }"
        subprocess.run(["nft", drop], check=True)
        try:
            machine = subprocess.Popen(
                ["ip", "netns", "exec", CLIENT, "env", f"PYTHONPATH={HOUSE}/Tests/Lab", "python3", "-B", "-m", "firmware",
                 "edk2@0.4", "--mac", WEB1, "--server", os.environ["LAB_APPLIANCE_IP"], "--router",
                 os.environ["LAB_ROUTER_IP"]],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            limit = time.monotonic() + 45
            self.seen_stuck = self.shell(STUCK)
            while not re.search(r"^web1 +stuck .*PF-V007", self.seen_stuck[1], re.M) and time.monotonic() < limit:
                time.sleep(0.5)
                self.seen_stuck = self.shell(STUCK)
            machine.kill()
            machine.wait()
        finally:
            subprocess.run(["nft", "delete", "table", "inet", "own"], check=True)
        # The machine had its address on a card that is gone; whoever is next has it on another.
        subprocess.run(["ip", "neighbour", "flush", "all"], check=True)
        self.stop()
        self.start()
        self.boot(WEB1, 1)
        return self.seen_stuck

    def typed(self, words, text):
        """On a terminal, where somebody types."""
        return self.shell(f"script -qec {shlex.quote(words)} /dev/null", text)

    def held(self, words):
        """While a client holds a transfer in its middle."""
        reached, go = f"{self.work}/reached", f"{self.work}/go"
        client = subprocess.Popen(
            ["ip", "netns", "exec", CLIENT, "python3", "-B", f"{HOUSE}/Tests/Lab/tftp.py", "get",
             os.environ["LAB_APPLIANCE_IP"], "image", f"{self.work}/got", "--blksize", "1428", "--windowsize", "16",
             "--hold", "1000", reached, go],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        limit = time.monotonic() + 20
        while not os.path.exists(reached) and time.monotonic() < limit:
            time.sleep(0.05)
        answer = self.shell(words)
        write(go, "")
        try:
            client.wait(20)
        except subprocess.TimeoutExpired:
            client.kill()
        return answer

    # The examples

    def run_page(self, page, examples):
        begun = time.monotonic()
        asks = any(example.language == "console" for example in examples)
        self.reset_settings()
        if asks:
            self.start()
            text = "".join(example.text for example in examples)
            if "web1" in text or WEB1 in text:
                self.boot(WEB1, 1)
            if STRANGER in text:
                self.boot(STRANGER, 1)
        for example in examples:
            if not example.language:
                self.report.that(f"{example.place}: an example says its language", False, example.text[:60])
                continue
            handler = getattr(self, f"run_{example.language}", None)
            whole = self.exceptions.reason(page, example.text) if example.language not in ("console", "toml") else None
            if whole:
                self.report.listed += 1
                for command in commands(example) if example.language == "sh" else ():
                    self.judge_words(command)
            elif handler:
                handler(example)
            else:
                self.report.that(f"{example.place}: {example.language} is run or listed", False, "it is neither")
        self.stop()
        with open(f"{self.work}/times.log", "a", encoding="utf-8") as log:
            log.write(f"{page}: {time.monotonic() - begun:.1f} s\n")

    def reset_settings(self):
        """What the page before added."""
        for path in glob.glob("/etc/pilotfish/conf.d/*.toml"):
            if os.path.basename(path) not in ("lab.toml", "debian.toml"):
                os.remove(path)
        shutil.rmtree("/srv/pilotfish/images", ignore_errors=True)

    def run_console(self, example):
        for command in commands(example):
            if not self.is_listed(command):
                self.run_command(command)

    def is_listed(self, command):
        """Whether it is run elsewhere. Nothing shows here who has to type it, so that is judged by its words."""
        if not self.exceptions.reason(command.example.page, command.words):
            return False
        self.report.listed += 1
        self.judge_words(command)
        return True

    def judge_words(self, command):
        if WANTS_ROOT.match(command.words) and not self.exceptions.is_roots(command.example.page):
            self.report.that(f"{command.place}: {command.words}", False, "it wants root, and does not say sudo")

    def run_command(self, command):
        begun = time.monotonic()
        try:
            if command.words == "pilotfish transfers":
                status, said = self.held(command.words)
            elif command.words == STUCK and command.shown:
                status, said = self.stuck()
            elif command.words in ONCE:
                self.once[command.words] = self.once.get(command.words) or self.shell(command.words)
                status, said = self.once[command.words]
            elif command.words in self.exceptions.inputs:
                status, said = self.typed(command.words, self.exceptions.inputs[command.words])
            else:
                status, said = self.shell(command.words, root=self.exceptions.is_roots(command.example.page))
        except subprocess.TimeoutExpired:
            status, said = -1, "it did not end within 60 s"
        with open(f"{self.work}/times.log", "a", encoding="utf-8") as log:
            log.write(f"    {time.monotonic() - begun:.1f} s {command.words}\n")
        self.report.run += 1
        self.report.that(f"{command.place}: {command.words}", status == command.status, f"status {status}: {said[:900]}")
        line = missing(command.shown, said)
        if command.shown:
            self.report.that(f"{command.place}: it says what is shown", line is None, f"not \"{line}\" but: {said}")

    def run_sh(self, example):
        for command in commands(example):
            if self.is_listed(command):
                continue
            if command.words.startswith("pilotfish serve"):
                self.run_service(command)
            else:
                self.run_command(command)

    def run_service(self, command):
        """A service of its own: it gets ready, and ends when it is told."""
        path = f"{self.work}/alone.log"
        with open(path, "w", encoding="utf-8") as log:
            alone = subprocess.Popen(
                as_member(["bash", "-c", f"exec {command.words} --state {self.here}/alone"]), stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, cwd=self.here, env=self.environment())
        limit, said = time.monotonic() + 15, ""
        while "service.ready" not in said and time.monotonic() < limit and alone.poll() is None:
            time.sleep(0.05)
            with open(path, encoding="utf-8") as file:
                said = file.read()
        alone.terminate()
        status = alone.wait(15)
        self.report.run += 1
        self.report.that(f"{command.place}: {command.words}", "service.ready" in said and status == 0, said[-300:])

    def run_toml(self, example):
        """A file of its own, in a directory with nothing else but what the example names and does not say."""
        text = example.text if example.table in ("", "-") else self.in_table(example)
        text = re.sub(r'"(…|\.\.\.)"', '"' + "ab" * 32 + '"', text)
        try:
            settings = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            self.report.that(f"{example.place}: {text.splitlines()[0]}", False, f"no TOML: {error}")
            return
        directory = f"{self.work}/check"
        shutil.rmtree(directory, ignore_errors=True)
        write(f"{directory}/pilotfish.toml", text)
        write(f"{directory}/conf.d/made-up.toml", self.made_up(text, settings))
        status, said = self.shell(f"pilotfish check {directory}/pilotfish.toml --quiet", root=True)
        self.report.run += 1
        self.report.that(f"{example.place}: {example.text.splitlines()[0]}", status == 0, f"status {status}: {said[:900]}")

    @staticmethod
    def in_table(example):
        """A key on one line stands in the table that the page names, with what that wants beside it."""
        words = re.findall(r"(?:^| )(\[\[?[\w.-]+\]\]?|[\w.-]+ = (?:\"[^\"]*\"|'[^']*'|\[.*?\]|\S+))", example.table)
        key = example.text.split(" = ")[0]
        out = {key, INSTEAD.get(key)}
        kept = [word for word in words if word.split(" = ")[0] not in out]
        return "\n".join([*kept, *WITH.get(key, []), example.text]) + "\n"

    def made_up(self, text, settings):
        lines = []
        targets = set(settings.get("target", {})) | set(settings.get("menu", {}))
        lines += [f'[target.{name}]\nkernel = "debian/linux"\n' for name in NAMED
                  if name not in targets and re.search(rf'"{name}"', text)]
        secrets = settings.get("secrets", {})
        wanted = set(re.findall(r'^(?:bearer|token|password) = "([^"]+)"', text, re.M))
        wanted |= set(re.findall(r'^(?:webhook\.bearer|api\.token) = "([^"]+)"', text, re.M))
        new = sorted(wanted - set(secrets))
        if new:
            lines.append("[secrets]\n" + "".join(f'{name} = "/etc/pilotfish/secrets/{name}"\n' for name in new))
        self.make_secrets({"secrets": {**secrets, **{name: f"/etc/pilotfish/secrets/{name}" for name in new}}})
        return "\n".join(lines)

    def run_rooms(self, example):
        good, details = rooms_are_true(example)
        self.report.run += 1
        self.report.that(f"{example.place}: the picture has the rooms of the sources", good, details)

    def run_nft(self, example):
        write(f"{self.work}/example.nft", example.text + "\n")
        status, said = self.shell(f"nft -c -f {self.work}/example.nft", root=True)
        self.report.run += 1
        self.report.that(f"{example.place}: nft takes the rules", status == 0, said)

    def run_dnsmasq(self, example):
        write(f"{self.work}/example.dnsmasq", example.text + "\n")
        status, said = self.shell(f"dnsmasq --test --conf-file={self.work}/example.dnsmasq", root=True)
        self.report.run += 1
        self.report.that(f"{example.place}: dnsmasq takes the lines", status == 0, said)

    def run_json(self, example):
        self.report.run += 1
        self.report.that(f"{example.place}: JSON", json_keys(example) != [], "")

    def run_log(self, example):
        """Each line that is shown has its event and its fields, in this order, in the log of the boot that was played."""
        said = self.said().split("\n")
        self.report.run += 1
        for line in example.text.split("\n"):
            words = line.split()
            fields = [word.split("=")[0] for word in words[1:] if "=" in word]
            pattern = re.compile(r".*" + re.escape(words[0]) + r"\s.*" + r".*\b".join(f"{re.escape(f)}=" for f in fields))
            self.report.that(f"{example.place}: the log of a boot has {words[0]}", any(map(pattern.match, said)),
                             f"no line with {' '.join(fields)}")
