"""fetch.* of one run: a request, the redirects it follows, its answer (https://fetch.spec.whatwg.org/#http-fetch).

Each hop is a request of its own: its URL read, decided, connected. Secrets in headers stay at the origin they were
meant for. A request that got no answer at all from a connection used before is sent once more on a new one, if doing
that twice does no harm (RFC 9110, section 9.2.2): the peer had closed it.
"""

import asyncio
import base64
import contextlib
from dataclasses import dataclass, field, replace
from typing import Final

from interlock.sandbox import JSON, OperationFailed
from interlock.worker.egress import arguments, decoding, failures, headers, urls
from interlock.worker.egress.answers import Answer
from interlock.worker.egress.arguments import Args
from interlock.worker.egress.connecting import Caller
from interlock.worker.egress.exchanges import INLINE_BYTES, Exchange, Head, Request
from interlock.worker.egress.limits import EgressLimits
from interlock.worker.egress.pooling import ALPN, Pool
from interlock.worker.egress.tls import TlsSettings
from interlock.worker.egress.traffic import Places, Traffic
from interlock.worker.egress.uploads import Upload
from interlock.worker.egress.urls import Url
from interlock.worker.errors import UrlRejected

FIRST_PIECE_BYTES: Final = 64 << 10
"""Of the body, that may come with the head."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_REPEATABLE: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_START: Final = frozenset({"method", "url", "headers", "body", "streams", "redirect", "decompress"})


@dataclass(frozen=True, slots=True)
class _Order:
    """What the guest asked for, checked; one hop of it."""

    url: Url
    method: str
    fields: headers.Fields = field(repr=False)
    body: bytes | None = field(repr=False)
    upload: Upload | None
    length: int | None
    redirect: str
    decompress: bool
    tls: TlsSettings


@dataclass(slots=True)
class _Running:
    """A request whose answer has not ended."""

    exchange: Exchange
    order: _Order
    sender: asyncio.Task[None] | None
    answer: Answer | None = None
    reading: bool = False


class Fetches:
    """The requests of one run."""

    def __init__(self, caller: Caller, pool: Pool, traffic: Traffic, places: Places, limits: EgressLimits) -> None:
        """Use the tenant's pool; count in the run's traffic and places."""
        self._caller = caller
        self._pool = pool
        self._traffic = traffic
        self._places = places
        self._limits = limits
        self._uploads: dict[int, Upload] = {}
        self._running: dict[int, _Running] = {}
        self._senders: set[asyncio.Task[None]] = set()
        self._held = 0
        self._last = 0

    async def start(self, args: Args) -> JSON:
        """Send a request and return its answer's head, and what has come of its body."""
        order = self._order(args)
        try:
            self._places.take()
        except OperationFailed as failed:
            if order.upload is not None:
                order.upload.fail(failed)  # or what is written to it would wait for as long as the run may
            raise
        running: _Running | None = None
        try:
            running, order, redirected = await self._followed(order)
            answer = running.answer
            assert answer is not None  # noqa: S101 - what _followed returns has one
            body = answer.read_at_once(FIRST_PIECE_BYTES)
        except BaseException as error:
            if running is not None:
                self._finish(running)
            if order.upload is not None:
                order.upload.fail(
                    error if isinstance(error, OperationFailed) else failures.closed("the request failed")
                )
            self._places.give_back()
            raise
        number = None if answer.done else self._keep(running)
        if answer.done:
            self._finish(running)
            self._places.give_back()
        return {
            "url": str(order.url),
            "redirected": redirected,
            "status": answer.head.status,
            "status_text": answer.head.reason,
            "version": answer.head.version,
            "headers": [list(header) for header in answer.head.headers],
            "body": base64.b64encode(body).decode(),
            "done": answer.done,
            "stream": number,
        }

    async def write(self, args: Args) -> JSON:
        """Send a piece of a body."""
        arguments.keys(args, {"stream", "data", "end"})
        upload = self._uploads.get(arguments.number(args, "stream"))
        if upload is None:
            raise failures.bad_request("no request has a body of this number")
        limit = self._limits.bytes_out_per_run
        data, end = arguments.data(args, "data", limit), arguments.flag(args, "end")
        # What waits is counted as sent when it goes: until then a guest must not fill our memory instead of its own.
        if self._held + len(data) > limit:
            raise OperationFailed(
                failures.TOO_MANY_BYTES, f"more than the {limit:,} bytes that a run may send wait to be sent"
            )
        self._held += len(data)
        try:
            await upload.put(data, end=end)
        finally:
            self._held -= len(data)
        return {}

    async def read(self, args: Args) -> JSON:
        """Return the next piece of an answer's body."""
        number, running, answer = self._open(args)
        if running.reading:
            raise failures.bad_request("this answer is being read already")
        running.reading = True
        try:
            data = await answer.read(self._limits.piece_bytes)
        except OperationFailed:
            self._forget(number)
            raise
        finally:
            running.reading = False
        if answer.done:
            self._forget(number)
        return {"data": base64.b64encode(data).decode(), "done": answer.done}

    async def cancel(self, args: Args) -> JSON:
        """Break an answer off. One that has ended is fine."""
        arguments.keys(args, {"stream"})
        self._forget(arguments.number(args, "stream"))
        return {}

    def break_off(self) -> None:
        """Break everything off."""
        for number in list(self._running):
            self._forget(number)
        for upload in self._uploads.values():
            upload.fail(failures.closed("the run is over"))
        for sender in self._senders:
            sender.cancel()

    async def close(self) -> None:
        """Break everything off, and wait until nothing is left."""
        self.break_off()
        await asyncio.gather(*self._senders, return_exceptions=True)

    # -- One request --------------------------------------------------------------------------------------------------

    def _order(self, args: Args) -> _Order:
        arguments.keys(args, _START, {"upload", "tls"})
        try:
            url = urls.parse(args["url"]) if isinstance(args["url"], str) else None
        except UrlRejected as error:
            raise failures.bad_request(error.message) from None
        if url is None:
            raise failures.bad_request("url is a text")
        fields, length = headers.checked(args["headers"], self._limits)
        streams = arguments.flag(args, "streams")
        limit = self._limits.bytes_out_per_run
        body = None if args["body"] is None else arguments.data(args, "body", limit)
        if streams and body is not None:
            raise failures.bad_request("a body is either given whole or streamed")
        if body is not None and length not in {None, len(body)}:
            raise failures.bad_request("content-length is not the length of the body")
        if streams is not (args.get("upload") is not None):
            raise failures.bad_request("upload numbers the body of a request that streams it, and of no other")
        settings = TlsSettings() if args.get("tls") is None else arguments.tls(args["tls"])
        check_tls(self._caller, settings)
        return _Order(
            url=url,
            method=headers.method(args["method"]),
            fields=fields,
            body=body,
            upload=self._upload(arguments.number(args, "upload")) if streams else None,
            length=length if streams else None,
            redirect=arguments.choice(args, "redirect", ("follow", "manual", "error")),
            decompress=arguments.flag(args, "decompress"),
            tls=replace(settings, alpn=settings.alpn or ALPN),
        )

    def _upload(self, number: int) -> Upload:
        if number in self._uploads:
            raise failures.bad_request("a request had a body of this number already")
        upload = self._uploads[number] = Upload()
        return upload

    async def _followed(self, order: _Order) -> tuple[_Running, _Order, bool]:
        """Send the request, and those that redirects ask for."""
        for hop in range(self._limits.redirects + 1):
            running, head = await self._answered(order)
            location = head.get("location") if head.status in _REDIRECTS else None
            try:
                if location is None or order.redirect == "manual":
                    coding = head.get("content-encoding") if order.decompress and order.method != "HEAD" else None
                    decoders = decoding.decoders(coding)
                    running.answer = Answer(head, running.exchange, decoders, self._traffic)
                    return running, order, hop > 0
                order = _redirected(order, head.status, location)
                running.exchange.read_at_once()  # a short body that has come leaves the connection fit for use
            except BaseException:
                self._finish(running)
                raise
            self._finish(running)
        raise OperationFailed(failures.TOO_MANY_REDIRECTS, f"more than {self._limits.redirects} redirects")

    async def _answered(self, order: _Order) -> tuple[_Running, Head]:
        request = _request(order)
        fresh = False
        while True:
            exchange, reused = await self._pool.begin(
                self._caller, order.url, order.tls, request, order.body, self._traffic, fresh=fresh
            )
            running = _Running(exchange, order, self._sender(exchange, order))
            try:
                return running, await self._head(running)
            except BaseException as error:
                again = reused and exchange.untouched and _repeatable(order, error)
                self._finish(running)
                if not again:
                    raise
            fresh = True

    def _sender(self, exchange: Exchange, order: _Order) -> asyncio.Task[None] | None:
        if order.upload is not None:
            sending = order.upload.send_to(exchange)
        elif order.body is not None and len(order.body) > INLINE_BYTES:
            sending = _send_whole(exchange, order.body)
        else:
            return None
        sender = asyncio.get_running_loop().create_task(sending)
        self._senders.add(sender)
        sender.add_done_callback(self._sent)
        return sender

    def _sent(self, sender: asyncio.Task[None]) -> None:
        self._senders.discard(sender)
        if not sender.cancelled():
            sender.exception()  # who waits for the head or writes the next piece was told

    async def _head(self, running: _Running) -> Head:
        """Wait for the head; a body that cannot be sent as the guest wrote it is the failure to tell."""
        if running.sender is None:
            return await running.exchange.head()
        head = asyncio.get_running_loop().create_task(running.exchange.head())
        try:
            await asyncio.wait({head, running.sender}, return_when=asyncio.FIRST_COMPLETED)
            if running.sender.done() and not head.done():
                error = running.sender.exception()
                if isinstance(error, OperationFailed) and error.reason != failures.CONNECTION_CLOSED:
                    raise error
            return await head
        finally:
            head.cancel()
            with contextlib.suppress(asyncio.CancelledError, OperationFailed):
                await head

    # -- Those whose answers are being read ---------------------------------------------------------------------------

    def _keep(self, running: _Running) -> int:
        self._last += 1
        self._running[self._last] = running
        return self._last

    def _open(self, args: Args) -> tuple[int, _Running, Answer]:
        arguments.keys(args, {"stream"})
        number = arguments.number(args, "stream")
        running = self._running.get(number)
        if running is None or running.answer is None:
            self._traffic.receive(0)
            raise failures.closed("this answer has been read to its end, or broken off")
        return number, running, running.answer

    def _forget(self, number: int) -> None:
        running = self._running.pop(number, None)
        if running is not None:
            self._finish(running)
            self._places.give_back()

    def _finish(self, running: _Running) -> None:
        """Close the exchange. A body that is still coming is let fall."""
        running.exchange.close()
        if running.sender is not None:
            running.sender.cancel()
        if running.order.upload is not None and running.answer is not None:
            running.order.upload.let_fall()


def check_tls(caller: Caller, settings: TlsSettings) -> None:
    """Raise tls_refused where certificates are to be left unchecked, unless the operator allows it."""
    if not settings.verify and not caller.policy.insecure_tls:
        raise OperationFailed(
            failures.TLS_REFUSED,
            "certificates are always verified: give the certificate's own CA as `ca`, or ask the operator to set "
            "insecure_tls in the egress policy",
        )


def _request(order: _Order) -> Request:
    fields = list(order.fields)
    if order.upload is not None:
        framing = (b"transfer-encoding", b"chunked") if order.length is None else _length(order.length)
        fields.append(framing)
    elif order.body is not None:
        fields.append(_length(len(order.body)))
    elif order.method in {"POST", "PUT", "PATCH"}:
        fields.append(_length(0))
    if order.decompress and not headers.has(order.fields, b"accept-encoding"):
        fields.append((b"accept-encoding", headers.ENCODINGS))
    url = order.url
    has_body = order.upload is not None or order.body is not None
    return Request(order.method, url.scheme, url.authority, url.target, tuple(fields), has_body)


def _length(size: int) -> tuple[bytes, bytes]:
    return b"content-length", str(size).encode()


def _redirected(order: _Order, status: int, location: str) -> _Order:
    """Return the next hop's request (Fetch, HTTP-redirect fetch). Raises redirect_refused."""
    if order.redirect == "error":
        raise _no_redirect("a redirect came, and the request follows none")
    try:
        url = urls.follow(order.url, _text(location))
    except UrlRejected as error:
        raise _no_redirect(f"a redirect leads nowhere: {error.message}") from None
    if (status in {301, 302} and order.method == "POST") or (status == 303 and order.method not in {"GET", "HEAD"}):
        if order.upload is not None:
            order.upload.let_fall()
        fields = headers.without_body(order.fields)
        order = replace(order, method="GET", body=None, upload=None, length=None, fields=fields)
    elif order.upload is not None:
        raise _no_redirect("a redirect asks for the body again, which was streamed and is gone")
    if url.origin != order.url.origin:
        settings = replace(order.tls, cert=None, key=None, passphrase=None, servername=None)
        order = replace(order, fields=headers.without_secrets(order.fields), tls=settings)
    return replace(order, url=url)


def _text(location: str) -> str:
    """Return a header's bytes as the text they are nearly always meant as."""
    raw = location.encode("latin-1")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return location


def _no_redirect(message: str) -> OperationFailed:
    return OperationFailed(failures.REDIRECT_REFUSED, message)


def _repeatable(order: _Order, error: BaseException) -> bool:
    if not isinstance(error, OperationFailed) or error.reason != failures.CONNECTION_CLOSED:
        return False
    return order.upload is None and order.method.upper() in _REPEATABLE


async def _send_whole(exchange: Exchange, body: bytes) -> None:
    for start in range(0, len(body), INLINE_BYTES):
        await exchange.send(body[start : start + INLINE_BYTES], end=start + INLINE_BYTES >= len(body))
