"""Programs of Python that tests start by the dozen, forked from a process that has imported what they import.

A start takes some milliseconds in place of a second of CPU. What comes of it is a process like any other: it has a pid,
sockets, environment and a standard output of its own, and ends by whatever signal a test sends it.

Run as a program, this file is the process that forks:

    forked.py DESCRIPTOR MODULE ...     listens on this socket; ends with its standard input

    asked   {"program", "words", "environment"} as JSON, with the descriptor that becomes standard output
    answer  a line with the pid; a line with the exit status, negative for a signal, when it has ended
"""

import asyncio
import contextlib
import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_MOST = 65_536


@dataclass
class Forked:
    """A process that was forked, with what tests use of `asyncio.subprocess.Process`."""

    pid: int
    stdout: asyncio.StreamReader
    returncode: int | None
    _descriptor: int
    _told: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    _output: asyncio.ReadTransport

    def send_signal(self, number: int) -> None:
        """Send it a signal; none when it has ended."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """Wait for its end and return its exit status."""
        if self.returncode is None:
            line = await self._told[0].readline()
            if self.returncode is None:
                self.returncode = int(line)
        return self.returncode

    async def close(self) -> None:
        """Kill it if it still runs, and let go of everything."""
        self.kill()
        await self.wait()
        os.close(self._descriptor)
        self._output.close()
        self._told[1].close()
        await self._told[1].wait_closed()


@dataclass(frozen=True)
class Forking:
    """The process that forks. Its `start` is all that tests call."""

    address: str

    async def start(self, program: Path, *words: object, environment: Mapping[str, str]) -> Forked:
        """Start a program with these words and nothing in its environment but this."""
        loop, (reading, writing) = asyncio.get_running_loop(), os.pipe()
        asked = {"program": str(program), "words": [*map(str, words)], "environment": {**environment}}
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self.address)
        socket.send_fds(connection, [json.dumps(asked).encode()], [writing])
        os.close(writing)
        told = await asyncio.open_unix_connection(sock=connection)
        pid = int(await told[0].readline())
        stdout = asyncio.StreamReader()
        output, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stdout), os.fdopen(reading, "rb", buffering=0)
        )
        return Forked(pid, stdout, None, os.pidfd_open(pid), told, output)


@contextlib.contextmanager
def forking(folder: Path, modules: Sequence[str], *search: Path) -> Iterator[Forking]:
    """Have a process that forks, with these modules imported; `search` is where programs find those of the tests."""
    address = str(folder / "forking")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        # It inherits the socket: who asks before it is ready waits in line.
        process = subprocess.Popen(
            [sys.executable, __file__, str(listening.fileno()), *modules],
            stdin=subprocess.PIPE,
            pass_fds=[listening.fileno()],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, search))},
        )
    try:
        yield Forking(address)
    finally:
        assert process.stdin
        process.stdin.close()
        process.wait()


def _serve(listening: socket.socket) -> tuple[str, list[str]] | None:
    """Fork until the input ends. Returns None then; and in each child its program and words."""
    ended, waking = socket.socketpair()
    waking.setblocking(False)
    signal.set_wakeup_fd(waking.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    running: dict[int, socket.socket] = {}
    with selectors.DefaultSelector() as selector:
        for source in (listening, ended, sys.stdin):
            selector.register(source, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if sys.stdin in ready:
                return None
            if listening in ready:
                connection, _ = listening.accept()
                asked, (output, *_), _, _ = socket.recv_fds(connection, _MOST, 1)
                pid = os.fork()
                if pid == 0:
                    break
                os.close(output)
                running[pid] = connection
                _tell(connection, pid)
            if ended in ready:
                ended.recv(_MOST)
                _reap(running)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for each in (listening, ended, waking, connection, *running.values()):
        each.close()
    return _become(json.loads(asked), output)


def _become(asked: Mapping[str, object], output: int) -> tuple[str, list[str]]:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for given, stream in ((nothing, sys.stdin), (output, sys.stdout)):
        os.dup2(given, stream.fileno())
        os.close(given)
    environment, words = asked["environment"], asked["words"]
    assert isinstance(environment, dict)
    assert isinstance(words, list)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:0] = [folder for folder in environment.get("PYTHONPATH", "").split(os.pathsep) if folder]
    return str(asked["program"]), words


def _reap(running: dict[int, socket.socket]) -> None:
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            with running.pop(found[0]) as connection:
                _tell(connection, os.waitstatus_to_exitcode(found[1]))


def _tell(connection: socket.socket, number: int) -> None:
    # Whoever started it may have gone.
    with contextlib.suppress(OSError):
        connection.sendall(f"{number}\n".encode())


if __name__ == "__main__":
    for module in sys.argv[2:]:
        importlib.import_module(module)
    # A fork of a process with threads has locks that nobody opens again.
    assert threading.active_count() == 1
    gc.freeze()
    chosen = _serve(socket.socket(fileno=int(sys.argv[1])))
    if chosen is not None:
        sys.argv = [chosen[0], *chosen[1]]
        runpy.run_path(chosen[0], run_name="__main__")
