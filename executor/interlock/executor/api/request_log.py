"""One line in the log for each request: method, the route's template, status, milliseconds, the execution if any.

Never a body, a query, a header or the path as it came: each may hold what nobody should read.
"""

import re
import time
from typing import Any, Final

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

UNKNOWN: Final = "-"
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_EXECUTION: Final = "execution"
# Somebody may put a key into the path by mistake: only what is an id of ours is written.
_ID: Final = re.compile(r"exe_[a-z2-7]{24}")

_log: Final = structlog.get_logger(__name__)


def concerns(request: Request, execution: str) -> None:
    """Have the request's line name this execution."""
    setattr(request.state, _EXECUTION, execution)


class RequestLog:
    """Around an application: logs each request when its answer has been sent, or when nobody waits for it any more."""

    def __init__(self, application: ASGIApp) -> None:
        """Wrap the application."""
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._application(scope, receive, note)
        finally:
            ms = round((time.perf_counter() - began) * 1e3, 1)
            # 0: it was cancelled before anything was answered.
            _log.info("request", method=_method(scope), route=_route(scope), status=status, ms=ms, **_execution(scope))


def _method(scope: Scope) -> str:
    # Any word can stand in its place, so only one that we know is written.
    return scope["method"] if scope["method"] in METHODS else UNKNOWN


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", UNKNOWN))


def _execution(scope: Scope) -> dict[str, Any]:
    execution = scope.get("state", {}).get(_EXECUTION) or scope.get("path_params", {}).get(_EXECUTION, "")
    return {_EXECUTION: execution} if _ID.fullmatch(execution) else {}
