"""What a soak measures, and what it makes of it. FILES is the directory of its files.

    soak_watch.py once FILES PID BINARY STATE ADDRESS               one sample, before anything happens
    soak_watch.py sample FILES PID BINARY STATE ADDRESS SECONDS STOP   one every SECONDS until the file STOP exists
    soak_watch.py rests FILES PID SECONDS     waits until as few descriptors are open as in the first sample; else ends with 1
    soak_watch.py judge FILES MINUTES LOG DATABASE       a line for each check, "ok   what" or "FAIL what: details"
    soak_watch.py table FILES                 figures for people

Samples are in FILES/processes.tsv, threads.tsv and service.tsv, what the loads came to in rounds.tsv, and how often what was
disturbed in done.tsv. Seconds are those of CLOCK_MONOTONIC.
"""

import contextlib
import glob
import http.client
import json
import os
import re
import socket
import sqlite3
import statistics
import struct
import subprocess
import sys
import time

PROCESSES = ("second", "role", "pid", "rss", "own", "descriptors", "threads", "cpu")
THREADS = ("second", "pid", "thread", "name", "switches")
SERVICE = ("second", "status", "tftp", "http", "database", "wal", "log", "offset", "astray")
REST = ("before", "after", "threads", "rss", "own")
TICK = os.sysconf("SC_CLK_TCK")
# The kernel and RAM disk of a simulated machine, in octets (soak.sh).
KERNEL = 700_000
# A service that is asked in the middle of a disturbance, which lasts three seconds.
PATIENCE = 20


# MARK: Measuring


def text_of(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def family(pid):
    """It and all that it started, with what each is called."""
    children = {}
    for path in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            stat = text_of(path)
            children.setdefault(int(stat[stat.rindex(")") + 2:].split()[1]), []).append(int(stat.split()[0]))
    found, left, names = [], [pid], {}
    while left:
        one = left.pop(0)
        left += sorted(children.get(one, []))
        with contextlib.suppress(OSError):
            name = "serve" if one == pid else name_of(one)
            names[name] = names.get(name, 0) + 1
            found.append((one, name if names[name] == 1 else f"{name} {names[name]}"))
    return found


def name_of(pid):
    """Its own name, or what it was told to be when it has none."""
    name = text_of(f"/proc/{pid}/comm").strip()
    words = text_of(f"/proc/{pid}/cmdline").split("\0")
    return words[1] if name == "exe" and len(words) > 1 else name


def fields(path):
    return dict(line.split(":\t", 1) for line in text_of(path).splitlines() if ":\t" in line)


def kilobytes(status, name):
    return int(status[name].split()[0])


def process_row(now, pid, role):
    status = fields(f"/proc/{pid}/status")
    stat = text_of(f"/proc/{pid}/stat")
    times = stat[stat.rindex(")") + 2:].split()
    return (now, role, pid, kilobytes(status, "VmRSS"), kilobytes(status, "RssAnon"), len(os.listdir(f"/proc/{pid}/fd")),
            int(status["Threads"]), "%.2f" % ((int(times[11]) + int(times[12])) / TICK))


def thread_rows(now, pid):
    for thread in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(OSError):
            status = fields(f"/proc/{pid}/task/{thread}/status")
            yield (now, pid, thread, status["Name"],
                   int(status["voluntary_ctxt_switches"]) + int(status["nonvoluntary_ctxt_switches"]))


def milliseconds(act):
    """How long it took; the better of two, for others use this machine, too. -1 when it never answered."""
    best, end = -1, time.monotonic() + PATIENCE
    for _ in range(2):
        while time.monotonic() < end:
            began = time.monotonic()
            try:
                act()
            except (OSError, http.client.HTTPException, subprocess.SubprocessError, ValueError):
                time.sleep(0.2)
                continue
            took = int((time.monotonic() - began) * 1000)
            best = took if best < 0 else min(best, took)
            break
        if 0 <= best < 200:
            break
    return best


def ask_tftp(address):
    """A file of one block."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.settimeout(2)
        own.sendto(b"\0\1small\0octet\0", (address, 69))
        answer, peer = own.recvfrom(2048)
        if answer[:4] != b"\0\3\0\1":
            raise ValueError(answer[:40])
        own.sendto(b"\0\4\0\1", peer)


def ask_http(address):
    connection = http.client.HTTPConnection(address, timeout=2)
    try:
        connection.request("GET", "/small")
        answer = connection.getresponse()
        if answer.status != 200 or not answer.read():
            raise ValueError(answer.status)
    finally:
        connection.close()


def clock_of(files):
    """How many milliseconds the service's clock is ahead (stepclock.c)."""
    with open(os.path.join(files, "clock"), "rb") as clock:
        return struct.unpack("<q", clock.read(8))[0]


def began(pid):
    """When the process began, in seconds since the host did."""
    stat = text_of(f"/proc/{pid}/stat")
    return int(stat[stat.rindex(")") + 2:].split()[19]) / TICK


def size(path):
    return os.path.getsize(path) if os.path.exists(path) else 0


def sample(files, pid, binary, state, address):
    now = "%.1f" % time.monotonic()
    family_now = family(pid)
    for one, role in family_now:
        with contextlib.suppress(OSError, KeyError):
            append(files, "processes", process_row(now, one, role))
    append(files, "threads", *thread_rows(now, pid))

    told = {}

    def status():
        offset = clock_of(files)
        command = [binary, "status", "--json", "--state", state]
        answer = json.loads(subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE).stdout)
        if clock_of(files) != offset:
            raise ValueError("the clock was set while it answered")
        # By how many seconds it is mistaken about how long it runs.
        ran = time.clock_gettime(time.CLOCK_BOOTTIME) - began(pid)
        told.update(offset=offset, astray=time.time() + (offset - answer["since"]) / 1000 - ran)

    took = milliseconds(status)
    database = os.path.join(state, "inventory.sqlite")
    append(files, "service", (now, took, milliseconds(lambda: ask_tftp(address)),
                              milliseconds(lambda: ask_http(address)), size(database), size(database + "-wal"),
                              size(os.path.join(files, "..", "pilotfish.log")), told["offset"], "%.0f" % told["astray"]))


def append(files, name, *rows):
    with open(os.path.join(files, name + ".tsv"), "a", encoding="utf-8") as file:
        file.writelines("\t".join(map(str, row)) + "\n" for row in rows)


def rests(files, pid, seconds):
    first = next(row for row in rows_of(files, "processes", PROCESSES) if row["pid"] == pid)
    end = time.monotonic() + seconds
    while True:
        row = dict(zip(PROCESSES, process_row("%.1f" % time.monotonic(), pid, first["role"])))
        # A few that are opened when they are wanted first and then stay.
        if row["descriptors"] <= first["descriptors"] + 8 or time.monotonic() > end:
            break
        time.sleep(1)
    append(files, "rest", (first["descriptors"], row["descriptors"], row["threads"], row["rss"], row["own"]))
    sys.exit(row["descriptors"] > first["descriptors"] + 8)


# MARK: Reading


def rows_of(files, name, names):
    path = os.path.join(files, name + ".tsv")
    if not os.path.exists(path):
        return []
    return [dict(zip(names, map(number, line.split("\t")))) for line in text_of(path).splitlines()]


def number(word):
    try:
        return int(word) if re.fullmatch(r"-?\d+", word) else float(word)
    except ValueError:
        return word


def rounds_of(files):
    """Of each kind of load: how its rounds ended, and what they reported."""
    found = {}
    path = os.path.join(files, "rounds.tsv")
    for line in text_of(path).splitlines() if os.path.exists(path) else []:
        kind, status, report = line.split("\t", 2)
        with contextlib.suppress(ValueError):
            report = json.loads(report)
        found.setdefault(kind, []).append((int(status), report))
    return found


def by_role(files):
    found = {}
    for row in rows_of(files, "processes", PROCESSES):
        found.setdefault(row["role"], []).append(row)
    return found


def files_told(files):
    lines = [line for line in text_of(os.path.join(files, "..", "files.log")).splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else {"changes": 0, "fetches": 0, "octets": 0, "wrong": 1, "why": ["nothing told"]}


def slope(rows, name):
    """What it grows by in an hour: the median of the slopes of all pairs (Theil and Sen), which one peak does not bend."""
    rows = rows[:: max(1, len(rows) // 300)]
    slopes = [(two[name] - one[name]) / (two["second"] - one["second"]) for number, one in enumerate(rows)
              for two in rows[number + 1:] if two["second"] > one["second"]]
    return 3600 * statistics.median(slopes) if slopes else 0


def quarters(rows, name):
    """The median of the first quarter and of the last one."""
    part = max(1, len(rows) // 4)
    return statistics.median(row[name] for row in rows[:part]), statistics.median(row[name] for row in rows[-part:])


def settled(rows):
    """What comes behind the first fifth, in which caches fill."""
    return rows[len(rows) // 5:]


# MARK: Judging


def check(what, holds, details=""):
    print(f"ok   {what}" if holds else f"FAIL {what}: {details}", flush=True)


def judge_loads(files):
    rounds = rounds_of(files)
    kinds = {"boots, bios", "boots, uefi", "boots, bios, breaking", "boots, uefi, breaking", "installs", "installs, breaking",
             "TFTP, rfc, 1 % lost", "TFTP, edk2, 1 % lost", "TFTP, lockstep, 1 % lost", "firmware, SeaBIOS with iPXE", "mirror"}
    check("each kind of load was there", kinds <= set(rounds), f"missing: {kinds - set(rounds)}")
    for kind, found in sorted(rounds.items()):
        bad = [(place, status, report) for place, (status, report) in enumerate(found) if not came_well(kind, status, report)]
        check(f"{kind}: all of {len(found)} rounds came to their end", not bad,
              f"{len(bad)} did not: {[told(report) for report in bad[:3]]}")
    changed = files_told(files)
    check(f"{changed['fetches']} fetches of files that changed {changed['changes']} times: each got one version, whole",
          changed["wrong"] == 0 < changed["fetches"], f"{changed['wrong']} did not: {changed['why'][:5]}")


def told(bad):
    place, status, report = bad
    wanted = ("failures", "errors", "double_installs", "booted", "finished", "completed")
    if isinstance(report, dict):
        report = {name: report[name] for name in wanted if name in report}
    return f"round {place} status {status} {str(report)[:300]}"


def came_well(kind, status, report):
    if kind == "mirror" or kind.startswith("firmware"):
        return status == 0
    if status != 0 or not isinstance(report, dict):
        return False
    if kind.startswith("TFTP"):
        return report["completed"] == report["clients"] and not report["failed"]
    if report["double_installs"]:
        return False
    if kind.startswith("installs"):
        return report["finished"] == report["machines"] and ("breaking" in kind or report["done"] == report["machines"])
    return report["booted"] == report["machines"] and report["octets"] >= KERNEL * report["machines"]


def judge_processes(files, is_long):
    for role, rows in by_role(files).items():
        rows = settled(rows)
        check(f"{role}: one process from first to last", len({row["pid"] for row in rows}) == 1,
              f"{sorted({row['pid'] for row in rows})}")
        judge_growth(role, rows, "rss", "memory", 4096, 4096, is_long)
        judge_growth(role, rows, "own", "memory of its own", 2560, 4096, is_long)
        judge_growth(role, rows, "descriptors", "descriptors", 6, 8, is_long)
        judge_growth(role, rows, "threads", "threads", 1, 2, is_long)


def judge_growth(role, rows, name, what, hourly, room, is_long):
    unit = " kB" if name in ("rss", "own") else ""
    first, last = quarters(rows, name)
    if not is_long:
        # Too short for more: nothing has settled yet.
        most = 2 * first + (65536 if unit else 64)
        check(f"{role}: {what} at most {most:.0f}{unit}", rows[-1][name] <= most, f"{rows[-1][name]}{unit}")
        return
    check(f"{role}: {what} of the last quarter as of the first ({first:.0f} and {last:.0f}{unit})",
          last <= first * 1.1 + room, "it grows")
    grows = slope(rows, name)
    check(f"{role}: {what} grows by less than {hourly}{unit} an hour ({grows:.1f})", grows < hourly, "it grows")


# Threads that only wait for what did not happen here are no engines.
ENGINES = re.compile(r"pf-(dhcp|tftp-\d+|installs)$|NIO-ELT")


def judge_threads(files):
    rows = rows_of(files, "threads", THREADS)
    moments = sorted({row["second"] for row in rows})
    early, late = moments[len(moments) * 2 // 3], moments[-1]
    before = {row["thread"]: row for row in rows if row["second"] == early}
    after = {row["thread"]: row for row in rows if row["second"] == late}
    engines = {thread: row["name"] for thread, row in before.items() if ENGINES.search(str(row["name"]))}
    gone = [name for thread, name in engines.items() if thread not in after]
    stuck = [name for thread, name in engines.items()
             if thread in after and after[thread]["switches"] == before[thread]["switches"]]
    check(f"each of {len(engines)} threads of engines goes on to the end", len(engines) >= 4 and not gone and not stuck,
          f"gone: {gone}; stuck: {stuck}")


def judge_service(files):
    rows = rows_of(files, "service", SERVICE)
    for name, most in (("status", 1000), ("tftp", 5000), ("http", 5000)):
        worst = max(row[name] for row in rows)
        silent = [row["second"] for row in rows if row[name] < 0]
        words = "pilotfish status answers" if name == "status" else f"a file by {name.upper()} comes, whatever is disturbed,"
        # Others use this machine, too, and may stop it for a second.
        late = [row["second"] for row in rows if row[name] > most]
        check(f"{words} within {most / 1000:.0f} s (at most {worst} ms)", not silent and len(late) <= len(rows) // 50,
              f"no answer {len(silent)} times, a late one {len(late)} times of {len(rows)}")
    # Steps of less than a minute are no matter.
    astray = max(abs(row["astray"]) for row in rows)
    check(f"it knows how long it runs, wherever its clock is set (to {astray} s)", astray < 60, f"mistaken by {astray} s")
    most = max(row["database"] + row["wal"] for row in rows)
    check(f"the inventory stays small ({most / 1048576:.1f} MiB)", most < 32 << 20, most)


def judge_stream(files):
    """Who watches from the first moment has a picture a second, whatever becomes of the clock."""
    moments = [row["second"] for row in rows_of(files, "service", SERVICE)]
    seconds, pictures = moments[-1] - moments[0], text_of(os.path.join(files, "..", "stay-stream.log")).count("event: status")
    check(f"the live view has a picture a second ({pictures} in {seconds:.0f} s)", pictures > 0.7 * seconds, "it stands still")


# Warnings and errors that come of what is done on purpose.
EXPLAINED = [
    r"old ones stay in force",
    r"the host's clock was set (forward|back) by",
    # The address was taken away.
    r"dhcp\.refused .*code=PF-D016 ",
    # Power was lost in the middle of a transfer, or of an install.
    r"http\.done .*the client left early",
    r"tftp\.failed .*code=PF-T022 ",
    r"tftp\.failed .*the client fell silent",
    r"install\.failed .*interrupted: it boots by network again",
    r"boot\.stuck .*code=PF-V019 .*interrupted",
    # The cable was out, and nothing arrived.
    r"what segmentation offload sends to \S+ does not arrive",
    # The cable was out while upstream was asked.
    r"mirror\.(stale|failed) ",
]


def judge_log(files, path):
    lines = text_of(path).splitlines()
    trouble = [line for line in lines if re.match(r"\S+ (warning|error) ", line)]
    stuck = [line for line in trouble if " boot.stuck " in line and "code=PF-V019 " not in line]
    odd = [line for line in trouble if line not in stuck and not any(re.search(one, line) for one in EXPLAINED)]
    check(f"the log has no warning or error but those that were provoked ({len(lines)} lines)", lines and not odd,
          f"{len(odd)}: {[line[:200] for line in odd[:5]]}")
    # A cable that is out for seconds keeps machines waiting, which is said; a clock that is set does not.
    absurd = [line for line in stuck if re.search(r"(after|for) (-\d|\d{4,})\d* s", line)]
    check("no boot is called stuck because the clock was set", not absurd, f"{len(absurd)}: {[line[:250] for line in absurd[:3]]}")
    most = sum(int(count) for what, count in rows_done(files) if what in ("cable pulled out", "address taken away"))
    check(f"hardly any boot is called stuck ({len(stuck)})", len(stuck) - len(absurd) <= most,
          f"more than {most}: {[line[:250] for line in stuck if line not in absurd][:5]}")
    begun = sum(report.get("machines", report.get("clients", 0)) for rounds in rounds_of(files).values()
                for _, report in rounds if isinstance(report, dict)) + files_told(files)["fetches"]
    rows = rows_of(files, "service", SERVICE)
    begun += 4 * len(rows)
    each = len(lines) / max(begun, 1)
    check(f"the log says little of each machine and fetch ({each:.1f} lines)", each < 20, f"{len(lines)} lines of {begun}")


def judge_database(path):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        said = [row[0] for row in database.execute("PRAGMA integrity_check")]
        events = database.execute("SELECT count(*) FROM event").fetchone()[0]
    check("the inventory is whole (integrity_check)", said == ["ok"], said[:5])
    check(f"it keeps as many events as the settings say ({events})", 0 < events <= 5500, events)


def judge(files, minutes, log, database):
    judge_loads(files)
    # In the first hour what is remembered of machines still fills up.
    judge_processes(files, int(minutes) >= 90)
    judge_threads(files)
    judge_service(files)
    judge_stream(files)
    judge_log(files, log)
    judge_database(database)


# MARK: For people


def table(files):
    service = rows_of(files, "service", SERVICE)
    print(f"{(service[-1]['second'] - service[0]['second']) / 60:.1f} minutes, {len(service)} samples")
    print(f"{'load':<32} {'rounds':>7} {'well':>7} {'machines':>9} {'MB':>9}")
    for kind, found in sorted(rounds_of(files).items()):
        reports = [report for _, report in found if isinstance(report, dict)]
        well = sum(came_well(kind, *one) for one in found)
        machines = sum(report.get("machines", report.get("clients", 0)) for report in reports) or len(found)
        octets = sum(report.get("octets", 0) for report in reports) or sum(report.get("completed", 0) for report in reports) << 20
        print(f"{kind:<32} {len(found):>7} {well:>7} {machines:>9} {octets / 1e6:>9.0f}")
    changed = files_told(files)
    print(f"{'files that change':<32} {changed['changes']:>7} {'':>7} {changed['fetches']:>9} {changed['octets'] / 1e6:>9.0f}")
    for what, count in sorted(rows_done(files)):
        print(f"{what:<32} {count:>7}")
    print(f"\n{'process':<15} {'':<12} {'first':>9} {'settled':>9} {'last':>9} {'peak':>9} {'an hour':>9}")
    for role, rows in by_role(files).items():
        for name, what in (("rss", "memory kB"), ("own", "its own kB"), ("descriptors", "descriptors"), ("threads", "threads")):
            print(f"{role:<15} {what:<12} {rows[0][name]:>9} {quarters(settled(rows), name)[0]:>9.0f} {rows[-1][name]:>9} "
                  f"{max(row[name] for row in rows):>9} {slope(settled(rows), name):>9.1f}")
        print(f"{role:<15} {'CPU s':<12} {rows[-1]['cpu']:>29}")
    for name in ("status", "tftp", "http"):
        print(f"{name:<28} {statistics.median(row[name] for row in service):>9.0f} ms, at most {max(row[name] for row in service)}")
    for row in rows_of(files, "rest", REST):
        print("at rest: {before} descriptors before, {after} behind it; {threads} threads, {rss} kB, {own} of its own".format(**row))
    print(f"{'database, its log':<28} {service[-1]['database']:>9} {service[-1]['wal']:>9} octets; log {service[-1]['log']}")


def rows_done(files):
    path = os.path.join(files, "done.tsv")
    return [line.split("\t") for line in text_of(path).splitlines()] if os.path.exists(path) else []


def main():
    mode, files, *rest = sys.argv[1:]
    if mode == "once":
        sample(files, int(rest[0]), *rest[1:])
    elif mode == "sample":
        pid, binary, state, address, seconds, stop = rest
        while not os.path.exists(stop):
            sample(files, int(pid), binary, state, address)
            time.sleep(float(seconds))
    elif mode == "rests":
        rests(files, int(rest[0]), float(rest[1]))
    elif mode == "judge":
        judge(files, *rest)
    elif mode == "table":
        table(files)


main()
