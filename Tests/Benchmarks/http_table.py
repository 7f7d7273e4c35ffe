"""What the runs of Tests/Benchmarks/http said: `note` makes a line of a run, `print` a table of a workload's lines."""
import json
import sys

from table import median, show

ROW = "%-5s %-10s %9s %9s %10s %9s %12s %9s"


def note(workload, server, octets, responses, nanoseconds, ticks):
    """`ticks` are hundredths of a second of the server's processor time."""
    seconds, mebibytes, milliseconds = int(nanoseconds) / 1e9, int(octets) / (1 << 20), int(ticks) * 10
    print(json.dumps({
        "workload": workload, "server": server, "mib_per_s": mebibytes / seconds,
        "responses_per_s": int(responses) / seconds if int(responses) else None,
        "cpu_ms_per_gib": milliseconds * 1024 / mebibytes if mebibytes else None}))


def table(workload, path):
    with open(path) as lines:
        runs = [run for run in map(json.loads, lines) if run["workload"] == workload]
    theirs = [run for run in runs if run["server"] == "nginx"]
    print(ROW % ("", "server", "MiB/s", "/ nginx", "resp./s", "/ nginx", "CPU ms/GiB", "/ nginx"))
    for server in dict.fromkeys(run["server"] for run in runs):
        columns = []
        for key, digits in (("mib_per_s", 0), ("responses_per_s", 0), ("cpu_ms_per_gib", 0)):
            value, other = median([run for run in runs if run["server"] == server], key), median(theirs, key)
            columns += [show(value, digits), show(value / other, 2) if value and other else "-"]
        print(ROW % (workload, server, *columns), flush=True)


if __name__ == "__main__":
    {"note": note, "print": table}[sys.argv[1]](*sys.argv[2:])
