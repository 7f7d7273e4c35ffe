"""Compares what a machine fetched, by the service's log, with what `pilotfish simulate --json` says that it would.

usage: simulate.py LOG JSON MACHINE MARKER

A line of each list is protocol, whether it only asks for the size, path, and whether the file was found. What is made
alike before they are compared, all of it:

- an HTTP HEAD shows in the log as a response without octets; it is a size probe, as in the other list
- a TFTP size probe of a file that is not there shows in the log as a refused request; so it does in the other list
- two workers of TFTP may tell of refusals within two milliseconds in another order than they were asked: those lines stand in
  the order of the client's ports, which PXELINUX counts up
- MACHINE bios-plain is an iPXE that hides what it is: unlike the ROMs that it stands for it fetches its loader without
  asking for the size, so that the one probe at the beginning of the simulated list is left out
"""

import json
import sys


def are_swapped(one, other):
    return (one["event"] == other["event"] == "tftp.refused" and abs(other["time"] - one["time"]) <= 2
            and int(one["client"].split(":")[-1]) > int(other["client"].split(":")[-1]))


def fetched(path):
    """The requests of the log, in order of their ends, which is that of their beginnings: no loader has two."""
    events = [json.loads(line) for line in open(path, encoding="utf-8") if line.startswith("{")]
    for place in range(1, len(events)):
        while place > 0 and are_swapped(events[place - 1], events[place]):
            events[place - 1], events[place] = events[place], events[place - 1]
            place -= 1
    for event in events:
        match event["event"]:
            case "tftp.done":
                yield "tftp", "fetch", event["file"], True
            case "tftp.probe":
                yield "tftp", "probe", event["file"], True
            case "tftp.refused":
                yield "tftp", "fetch", event["file"], False
            case "http.done":
                found = event["status"] == "200"
                what = "probe" if found and event["bytes"] == "0" else "fetch"
                yield "http", what, event["file"], found


def simulated(steps):
    """The requests of the rehearsal."""
    for step in steps:
        if step["what"] not in ("probe", "fetch"):
            continue
        what = step["what"]
        if step["protocol"] == "tftp" and not step["found"]:
            what = "fetch"
        yield step["protocol"], what, step["path"], step["found"]


def main():
    log, answer, machine, marker = sys.argv[1:]
    report = json.load(open(answer, encoding="utf-8"))
    real, played = list(fetched(log)), list(simulated(report["steps"]))
    if machine == "bios-plain" and played and played[0][1] == "probe":
        del played[0]
    if real and real == played:
        print(f"ok   the service lists the {len(real)} fetches of the real machine, in their order")
    else:
        for number in range(max(len(real), len(played))):
            one = real[number] if number < len(real) else None
            other = played[number] if number < len(played) else None
            if one != other:
                print(f"FAIL the lists of fetches are equal: line {number + 1}: the machine {one}, simulated {other}")
                break
        else:
            print("FAIL the lists of fetches are equal: the machine fetched nothing")
    end = report["end"]
    if end["outcome"] == "kernel" and end["arguments"] and end["arguments"] in marker:
        print("ok   it ends with the kernel that booted, and its command line")
    else:
        print(f"FAIL it ends with the kernel that booted, and its command line: {end} and {marker}")


main()
