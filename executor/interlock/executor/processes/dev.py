"""`interlock dev`: everything on one machine, from one command, in one folder.

    started   data folder, Valkey, tables, keys, workers, API
    stopped   API, which takes nothing new and waits for what its callers wait for; workers; Valkey

Each part is a context manager inside the one it stands on. All children are told by the kernel when this process ends
in any other way. A worker or a Valkey that ends by itself is started again; a Valkey that cannot be ends everything.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Final

import structlog
from pydantic import SecretStr

from interlock.executor import composition, data_folder, key_providers, operator_triggers, standing, store
from interlock.executor.data_folder import DataFolder
from interlock.executor.embedded import Valkey, kept_running, valkey
from interlock.executor.errors import EmbeddedFailed
from interlock.executor.housekeeping import keeping
from interlock.executor.ports import lookups
from interlock.executor.processes import api, children, greeting, running
from interlock.executor.processes.meeting import require_redis
from interlock.executor.service import first_key
from interlock.executor.settings import PREFIX, Settings
from interlock.executor.store import Database
from interlock.worker.supervision import Stopping, stopping_on_signals, supervised

_log: Final = structlog.get_logger(__name__)


Beside = Callable[[str, str], AbstractAsyncContextManager["asyncio.Task[None]"]]
"""What runs as long as the API answers, given its address and a key for it."""


def run(settings: Settings, beside: Beside | None = None) -> int:
    """Run everything until SIGTERM or SIGINT. Returns the exit status: 0 when all that was held was finished."""
    with (
        running.process("dev", settings),
        data_folder.held(settings.data) as folder,
        api.listening(settings) as doors,
    ):
        composition.prepare_engine(operator_triggers.of(settings))
        with _brought(settings, folder) as server:
            # Valkey is started here and not in the loop: Ctrl-C ends a long start.
            whole = _completed(settings, folder, _redis_url(settings, server))
            return running.run(lambda: _run(whole, folder, server, doors, beside, made=not settings.has_keys))


@contextlib.contextmanager
def _brought(settings: Settings, folder: DataFolder) -> Iterator[Valkey | None]:
    """The Valkey that `dev` brings along, unless the settings name a server."""
    if settings.redis_url is not None:
        yield None
        return
    with valkey(folder.valkey) as server:
        _log.debug("valkey_ready")
        yield server
        _log.info("valkey_stops")


def _redis_url(settings: Settings, server: Valkey | None) -> str:
    return server.url if server else require_redis(settings)


def _completed(settings: Settings, folder: DataFolder, redis_url: str) -> Settings:
    """Return the settings with what `dev` brings along where they leave it open."""
    brought = {"data": folder.path, "redis_url": SecretStr(redis_url)}
    if not settings.has_keys:
        brought["key_file"] = folder.key_file
    if settings.lookup_key is None:
        brought["lookup_key"] = _lookup_key(folder)
    return settings.model_copy(update=brought)


async def _run(  # noqa: PLR0913 - all that it stands on
    settings: Settings,
    folder: DataFolder,
    server: Valkey | None,
    doors: api.Doors,
    beside: Beside | None,
    *,
    made: bool,
) -> int:
    provider = key_providers.provider(settings, generate=made)
    await store.migrate(settings.store)
    async with contextlib.AsyncExitStack() as stack:
        stopping = await stack.enter_async_context(stopping_on_signals())
        watched = [await stack.enter_async_context(kept_running(server))] if server else []
        parts = await stack.enter_async_context(standing.open_parts(settings, provider, _redis_url(settings, server)))
        key = await _operator_key(parts.database, folder)
        await stack.enter_async_context(keeping(*standing.chores(parts, settings)))
        # API and Valkey keep about one core busy. With a worker on that one too, each waits for the others.
        workers = children.workers(settings, _told(settings, made=made), beside=1)
        processes = await stack.enter_async_context(supervised(workers, forced=stopping.forced, started=_started))
        async with api.answering(parts, settings, doors, stopping.forced) as servers:
            url = servers[0].url
            data_folder.write_private(folder.address, f"{url}\n")
            greeting.say(url, folder, key)
            async with contextlib.AsyncExitStack() as while_answering:
                if beside is not None:
                    watched.append(await while_answering.enter_async_context(beside(url, key)))
                await _until_over(stopping, *(each.ended for each in servers), *watched)
        _log.info("workers_stop")
    return 0 if processes.ended_well and not stopping.forced.is_set() else 1


def _lookup_key(folder: DataFolder) -> SecretStr:
    present = data_folder.read(folder.lookup_key)
    if present is None:
        present = lookups.new_key(os.urandom)
        data_folder.write_private(folder.lookup_key, f"{present}\n")
    return SecretStr(present)


async def _until_over(stopping: Stopping, *needed: asyncio.Task[None]) -> None:
    try:
        await running.until_asked(stopping, *needed)
    except EmbeddedFailed:
        # Without Valkey nothing that is held can be finished.
        stopping.forced.set()
        raise
    finally:
        _log.info("api_stops")


def _told(settings: Settings, *, made: bool) -> dict[str, str]:
    """Return what children cannot read from the environment that they inherit. A password in it stays where it is."""
    told = {f"{PREFIX}DATA": str(settings.data), f"{PREFIX}LOG_LEVEL": settings.log_level}
    if not any(os.environ.get(f"{PREFIX}LOOKUP_KEY{end}") for end in ("", "_FILE")):
        told[f"{PREFIX}LOOKUP_KEY_FILE"] = str(settings.folder.lookup_key)
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


def _started(name: str, pid: int) -> None:
    _log.debug("worker_started", queue=name, pid=pid)
