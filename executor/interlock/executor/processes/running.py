"""What every process of ours has: a log, an event loop, and an end that says nothing it should not."""

import asyncio
import contextlib
import gc
import os
import resource
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final

import structlog
import uvloop

from interlock.executor import logs
from interlock.executor import settings as settings_module
from interlock.executor.errors import ExecutorError, NotStarted
from interlock.executor.settings import Settings
from interlock.sandbox import SandboxError
from interlock.secrets import SecretsError
from interlock.worker.errors import Unavailable, WorkerError
from interlock.worker.supervision import Stopping

OPEN_FILES: Final = 65_536
"""How many files and connections a process may have open, where the system allows it."""

_log: Final = structlog.get_logger(__name__)


@contextlib.contextmanager
def process(name: str, settings: Settings) -> Iterator[None]:
    """Be a process of this name to the end of the block.

    What our parts refuse becomes a NotStarted. A fault of ours is logged by kind and place and ends the process with
    status 1: a traceback would print texts that may hold anything.
    """
    # A core would hold every key and secret that the process had in memory, in a file that nobody looks after.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    _allow_connections()
    logs.configure(name, settings.log_level, settings.log_format)
    for variable in settings_module.unknown(os.environ):
        _log.warning("setting_unknown", setting=variable)
    try:
        with _refusals():
            yield
    except ExecutorError:
        raise
    except Exception:  # noqa: BLE001 - a traceback of any fault would print its text
        _log.exception("process_failed")
        raise SystemExit(1) from None


def run(main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run the process's task in an event loop of its own and return its exit status."""
    _collect_seldom()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.get_loop().set_exception_handler(logs.of_the_loop)
        return runner.run(main())


async def until_asked(stopping: Stopping, *running: "asyncio.Task[None]") -> None:
    """Wait until the process is asked to stop, or one of these that should run has ended. Raises what ended it."""
    asked = asyncio.create_task(stopping.asked.wait())
    try:
        await asyncio.wait([asked, *running], return_when=asyncio.FIRST_COMPLETED)
    finally:
        asked.cancel()
    for task in running:
        if task.done():
            task.result()


def _collect_seldom() -> None:
    """Leave modules and classes out of garbage collection, which takes a tenth of a busy process's time otherwise.

    What requests leave behind is nearly all freed by its reference counts. Nothing is collected first: of the 200,000
    objects that a start makes 300 are garbage, and finding them takes a tenth of a second.
    """
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def _allow_connections() -> None:
    """Allow as many open files as the system lets us. A worker has more connections than the usual 1,024, which is for
    programs that call select(2): nothing here does.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except Unavailable as error:
        raise NotStarted(error.code, error.message, "Check that it runs, and that its address is right") from None
    except (SecretsError, WorkerError, SandboxError) as error:
        raise NotStarted(error.code, error.message) from None
