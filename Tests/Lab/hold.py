"""Holds one thread of a process still, and no other: hold.py PROCESS THREAD. Prints `held`, and lets it go when it is ended.

A signal would stop all threads; a tracer stops one (ptrace(2), PTRACE_SEIZE and PTRACE_INTERRUPT).
"""
import ctypes
import os
import signal
import sys
import time

SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17

library = ctypes.CDLL(None, use_errno=True)
library.ptrace.argtypes = [ctypes.c_long] * 4
library.ptrace.restype = ctypes.c_long


def trace(request, thread):
    if library.ptrace(request, thread, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x}")


def thread_named(process, name):
    for thread in os.listdir(f"/proc/{process}/task"):
        with open(f"/proc/{process}/task/{thread}/comm", encoding="ascii") as file:
            if file.read().strip() == name:
                return int(thread)
    raise SystemExit(f"process {process} has no thread {name}")


def main():
    process, name = int(sys.argv[1]), sys.argv[2]
    thread = thread_named(process, name)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    trace(SEIZE, thread)
    try:
        trace(INTERRUPT, thread)
        os.waitpid(thread, 0x40000000)  # __WALL
        print("held", flush=True)
        # When its process ends it does so when we have seen it: nobody else may.
        for _ in range(600):
            if os.waitpid(thread, 0x40000000 | os.WNOHANG) != (0, 0):
                return
            time.sleep(0.1)
    finally:
        try:
            trace(DETACH, thread)
        except ProcessLookupError:
            pass


main()
