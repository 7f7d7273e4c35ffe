"""Finds every example of the README and the manual pages, and runs it: settings are checked, commands are run beside a
service, and what stands below a command is compared in shape with what it says. An example that is neither run nor named in
examples.toml, with the reason and where it is run instead, is a failure.

Usage: examples.py list             prints them all
       examples.py run WORK         runs them; in namespaces of network and mounts that are its own (see examples.sh)
"""

import dataclasses
import fnmatch
import glob
import json
import os
import re
import sys
import tomllib

HOUSE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@dataclasses.dataclass
class Example:
    """A display of a page: what language it is in, and for settings on one line the table that they stand in."""

    page: str
    line: int
    language: str
    text: str
    table: str = ""

    @property
    def place(self):
        return f"{self.page}:{self.line}"


@dataclasses.dataclass
class Command:
    """A command of an example, with what the page says that it prints."""

    example: Example
    words: str
    shown: list
    status: int

    @property
    def place(self):
        return self.example.place


class Report:
    """One line for each check, as check_lines in common.sh reads them."""

    def __init__(self):
        self.run, self.listed = 0, 0

    def that(self, what, good, details=""):
        what = " ".join(what.split())
        print(f"ok   {what}" if good else f"FAIL {what}: {' '.join(details.split())[:1200]}", flush=True)


def pages():
    yield os.path.join(HOUSE, "README.md")
    yield from sorted(glob.glob(os.path.join(HOUSE, "Packaging/man/*.[0-9]")))


def of_markdown(page, lines):
    """Blocks between ``` with a language; blocks that are only indented have none, and are a failure."""
    index = 0
    while index < len(lines):
        fence = re.match(r"^( *)```(\w*)$", lines[index])
        if fence:
            first, indent = index, len(fence[1])
            index += 1
            block = []
            while index < len(lines) and lines[index].strip() != "```":
                block.append(lines[index][indent:])
                index += 1
            yield Example(page, first + 1, fence[2], "\n".join(block))
        elif re.match(r"^ {4,}\S", lines[index]) and index and not lines[index - 1].strip():
            yield Example(page, index + 1, "", lines[index])
        index += 1


def of_mdoc(page, lines):
    """Displays below a comment that names their language; `.Dl` in a list below a comment belongs to that comment."""
    language = table = ""
    index = 0
    while index < len(lines):
        line = lines[index]
        marker = re.match(r'^\.\\" (\w+) ?(.*)$', line)
        if marker:
            language, table = marker[1], marker[2]
        elif line.startswith(".Bd -literal") or line.startswith(".Bd -unfilled"):
            first, block = index, []
            index += 1
            while lines[index] != ".Ed":
                block.append(plain(lines[index]))
                index += 1
            below = lines[first - 1].startswith('.\\" ')
            yield Example(page, first + 1, language if below else "", "\n".join(block))
        elif line.startswith(".Dl "):
            text = line[4:]
            if text.startswith('"'):
                text = text[1:-1].replace('""', '"')
            yield Example(page, index + 1, language, plain(text), table or "-")
        index += 1


def plain(text):
    return text.removeprefix("\\&").replace("\\e", "\\")


def examples():
    for path in pages():
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
        page = os.path.relpath(path, HOUSE)
        yield from (of_markdown if page.endswith(".md") else of_mdoc)(page, lines)


def commands(example):
    """Those of a session (lines behind `$ `), or of a script (each line that goes on nowhere)."""
    if example.language == "console":
        found = []
        for line in example.text.split("\n"):
            if line.startswith("$ "):
                words, _, remark = line[2:].partition("    #")
                status = re.search(r"ends with (\d+)", remark)
                found.append(Command(example, words.strip(), [], int(status[1]) if status else 0))
            elif found:
                found[-1].shown.append(line)
        return found
    joined = example.text.replace("\\\n", "")
    return [Command(example, line.split("  #")[0].strip(), [], 0) for line in joined.split("\n") if line.strip()]


class Exceptions:
    """examples.toml: what is run elsewhere. Each entry names a layer that there is, and an example that there is."""

    def __init__(self):
        with open(os.path.join(HOUSE, "Tests/Lab/examples.toml"), "rb") as file:
            read = tomllib.load(file)
        self.entries = read["elsewhere"]
        self.inputs = read.get("input", {})
        self.root_pages = read.get("root", [])
        self.used = set()

    def reason(self, page, words):
        for number, entry in enumerate(self.entries):
            if fnmatch.fnmatchcase(page, f"*{entry['page']}") and any(
                fnmatch.fnmatchcase(words, one) for one in entry["examples"]
            ):
                self.used.add(number)
                return entry["reason"]
        return None

    def is_roots(self, page):
        return os.path.basename(page) in self.root_pages

    def judge(self, report):
        with open(os.path.join(HOUSE, "Packaging/test"), encoding="utf-8") as file:
            layers = set(re.findall(r"^  (\w+) +\S", file.read(), re.M))
        for page in pages():
            if self.is_roots(page):
                with open(page, encoding="utf-8") as file:
                    report.that(f"{os.path.basename(page)} says that root types it", ", as root," in file.read(), "it does not")
        for number, entry in enumerate(self.entries):
            what = f"the list of what is run elsewhere: {entry['page']} {entry['examples'][0][:50]}"
            known = entry["layer"] in layers or entry["layer"] == "none"
            report.that(what, number in self.used and known and entry["reason"],
                        "no such example" if number not in self.used else f"no layer {entry['layer']}")


def shape(line):
    """What a line of output has to look like: words as they are, whatever has a digit in it as anything, … as any text."""
    if line.strip() in ("…", "..."):
        return None
    parts = []
    for word in line.split():
        if word in ("…", "..."):
            parts.append(r".*")
            continue
        pieces = re.split(r"(…|\.\.\.)", word)
        parts.append("".join(r".*" if piece in ("…", "...") else token(piece) for piece in pieces))
    # Behind a question stands what was typed.
    end = r".*$" if line.rstrip().endswith(":") else r"\s*$"
    return re.compile(r"^\s*" + r"\s+".join(parts) + end)


def token(word):
    if re.fullmatch(r"PF-[A-Z]\d+:?", word):
        return re.escape(word)
    # A name before = stays, its value need not; other words stay when no digit is in them.
    name, equals, value = word.partition("=")
    if equals and re.fullmatch(r"[\w-]+", name) and re.search(r"\d", value):
        return re.escape(name) + r"=\S+"
    return r"\S+" if re.search(r"\d", word) else re.escape(word)


def missing(shown, said):
    """The first shown line that is not in what was said, in this order; None when all are."""
    lines = iter(said.split("\n"))
    for line in shown:
        wanted = shape(line) if line.strip() else None
        if wanted is not None and not any(wanted.match(one) for one in lines):
            return line
    return None


def rooms_are_true(example):
    """The picture of the house has the rooms of Sources, each once."""
    there = {name for name in os.listdir(os.path.join(HOUSE, "Sources"))}
    words = re.findall(r"\b(?:C?[A-Z]\w+|pilotfish)\b", example.text)
    drawn = [word for word in words if word in there]
    return sorted(drawn) == sorted(there), f"not drawn: {there - set(drawn)}, twice: {set(w for w in drawn if drawn.count(w) > 1)}"


def json_keys(example):
    return sorted(json.loads(example.text))


def main():
    if sys.argv[1:] == ["list"]:
        for example in examples():
            print(f"{example.place}\t{example.language or 'NO LANGUAGE'}\t{example.text.splitlines()[0]}")
        return
    from examples_run import Runner

    report, exceptions = Report(), Exceptions()
    runner = Runner(sys.argv[2], report, exceptions)
    runner.run(list(examples()))
    if not runner.chosen:
        exceptions.judge(report)
    report.that(f"{report.run} examples are run here, {report.listed} are named as run elsewhere", report.run > report.listed)


if __name__ == "__main__":
    main()
