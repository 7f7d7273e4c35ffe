"""Reads what a swarm and the server say of the same transfers.

Usage: swarm_figures.py OUTPUT LOG OFFSET PREFIX

OUTPUT is what `pilotfish swarm --json` printed; LOG is the server's, of which lines behind OFFSET with clients whose
address begins with PREFIX count. Prints, with tabs: 1 when all is well and else 0, completed, seconds, the part of all DATA
that was sent again in per cent, Jain's index, the slowest client in seconds, transfers begun, and why clients failed.
"""

import json
import re
import sys
import time


def ended(log, offset, prefix):
    """Begun transfers, ended ones, and their repeated blocks."""
    with open(log, "rb") as file:
        file.seek(offset)
        text = file.read().decode("utf-8", "replace")
    address = " client=" + re.escape(prefix)
    begun = len(re.findall(r"tftp\.start" + address, text))
    counts = re.findall(r"tftp\.(?:done|failed)" + address + r".* retransmits=(\d+)", text)
    return begun, len(counts), sum(map(int, counts))


def main():
    output, log, offset, prefix = sys.argv[1:]
    with open(output, encoding="utf-8") as file:
        lines = [line for line in file if line.startswith("{")]
    if not lines:
        print("0", 0, 0, 0, 0, 0, 0, "the swarm said nothing", sep="\t")
        return
    report = json.loads(lines[-1])
    # The log is written by another thread, and a transfer may end a moment after its client.
    limit = time.monotonic() + 2
    begun, count, repeated = ended(log, int(offset), prefix)
    while count < report["clients"] and time.monotonic() < limit:
        time.sleep(0.05)
        begun, count, repeated = ended(log, int(offset), prefix)
    sent = report["data_needed"] + repeated
    well = report["completed"] == report["clients"] and not report["failed"]
    why = ", ".join("%d %s" % (number, name) for name, number in report["failures"].items()) or "-"
    print(int(well), report["completed"], "%.2f" % report["makespan_s"], "%.2f" % (100 * repeated / max(sent, 1)),
          "%.3f" % report["jain"], "%.2f" % (report["completion_ms"]["max"] / 1000), begun, why, sep="\t")


main()
