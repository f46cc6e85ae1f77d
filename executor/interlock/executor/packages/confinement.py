"""What a program of a build may touch, told to the kernel: Landlock for files, TCP and signals, seccomp for sockets and
sessions.

Both are for everybody, without privileges, and cannot be undone by who is confined: they hold for whatever it becomes
and starts. Landlock (Linux 5.19 and newer, https://docs.kernel.org/userspace-api/landlock.html) lets nothing be read
or written but what is named, and hides other processes: their environment holds our settings. It knows TCP alone, so
a program that needs no network is not given sockets of any kind.

Where the kernel has neither, the other limits of a build remain; `interlock doctor` says so.

The standard library alone: `launch.py` uses it in an interpreter that has nothing else.
"""

import ctypes
import errno
import os
import stat
import struct
import sys
from collections.abc import Sequence

LEAST_VERSION = 2
"""Of Landlock's interface: the first could not move a file to another folder, which npm does all the time."""

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
"""Numbers of system calls, the same on every machine that Linux runs on since they were added."""
_VERSION_FLAG = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL_DEVICE = 1 << 14, 1 << 15
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE
_MAKE_DEVICES = 1 << 6 | 1 << 11
_BIND_TCP, _CONNECT_TCP = 1 << 0, 1 << 1
_SCOPES = 1 << 0 | 1 << 1
"""Abstract Unix sockets, and signals: of other processes than those that are confined with it."""

_PR_SET_SECCOMP, _SECCOMP_FILTER = 22, 2
_MACHINES = {"x86_64": (0xC000003E, 41, (112, 109)), "aarch64": (0xC00000B7, 198, (157, 154))}
"""How the kernel calls a machine (AUDIT_ARCH_...); the numbers of socket(2), and of setsid(2) and setpgid(2), on it."""
_IO_URING_SETUP = 425
"""With it, sockets are made without socket(2)."""
_OTHER_CALLS = 0x40000000
"""Numbers from here on are those of another interface of the same machine (x32)."""


def version() -> int:
    """Return the version of Landlock's interface that the kernel has; 0: none, or it is switched off."""
    if sys.platform != "linux":
        return 0
    found: int = _libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_FLAG)
    return max(0, found)


def confine(reads: Sequence[str], writes: Sequence[str], *, network: bool) -> None:
    """Let this process, and all that comes of it, read and write these files and folders and no others.

    What is not there is passed over. Without `network`, it makes no sockets. Raises OSError where the kernel can do it,
    and does not. `PR_SET_NO_NEW_PRIVS` has to be set.
    """
    if (found := version()) >= LEAST_VERSION:
        _restrict_files(found, reads, writes, network=network)
    # An interpreter of 32 bits speaks to the kernel as another machine.
    if sys.platform == "linux" and sys.maxsize > 1 << 32 and os.uname().machine in _MACHINES:
        machine, socket, sessions = _MACHINES[os.uname().machine]
        # Whatever it starts stays in its session, which is ended as a whole.
        _refuse_calls(machine, sessions if network else (*sessions, socket, _IO_URING_SETUP))


def _restrict_files(found: int, reads: Sequence[str], writes: Sequence[str], *, network: bool) -> None:
    handled = (1 << 13) - 1 | 1 << 13 | (_TRUNCATE if found >= 3 else 0) | (_IOCTL_DEVICE if found >= 5 else 0)
    attributes = struct.pack("=Q", handled)
    if found >= 4:
        attributes += struct.pack("=Q", _BIND_TCP | (0 if network else _CONNECT_TCP))
    if found >= 6:
        attributes += struct.pack("=Q", _SCOPES)
    libc = _libc()
    ruleset = _checked(libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0))
    for paths, access in ((reads, _READ), (writes, handled & ~_MAKE_DEVICES & ~_IOCTL_DEVICE)):
        for path in paths:
            try:
                handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            allowed = access if stat.S_ISDIR(os.fstat(handle).st_mode) else access & _OF_FILES
            rule = struct.pack("=Qi", allowed & handled, handle)
            _checked(libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0))
            os.close(handle)
    _checked(libc.syscall(_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _refuse_calls(machine: int, calls: Sequence[int]) -> None:
    """A filter of a few questions (seccomp(2), bpf(2)): another machine's calls, then numbers of system calls."""
    load, equal, at_least, end = 0x20, 0x15, 0x35, 0x06
    refuse, allow, kill = 0x00050000 | errno.EACCES, 0x7FFF0000, 0x80000000
    questions = [(at_least, _OTHER_CALLS), *((equal, call) for call in calls)]
    program = [
        (load, 0, 0, 4),  # struct seccomp_data: the machine stands behind the number
        (equal, 1, 0, machine),
        (end, 0, 0, kill),
        (load, 0, 0, 0),
        # A yes leads over the questions that are left, and over what allows.
        *((kind, len(questions) - number, 0, value) for number, (kind, value) in enumerate(questions)),
        (end, 0, 0, allow),
        (end, 0, 0, refuse),
    ]
    text = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *each) for each in program))
    described = struct.pack("HxxxxxxP", len(program), ctypes.addressof(text))
    _checked(_libc().prctl(_PR_SET_SECCOMP, _SECCOMP_FILTER, described, 0, 0))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer
