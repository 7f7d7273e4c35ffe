"""Has a thread of a running process make system calls that it would never make: inject.py PROCESS THREAD [CALL…]. For each call
but those named, a line says whether it was refused: `ok   …` or `FAIL …`. The thread goes on as if nothing had been.

inject.py PROCESS THREAD --last CALL makes one call only, lets the thread go with whatever comes of it, and says `made`.

A tracer stops the thread where it waits in a system call, and has it run that instruction again with other registers (ptrace(2)).
"""
import ctypes
import errno
import os
import signal
import struct
import sys
import time

from tracer import ALL, DETACH, SEIZE, interrupt, thread_named, trace

CONTINUE, SINGLESTEP, GETREGS, SETREGS = 7, 9, 12, 13
REGISTERS = (
    "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base ds es fs gs"
).split()
SYSCALL = b"\x0f\x05"
# What lies below the stack's end may be in use that far (the red zone of the x86-64 ABI).
RED_ZONE = 128
ROOM = 256
AT_FDCWD = -100

# In place of an argument: the process that started the one that is tried, and who started that. A helper's parent is its keeper,
# which is confined with it; above that is the service, which runs as the same user.
PARENT, GRANDPARENT = object(), object()
# That calls arrive as they are meant: who makes them is known, and a device is opened that everybody here has.
GETPID, OPENAT, CLOSE = 39, 257, 3
# No other error is a refusal: it would say that the call was made, and went wrong.
REFUSALS = (errno.EPERM, errno.EACCES)

# Name, number, arguments; a text stands in memory, and its address is the argument. None harms the host where it is not refused.
CALLS = {
    "reads a file of root": (OPENAT, (AT_FDCWD, "/etc/shadow", os.O_RDONLY, 0)),
    # Anybody may, by its permissions.
    "reads a file that is none of its business": (OPENAT, (AT_FDCWD, "/usr/bin/env", os.O_RDONLY, 0)),
    "writes outside of its state": (OPENAT, (AT_FDCWD, "/tmp/pilotfish-was-here", os.O_CREAT | os.O_WRONLY, 0o600)),
    "removes a file": (263, (AT_FDCWD, "/tmp/pilotfish-was-here", 0)),
    "forks": (57, ()),
    "runs a program": (59, ("/bin/true", 0, 0)),
    "traces its parent": (101, (SEIZE, PARENT, 0, 0)),
    "signals its parent": (234, (PARENT, PARENT, 0)),
    "signals its parent's parent": (234, (GRANDPARENT, GRANDPARENT, 0)),
    "makes memory that is run": (9, (0, 4096, 7, 0x22, -1, 0)),
    "opens a TCP socket": (41, (2, 1, 0)),
    "opens a UDP socket": (41, (2, 2, 0)),
    "gives a socket an address": (49, (-1, 0, 0)),
    "opens a raw socket": (41, (2, 3, 255)),
    "opens a packet socket": (41, (17, 3, 0)),
    "mounts": (165, ("none", "/mnt", "tmpfs", 0, 0)),
    "makes namespaces": (272, (0x10000000,)),
    "becomes root": (105, (0,)),
    "loads code into the kernel": (321, (5, 0, 0)),
    "reads memory of another": (310, (1, 0, 0, 0, 0, 0)),
    "goes around the filter by io_uring": (425, (1, 0)),
}


def registers(thread):
    octets = ctypes.create_string_buffer(8 * len(REGISTERS))
    trace(GETREGS, thread, None, octets)
    return dict(zip(REGISTERS, struct.unpack(f"<{len(REGISTERS)}Q", octets.raw)))


def set_registers(thread, values):
    octets = struct.pack(f"<{len(REGISTERS)}Q", *(values[name] & 0xFFFFFFFFFFFFFFFF for name in REGISTERS))
    trace(SETREGS, thread, None, ctypes.create_string_buffer(octets))


def stop_in_call(thread, memory):
    """Stops it behind the instruction of a system call; one that computes is looked at again."""
    for _ in range(200):
        interrupt(thread)
        values = registers(thread)
        if os.pread(memory, 2, values["rip"] - 2) == SYSCALL:
            return values
        trace(CONTINUE, thread)
        time.sleep(0.01)
    raise SystemExit(f"thread {thread} is never seen in a system call")


def prepare(thread, memory, values, number, arguments):
    """The thread makes this call next. Where in its memory texts were put, and what was there."""
    place = values["rsp"] - RED_ZONE - ROOM
    before = os.pread(memory, ROOM, place)
    wanted, used = dict(values), 0
    wanted.update(rax=number, orig_rax=-1, rip=values["rip"] - 2)
    for register, argument in zip(("rdi", "rsi", "rdx", "r10", "r8", "r9"), arguments):
        if isinstance(argument, str):
            octets = argument.encode() + b"\0"
            os.pwrite(memory, octets, place + used)
            argument, used = place + used, used + len(octets)
        wanted[register] = argument
    set_registers(thread, wanted)
    return place, before


def call(thread, memory, values, number, arguments):
    """What the call returns to the thread: negative for an error."""
    place, before = prepare(thread, memory, values, number, arguments)
    trace(SINGLESTEP, thread)
    _, status = os.waitpid(thread, ALL)
    if not os.WIFSTOPPED(status):
        raise SystemExit(f"FAIL the process ended: status {status:#x}")
    if os.WSTOPSIG(status) != signal.SIGTRAP:
        raise SystemExit(f"FAIL the thread was stopped by signal {os.WSTOPSIG(status)}")
    result = struct.unpack("<q", struct.pack("<Q", registers(thread)["rax"]))[0]
    os.pwrite(memory, before, place)
    return result


def try_all(process, name, thread, memory, values, may):
    """A line for each call; what it may make is left out."""
    made = call(thread, memory, values, GETPID, ())
    device = call(thread, memory, values, OPENAT, (AT_FDCWD, "/dev/null", os.O_RDONLY, 0))
    closed = call(thread, memory, values, CLOSE, (device,))
    if (made, closed) == (process, 0) and device >= 0:
        print(f"ok   {name} makes calls that it may make")
    else:
        print(f"FAIL {name} makes calls that it may make: process {made}, descriptor {device}, closed {closed}")
    for what in (what for what in CALLS if what not in may):
        result = call(thread, memory, values, *resolved(what, process))
        if -result in REFUSALS:
            print(f"ok   {name} {what}: refused ({errno.errorcode[-result]})")
        else:
            print(f"FAIL {name} {what}: the call returned {errno.errorcode.get(-result, result)}")


def resolved(what, process):
    """The call's number and its arguments, for that process."""
    number, arguments = CALLS[what]
    parent = parent_of(process)
    above = {PARENT: parent, GRANDPARENT: parent_of(parent)}
    return number, [above.get(argument, argument) for argument in arguments]


def parent_of(process):
    with open(f"/proc/{process}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("PPid:"))


def main():
    if os.uname().machine != "x86_64":
        raise SystemExit("FAIL the registers of this processor are not known here")
    process, name, *words = sys.argv[1:]
    process = int(process)
    last, may = (words[1], []) if words[:1] == ["--last"] else (None, words)
    for what in [*may, *([last] if last else [])]:
        if what not in CALLS:
            raise SystemExit(f"FAIL no call is named so: {what}")
    thread = thread_named(process, name)
    memory = os.open(f"/proc/{process}/mem", os.O_RDWR)
    trace(SEIZE, thread)
    try:
        values = stop_in_call(thread, memory)
        if last:
            prepare(thread, memory, values, *resolved(last, process))
            print("made")
            return
        try:
            try_all(process, name, thread, memory, values, may)
        finally:
            set_registers(thread, values)
    finally:
        trace(DETACH, thread)


main()
