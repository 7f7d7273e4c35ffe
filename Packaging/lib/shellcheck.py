#!/usr/bin/env python3
"""Usage: shellcheck.py SCRIPT…; shellcheck of scripts, beneath the directory that it is called in.

`shellcheck -x` reads a file again at each place that sources it, with all that it sources in turn: minutes, where fifty
scripts share a library. All that a script learns from there is which functions and variables there are, what is an array,
and what is used. So each script is read beside an outline that says just that. It cannot find a function of another file
that wants arguments and is called without (SC2119).
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

NAME = r"[A-Za-z_]\w*"
SOURCED = re.compile(r"^ *# shellcheck source=(\S+)$", re.M)
FUNCTION = re.compile(rf"^({NAME})\(\) [{{(]", re.M)
ARRAY = re.compile(rf"(?<![\w$]){NAME}(?=\+?=\()|(?<=-a ){NAME}|(?<=-A ){NAME}|mapfile(?: -\w+(?: \S+)?)* ({NAME})")
ASSIGNED = re.compile(rf"(?<![\w$.{{/-])({NAME})(?:\[[^]\n]*\])?\+?=")
DECLARED = re.compile(r"\b(?:local|declare|readonly|export|read|mapfile|for|printf)((?: +[\w=-]+)+)")
USED = re.compile(rf"\$\{{?[#!]?({NAME})")
ARITHMETIC = re.compile(r"\(\((.*?)\)\)|\[([^]\n]*)\]", re.S)
COMMENT = re.compile(r"(?:^|(?<= ))#.*$", re.M)


def closure(script):
    """The files that a script sources, at whatever depth, each once; those that are missing are left out."""
    found, queue = [], [script]
    while queue:
        for name in SOURCED.findall(pathlib.Path(queue.pop()).read_text()):
            if name not in found and name != script and pathlib.Path(name).is_file():
                found.append(name)
                queue.append(name)
    return found


class Outline:
    """The names of scripts, as a script that has nothing else."""

    def __init__(self):
        self.functions, self.arrays, self.assigned, self.used = set(), set(), set(), set()

    def add(self, text):
        self.functions.update(FUNCTION.findall(text))
        text = COMMENT.sub("", text)
        self.arrays.update(match[1] or match[0] for match in ARRAY.finditer(text))
        self.assigned.update(ASSIGNED.findall(text))
        for words in DECLARED.findall(text):
            self.assigned.update(word for word in re.split(r"[ =]+", words) if re.fullmatch(NAME, word))
        self.used.update(USED.findall(text))
        for words in ARITHMETIC.findall(text):
            self.used.update(re.findall(rf"\b{NAME}", " ".join(words)))

    def text(self):
        lines = [f"{name}() {{ :; }}" for name in sorted(self.functions)]
        lines += [f"{name}=()" for name in sorted(self.arrays)]
        lines += [f"{name}=$1" for name in sorted(self.assigned - self.arrays)]
        lines += [f': "${{{name}[@]}}"' if name in self.arrays else f': "${name}"' for name in sorted(self.used)]
        return "# shellcheck shell=bash\n" + "\n".join(lines) + "\n"


def check(script, home):
    """Whether shellcheck finds nothing in a script, and what it says; it is to find in `home` what is sourced."""
    outline = Outline()
    sourced = closure(script)
    for name in sourced:
        outline.add(pathlib.Path(name).read_text())
        home.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
        home.joinpath(name).write_text("")
    # The first one says all, once.
    direct = [name for name in SOURCED.findall(pathlib.Path(script).read_text()) if name in sourced]
    for name in direct[:1]:
        home.joinpath(name).write_text(outline.text())
    run = subprocess.run(
        ["shellcheck", "-x", pathlib.Path(script).resolve()], cwd=home, capture_output=True, text=True, check=False)
    return run.returncode == 0, run.stdout + run.stderr


def main():
    """Ends with 0 when nothing is found in any of them."""
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        homes = [pathlib.Path(scratch, str(number)) for number in range(1, len(sys.argv))]
        for home in homes:
            home.mkdir()
        verdicts = list(pool.map(check, sys.argv[1:], homes))
    print("".join(text for _, text in verdicts), end="")
    sys.exit(0 if verdicts and all(is_right for is_right, _ in verdicts) else 1)


main()
