"""Becomes a program with limits of its own: `launch.py <parent's process id> <limits as JSON> <program> <arguments>`.

It is run by path and stands between the parent and the program, because code between fork and exec of a process with
threads may hang. The program ends with its parent.
"""

import ctypes
import json
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that the kernel sends when the thread that started us ends."""
_PR_SET_NO_NEW_PRIVS = 38
"""prctl(2): no program started from here gains rights by being executed."""

if __name__ == "__main__":
    parent, limits, program = int(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3:]
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # The parent may have ended before the kernel was asked.
    if os.getppid() != parent:
        sys.exit(1)
    for name, wanted in limits.items():
        number = getattr(resource, name)
        hard = resource.getrlimit(number)[1]
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(number, (most, most))
    os.umask(0o077)
    os.execv(program[0], program)  # noqa: S606 - the parent says which program, and no shell is wanted
