"""The real network of a case that is recorded: each request goes out by the rules of `interlock run`, and its answer is
kept as a case holds it.

A case keeps answers and not the tape that an execution is replayed from (`sandbox.tapes`). A tape knows what was asked
by digests alone, and which order it came in: it is for the same code, once more. A case is for code that changes, and
for people who read it and change an answer.
"""

import base64
import contextlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self, get_args

from interlock.executor.local import concealing
from interlock.executor.local.case_files import Answer, Failure
from interlock.sandbox import Operation, OperationFailed
from interlock.worker.actions import Reachable, Reached
from interlock.worker.egress import failures

ANSWER_BYTES: Final = 256 << 10
"""The longest body that is kept."""
CASE_BYTES: Final = 1 << 20
"""All bodies of one case together."""

_TLS: Final[Mapping[str, Any]] = {
    "servername": None,
    "ca": None,
    "cert": None,
    "key": None,
    "passphrase": None,
    "alpn": [],
}


_TOO_LONG: Final = (
    f"a case keeps bodies of {ANSWER_BYTES >> 10} KiB, and of {CASE_BYTES >> 10} KiB together: write a shorter one"
)
_FAILURES: Final = frozenset(get_args(Failure))


@dataclass(slots=True)
class Asked:
    """One request, and what came."""

    request: str = field(repr=False)
    answer: Answer | None = field(default=None, repr=False)


class Asking:
    """Asks for the actions of one case, in all its legs."""

    def __init__(self, network: Reachable) -> None:
        """`network` is the real one."""
        self._network = network
        self._left = CASE_BYTES
        self.asked: list[Asked] = []
        """What was asked, in order. Nothing is masked."""
        self.credentials: set[str] = set()
        """What requests carried."""
        self.refused: list[tuple[str, str]] = []
        """Requests without an answer that can be kept, and why. Nothing is masked."""

    def for_run(self, action: str, deadline: float, action_id: str) -> "AskingRun":
        """Return what asks for one run of an action."""
        return AskingRun(self, self._network.for_run(action, deadline, action_id=action_id))

    def take(self, size: int) -> bool:
        """Whether there is room for a body."""
        self._left -= size
        return size <= ANSWER_BYTES and self._left >= 0


class AskingRun:
    """Asks for one run; what it holds open is closed at the run's end."""

    def __init__(self, asking: Asking, reached: Reached) -> None:
        self._asking = asking
        self._reached = reached
        self._numbers = itertools.count(1)

    async def __aenter__(self) -> Self:
        """Give itself."""
        await self._reached.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close everything."""
        await self._reached.__aexit__(*error)

    @property
    def refusals(self) -> Sequence[str]:
        """What the policy refused, as the action's author reads it."""
        return self._reached.refusals

    async def ask(
        self, method: str, url: str, fields: Sequence[Sequence[str]], body: bytes, tls: Mapping[str, Any] | None
    ) -> Answer:
        """Return the answer as the action is to see it: all of it. Raises OperationFailed."""
        asked = Asked(f"{method} {url}")
        self._asking.asked.append(asked)
        self._asking.credentials.update(concealing.credentials((name, value) for name, value in fields))
        try:
            head, octets = await self._answer(method, url, fields, body, tls)
        except OperationFailed as failed:
            self._asking.refused.append((asked.request, _said(failed)))
            raise
        if not self._asking.take(len(octets)):
            self._asking.refused.append((asked.request, _TOO_LONG))
        headers: dict[str, str] = {}
        for name, value in head["headers"]:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        asked.answer = _kept(head["status"], headers, octets)
        # What the guest is given was decoded, and is framed anew.
        shown = {name: value for name, value in headers.items() if name not in {"content-encoding", "content-length"}}
        return asked.answer.model_copy(update={"headers": shown})

    async def _answer(
        self, method: str, url: str, fields: Sequence[Sequence[str]], body: bytes, tls: Mapping[str, Any] | None
    ) -> tuple[Mapping[str, Any], bytes]:
        args: dict[str, Any] = {
            "method": method,
            "url": url,
            "headers": [list(field) for field in fields],
            "body": base64.b64encode(body).decode() if body else None,
            "streams": False,
            "redirect": "manual",
            "decompress": True,
        }
        if tls is not None:
            # A socket that Node's `https` opened: its ALPN is the socket's own affair.
            args["tls"] = {**_TLS, **tls, "alpn": []}
        head = await self._perform("fetch.start", args)
        octets, done = bytearray(base64.b64decode(head["body"])), head["done"]
        while not done and len(octets) <= ANSWER_BYTES:
            piece = await self._perform("fetch.read", {"stream": head["stream"]})
            octets += base64.b64decode(piece["data"])
            done = piece["done"]
        if not done:
            await self._perform("fetch.cancel", {"stream": head["stream"]})
            raise OperationFailed(failures.TOO_MANY_BYTES, _TOO_LONG)
        return head, bytes(octets)

    async def _perform(self, kind: str, args: dict[str, Any]) -> Any:
        return await self._reached(Operation(next(self._numbers), kind, args))


def _said(failed: OperationFailed) -> str:
    """What somebody can do about a request that failed: a failure is recorded by who means it."""
    if failed.reason not in _FAILURES:
        return str(failed)
    return f'{failed}; where that is meant, write {{"fails": "{failed.reason}"}} as its answer'


def _kept(status: int, headers: Mapping[str, str], octets: bytes) -> Answer:
    """Return an answer as a case holds it, with nothing hidden in it yet."""
    found = concealing.kept(headers)
    kind = found.get("content-type", "").lower().partition(";")[0].strip()
    body: dict[str, Any] = {}
    usual = ""
    if octets and kind.endswith(("/json", "+json")):
        with contextlib.suppress(ValueError, RecursionError):
            body, usual = {"json": concealing.document_of(octets)}, "application/json"
    if octets and not body:
        try:
            text = octets.decode()
            readable = "\0" not in text and "\ufeff" not in text
        except UnicodeDecodeError:
            readable = False
        body = {"text": text} if readable else {"base64": concealing.base64_of(octets)}
        usual = "text/plain" if readable else ""
    if kind == usual:
        found.pop("content-type", None)
    return Answer(status=status, headers=found, **body)
