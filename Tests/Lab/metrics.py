"""What promtool does not know of metrics: that numbers are those of what was done, and that rules and dashboard name what is there.

    metrics.py lint SCRAPE                         the text format, and no label that names a machine
    metrics.py grown BEFORE AFTER SERIES=AMOUNT…   by how much series have grown; =A..B for a range
    metrics.py named SCRAPE RULES DASHBOARD        every metric of rules and dashboard is in the scrape
"""

import json
import re
import sys

SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\]|\\.)*",?)*\})? (\S+)$')
PARTS = ("_bucket", "_sum", "_count")
LABELS = {"architecture", "code", "directory", "le", "level", "mode", "outcome", "protocol", "shape", "stage", "port", "state", "status", "version"}


def say(what, wrong):
    print(f"FAIL {what}: {str(wrong)[:300]}" if wrong else f"ok   {what}")


def samples(path):
    found = {}
    for line in open(path):
        if match := SAMPLE.match(line.rstrip("\n")):
            found[match[1] + (match[2] or "")] = float(match[3])
    return found


def families(path):
    kinds, helped, order = {}, set(), []
    for line in open(path):
        words = line.split(" ", 3)
        if line.startswith("# HELP "):
            helped.add(words[2])
        elif line.startswith("# TYPE "):
            order.append(words[2])
            kinds[words[2]] = words[3].strip()
    return kinds, helped, order


def family(name, kinds):
    for part in PARTS:
        if name.endswith(part) and kinds.get(name[: -len(part)]) == "histogram":
            return name[: -len(part)]
    return name


def lint(path):
    kinds, helped, order = families(path)
    lines = [line.rstrip("\n") for line in open(path) if not line.startswith("#")]
    say("every line of the metrics is a sample", [line for line in lines if not SAMPLE.match(line)])
    found = samples(path)
    say("no sample comes twice", len(lines) - len(found))
    say("every family has one type and a sentence", (len(order) != len(set(order))) or set(order) ^ helped)
    say("every sample has a family", {name for name in (series.split("{")[0] for series in found) if family(name, kinds) not in kinds})
    say("counters end with _total, and nothing else does", [name for name, kind in kinds.items() if name.endswith("_total") != (kind == "counter")])
    used = {label for series in found for label in re.findall(r'[{,](\w+)="', series)}
    say("labels are few and known", used - LABELS)
    say("no label holds an address, a card or a path", [s for s in found if re.search(r'="[^"]*(\d+\.\d+\.\d+\.\d+|[0-9a-f]{2}:[0-9a-f]{2}:|/)', s)])
    buckets = {}
    for series, value in found.items():
        if "_bucket{" in series:
            buckets.setdefault(re.sub(r',?le="[^"]*"', "", series), []).append(value)
    say("buckets add up", [series for series, values in buckets.items() if values != sorted(values)])


def grown(before, after, wanted):
    old, new = samples(before), samples(after)
    for word in wanted:
        series, _, amount = word.rpartition("=")
        low, _, high = amount.partition("..")
        growth = new.get(series, float("nan")) - old.get(series, 0)
        fits = float(low) <= growth <= float(high or low)
        say(f"{series} has grown by {amount}", "" if fits else f"by {growth}")


def named(scrape, rules, dashboard):
    kinds, _, _ = families(scrape)
    expressions = re.findall(r"expr: (?:\|\n((?: {10,}.*\n)+)|(.*))", open(rules).read())
    targets = [target["expr"] for panel in json.load(open(dashboard))["panels"] for target in panel.get("targets", [])]
    for what, texts in (("rules", ["".join(pair) for pair in expressions]), ("dashboard", targets)):
        names = {name for text in texts for name in re.findall(r"\b(?:pilotfish|process)_\w+", text)}
        missing = {name for name in names if family(name, kinds) not in kinds}
        say(f"each of the {len(names)} metrics of the {what} is in the scrape", missing if names else "none was found")


if __name__ == "__main__":
    command, arguments = sys.argv[1], sys.argv[2:]
    if command == "lint":
        lint(*arguments)
    elif command == "grown":
        grown(arguments[0], arguments[1], arguments[2:])
    elif command == "named":
        named(*arguments)
    else:
        sys.exit(__doc__)
