"""Running npm and esbuild: with an environment that is given whole, the files they need, limits, an end, and output
that is bounded.
"""

import asyncio
import contextlib
import errno
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_LAUNCH: Final = str(Path(__file__).with_name("launch.py"))
_CHUNK: Final = 1 << 16
_UNCONFINED: Final = 119
"""The status of `launch.py` when it could not confine a program. Neither npm nor esbuild ends with it."""
_OUTPUT_BYTES: Final = 1 << 20
"""What is kept of each stream of a program; more is read and dropped, so that it never waits for us."""


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """What a program may use. No address space: V8 and Go reserve far more of it than they use."""

    wall_s: float
    cpu_s: int
    memory_bytes: int
    """Private memory that it may write to (RLIMIT_DATA)."""
    file_bytes: int
    processes: int = 4_096
    """Of the whole user, as the kernel counts: it ends what multiplies without end."""
    open_files: int = 4_096

    def by_name(self) -> dict[str, int]:
        """Return them as `launch.py` reads them."""
        return {
            "RLIMIT_CPU": self.cpu_s,
            "RLIMIT_DATA": self.memory_bytes,
            "RLIMIT_FSIZE": self.file_bytes,
            "RLIMIT_NPROC": self.processes,
            "RLIMIT_NOFILE": self.open_files,
            "RLIMIT_CORE": 0,
        }


@dataclass(frozen=True, slots=True)
class Reach:
    """What a program may read beside itself, and whether it has a network. It writes to its own folder alone."""

    reads: tuple[Path, ...] = ()
    network: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended. `status` is negative for a signal; it was killed by us when `timed_out`."""

    status: int
    output: str
    errors: str
    timed_out: bool = False


async def run(
    program: Sequence[str], *, folder: Path, environment: Mapping[str, str], limits: ChildLimits, reach: Reach
) -> Finished:
    """Run a program to its end in a session of its own. Cancelled or late, its whole group is killed first.

    Raises OSError when it cannot be started.
    """
    how = {
        "limits": limits.by_name(),
        "reads": [str(path) for path in reach.reads],
        "writes": [str(folder), "/dev/null"],
        "network": reach.network,
        "unconfined": _UNCONFINED,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", _LAUNCH, str(os.getpid()), json.dumps(how), *program),
        cwd=folder,
        env=dict(environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None  # noqa: S101 - they were asked for
    assert process.stderr is not None  # noqa: S101
    timed_out, output, errors = False, bytearray(), bytearray()
    try:
        async with asyncio.timeout(limits.wall_s):
            await asyncio.gather(_kept(process.stdout, output), _kept(process.stderr, errors), process.wait())
    except TimeoutError:
        timed_out = True
    finally:
        _kill(process.pid)
        status = await process.wait()
    if status == _UNCONFINED:
        raise PermissionError(
            errno.EPERM, f"the kernel did not confine it ({errors.decode('utf-8', 'replace').strip()})"
        )
    return Finished(status, output.decode("utf-8", "replace"), errors.decode("utf-8", "replace"), timed_out)


async def _kept(stream: asyncio.StreamReader, into: bytearray) -> None:
    while chunk := await stream.read(_CHUNK):
        into += chunk[: _OUTPUT_BYTES - len(into)]


def _kill(group: int) -> None:
    # Its number is its leader's, who is not waited for yet or just was: what is left of the group keeps the number.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
