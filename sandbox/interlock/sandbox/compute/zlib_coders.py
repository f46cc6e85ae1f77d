"""zlib, gzip and raw deflate (RFC 1950, 1952, 1951) by the host's zlib.

Failures begin with zlib's own code (`Z_DATA_ERROR`, `Z_BUF_ERROR`, ...) and end with zlib's own words, as in Node.
"""

import re
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from interlock.sandbox.compute.coders import Coded, Coder
from interlock.sandbox.compute.requests import Function, Request, Result, bad_request, by_size, crypto_failed
from interlock.sandbox.errors import OperationFailed

_FORMATS: Final[Mapping[str, int]] = {"deflate": 1, "raw": -1, "gzip": 16, "auto": 32}
"""How zlib's window bits tell them apart: its manual, inflateInit2. `auto` reads zlib and gzip alike."""
_CODES: Final = {2: "Z_NEED_DICT", -2: "Z_STREAM_ERROR", -3: "Z_DATA_ERROR", -4: "Z_MEM_ERROR", -5: "Z_BUF_ERROR"}
"""zlib.h; Python gives the numbers in its words."""
_FINISH: Final = 4
_MOST_FLUSH: Final = 5
_WINDOW_BYTES: Final = 32 << 10
_PACKER_BYTES: Final = 400 << 10
"""Of the largest: 2^(windowBits + 2) + 2^(memLevel + 9) (zconf.h), and what is kept for `tune`."""
_UNPACKER_BYTES: Final = 48 << 10
_FAST_LEVELS: Final = 7
_WORDS: Final = re.compile(r"Error (-?\d+)[^:]*(?:: (.*))?")


class Packer:
    """Compresses."""

    weight = _PACKER_BYTES

    def __init__(self, request: Request) -> None:
        """`{format, level?, windowBits?, memLevel?, strategy?}`, the bytes, and perhaps a dictionary."""
        request.only("kind", "format", "level", "windowBits", "memLevel", "strategy", data=(1, 2))
        self._kind = request.choice("format", {name: bits for name, bits in _FORMATS.items() if name != "auto"})
        self._bits = request.whole("windowBits", 8, 15, 15)
        if self._bits == 8 and self._kind == -1:
            self._bits = 9  # zlib refuses 8 for raw deflate, and Node says 9 for it
        self._memory = request.whole("memLevel", 1, 9, 8)
        self._level = request.whole("level", -1, 9, -1)
        self._begun = self._retuned = False
        self._sum = zlib.adler32(b"")
        self._window = b"".join(request.data[1:])
        window = self._bits + 16 if self._kind == 16 else self._bits * self._kind
        self._packing = self._new(window, request.whole("strategy", 0, 4, 0))

    def work(self, size: int, flush: int, _most: int) -> float:
        """The slowest bytes there are, measured: the highest levels look for matches thirty times as long."""
        us_per_kibibyte = 3_000 if self._level > _FAST_LEVELS else 100
        return 50 + (500 if flush else 0) + size * us_per_kibibyte / 1024

    def write(self, data: bytes, flush: int, _most: int) -> Coded:
        """All that comes out: little more than went in."""
        if not 0 <= flush <= _MOST_FLUSH:
            raise bad_request("flush must be one of zlib's")
        self._begun = self._begun or bool(data) or flush > 0
        if self._kind != 16:
            self._sum = zlib.adler32(data, self._sum)
            self._window = (self._window + data)[-_WINDOW_BYTES:]
        try:
            packed = self._packing.compress(data) + (self._packing.flush(flush) if flush else b"")
        except (zlib.error, ValueError) as error:
            raise _failed(error) from None
        if flush == _FINISH and self._retuned and self._kind == 1:
            packed += self._sum.to_bytes(4, "big")
        return Coded(packed, len(data), done=flush == _FINISH)

    def tune(self, level: int, strategy: int) -> bytes:
        """Python has no `deflateParams`: another raw stream goes on behind a flush, with what came before as its
        dictionary. A gzip stream keeps what it has, as in Node."""
        if not (-1 <= level <= 9 and 0 <= strategy <= 4):
            raise bad_request("these parameters are none of zlib's")
        if self._kind == 16:
            return b""
        self._level = level
        if not self._begun:
            self._packing = self._new(self._bits * self._kind, strategy)
            return b""
        flushed = self._packing.flush(zlib.Z_SYNC_FLUSH)
        self._packing = self._new(-max(9, self._bits), strategy)
        self._retuned = True
        return flushed

    def _new(self, window: int, strategy: int) -> "zlib._Compress":
        arguments = (self._level, zlib.DEFLATED, window, self._memory, strategy)
        try:
            return zlib.compressobj(*arguments, zdict=self._window) if self._window else zlib.compressobj(*arguments)
        except (zlib.error, ValueError) as error:
            raise _failed(error) from None


class Unpacker:
    """Decompresses one member; what is behind it may be another one, of another stream."""

    weight = _UNPACKER_BYTES

    def __init__(self, request: Request) -> None:
        """`{format, windowBits?}`, the bytes, and perhaps a dictionary."""
        request.only("kind", "format", "windowBits", data=(1, 2))
        kind = request.choice("format", _FORMATS)
        bits = request.whole("windowBits", 0 if kind != -1 else 8, 15, 15)
        window = bits + kind if kind in {16, 32} else bits * kind
        try:
            self._unpacking = (
                zlib.decompressobj(window, zdict=request.data[1])
                if len(request.data) > 1
                else zlib.decompressobj(window)
            )
        except (zlib.error, ValueError) as error:
            raise _failed(error) from None

    def work(self, size: int, _flush: int, most: int) -> float:
        """A byte may become a thousand: what comes out is the work, with the tables of its blocks."""
        return 20 + size * 15 / 1024 + min(most, size * 1_032 + _WINDOW_BYTES) * 4 / 1024

    def write(self, data: bytes, _flush: int, most: int) -> Coded:
        """What is not taken since `most` is reached stays with whoever wrote it."""
        try:
            plain = self._unpacking.decompress(data, most)
        except (zlib.error, ValueError) as error:
            raise _failed(error) from None
        left = self._unpacking.unused_data if self._unpacking.eof else self._unpacking.unconsumed_tail
        return Coded(plain, len(data) - len(left), len(plain) >= most, self._unpacking.eof)

    def tune(self, _level: int, _strategy: int) -> bytes:
        """There is nothing to tune."""
        return b""


def checksum(request: Request) -> Result:
    """`{value?}` and the bytes: CRC-32, going on from `value`."""
    request.only("value", data=1)
    return Result(value=zlib.crc32(request.data[0], request.whole("value", 0, 0xFFFFFFFF, 0)))


def _failed(error: Exception) -> OperationFailed:
    if not isinstance(error, zlib.error):
        return bad_request("these parameters are none of zlib's")
    found = _WORDS.match(str(error))
    code = _CODES.get(int(found[1]), "Z_DATA_ERROR") if found else "Z_DATA_ERROR"
    if "dictionary" in str(error) or "zdict" in str(error):
        return crypto_failed("Z_NEED_DICT Bad dictionary")
    words = (found and found[2]) or ("Missing dictionary" if code == "Z_NEED_DICT" else "invalid data")
    return crypto_failed(f"{code} {words}")


CODERS: Final[Mapping[str, Callable[[Request], Coder]]] = {"deflate": Packer, "inflate": Unpacker}
FUNCTIONS: Final = {"crc32": Function(checksum, by_size(1_000))}
