"""Holds one thread of a process still, and no other: hold.py PROCESS THREAD. Prints `held`, and lets it go when it is ended."""
import os
import signal
import sys
import time

from tracer import ALL, DETACH, SEIZE, interrupt, thread_named, trace


def main():
    process, name = int(sys.argv[1]), sys.argv[2]
    thread = thread_named(process, name)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    trace(SEIZE, thread)
    try:
        interrupt(thread)
        print("held", flush=True)
        # When its process ends it does so when we have seen it: nobody else may.
        for _ in range(600):
            if os.waitpid(thread, ALL | os.WNOHANG) != (0, 0):
                return
            time.sleep(0.1)
    finally:
        try:
            trace(DETACH, thread)
        except ProcessLookupError:
            pass


main()
