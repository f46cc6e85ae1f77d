"""What tests of egress stand on: a CA of their own, names of their own, and what asks in a guest's place."""

import asyncio
import contextlib
import datetime as dt
import ipaddress
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from interlock.sandbox import Operation, OperationFailed
from interlock.worker.egress import Policy
from interlock.worker.egress.addresses import Address
from interlock.worker.egress.connecting import Caller
from interlock.worker.egress.egress import Egress

if TYPE_CHECKING:
    import pytest

LOOPBACK = ipaddress.ip_address("127.0.0.1")
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Names:
    """A resolver that knows what a test tells it; everything below `.test` is this machine."""

    known: dict[str, list[Address]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    records: dict[str, list[Any]] = field(default_factory=dict)

    async def addresses(self, host: str, owner: str = "") -> Sequence[Address]:  # noqa: ARG002 - nobody is charged
        self.asked.append(host)
        if host in self.known:
            return self.known[host]
        if host.endswith(".test"):
            return [LOOPBACK]
        raise OperationFailed("dns_failed", f"{host} has no address")

    async def resolve(self, caller: Caller, host: str, kind: str) -> list[Any]:  # noqa: ARG002 - all is shown
        return self.records.get(host, [{"host": host, "type": kind}])


@dataclass
class Certified:
    """A certificate with its key, as PEM texts, and a server's context with them."""

    certificate: str
    key: str
    path: Path

    def server(self, *, alpn: Sequence[str] = (), clients: str | None = None) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path)
        if alpn:
            context.set_alpn_protocols(list(alpn))
        if clients:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=clients)
        return context


class Authority:
    """A CA of the tests' own."""

    def __init__(self, folder: Path, name: str = "Tests") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = self._sign(self._name, self._key, [], is_ca=True)
        self.pem = certificate.public_bytes(serialization.Encoding.PEM).decode()

    def issue(self, *names: str) -> Certified:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        certificate = self._sign(subject, key, names, is_ca=False).public_bytes(serialization.Encoding.PEM).decode()
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        path = self._folder / f"{names[0].replace('*', '_')}.pem"
        path.write_text(certificate + pem)
        return Certified(certificate, pem, path)

    def _sign(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, names: Sequence[str], *, is_ca: bool
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        )
        if names:
            alternatives = [_alternative(name) for name in names]
            builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        return builder.sign(self._key, hashes.SHA256())


def _alternative(name: str) -> x509.GeneralName:
    with contextlib.suppress(ValueError):
        return x509.IPAddress(ipaddress.ip_address(name))
    return x509.DNSName(name)


class Guest:
    """What asks for operations in a guest's place."""

    def __init__(self, perform: Callable[[Operation], Awaitable[Any]]) -> None:
        self._perform = perform
        self._last = 0

    async def __call__(self, kind: str, **args: Any) -> Any:
        self._last += 1
        return await self._perform(Operation(self._last, kind, args))

    async def fetch(self, url: str, **more: Any) -> Any:
        args: dict[str, Any] = {
            "method": "GET",
            "url": url,
            "headers": [],
            "body": None,
            "streams": False,
            "redirect": "follow",
            "decompress": True,
        }
        return await self("fetch.start", **{**args, **more})

    async def connect(self, port: int, host: str = "db.test", tls: Any = None, **more: Any) -> Any:
        return await self("socket.connect", **{"host": host, "port": port, "tls": tls, "timeout_ms": None, **more})


def tls_settings(**given: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "servername": None,
        "ca": None,
        "cert": None,
        "key": None,
        "passphrase": None,
        "alpn": [],
        "verify": True,
    }
    return {**empty, **given}


@dataclass
class Network:
    """An open egress, and runs in it."""

    egress: Egress
    names: Names

    @contextlib.asynccontextmanager
    async def run(
        self, *, tenant: str = "acme", policy: Any = None, seconds: float = 20.0, action: str = "greet"
    ) -> AsyncIterator[Guest]:
        parsed = Policy.parse({"private": ["*.test", "127.0.0.1", "[::1]"]} if policy is None else policy)
        async with self.egress.for_run(tenant, action, parsed, time.monotonic() + seconds) as perform:
            yield Guest(perform)


Opens = Callable[..., contextlib.AbstractAsyncContextManager[Network]]
Serves = Callable[..., Awaitable[int]]
Refuses = Callable[[str], contextlib.AbstractContextManager["pytest.ExceptionInfo[OperationFailed]"]]
