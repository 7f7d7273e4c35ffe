"""Starts a program as systemd does that opened its sockets: activate.py USER SOCKET... -- PROGRAM ARGUMENT...

USER is a number; the program has that user and group, no other group, and no capability, nor a way to one. A SOCKET is
NAME=KIND:PLACE, as dhcp=udp:0.0.0.0:67, http=tcp:[::]:80 or control=unix:/path; a Unix socket belongs to USER.
"""
import os
import socket
import sys

FIRST = 3


def opened(kind, place, user):
    """A socket of that kind, bound, and listening if it is one of streams."""
    if kind == "unix":
        if os.path.exists(place):
            os.unlink(place)
        own = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        own.bind(place)
        os.chown(place, user, user)
        own.listen(8)
        return own
    host, _, port = place.rpartition(":")
    host = host.strip("[]")
    own = socket.socket(
        socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
    if ":" in host:
        own.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    if kind == "tcp":
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    own.bind((host, int(port)))
    if kind == "tcp":
        own.listen(128)
    return own


def main():
    end = sys.argv.index("--")
    user, sockets, program = int(sys.argv[1]), sys.argv[2:end], sys.argv[end + 1:]
    names, spare = [], []
    for word in sockets:
        name, _, rest = word.partition("=")
        kind, _, place = rest.partition(":")
        names.append(name)
        # Out of the way of the numbers that they shall have.
        with opened(kind, place, user) as own:
            spare.append(os.dup2(own.fileno(), 100 + len(spare)))
    for place, number in enumerate(spare):
        os.dup2(number, FIRST + place)
        os.close(number)
    # The id stays the same through both programs.
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(names)), LISTEN_FDNAMES=":".join(names))
    if "WATCHDOG_USEC" in os.environ:
        os.environ["WATCHDOG_PID"] = str(os.getpid())
    rights = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--inh-caps=-all", "--ambient-caps=-all",
              "--bounding-set=-all", "--no-new-privs"]
    os.execvp("setpriv", rights + program)


main()
