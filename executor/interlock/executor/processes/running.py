"""What every process of ours has: a log, an event loop, and an end that says nothing it should not."""

import asyncio
import contextlib
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

_log: Final = structlog.get_logger(__name__)


@contextlib.contextmanager
def process(name: str, settings: Settings) -> Iterator[None]:
    """Be a process of this name to the end of the block.

    What our parts refuse becomes a NotStarted. A fault of ours is logged by kind and place and ends the process with
    status 1: a traceback would print texts that may hold anything.
    """
    # A core would hold every key and secret that the process had in memory, in a file that nobody looks after.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
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
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.get_loop().set_exception_handler(logs.of_the_loop)
        return runner.run(main())


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except Unavailable as error:
        raise NotStarted(error.code, error.message, "Check that it runs, and that its address is right") from None
    except (SecretsError, WorkerError, SandboxError) as error:
        raise NotStarted(error.code, error.message) from None
