"""Compares what emulated firmware did with what was expected of it and with what `pilotfish probe` had predicted.

Usage: python3 -m firmware.cells judge TABLE ROUTER OPTION RESULTS PREDICTIONS DECODED CELLS SERVER
       python3 -m firmware.cells learned RESULTS
       python3 -m firmware.cells table CELLS

judge  prints a line for each boot in RESULTS as the shell side reads them, and appends each to CELLS
learned  says whether each boot in RESULTS, of kinds that were here before, was told its file as it likes at once
table  prints all cells, and their sum; ends with 1 when there is a surprise

TABLE is matrix.txt, where its signs are explained.

PREDICTIONS is what `pilotfish probe` says, whose own question is raced for anew; DECODED is what `pilotfish decode`
says of the answers in the order in which this very machine heard them. Both must be right; of a race the first may be
either.
"""

import json
import sys

from packets import Checks

ROUTERS = ("dnsmasq", "isc", "kea")
# Who takes one shape of offer only must have got it at the third DISCOVER; waiting is what a server tries last.
MOST_TRIES = {"slow-rom": 4, "menu-of-two": 3, "learner": 3}
LETTERS = {"ours": "B", "theirs": "t", "none": "-"}


def read_table(path):
    """{(model, option): (file, what becomes of it)}"""
    rows, options = {}, []
    with open(path, encoding="utf-8") as file:
        for line in file:
            words = line.split()
            if words and words[0] == "model":
                options = words[3:]
            elif words and words[0] != "#":
                for option, expected in zip(options, words[3:], strict=True):
                    rows[words[0], option] = (words[2], expected)
    return rows


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.startswith("{")]


def verdict(result, server):
    """What became of a boot, in the words of a prediction. Who was sent to another server followed that, even when the
    file was not there."""
    if result["outcome"] == "booted":
        return "ours"
    if result["outcome"] == "booted-other" or result["from"] not in (None, server):
        return "theirs"
    return "none"


def expectation(cell, router):
    """What may become of a machine."""
    cell = cell.split("/")[ROUTERS.index(router)] if "/" in cell else cell
    return cell.split("|")


def read_decoded(path):
    """{(hardware address, kind): what was predicted of its first question}"""
    found = {}
    for capture in read_lines(path):
        for client in capture["clients"]:
            found.setdefault((client["client"], client["kind"]), client)
    return found


def faults(result, was, expected, predicted, decoded):
    """Where outcome, expectation and predictions differ."""
    found, kind, is_race = [], result["kind"], len(expected) > 1
    if was not in expected:
        found.append("expected %s" % " or ".join(expected))
    if not kind:
        return found
    probed, seen = predicted.get(kind), decoded.get((result["mac"], kind))
    if probed is None:
        found.append("nothing was predicted for %s" % kind)
    elif probed["verdict"] not in (expected if is_race else [was]):
        found.append("the probe predicted %s (%s: %s)" % (probed["verdict"], probed["code"], probed["reason"]))
    if seen and seen["verdict"] != was:
        found.append("the capture predicted %s (%s: %s)" % (seen["verdict"], seen["code"], seen["reason"]))
    if is_race and not seen:
        found.append("the capture predicted nothing")
    return found


def judge(table, router, option, results, predictions, decoded, cells, server):
    checks, rows = Checks(), read_table(table)
    predicted, seen = {line["kind"]: line for line in read_lines(predictions)}, read_decoded(decoded)
    with open(cells, "a", encoding="utf-8") as out:
        for result in read_lines(results):
            name = result["firmware"]
            file, cell = rows[name, option]
            expected, was = expectation(cell, router), verdict(result, server)
            wrong = faults(result, was, expected, predicted, seen)
            if was == "ours" and result["loader"].rsplit("/", 1)[-1] != file:
                wrong.append("it was given %s, not %s" % (result["loader"], file))
            most = next((most for start, most in MOST_TRIES.items() if name.startswith(start)), None)
            if most and was == "ours" and result["tries"] > most:
                wrong.append("it took %d DISCOVERs, not %d" % (result["tries"], most))
            print(json.dumps({"router": router, "option": option, "model": name, "verdict": was, "wrong": wrong,
                              "races": len(expected) > 1}), file=out)
            details = "it is %s: %s; heard: %s" % (
                "; ".join(wrong), result["error"] or "%s of %s" % (result["file"], result["from"]),
                " | ".join(result["heard"]))
            how = {"ours": "boots ours, told by %s" % result["shape"], "theirs": "follows another server, as foretold",
                   "none": "does not boot, as foretold"}[was]
            checks.that("%s beside %s %s %s" % (name, router, option, how if not wrong else was), not wrong, details)
    return 0


def learned(path):
    checks = Checks()
    for result in read_lines(path):
        good = result["outcome"] == "booted" and result["tries"] == 1
        details = "%s after %d DISCOVERs: %s" % (result["outcome"], result["tries"], " | ".join(result["heard"]))
        checks.that("a second %s is told its file as it likes at once" % result["firmware"], good, details)
    return 0


def show(path):
    """A row for each model, a column for each LAN."""
    cells = read_lines(path)
    lans = list(dict.fromkeys((cell["router"], cell["option"]) for cell in cells))
    models = list(dict.fromkeys(cell["model"] for cell in cells))
    at = {(cell["model"], cell["router"], cell["option"]): cell for cell in cells}
    routers = list(dict.fromkeys(router for router, _ in lans))
    options = list(dict.fromkeys(option for _, option in lans))
    print("\n%-22s" % ("beside " + ", ".join(routers)) + "".join("%-12s" % option for option in options))
    for model in models:
        row = "%-24s" % model
        for option in options:
            letters = ""
            for router in routers:
                cell = at.get((model, router, option))
                letters += " " if cell is None else "!" if cell["wrong"] else LETTERS[cell["verdict"]]
            row += "%-12s" % letters
        print(row.rstrip())
    surprises = sum(bool(cell["wrong"]) for cell in cells)
    count = {word: sum(cell["verdict"] == word and not cell["wrong"] for cell in cells) for word in LETTERS}
    print("B boots ours, t follows another server as predicted, - does not boot as predicted, ! surprise")
    print("cells: %d booted, %d predicted no (%d follow another server, %d do not boot), %d total, %d surprises; "
          "%d of them races" % (count["ours"], count["theirs"] + count["none"], count["theirs"], count["none"],
                                len(cells), surprises, sum(cell["races"] for cell in cells)))
    return 1 if surprises or not cells else 0


if __name__ == "__main__":
    sys.exit({"judge": judge, "learned": learned, "table": show}[sys.argv[1]](*sys.argv[2:]))
