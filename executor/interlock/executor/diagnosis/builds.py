"""Builds: whether the kernel keeps npm and esbuild from the files and the network of this machine."""

from typing import Final

from interlock.executor.diagnosis.findings import Finding, Findings
from interlock.executor.packages import confinement

PART: Final = "builds"

_WITHOUT: Final = (
    "Build on Linux 5.19 or newer with Landlock (`landlock` in /sys/kernel/security/lsm), in a container that allows "
    "it. Without, what they read is looked at afterwards, and limits hold them."
)
_WITH_TCP: Final = 4


async def check(version: int | None = None) -> Findings:
    """Look at the kernel; `version` is that of its Landlock."""
    found = confinement.version() if version is None else version
    if found < confinement.LEAST_VERSION:
        yield Finding(PART, "warning", "the kernel does not confine npm and esbuild to their own files", _WITHOUT)
        return
    network = "" if found >= _WITH_TCP else "; it is too old to keep esbuild from TCP by itself, so seccomp alone does"
    yield Finding(PART, "ok", f"the kernel confines npm and esbuild to their own files (Landlock {found}){network}")
