"""What each process of a tree has computed: where the time of an event goes, whoever waits for whom."""

import os
from pathlib import Path
from typing import Final

_TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")
_PROC: Final = Path("/proc")


def by_part(root: int) -> dict[str, float]:
    """Seconds of CPU, user and system, of the process `root` and all its descendants, by the part they are."""
    spent: dict[str, float] = {}
    for pid in _tree(root):
        try:
            part = "API and housekeeping" if pid == root else _part(pid)
            spent[part] = spent.get(part, 0.0) + _seconds(pid)
        except OSError:
            continue
    return spent


def pid_of(root: int, part: str) -> int:
    """The process that is this part of the tree below `root`. Raises ValueError unless it is one."""
    [pid] = [pid for pid in _tree(root)[1:] if _part(pid) == part]
    return pid


def seconds_of(pid: int) -> float:
    """Seconds of CPU of one process."""
    return _seconds(pid)


def threads_of(pid: int) -> int:
    """Threads of one process."""
    return len(list((_PROC / str(pid) / "task").iterdir()))


def _tree(root: int) -> list[int]:
    parents = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int(_fields(int(entry.name))[1])
            except OSError:
                continue
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def _part(pid: int) -> str:
    words = (_PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace")
    if "valkey" in words:
        return "Valkey"
    return "builder" if "builds" in words else "workers"


def _seconds(pid: int) -> float:
    fields = _fields(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND


def _fields(pid: int) -> list[str]:
    # proc_pid_stat(5), from the state on: the name before it may hold blanks.
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
