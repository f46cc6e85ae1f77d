"""What an execution writes, told while it runs to whoever listens; when nobody does, that is all that is looked at.

Who begins to listen while an execution runs is told what its present action wrote since it began, in order, with its
next line: until then the lines are where they are anyway, in the guest. Lines are masked as those that are kept. Best
effort: who listens may miss some and is told so, and no run ever waits.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

from pydantic import JsonValue

from interlock.secrets import Masker
from interlock.worker.queue.messages import ExecutionMessage, Outcome
from interlock.worker.runs import LogLine

MOST_CHARACTERS: Final = 4_096
"""Of one line as it is told; the whole one is kept with the execution."""

Entry = dict[str, JsonValue]


class Tails(Protocol):
    """Where lines go."""

    def listened(self, tenant: str) -> bool:
        """Whether somebody listens to this tenant's executions."""

    def put(self, tenant: str, entry: Entry) -> None:
        """Tell it. Never waits, and may drop."""


class Telling:
    """Tells what one execution writes."""

    def __init__(
        self,
        tails: Tails,
        message: ExecutionMessage,
        secrets: Iterable[str],
        now_ms: Callable[[], float] = lambda: time.time() * 1_000,
    ) -> None:
        """`secrets` are the values that actions see, and those that stand in what it goes on with: none is told."""
        self._tails = tails
        self._message = message
        self._secrets = secrets
        self._masker: Masker | None = None
        self._now_ms = now_ms

    def wanted(self) -> bool:
        """Whether somebody listens now."""
        return self._tails.listened(self._message.tenant)

    def lines(self, action: str, lines: Sequence[LogLine]) -> None:
        """The action wrote these. Called while they are `wanted`."""
        if self._masker is None:
            self._masker = Masker(self._secrets)
        for line, message in zip(lines, self._masker.texts([line.message for line in lines]), strict=True):
            self._put("line", action=action, level=line.level, message=message)

    def over(self, outcome: Outcome) -> None:
        """The execution ended. Its errors are masked already."""
        if not self.wanted():
            return
        ran = (outcome.result or {}).get("actions")
        for one in ran if isinstance(ran, list) else ():
            if isinstance(one, dict) and isinstance(error := one["error"], dict):
                self._put("error", action=one["name"], code=error["code"], message=str(error["stack"]))
        code = None if outcome.error is None else outcome.error.code
        # What becomes of an attempt in the background is only known when it is recorded: `ended` tells it.
        if self._message.blocking:
            self._put("end", status=outcome.status, code=code)

    def _put(self, kind: str, **what: JsonValue) -> None:
        message = what.get("message")
        if isinstance(message, str) and len(message) > MOST_CHARACTERS:
            what |= {"message": message[:MOST_CHARACTERS], "cut": len(message) - MOST_CHARACTERS}
        self._tails.put(self._message.tenant, _entry(kind, self._message, self._now_ms(), what))


def ended(  # noqa: PLR0913 - all that is told
    tails: Tails,
    message: ExecutionMessage,
    status: str,
    *,
    code: str | None = None,
    then: str | None = None,
    due_ms: int | None = None,
    now_ms: float,
) -> None:
    """Tell how an attempt in the background ended. `then`: it is `retried` at `due_ms`, was `dropped`, or is `dead`."""
    if tails.listened(message.tenant):
        what: Entry = {"status": status, "code": code}
        if then is not None:
            what["then"] = then
        if due_ms is not None:
            what["due_at_ms"] = due_ms
        tails.put(message.tenant, _entry("end", message, now_ms, what))


def _entry(kind: str, message: ExecutionMessage, now_ms: float, what: Entry) -> Entry:
    return {
        "kind": kind,
        "execution": message.execution,
        "trigger": message.trigger,
        "release": message.release_number,
        "attempt": message.attempt,
        "at_ms": int(now_ms),
        **what,
    }
