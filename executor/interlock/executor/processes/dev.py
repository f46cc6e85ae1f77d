"""`interlock dev`: everything on one machine, from one command, in one folder.

    started   data folder, Valkey, tables, keys, workers, API
    stopped   API, which takes nothing new and waits for what its callers wait for; workers; Valkey

Each part is a context manager inside the one it stands on. All children are told by the kernel when this process ends
in any other way.
"""

import contextlib
import socket
import sys
from collections.abc import Iterator
from typing import Final

import structlog
from pydantic import SecretStr

from interlock.executor import composition, data_folder, key_providers, store
from interlock.executor.data_folder import DataFolder
from interlock.executor.embedded import valkey
from interlock.executor.housekeeping import keeping
from interlock.executor.processes import api, children, running
from interlock.executor.processes.serving import bound, serving
from interlock.executor.service import first_key
from interlock.executor.settings import PREFIX, Settings
from interlock.executor.store import Database
from interlock.worker.supervision import stopping_on_signals, supervised

_log: Final = structlog.get_logger(__name__)


def run(settings: Settings) -> int:
    """Run everything until SIGTERM or SIGINT. Returns the exit status: 0 when all that was held was finished."""
    with (
        running.process("dev", settings),
        data_folder.held(settings.data) as folder,
        bound(settings.host, settings.port) as opened,
    ):
        composition.prepare_engine()
        with _redis(settings, folder) as redis_url:
            # Valkey is started here and not in the loop: its life hangs on this thread, and Ctrl-C ends a long start.
            whole = _completed(settings, folder, redis_url)
            return running.run(lambda: _run(whole, folder, redis_url, opened, made=not settings.has_keys))


@contextlib.contextmanager
def _redis(settings: Settings, folder: DataFolder) -> Iterator[str]:
    if settings.redis_url is not None:
        yield settings.redis_url.get_secret_value()
        return
    with valkey(folder.valkey) as server:
        _log.info("valkey_ready")
        yield server.url
        _log.info("valkey_stops")


def _completed(settings: Settings, folder: DataFolder, redis_url: str) -> Settings:
    """Return the settings with what `dev` brings along where they leave it open."""
    brought = {"data": folder.path, "redis_url": SecretStr(redis_url)}
    if not settings.has_keys:
        brought["key_file"] = folder.key_file
    return settings.model_copy(update=brought)


async def _run(settings: Settings, folder: DataFolder, redis_url: str, opened: socket.socket, *, made: bool) -> int:
    provider = key_providers.provider(settings, generate=made)
    await store.migrate(settings.store)
    async with (
        stopping_on_signals() as stopping,
        composition.open_parts(settings, provider, redis_url) as parts,
        keeping(*composition.chores(parts, settings)),
        supervised(
            children.workers(settings, _told(settings, made=made)), forced=stopping.forced, started=_started
        ) as processes,
        serving(api.application(parts), opened, stopping.forced) as server,
    ):
        key = await _operator_key(parts.database, folder)
        data_folder.write_private(folder.address, f"{server.url}\n")
        _say(server.url, key)
        _log.info("dev_ready", url=server.url)
        await api.until_asked(stopping, server)
        _log.info("api_stops")
    return 0 if processes.ended_well and not stopping.forced.is_set() else 1


def _told(settings: Settings, *, made: bool) -> dict[str, str]:
    """Return what children cannot read from the environment that they inherit. A password in it stays where it is."""
    told = {f"{PREFIX}DATA": str(settings.data)}
    if made:
        told[f"{PREFIX}KEY_FILE"] = str(settings.key_file)
    redis_url = settings.redis_url.get_secret_value() if settings.redis_url else ""
    if redis_url.startswith("unix://"):
        told[f"{PREFIX}REDIS_URL"] = redis_url
    return told


async def _operator_key(database: Database, folder: DataFolder) -> str:
    present = data_folder.read(folder.operator_key)
    if present is not None and await first_key.is_whole(database, present):
        return present
    key = (await first_key.make(database, "first operator key")).text
    data_folder.write_private(folder.operator_key, f"{key}\n")
    return key


def _say(url: str, key: str) -> None:
    """Print where it is and how to begin: a command that works as it stands."""
    body = '{"id": "acme"}'
    sys.stdout.write(
        f"Interlock is at {url}\n"
        f"Operator key: {key}\n"
        f"curl {url}/v1/tenants -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' -d '{body}'\n"
    )
    sys.stdout.flush()


def _started(name: str, pid: int) -> None:
    _log.info("worker_started", queue=name, pid=pid)
