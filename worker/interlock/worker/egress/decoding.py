"""Content codings (RFC 9110, section 8.4.1), undone piece by piece: of a bomb, little is ever in memory."""

import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Protocol

import brotli

from interlock.worker.egress import failures

MOST_CODINGS: Final = 3
"""Of one answer, over each other."""
PIECE_BYTES: Final = 64 << 10

_GZIP_BEGINS: Final = 0x1F


class Decoder(Protocol):
    """One coding."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Give what the data becomes, in pieces of at most about `PIECE_BYTES`. Raises http_failed."""
        ...

    def finish(self) -> None:
        """Raise http_failed unless the coding is complete."""
        ...


def decoders(encoding: str | None) -> list[Decoder]:
    """Return what undoes a `content-encoding`, in the order to apply it. One that is unknown leaves all as it is."""
    names = [name.strip().lower() for name in (encoding or "").split(",")]
    names = [name for name in names if name not in {"", "identity"}]
    if len(names) > MOST_CODINGS:
        raise failures.http_failed(f"the answer is encoded more than {MOST_CODINGS} times")
    if any(name not in _KNOWN for name in names):
        return []
    return [_KNOWN[name]() for name in reversed(names)]


class _Zlib:
    """gzip, and deflate with or without its wrapper: servers send both (Fetch, "handle content codings")."""

    def __init__(self, *, gzip: bool) -> None:
        self._gzip = gzip
        self._inner = zlib.decompressobj(31) if gzip else None
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._begun = self._begun or bool(data)
        while data:
            if self._inner is None:
                self._inner = zlib.decompressobj(15 if data[0] & 0x0F == 8 else -15)
            elif self._inner.eof:
                if not self._gzip or data[0] != _GZIP_BEGINS:
                    return  # what follows the end means nothing
                self._inner = zlib.decompressobj(31)  # gzip may have several members
            try:
                piece = self._inner.decompress(data, PIECE_BYTES)
            except zlib.error:
                raise _broken("gzip" if self._gzip else "deflate") from None
            if piece:
                yield piece
            data = self._inner.unused_data if self._inner.eof else self._inner.unconsumed_tail
            if not data and len(piece) == PIECE_BYTES and not self._inner.eof:
                yield from self._rest(self._inner)

    def finish(self) -> None:
        if self._begun and (self._inner is None or not self._inner.eof):
            raise _broken("gzip" if self._gzip else "deflate")

    def _rest(self, inner: "zlib._Decompress") -> Iterator[bytes]:
        """What is still inside though all input was taken."""
        while piece := inner.decompress(b"", PIECE_BYTES):
            yield piece


class _Brotli:
    def __init__(self) -> None:
        self._inner = brotli.Decompressor()
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._begun = self._begun or bool(data)
        if self._inner.is_finished():
            return
        try:
            piece = self._inner.process(data, output_buffer_limit=PIECE_BYTES)
            while piece:
                yield piece
                if self._inner.is_finished():
                    return
                piece = self._inner.process(b"", output_buffer_limit=PIECE_BYTES)
        except brotli.error:
            raise _broken("br") from None

    def finish(self) -> None:
        if self._begun and not self._inner.is_finished():
            raise _broken("br")


_KNOWN: Final[Mapping[str, Callable[[], Decoder]]] = {
    "gzip": lambda: _Zlib(gzip=True),
    "x-gzip": lambda: _Zlib(gzip=True),
    "deflate": lambda: _Zlib(gzip=False),
    "br": _Brotli,
}


def _broken(name: str) -> Exception:
    return failures.http_failed(f"the answer's body is not the {name} that it says, or is cut off")
