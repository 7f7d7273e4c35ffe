"""What the runs of Tests/Benchmarks/tftp said: `note` makes a line of a run, `print` a table of a workload's lines."""
import json
import statistics
import sys

ROW = "%-5s %-10s %9s %7s %9s %7s %12s %8s %9s %9s %7s"


def note(workload, server, ticks):
    """A swarm's report on stdin, with what the server's processor time (hundredths of a second) comes to."""
    text = sys.stdin.read()
    report = json.loads(text) if text.strip() else {"completed": 0, "failed": -1, "bytes": 0, "mib_per_s": 0}
    mebibytes = report["bytes"] / (1 << 20)
    report["cpu_ms_per_mib"] = int(ticks) * 10 / mebibytes if mebibytes else None
    print(json.dumps({"workload": workload, "server": server, **report}))


def median(runs, *path):
    values = []
    for run in runs:
        for key in path:
            run = run.get(key) if isinstance(run, dict) else None
        if run is not None:
            values.append(run)
    return statistics.median(values) if values else None


def show(value, digits):
    return "-" if value is None else "%.*f" % (digits, value)


def row(workload, server, runs, ours):
    rate, cost = median(runs, "mib_per_s"), median(runs, "cpu_ms_per_mib")
    of_ours = lambda value, key: show(value / ours[key], 2) if value and ours.get(key) else "-"
    done = "-" if server == "bare" else "%d/%d" % (
        median(runs, "completed"), median(runs, "completed") + median(runs, "failed"))
    return ROW % (
        workload, server, show(rate, 0), of_ours(rate, "rate"), show(cost, 3), of_ours(cost, "cost"), done,
        show(median(runs, "makespan_s"), 2), show(median(runs, "completion_ms", "p99"), 0),
        show(median(runs, "duplicates"), 0), show(median(runs, "jain"), 4))


def table(workload, path):
    with open(path) as lines:
        runs = [run for run in map(json.loads, lines) if run["workload"] == workload]
    servers = list(dict.fromkeys(run["server"] for run in runs))
    of = {server: [run for run in runs if run["server"] == server] for server in servers}
    mine = of.get("pilotfish", [])
    ours = {"rate": median(mine, "mib_per_s"), "cost": median(mine, "cpu_ms_per_mib")}
    print(ROW % ("", "server", "MiB/s", "/ ours", "ms/MiB", "/ ours", "completed", "s", "p99 ms", "doubled", "Jain"))
    for server in servers:
        print(row(workload, server, of[server], ours), flush=True)


if __name__ == "__main__":
    {"note": note, "print": table}[sys.argv[1]](*sys.argv[2:])
