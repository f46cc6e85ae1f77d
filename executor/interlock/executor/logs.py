"""What a process says of itself: one event a line on standard error, as JSON for programs or as text for people.

Rules of this file:
- Everything goes one way: structlog's events, and the standard `logging` of our other parts and of what we use.
- An exception is its kind and its place. Its text is never written, nor that of its causes: it may repeat a part of
  an event, a secret, or an address with a password in it. What asyncio says of a lost exception has the same rule.
- What others log is written from `warning` on: their lesser lines hold statements, addresses and headers.
"""

import asyncio
import logging
import logging.config
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import PurePath
from types import TracebackType
from typing import Any, Final, Literal

import structlog

from interlock.executor import output
from interlock.executor.errors import ExecutorError

OURS: Final = "interlock"
FRAMES: Final = 8
"""The innermost places of an exception that are written."""

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["json", "text"]
Event = MutableMapping[str, Any]

_QUIET: Final = ("uvicorn.access", "httpx", "httpcore")
"""They log addresses with queries."""


def configure(process: str, level: Level = "info", form: Format | None = None) -> None:
    """Say from here on everything that this process logs, each line with `process`. Called once, when it begins."""
    as_text = sys.stderr.isatty() if form is None else form == "text"
    steps: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=()),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _Named(process),
        exception_as_place,
    ]
    structlog.configure(
        processors=[*steps, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=steps,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _as_text if as_text else _as_json],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.captureWarnings(capture=True)


def exception_as_place(_logger: object, _method: str, event: Event) -> Event:
    """Replace an exception by its kind, those of its causes, and the places it went through."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    for unwanted in ("exception", "stack_info", "stack"):
        event.pop(unwanted, None)
    if isinstance(error, BaseException):
        event.update(kinds_and_places(error))
    return event


def kinds_and_places(error: BaseException) -> dict[str, Any]:
    """Return what may be written of an exception."""
    kinds: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(kinds) < FRAMES:
        kinds.append(type(cause).__name__)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return {"kind": " from ".join(kinds), "where": _places(error.__traceback__)}


def of_the_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what asyncio has to say, without the exceptions and results that it would print. A loop's handler."""
    structlog.get_logger(__name__).error("unhandled_in_a_task", exc_info=context.get("exception"))


def not_recorded(execution: str, why: ExecutorError) -> None:
    """Say that an execution has no row: its tenant was deleted while it ran, say, and there is no place for it."""
    structlog.get_logger(__name__).warning("execution_not_recorded", execution=execution, code=why.code)


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace, limit=-FRAMES)
    return [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


class _Named:
    """Adds which process says it."""

    def __init__(self, process: str) -> None:
        self._process = process

    def __call__(self, _logger: object, _method: str, event: Event) -> Event:
        event.setdefault("process", self._process)
        return event


_JSON: Final = structlog.processors.JSONRenderer(sort_keys=False)


def _as_json(logger: object, method: str, event: Event) -> str:
    event["message"] = event.pop("event", "")
    return str(_JSON(logger, method, event))


def _as_text(_logger: object, _method: str, event: Event) -> str:
    moment, level, process = (str(event.pop(name, "")) for name in ("timestamp", "level", "process"))
    event.pop("logger", None)
    what, where = event.pop("event", ""), event.pop("where", ())
    said = " ".join(f"{name}={value}" for name, value in event.items())
    lines = [f"{moment[11:23]} {level:<7} {process:<6} {what} {said}".rstrip(), *(f"    {place}" for place in where)]
    return "\n".join(output.visible_line(line) for line in lines)
