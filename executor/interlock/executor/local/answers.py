"""The network of a case: recorded answers to HTTP requests, and nothing else. Nothing leaves this machine.

A request that has no answer fails as a connection would, so that the action goes on as it would; the case fails anyway,
because somebody has to say what comes of it. Where a case is recorded, such a request is asked of the real network.
"""

import asyncio
import base64
import itertools
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, Self
from urllib.parse import urljoin, urlsplit

from pydantic import JsonValue

from interlock.executor.local.answered_sockets import TLS, AnsweredSocket, Fields
from interlock.executor.local.asking import Asking, AskingRun
from interlock.executor.local.case_files import Answer
from interlock.sandbox import JSON, Operation, OperationFailed
from interlock.worker.egress import failures

_PIECE_BYTES: Final = 64 << 10
_MOST_REDIRECTS: Final = 20
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PORTS: Final = {"http": 80, "https": 443}
_OTHER_PORTS: Final = frozenset({21, 22, 25, 110, 143, 389, 465, 587, 636, 993, 1433, 1521, 3306, 5432, 6379, 27017})
"""Where something else than HTTP is spoken, often by a server that speaks first: nobody has to wait for it."""
_SECRET_FIELDS: Final = frozenset({"authorization", "cookie", "proxy-authorization"})
_ALONE: Final = "a case answers HTTP requests alone"
_NO_REASON: Final = "the case says that it fails so"


class CaseNetwork:
    """Answers the requests of one case, of all its actions and legs, and keeps what was asked."""

    def __init__(
        self,
        answers: Mapping[str, Sequence[Answer]],
        conceal: Callable[[str], str] = str,
        asking: Asking | None = None,
    ) -> None:
        """Answer with these, by method and URL; several of one are given in turn, the last one for good. `conceal`
        gives a URL as an answer may be called after it, `asking` has the answers that are not here.
        """
        self._answers = answers
        self._conceal = conceal
        self._asking = asking
        self._given: Counter[str] = Counter()
        self.requests: list[JsonValue] = []
        """What was asked, in order, as `expected.requests` says it. Nothing is masked."""
        self.unanswered: list[str] = []
        """What there was no answer to."""

    def for_run(self, action: str, deadline: float, *, action_id: str = "") -> "CaseRun":
        """Return what performs the operations of one run of an action."""
        asks = None if self._asking is None else self._asking.for_run(action, deadline, action_id)
        return CaseRun(self, asks)

    def knows(self, host: str, port: int) -> bool:
        """Whether a connection to there may be for HTTP: it has an answer, or the port is that of HTTP."""
        if self._asking is not None and port not in _OTHER_PORTS:
            return True
        return port in _PORTS.values() or any(_place(key.partition(" ")[2]) == (host, port) for key in self._answers)

    async def answer(  # noqa: PLR0913, PLR0917 - a request, and who asks
        self,
        method: str,
        url: str,
        fields: Fields,
        body: bytes,
        asks: AskingRun | None = None,
        tls: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Keep a request, and return its answer. Raises OperationFailed where there is none, or where it says so."""
        self.requests.append(_shown(method, url, fields, body))
        place = next((key for key in _keys(method, url, self._conceal(url)) if key in self._answers), None)
        if place is None and asks is not None:
            return await asks.ask(method, url, fields, body, tls)
        if place is None:
            self.unanswered.append(f"{method} {url}")
            host = urlsplit(url).hostname
            raise OperationFailed(failures.CONNECT_FAILED, f"no answer of {host} to this {method} is in the case")
        several = self._answers[place]
        answer = several[min(self._given[place], len(several) - 1)]
        self._given[place] += 1
        if answer.fails is not None:
            raise OperationFailed(answer.fails, _NO_REASON)
        return answer


class CaseRun:
    """Performs the network operations of one run."""

    def __init__(self, network: CaseNetwork, asks: AskingRun | None = None) -> None:
        """`asks` is who asks the real network, where a case is recorded."""
        self._network = network
        self._asks = asks
        self._uploads: dict[int, _Upload] = {}
        self._rests: dict[int, bytes] = {}
        self._sockets: dict[int, AnsweredSocket] = {}
        self._numbers = itertools.count(1)
        self._performs = {
            "socket.connect": self._connect,
            "socket.read": self._receive,
            "socket.write": self._send,
            "socket.starttls": self._secure,
            "socket.end": self._end,
            "socket.close": self._close,
            "fetch.start": self._start,
            "fetch.write": self._write,
            "fetch.read": self._read,
            "fetch.cancel": self._cancel,
        }

    @property
    def refusals(self) -> Sequence[str]:
        """What a policy refused: none is asked where answers are recorded."""
        return () if self._asks is None else self._asks.refusals

    async def __aenter__(self) -> Self:
        """Give itself, which is called with each operation."""
        if self._asks is not None:
            await self._asks.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        """Leave nothing."""
        self._rests.clear()
        for opened in self._sockets.values():
            opened.close()
        if self._asks is not None:
            await self._asks.__aexit__(*error)

    async def __call__(self, operation: Operation) -> JSON:
        """Perform one operation. Raises OperationFailed."""
        perform = self._performs.get(operation.kind)
        if perform is not None:
            return await perform(operation.args)
        if operation.kind in {"dns.lookup", "dns.resolve"}:
            self._network.unanswered.append(f"lookup of {operation.args.get('host')}")
        raise OperationFailed(failures.DNS_FAILED, _ALONE)

    async def _start(self, args: Mapping[str, Any]) -> JSON:
        method, url, body = str(args["method"]).upper(), str(args["url"]), base64.b64decode(args["body"] or "")
        fields: Fields = args["headers"]
        if args["streams"]:
            upload = self._uploads[args["upload"]] = _Upload()
            await upload.whole.wait()
            body = bytes(upload.octets)
        for hop in range(_MOST_REDIRECTS):
            answer = await self._network.answer(method, url, fields, body, self._asks, args.get("tls"))
            location = _header(answer, "location") if answer.status in _REDIRECTS else None
            if location is None or args["redirect"] == "manual":
                return self._answered(answer, url, redirected=hop > 0)
            if args["redirect"] == "error":
                raise OperationFailed(failures.REDIRECT_REFUSED, "a redirect came, and the request follows none")
            # https://fetch.spec.whatwg.org/#http-redirect-fetch
            url, before = urljoin(url, location), url
            if _origin(url) != _origin(before):
                fields = [field for field in fields if str(field[0]).lower() not in _SECRET_FIELDS]
            if (answer.status in {301, 302} and method == "POST") or (
                answer.status == HTTPStatus.SEE_OTHER and method != "HEAD"
            ):
                method, body = "GET", b""
                fields = [field for field in fields if not str(field[0]).lower().startswith("content-")]
        raise OperationFailed(failures.TOO_MANY_REDIRECTS, f"more than {_MOST_REDIRECTS} redirects")

    def _answered(self, answer: Answer, url: str, *, redirected: bool) -> JSON:
        fields, body = _message(answer)
        number = None
        if len(body) > _PIECE_BYTES:
            number = next(self._numbers)
            self._rests[number] = body[_PIECE_BYTES:]
        return {
            "url": url,
            "redirected": redirected,
            "status": answer.status,
            "status_text": HTTPStatus(answer.status).phrase if answer.status in list(HTTPStatus) else "",
            "version": "1.1",
            "headers": [list(field) for field in fields],
            "body": base64.b64encode(body[:_PIECE_BYTES]).decode(),
            "done": number is None,
            "stream": number,
        }

    async def _write(self, args: Mapping[str, Any]) -> JSON:
        upload = self._uploads.get(args["stream"])
        if upload is None:
            raise failures.bad_request("no request has a body of this number")
        upload.octets += base64.b64decode(args["data"])
        if args["end"]:
            upload.whole.set()
        return {}

    async def _read(self, args: Mapping[str, Any]) -> JSON:
        rest = self._rests.pop(args["stream"], b"")
        if len(rest) > _PIECE_BYTES:
            self._rests[args["stream"]] = rest[_PIECE_BYTES:]
        data = base64.b64encode(rest[:_PIECE_BYTES]).decode()
        return {"data": data, "done": args["stream"] not in self._rests}

    async def _cancel(self, args: Mapping[str, Any]) -> JSON:
        self._rests.pop(args["stream"], None)
        return {}

    async def _connect(self, args: Mapping[str, Any]) -> JSON:
        host, port, secure = str(args["host"]).lower(), int(args["port"]), args["tls"] is not None
        network, asks, tls = self._network, self._asks, args["tls"]

        def other() -> None:
            network.unanswered.append(f"connection to {host}:{port}")

        async def answering(method: str, url: str, fields: Fields, body: bytes) -> tuple[int, Fields, bytes]:
            answer = await network.answer(method, url, fields, body, asks, tls)
            return answer.status, *_message(answer)

        if not network.knows(host, port):
            other()
            raise OperationFailed(failures.CONNECT_FAILED, _ALONE)
        number = next(self._numbers)
        self._sockets[number] = AnsweredSocket(host, port, answering, other, secure=secure)
        here = {"address": "127.0.0.1", "port": 40_000}
        there = {"address": "127.0.0.1", "port": port, "family": 4}
        return {"socket": number, "local": here, "remote": there, "tls": dict(TLS) if secure else None}

    async def _receive(self, args: Mapping[str, Any]) -> JSON:
        data = await self._open(args).read()
        return {"data": base64.b64encode(data).decode() if data else None}

    async def _send(self, args: Mapping[str, Any]) -> JSON:
        await self._open(args).write(base64.b64decode(args["data"]))
        return {}

    async def _secure(self, args: Mapping[str, Any]) -> JSON:
        self._open(args).secure = True
        return {"tls": dict(TLS)}

    async def _end(self, args: Mapping[str, Any]) -> JSON:
        self._open(args)
        return {}

    async def _close(self, args: Mapping[str, Any]) -> JSON:
        opened = self._sockets.pop(args["socket"], None)
        if opened is not None:
            opened.close()
        return {}

    def _open(self, args: Mapping[str, Any]) -> AnsweredSocket:
        opened = self._sockets.get(args["socket"])
        if opened is None:
            raise failures.closed("this socket is closed")
        return opened


class _Upload:
    """A body that comes in pieces."""

    def __init__(self) -> None:
        self.octets = bytearray()
        self.whole = asyncio.Event()


def _keys(method: str, url: str, concealed: str) -> list[str]:
    """Return how an answer to this may be called, the most exact first: with its query, and without."""
    whole = [each.partition("#")[0] for each in (url, concealed)]
    return [f"{method} {each}" for each in (*whole, *(one.partition("?")[0] for one in whole))]


def _shown(method: str, url: str, fields: Fields, body: bytes) -> JsonValue:
    headers: dict[str, JsonValue] = {str(name).lower(): str(value) for name, value in fields}
    shown: dict[str, JsonValue] = {"request": f"{method} {url}", "headers": headers}
    if body:
        text = body.decode("utf-8", "replace")
        try:
            shown["json"] = json.loads(text)
        except (ValueError, RecursionError):
            shown["text"] = text
    return shown


def _message(answer: Answer) -> tuple[Fields, bytes]:
    body, kind = b"", ""
    if answer.text is not None:
        body, kind = answer.text.encode(), "text/plain; charset=utf-8"
    elif answer.base64 is not None:
        body = base64.b64decode(answer.base64)
    elif "body" in answer.model_fields_set:
        body, kind = json.dumps(answer.body, ensure_ascii=False).encode(), "application/json"
    fields = {"content-type": kind} if kind else {}
    fields |= {name.lower(): value for name, value in answer.headers.items()}
    return list(fields.items()), body


def _place(url: str) -> tuple[str, int]:
    """Return host and port of a URL."""
    found = urlsplit(url)
    return found.hostname or "", found.port or _PORTS[found.scheme]


def _origin(url: str) -> tuple[str, str]:
    found = urlsplit(url)
    return found.scheme, found.netloc


def _header(answer: Answer, name: str) -> str | None:
    return next((value for key, value in answer.headers.items() if key.lower() == name), None)
