"""TLS as an action asks for it: verified with the system's roots and those it brings, with its certificate if any.

A context costs tens of milliseconds where the system keeps its roots in one file, and an action's key may be slow to
open: so contexts are made on a thread and kept, for a tenant each.
"""

import asyncio
import base64
import binascii
import contextlib
import hashlib
import os
import re
import ssl
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from interlock.sandbox import OperationFailed
from interlock.worker.egress import failures
from interlock.worker.egress.sharing import CONTEXT_WEIGHT, MOST_WEIGHT, Kept

MOST_CA_CHARACTERS: Final = 512 << 10
"""A cloud's bundle of database roots has 170 kB."""
MOST_CERTIFICATE_CHARACTERS: Final = 64 << 10
MOST_KEY_CHARACTERS: Final = 6_000
"""An RSA key of 4,096 bits has 3,400. A handshake with a much longer one would hold the process up."""
MOST_KDF_ROUNDS: Final = 200_000
"""Of the derivation that opens an encrypted key: its file chooses how long that takes, on our thread and at nobody's
cost. OpenSSL writes 2,048, and 200,000 take 60 ms."""
MOST_KEPT: Final = 8
"""Contexts of one tenant."""
MOST_MAKING: Final = 2
"""Of them, at the same time: a key may take a second to open, and the threads are everybody's."""
COMMON_PROTOCOLS: Final = frozenset({(), ("h2", "http/1.1"), ("http/1.1",)})
"""With others a context is its tenant's, who could otherwise push those out that everybody uses."""

_ENCRYPTED: Final = re.compile(
    r"-----BEGIN ENCRYPTED PRIVATE KEY-----([A-Za-z0-9+/=\s]*)-----END ENCRYPTED PRIVATE KEY-----"
)
_SCRYPT: Final = bytes.fromhex("060b2b06010401da47040b")  # 1.3.6.1.4.1.11591.4.11 (RFC 7914, section 7)
_HASHED: Final = "[0-9a-f]" * 8 + ".0"


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """How to shake hands. `servername`: the name to ask for and to verify, by default the host's."""

    servername: str | None = None
    ca: str | None = field(default=None, repr=False)
    cert: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)
    alpn: tuple[str, ...] = ()
    verify: bool = True

    def identity(self) -> bytes:
        """Return what tells these settings from others, and nothing of what is in them."""
        parts = (self.servername, self.ca, self.cert, self.key, self.passphrase, *self.alpn, str(self.verify))
        hashed = hashlib.sha256()
        for part in parts:
            given = b"" if part is None else part.encode("utf-8", "surrogatepass")
            hashed.update(f"{-1 if part is None else len(given)}:".encode() + given)
        return hashed.digest()


class Contexts:
    """The contexts of one tenant. Those that hold nothing of a tenant's are the process's, and kept once."""

    def __init__(self, roots: Sequence[str] = (), common: "Contexts | None" = None, kept: Kept | None = None) -> None:
        """Trust the system's roots and `roots`, PEM texts of the operator's. `common` are the process's.

        `kept` is where they are counted among those of other tenants.
        """
        self._roots = tuple(roots)
        self._common = common
        self._all = Kept(MOST_WEIGHT) if kept is None else kept
        self._kept: OrderedDict[bytes, ssl.SSLContext] = OrderedDict()
        self._making: dict[bytes, asyncio.Task[ssl.SSLContext]] = {}

    async def get(self, settings: TlsSettings) -> ssl.SSLContext:
        """Return a context. Raises `tls_failed` for a certificate or key that cannot be used."""
        if self._common is not None and _is_common(settings):
            return await self._common.get(settings)
        identity = replace(settings, servername=None).identity()
        while True:
            context = self._kept.get(identity)
            if context is not None:
                self._kept.move_to_end(identity)
                self._all.used((self, identity))
                return context
            making = self._making.get(identity)
            if making is not None or len(self._making) < MOST_MAKING:
                break
            # Whoever goes away while waiting here has begun nothing.
            await asyncio.wait(list(self._making.values()), return_when=asyncio.FIRST_COMPLETED)
        if making is None:
            work = asyncio.to_thread(_context, settings, self._roots)
            making = self._making[identity] = asyncio.get_running_loop().create_task(work)
            weight = CONTEXT_WEIGHT + sum(map(len, filter(None, (settings.ca, settings.cert, settings.key))))
            making.add_done_callback(lambda made: self._made(identity, weight, made))
        # Others may wait for the same one: who goes away does not take it along.
        return await asyncio.shield(making)

    async def close(self) -> None:
        """Wait until nothing is being made, and keep nothing."""
        await asyncio.gather(*self._making.values(), return_exceptions=True)
        self.forget()

    def forget(self) -> None:
        """Keep nothing: whoever uses one has it still."""
        while self._kept:
            self._all.discard((self, self._kept.popitem()[0]))

    def _made(self, identity: bytes, weight: int, made: "asyncio.Task[ssl.SSLContext]") -> None:
        del self._making[identity]
        if not made.cancelled() and made.exception() is None:
            self._kept[identity] = made.result()
            self._all.add((self, identity), lambda: self._let_go(identity), weight)
            if len(self._kept) > MOST_KEPT:
                self._all.discard((self, self._kept.popitem(last=False)[0]))

    def _let_go(self, identity: bytes) -> None:
        self._kept.pop(identity, None)


def explain(error: ssl.SSLError, name: str) -> OperationFailed:
    """Return the failure of a handshake as an author reads it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        why = f"the certificate of {name} is not trusted: {error.verify_message.rstrip('.')}"
        return OperationFailed(failures.TLS_FAILED, why)
    reason = (error.reason or "the peer does not speak TLS as we do").replace("_", " ").lower()
    return OperationFailed(failures.TLS_FAILED, f"no TLS with {name}: {reason}")


def _is_common(settings: TlsSettings) -> bool:
    return settings.ca is settings.cert is settings.key is None and settings.alpn in COMMON_PROTOCOLS


def _context(settings: TlsSettings, roots: Sequence[str]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies certificates and names
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    # As Node does: whoever is given as trusted is trusted, though somebody signed it.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if settings.verify:
        _trust_system(context)
    else:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    for pem in (*roots, *([settings.ca] if settings.ca else [])):
        try:
            context.load_verify_locations(cadata=pem)
        except (ssl.SSLError, ValueError):
            raise _unusable("the given CA certificates are no PEM text of certificates") from None
    if settings.cert is not None:
        _identify(context, settings.cert, settings.key or "", settings.passphrase)
    if settings.alpn:
        context.set_alpn_protocols(list(settings.alpn))
    return context


def _trust_system(context: ssl.SSLContext) -> None:
    """Trust what the system trusts: one by one as they are asked for, where it keeps them so, else all at once."""
    paths = ssl.get_default_verify_paths()
    chosen = os.environ.get(paths.openssl_cafile_env)
    if paths.capath and not chosen and next(Path(paths.capath).glob(_HASHED), None):
        context.load_verify_locations(capath=paths.capath)
    else:
        context.load_default_certs()


def _identify(context: ssl.SSLContext, certificate: str, key: str, passphrase: str | None) -> None:
    encrypted = _ENCRYPTED.findall(key)
    if len(encrypted) != key.count("ENCRYPTED PRIVATE KEY") // 2:
        raise _unusable("the encrypted key is no PEM text of a key")
    for inner in encrypted:
        _check_derivation(inner)
    try:
        with _in_memory(certificate) as certificate_path, _in_memory(key) as key_path:
            # Without a passphrase OpenSSL would ask for one at our terminal.
            context.load_cert_chain(certificate_path, key_path, password=passphrase or "")
    except (ssl.SSLError, ValueError, OSError):
        raise _unusable(
            "the client certificate cannot be used: certificate and key are PEM texts that belong together, and an "
            "encrypted key needs its passphrase"
        ) from None


def _check_derivation(text: str) -> None:
    try:
        der = base64.b64decode("".join(text.split()), validate=True)
        algorithm = next(_parts(next(_parts(der))[1]))[1]
        rounds = max(_integers(algorithm), default=0)
    except (binascii.Error, ValueError, StopIteration):
        raise _unusable("the encrypted key is no PEM text of a key") from None
    if _SCRYPT in algorithm or rounds > MOST_KDF_ROUNDS:
        raise _unusable(
            f"the client's key is encrypted in a way that takes too long to open: at most {MOST_KDF_ROUNDS:,} rounds "
            "of PBKDF2 (openssl pkcs8 -topk8 -v2 aes256)"
        )


def _parts(der: bytes) -> Iterator[tuple[int, bytes]]:
    """The tags and contents of what stands one after another in DER. ValueError for what is none."""
    at = 0
    while at < len(der):
        if at + 2 > len(der):
            raise ValueError("cut off")
        tag, length, start = der[at], der[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length, start = int.from_bytes(der[start : start + size], "big"), start + size
            if not 1 <= size <= 4:
                raise ValueError("no length")
        if start + length > len(der):
            raise ValueError("cut off")
        yield tag, der[start : start + length]
        at = start + length


def _integers(der: bytes, depth: int = 0) -> Iterator[int]:
    if depth > 8:
        raise ValueError("too deep")
    for tag, content in _parts(der):
        if tag == 0x02:
            yield int.from_bytes(content[:16], "big") if len(content) <= 16 else MOST_KDF_ROUNDS + 1
        elif tag & 0x20:
            yield from _integers(content, depth + 1)


@contextlib.contextmanager
def _in_memory(text: str) -> Iterator[str]:
    """A text under a path, for an interface that takes paths: it is in no file system."""
    descriptor = os.memfd_create("interlock", os.MFD_CLOEXEC)
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(text.encode())
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _unusable(message: str) -> OperationFailed:
    return OperationFailed(failures.TLS_FAILED, message)
