"""Prints what the logs of a lab say, as it is said: seconds since power-on, who, what.

Usage: transcript.py WORK-DIRECTORY; ends by SIGTERM, after a last look at every log.
"""

import os
import re
import signal
import sys
import time

SPEAKERS = {
    "router.log": "router",
    "other-daemon.log": "port 67",
    "pilotfish.log": "pilotfish",
    "serial.log": "machine",
    "machine.log": "qemu",
}
# Firmware paints its screen on the serial line: colours, cursor moves, carriage returns.
TERMINAL = re.compile(r"\x1b\[[0-9;=?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1bc|[\x00-\x08\x0b-\x1f]")
# A jump to another place of the screen ends a line like a new line does.
LINE_END = re.compile(rb"\r\n|\n|\r|\x1b\[\d+;\d+H")


class Log:
    """A file that grows; hands out its lines once they are complete."""

    def __init__(self, path, speaker):
        self.path, self.speaker = path, speaker
        self.offset, self.rest, self.last = 0, b"", None

    def lines(self, final):
        try:
            with open(self.path, "rb") as file:
                file.seek(self.offset)
                data = file.read()
        except FileNotFoundError:
            self.offset, self.rest = 0, b""
            return
        self.offset += len(data)
        *whole, self.rest = LINE_END.split(self.rest + data)
        if final and self.rest:
            whole.append(self.rest)
        for raw in whole:
            line = TERMINAL.sub("", raw.decode("utf-8", "replace")).rstrip()
            # A progress line that is painted again says nothing new.
            if line.strip() and line != self.last:
                self.last = line
                yield line


def power_on(directory):
    try:
        with open(os.path.join(directory, "power-on"), encoding="ascii") as file:
            return float(file.read())
    except (FileNotFoundError, ValueError):
        return None


def main():
    directory = sys.argv[1]
    logs = [Log(os.path.join(directory, name), speaker) for name, speaker in SPEAKERS.items()]
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    # Ctrl-C is for the script that started us; it stops us when everybody else has spoken.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        final = bool(stopped)
        began = power_on(directory)
        clock = f"{time.time() - began:7.2f}" if began else "      -"
        for log in logs:
            for line in log.lines(final):
                print(f"{clock}  {log.speaker:<10} {line}", flush=True)
        if final:
            return
        time.sleep(0.02)


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        # Nobody reads any more; the boot itself goes on.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
