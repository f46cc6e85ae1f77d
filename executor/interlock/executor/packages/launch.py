"""Becomes a program with limits of its own: `launch.py <parent's process id> <how, as JSON> <program> <arguments>`.

How: `{"limits": {"RLIMIT_...": number}, "reads": [path], "writes": [path], "network": true or false, "unconfined":
status}`, the last of which it ends with when the kernel does not confine it though it says that it can.

It is run by path and stands between the parent and the program, because code between fork and exec of a process with
threads may hang. The program ends with its parent.
"""

import ctypes
import importlib.machinery
import json
import os
import resource
import signal
import sys
import types

_PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that the kernel sends when the thread that started us ends."""
_PR_SET_NO_NEW_PRIVS = 38
"""prctl(2): no program started from here gains rights by being executed."""

if __name__ == "__main__":
    parent, how, program = int(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3:]
    # By path, as this is: the interpreter looks nowhere for modules of ours.
    place = os.path.join(os.path.dirname(os.path.abspath(__file__)), "confinement.py")  # noqa: PTH100, PTH118, PTH120 - quick
    confinement = types.ModuleType("confinement")
    importlib.machinery.SourceFileLoader("confinement", place).exec_module(confinement)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # The parent may have ended before the kernel was asked.
    if os.getppid() != parent:
        sys.exit(1)
    for name, wanted in how["limits"].items():
        number = getattr(resource, name)
        hard = resource.getrlimit(number)[1]
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(number, (most, most))
    os.umask(0o077)
    try:
        confinement.confine([*how["reads"], program[0]], how["writes"], network=how["network"])
    except OSError as error:
        # Not without it: whoever looks at the doctor's report relies on it.
        sys.stderr.write(f"{error.strerror}\n")
        sys.exit(how["unconfined"])
    os.execv(program[0], program)  # noqa: S606 - the parent says which program, and no shell is wanted
