"""Types on the keyboard of a machine, whose layout is that of the United States.

Usage: keyboard.py SOCKET WORD…; SOCKET is QEMU's, for its machine protocol (QMP). A WORD in angle brackets is a key, <ret>,
any other is typed as it is.
"""

import string
import sys
import time

from monitor import Monitor

PLAIN = {" ": "spc", "-": "minus", "=": "equal", ".": "dot", ",": "comma", "/": "slash", ";": "semicolon"}
SHIFTED = {"!": "1", "@": "2", "#": "3", "$": "4", "%": "5", "&": "7", "*": "8", "_": "minus", "+": "equal",
           ":": "semicolon", "?": "slash"}

# Seconds. Firmware looks at its keyboard some twenty times a second, and in emulation sometimes less.
HELD, PAUSE = 0.05, 0.2


def keys(word):
    """What is held down at once, for each sign of a word."""
    if word.startswith("<") and word.endswith(">"):
        yield [word[1:-1]]
        return
    for sign in word:
        if sign in string.ascii_lowercase + string.digits:
            yield [sign]
        elif sign in string.ascii_uppercase:
            yield ["shift", sign.lower()]
        elif sign in SHIFTED:
            yield ["shift", SHIFTED[sign]]
        else:
            yield [PLAIN[sign]]


if __name__ == "__main__":
    monitor = Monitor(sys.argv[1])
    for word in sys.argv[2:]:
        for held in keys(word):
            monitor.ask("send-key", **{"keys": [{"type": "qcode", "data": key} for key in held],
                                       "hold-time": int(HELD * 1000)})
            time.sleep(HELD + PAUSE)
