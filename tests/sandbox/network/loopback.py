"""The network of a guest in tests: performs `socket.*`, `dns.*` and `fetch.*` over real sockets of this machine.

It decides nothing, as whoever performs operations for tenants does: `denied` names the hosts it refuses, `names` is all
of its DNS. What it holds open ends with `close`.
"""

import asyncio
import base64
import contextlib
import itertools
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from interlock.sandbox.errors import OperationFailed
from interlock.sandbox.operations import Operation

HINT = "db.internal:5432 is a private address: allow it with a private rule of the tenant's egress policy"


@dataclass
class Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    reading: bool = False


@dataclass
class Upload:
    chunks: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(1))


@dataclass
class Network:
    """`Network(...)` is a `Perform`. `seen` are the kinds it was asked for, in order."""

    names: dict[str, list[str]] = field(default_factory=lambda: {"localhost": ["127.0.0.1"]})
    records: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    denied: frozenset[str] = frozenset({"db.internal"})
    insecure_tls: bool = False
    seen: list[Operation] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._connections: dict[int, Connection] = {}
        self._uploads: dict[int, Upload] = {}
        self._downloads: dict[int, tuple[AsyncIterator[bytes], contextlib.AsyncExitStack]] = {}
        self._numbers = itertools.count(1)

    async def __call__(self, operation: Operation) -> Any:
        self.seen.append(operation)
        perform: Callable[[dict[str, Any]], Awaitable[Any]] = {
            "socket.connect": self._connect,
            "socket.read": self._read,
            "socket.write": self._write,
            "socket.starttls": self._start_tls,
            "socket.end": self._end,
            "socket.close": self._close,
            "dns.lookup": self._lookup,
            "dns.resolve": self._resolve,
            "fetch.start": self._fetch,
            "fetch.write": self._upload,
            "fetch.read": self._download,
            "fetch.cancel": self._cancel,
        }[operation.kind]
        return await perform(operation.args)

    def kinds(self) -> list[str]:
        return [operation.kind for operation in self.seen]

    async def close(self) -> None:
        """Ends every connection at once, as when a run is over."""
        for connection in self._connections.values():
            connection.writer.transport.abort()
        for _, stack in self._downloads.values():
            await stack.aclose()

    # Sockets

    async def _connect(self, args: dict[str, Any]) -> Any:
        assert args.keys() == {"host", "port", "tls", "timeout_ms"}
        address = self._address(args["host"])
        context = self._context(args["tls"]) if args["tls"] else None
        name = (args["tls"]["servername"] or args["host"]) if args["tls"] else None
        try:
            async with asyncio.timeout(args["timeout_ms"] and args["timeout_ms"] / 1000):
                reader, writer = await asyncio.open_connection(
                    address, args["port"], ssl=context, server_hostname=name, limit=1 << 16
                )
        except ConnectionRefusedError:
            raise OperationFailed("connect_refused", "the connection was refused") from None
        except TimeoutError:
            raise OperationFailed("connect_timeout", "the connection took too long") from None
        except ssl.SSLError as error:
            raise OperationFailed("tls_failed", str(error)) from None
        except OSError as error:
            raise OperationFailed("connection_closed" if context else "connect_failed", str(error)) from None
        number = next(self._numbers)
        self._connections[number] = Connection(reader, writer)
        local, remote = writer.get_extra_info("sockname"), writer.get_extra_info("peername")
        return {
            "socket": number,
            "local": {"address": local[0], "port": local[1]},
            "remote": {"address": remote[0], "port": remote[1], "family": 6 if ":" in remote[0] else 4},
            "tls": _tls_info(writer) if context else None,
        }

    async def _read(self, args: dict[str, Any]) -> Any:
        connection = self._connection(args)
        assert not connection.reading, "two reads of one socket at once"
        connection.reading = True
        try:
            data = await connection.reader.read(1 << 16)
        except (OSError, ssl.SSLError):
            raise OperationFailed("connection_closed", "the peer closed the connection") from None
        finally:
            connection.reading = False
        return {"data": base64.b64encode(data).decode() if data else None}

    async def _write(self, args: dict[str, Any]) -> Any:
        connection = self._connection(args)
        try:
            connection.writer.write(base64.b64decode(args["data"], validate=True))
            await connection.writer.drain()
        except OSError:
            raise OperationFailed("connection_closed", "the peer closed the connection") from None
        return {}

    async def _start_tls(self, args: dict[str, Any]) -> Any:
        connection = self._connection(args)
        assert not connection.reading, "a read is under way while TLS begins"
        try:
            await connection.writer.start_tls(
                self._context(args["tls"]), server_hostname=args["tls"]["servername"] or None
            )
        except ssl.SSLError as error:
            raise OperationFailed("tls_failed", str(error)) from None
        except OSError:
            raise OperationFailed("connection_closed", "the peer closed the connection") from None
        return {"tls": _tls_info(connection.writer)}

    async def _end(self, args: dict[str, Any]) -> Any:
        connection = self._connection(args)
        if connection.writer.can_write_eof():
            connection.writer.write_eof()
        return {}

    async def _close(self, args: dict[str, Any]) -> Any:
        connection = self._connections.pop(args["socket"], None)
        if connection:
            connection.writer.close()
        return {}

    def _connection(self, args: dict[str, Any]) -> Connection:
        try:
            return self._connections[args["socket"]]
        except KeyError:
            raise OperationFailed("connection_closed", "this connection is closed") from None

    def _context(self, tls: dict[str, Any]) -> ssl.SSLContext:
        assert tls.keys() == {"servername", "ca", "cert", "key", "passphrase", "alpn", "verify"}
        context = ssl.create_default_context()
        if tls["ca"]:
            context.load_verify_locations(cadata=tls["ca"])
        if tls["alpn"]:
            context.set_alpn_protocols(tls["alpn"])
        if tls["cert"]:
            with tempfile.NamedTemporaryFile("w") as file:
                file.write(tls["cert"] + (tls["key"] or ""))
                file.flush()
                context.load_cert_chain(file.name, password=tls["passphrase"] or "")
        if not tls["verify"]:
            if not self.insecure_tls:
                raise OperationFailed("tls_refused", "TLS without verification: allow it with insecure_tls in the policy")
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    # Names

    def _address(self, host: str) -> str:
        if host in self.denied:
            raise OperationFailed("egress_denied", HINT)
        if host.replace(".", "").isdigit() or ":" in host:
            return host
        if host not in self.names:
            raise OperationFailed("dns_failed", f"no address of {host} was found")
        return self.names[host][0]

    async def _lookup(self, args: dict[str, Any]) -> Any:
        assert args.keys() == {"host", "family"}
        self._address(args["host"])
        found = [
            {"address": address, "family": 6 if ":" in address else 4}
            for address in self.names[args["host"]]
            if args["family"] in (0, 6 if ":" in address else 4)
        ]
        if not found:
            raise OperationFailed("dns_failed", f"no address of {args['host']} was found")
        return {"addresses": found}

    async def _resolve(self, args: dict[str, Any]) -> Any:
        assert args.keys() == {"host", "type"}
        try:
            return {"records": self.records[args["host"], args["type"]]}
        except KeyError:
            raise OperationFailed("dns_failed", f"{args['host']} has no records of type {args['type']}") from None

    # HTTP

    async def _fetch(self, args: dict[str, Any]) -> Any:
        assert args.keys() - {"upload"} == {"method", "url", "headers", "body", "streams", "redirect", "decompress"}
        assert args["redirect"] == "manual"
        assert args["decompress"] is False
        url = httpx.URL(args["url"])
        self._address(url.host)
        content: Any = base64.b64decode(args["body"], validate=True) if args["body"] is not None else None
        if args["streams"]:
            upload = self._uploads[args["upload"]] = Upload()
            content = _content(upload)
        stack = contextlib.AsyncExitStack()
        try:
            client = await stack.enter_async_context(httpx.AsyncClient(timeout=None, trust_env=False))
            client.headers.clear()
            response = await stack.enter_async_context(
                client.stream(args["method"], url, headers=args["headers"], content=content)
            )
        except httpx.ConnectError:
            raise OperationFailed("connect_refused", "the connection was refused") from None
        except httpx.TransportError:
            raise OperationFailed("http_failed", "the server closed the connection without an answer") from None
        number = next(self._numbers)
        self._downloads[number] = (response.aiter_raw(), stack)
        first = await self._next(number)
        return {
            "url": str(response.url),
            "redirected": False,
            "status": response.status_code,
            "status_text": response.reason_phrase,
            "version": "1.1",
            "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in response.headers.raw],
            "body": first["data"],
            "done": first["done"],
            "stream": None if first["done"] else number,
        }

    async def _upload(self, args: dict[str, Any]) -> Any:
        assert args.keys() == {"stream", "data", "end"}
        upload = self._uploads[args["stream"]]
        if args["data"]:
            await upload.chunks.put(base64.b64decode(args["data"], validate=True))
        if args["end"]:
            await upload.chunks.put(None)
        return {}

    async def _download(self, args: dict[str, Any]) -> Any:
        return await self._next(args["stream"])

    async def _cancel(self, args: dict[str, Any]) -> Any:
        _, stack = self._downloads.pop(args["stream"], (None, None))
        if stack:
            await stack.aclose()
        return {}

    async def _next(self, number: int) -> Any:
        chunks, stack = self._downloads[number]
        try:
            data = await anext(chunks, None)
        except httpx.TransportError:
            raise OperationFailed("connection_closed", "the server closed the connection in the middle") from None
        if data is None:
            del self._downloads[number]
            await stack.aclose()
        return {"data": base64.b64encode(data or b"").decode(), "done": data is None}


async def _content(upload: Upload) -> AsyncIterator[bytes]:
    while (chunk := await upload.chunks.get()) is not None:
        yield chunk


def _tls_info(writer: asyncio.StreamWriter) -> Any:
    secured = writer.get_extra_info("ssl_object")
    raw = secured.getpeercert(binary_form=True)
    certificate = x509.load_der_x509_certificate(raw)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    when = "%b %d %H:%M:%S %Y GMT"
    return {
        "protocol": secured.version(),
        "cipher": secured.cipher()[0],
        "alpn": secured.selected_alpn_protocol(),
        "authorized": secured.context.verify_mode is ssl.CERT_REQUIRED,
        "peer": {
            "subject": {"CN": certificate.subject.rfc4514_string().removeprefix("CN=")},
            "issuer": {"CN": certificate.issuer.rfc4514_string().removeprefix("CN=")},
            "valid_from": certificate.not_valid_before_utc.strftime(when),
            "valid_to": certificate.not_valid_after_utc.strftime(when),
            "fingerprint256": certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
            "subjectaltname": ", ".join(f"DNS:{name}" for name in names.get_values_for_type(x509.DNSName)),
            "raw": base64.b64encode(raw).decode(),
        },
    }
