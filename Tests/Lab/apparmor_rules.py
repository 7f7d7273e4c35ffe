#!/usr/bin/env python3
"""Holds what a traced service did against its AppArmor profile, on kernels that have no AppArmor.

Usage: apparmor_rules.py PROFILE TRACE NAME

PROFILE is what "apparmor_parser --preprocess" prints, TRACE what "strace -f -y" wrote, with calls that take paths and those that
make and bind sockets; NAME is the program whose execution begins what counts. Prints a line for each check, as check_lines
wants them.
"""

import collections
import re
import sys

# Calls that change what a path means, and the argument (or arguments) that are it.
CHANGES = {"mkdir": [0], "mkdirat": [1], "unlink": [0], "unlinkat": [1], "rename": [0, 1], "renameat": [1, 3],
           "renameat2": [1, 3], "chmod": [0], "fchmodat": [1], "symlink": [1], "symlinkat": [2], "truncate": [0],
           "mknod": [0], "mknodat": [1], "utimensat": [1], "chown": [0], "lchown": [0], "fchownat": [1]}
# The name that comes to be; the other one has been opened.
LINKS = {"link": [1], "linkat": [3]}
FAMILIES = {"AF_UNIX": "unix", "AF_INET": "inet", "AF_INET6": "inet6", "AF_NETLINK": "netlink", "AF_PACKET": "packet"}


class Profile:
    """The rules for files, capabilities and sockets of one profile; whatever else stands in it is left to the parser."""

    def __init__(self, text):
        self.variables = {}
        self.allowed, self.denied = [], []
        self.words = set()
        text = re.sub(r"#.*", "", text)
        for name, sign, values in re.findall(r"^\s*(@\{\w+\})\s*(\+?=)\s*(.*)$", text, re.M):
            if sign == "=":
                self.variables[name] = []
            self.variables.setdefault(name, []).extend(values.split())
        for rule in re.split(r",\s*(?:\n|$)", text[text.index("profile "):]):
            self.take(" ".join(rule.split()).split("{ ", 1)[-1] if "profile " in rule else " ".join(rule.split()))

    def take(self, rule):
        found = re.fullmatch(r"((?:(?:deny|audit|owner|allow|file) )*)\"?([/@][^\s\"]*)\"? ([rwamlkixPpCcUu]+)(?: ->.*)?", rule)
        if found:
            (self.denied if "deny" in found[1] else self.allowed).append((self.pattern(found[2]), set(found[3])))
        elif rule.startswith(("capability ", "network ")):
            self.words.add(rule)
            for word in rule.split()[1:] if rule.startswith("capability ") else []:
                self.words.add("capability " + word)

    def pattern(self, glob):
        """As apparmor.d(5) reads it: * ends at a slash, ** does not, {a,b} is one of them."""
        while True:
            variable = re.search(r"@\{\w+\}", glob)
            if not variable:
                break
            values = [value.strip('"') for value in self.variables.get(variable[0], ["*"])]
            if glob[variable.end():variable.end() + 1] == "/":
                values = [value.rstrip("/") for value in values]
            glob = glob.replace(variable[0], "{" + ",".join(values) + "}" if len(values) > 1 else values[0], 1)
        glob = re.sub(r"/{2,}", "/", glob)
        out, index = "", 0
        while index < len(glob):
            character = glob[index]
            if glob.startswith("**", index):
                # Behind a slash at least one octet, as for *.
                out, index = out + (".+" if glob[index - 1:index] == "/" else ".*"), index + 1
            elif character == "*":
                out += "[^/]+" if glob[index - 1:index] == "/" and glob[index + 1:index + 2] in ("", "/") else "[^/]*"
            elif character == "?":
                out += "[^/]"
            elif character == "[":
                end = glob.index("]", index)
                out, index = out + glob[index:end + 1], end
            elif character in "{},":
                out += {"{": "(?:", "}": ")", ",": "|"}[character]
            else:
                out += re.escape(character)
            index += 1
        return re.compile(out)

    def grants(self, path, wanted):
        given = set()
        for pattern, letters in self.allowed:
            if pattern.fullmatch(path):
                given |= letters
        for pattern, letters in self.denied:
            if pattern.fullmatch(path):
                given -= letters
        return wanted <= given


def arguments(text):
    """Splits at commas that stand outside of quotes, brackets and strace's <paths>."""
    parts, depth, quoted, part = [], 0, False, ""
    for index, character in enumerate(text):
        if character == '"' and text[index - 1:index] != "\\":
            quoted = not quoted
        elif not quoted:
            depth += (character in "([{<") - (character in ")]}>")
            if character == "," and depth == 0:
                parts.append(part.strip())
                part = ""
                continue
        part += character
    return parts + [part.strip()]


def absolute(parts, index):
    """A path argument, with the directory that stands before it where it is relative."""
    path = re.fullmatch(r'"(.*)"(?:\.\.\.)?', parts[index])
    if not path:
        return None
    directory = re.search(r"<(/.*)>", parts[index - 1]) if index else None
    if path[1].startswith("/"):
        return path[1]
    return directory[1].rstrip("/") + "/" + path[1] if directory else None


def calls(lines, name):
    """Each call that succeeded, once the program runs: its name, arguments, and what came of it."""
    begun, unfinished = False, {}
    for line in lines:
        process, _, rest = line.strip().partition(" ")
        rest = rest.strip()
        if rest.endswith("<unfinished ...>"):
            unfinished[process] = rest[:-len("<unfinished ...>")]
            continue
        resumed = re.match(r"<\.\.\. \w+ resumed>", rest)
        if resumed:
            rest = unfinished.pop(process, "") + rest[resumed.end():]
        found = re.fullmatch(r"(\w+)\((.*)\)\s+= (-?\d+|0x[0-9a-f]+)(.*)", rest)
        if not found or found[3].startswith("-"):
            continue
        begun = begun or (found[1] == "execve" and arguments(found[2])[0] == f'"{name}"')
        if begun:
            yield found[1], arguments(found[2]), found[4]


def needs(trace, name):
    """What the service needed: (kind, subject, letters)."""
    for call, parts, outcome in calls(trace, name):
        if call in ("open", "openat", "openat2", "creat"):
            opened = re.match(r"<(/.*)>", outcome)
            flags = " ".join(parts)
            if opened and "O_PATH" not in flags:
                letters = {"w"} if "O_WRONLY" in flags else {"r", "w"} if "O_RDWR" in flags else {"r"}
                yield "file", opened[1] + ("/" if "O_DIRECTORY" in flags and opened[1] != "/" else ""), letters
        elif call == "execve":
            yield "file", parts[0].strip('"').replace("/proc/self/exe", name), {"x"}
        elif call in CHANGES or call in LINKS:
            for index in CHANGES.get(call) or LINKS[call]:
                path = absolute(parts, index)
                # By this name a file is meant that has been opened (O_PATH) by its own.
                if path and not path.startswith("/proc/self/fd/"):
                    slash = "/" if call in ("mkdir", "mkdirat") or "AT_REMOVEDIR" in " ".join(parts) else ""
                    yield "file", path + slash, {"w", "l"} if call in LINKS else {"w"}
        elif call in ("bind", "connect", "sendto", "sendmsg"):
            path = re.search(r'sun_path="(/[^"]*)"', " ".join(parts))
            if path:
                yield "file", path[1], {"w"}
            port = re.search(r"sin6?_port=htons\((\d+)\)", " ".join(parts))
            if call == "bind" and port and 0 < int(port[1]) < 1024:
                yield "word", "capability net_bind_service", None
        elif call == "socket":
            kind = re.match(r"SOCK_(\w+)", parts[1])[1].lower()
            yield "word", f"network {FAMILIES.get(parts[0], parts[0])} {kind}", None
            if parts[0] == "AF_PACKET" or kind == "raw" and parts[0] != "AF_NETLINK":
                yield "word", "capability net_raw", None


def main(profile_path, trace_path, name):
    with open(profile_path, encoding="utf-8") as file:
        profile = Profile(file.read())
    with open(trace_path, encoding="utf-8", errors="replace") as file:
        wanted = collections.Counter()
        for kind, subject, letters in needs(file, name):
            wanted[kind, re.sub(r" \(deleted\)$", "", subject), "".join(sorted(letters or ""))] += 1
    files = [(subject, letters) for kind, subject, letters in wanted if kind == "file"]
    words = [subject for kind, subject, _ in wanted if kind == "word"]
    # The kernel asks about a directory with a slash at its end, and not every call says that it is one.
    missing = [f"{path} {letters}" for path, letters in files
               if not profile.grants(path, set(letters)) and not profile.grants(path + "/", set(letters))]
    unsaid = [word for word in words if word not in profile.words and " ".join(word.split()[:2]) not in profile.words]
    print(f"ok   the profile grants each of {len(files)} uses of files" if not missing and len(files) > 40
          else f"FAIL the profile grants each of {len(files)} uses of files: {'; '.join(sorted(missing))}")
    print(f"ok   and each of {len(words)} kinds of sockets and capabilities" if not unsaid and len(words) > 6
          else f"FAIL and each of {len(words)} kinds of sockets and capabilities: {'; '.join(sorted(unsaid))}")
    must_not = [("/etc/shadow", "r"), ("/etc/passwd", "w"), ("/usr/sbin/pilotfish", "w"), ("/root/.ssh/id_ed25519", "r"),
                ("/home/alice/.ssh/id_ed25519", "r"), ("/etc/pilotfish/pilotfish.toml", "w"), ("/srv/pilotfish/vmlinuz", "w"),
                ("/var/lib/pilotfish/program", "x"), ("/tmp/program", "x"), ("/dev/mem", "r"), ("/proc/kcore", "r"),
                ("/proc/1/environ", "r"), ("/sys/kernel/security/apparmor/.remove", "w")]
    open_doors = [f"{path} {letter}" for path, letter in must_not if profile.grants(path, {letter})]
    print(f"ok   and none of {len(must_not)} that nobody needs" if not open_doors
          else f"FAIL and none of {len(must_not)} that nobody needs: {'; '.join(open_doors)}")


main(*sys.argv[1:])
