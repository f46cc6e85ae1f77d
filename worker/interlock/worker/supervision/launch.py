"""Becomes a program that ends with its parent. Run by path: `launch.py <parent's process id> <program> <arguments>`.

It stands between the parent and the program because code between fork and exec of a process with threads may hang.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that the kernel sends when the thread that started us ends."""

if __name__ == "__main__":
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    # The parent may have ended before the kernel was asked.
    if os.getppid() != parent:
        sys.exit(1)
    os.execv(program[0], program)  # noqa: S606 - the parent says which program, and no shell is wanted
