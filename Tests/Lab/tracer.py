"""What hold.py and inject.py share: tracing one thread of a process, which leaves the others alone (ptrace(2)).

A signal would stop all threads; a tracer stops one (PTRACE_SEIZE and PTRACE_INTERRUPT).
"""
import ctypes
import os

SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
ALL = 0x40000000  # __WALL

library = ctypes.CDLL(None, use_errno=True)
library.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
library.ptrace.restype = ctypes.c_long


def trace(request, thread, address=None, data=None):
    if library.ptrace(request, thread, address, data) != 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x}")


def interrupt(thread):
    """Stops a thread that is traced."""
    trace(INTERRUPT, thread)
    os.waitpid(thread, ALL)


def thread_named(process, name):
    for thread in os.listdir(f"/proc/{process}/task"):
        with open(f"/proc/{process}/task/{thread}/comm", encoding="ascii") as file:
            if file.read().strip() == name:
                return int(thread)
    raise SystemExit(f"FAIL process {process} has no thread {name}")
