"""zlib in one call: RFC 1950, 1951, 1952. Output is bounded, so that a bomb is a refusal and not this process's memory.

Failures begin with zlib's own code (`Z_DATA_ERROR`, `Z_BUF_ERROR`, ...) and end with zlib's own words, as in Node.
"""

import re
import time
import zlib
from collections.abc import Mapping
from typing import Final

from interlock.sandbox.compute.caps import CAPS
from interlock.sandbox.compute.requests import (
    Function,
    Request,
    Result,
    bad_request,
    by_size,
    crypto_failed,
    work_limit,
)
from interlock.sandbox.errors import OperationFailed

_FORMATS: Final[Mapping[str, int]] = {"deflate": 1, "raw": -1, "gzip": 16, "auto": 32}
"""How zlib's window bits tell them apart: its manual, inflateInit2. `auto` reads zlib and gzip alike."""
_CODES: Final = {2: "Z_NEED_DICT", -2: "Z_STREAM_ERROR", -3: "Z_DATA_ERROR", -4: "Z_MEM_ERROR", -5: "Z_BUF_ERROR"}
"""zlib.h; Python gives the numbers in its words."""
_PIECE_BYTES: Final = 64 << 10
_FAST_LEVELS: Final = 7
_WORDS: Final = re.compile(r"Error (-?\d+)[^:]*(?:: (.*))?")


def compress(request: Request) -> Result:
    """`{format, level?, windowBits?, memLevel?, strategy?}`, the bytes, and perhaps a dictionary."""
    request.only("format", "level", "windowBits", "memLevel", "strategy", data=(1, 2))
    kind = request.choice("format", {name: bits for name, bits in _FORMATS.items() if name != "auto"})
    bits = request.whole("windowBits", 8, 15, 15)
    if bits == 8 and kind == -1:
        bits = 9  # zlib refuses 8 for raw deflate, and Node says 9 for it
    arguments = (
        request.whole("level", -1, 9, -1),
        zlib.DEFLATED,
        bits + 16 if kind == 16 else bits * kind,
        request.whole("memLevel", 1, 9, 8),
        request.whole("strategy", 0, 4, 0),
    )
    try:
        packing = (
            zlib.compressobj(*arguments, zdict=request.data[1])
            if len(request.data) > 1
            else zlib.compressobj(*arguments)
        )
        packed = _packed(packing, request.data[0])
    except (zlib.error, ValueError) as error:
        raise _failed(error) from None
    if len(packed) > CAPS.bytes_out:
        raise work_limit(f"one computation may give at most {CAPS.bytes_out} bytes")
    return Result((packed,))


def decompress(request: Request) -> Result:
    """`{format, windowBits?, most?, partial?}`, the bytes, and perhaps a dictionary.

    Gives the plain bytes and `{used, done}`: how many bytes of the input belonged to this stream (what follows may be
    another member of a gzip file), and whether its end was there. Without `partial` a missing end is a failure.
    `most`: bytes of output, `work_limit` beyond it.
    """
    request.only("format", "windowBits", "most", "partial", data=(1, 2))
    kind = request.choice("format", _FORMATS)
    bits = request.whole("windowBits", 0 if kind != -1 else 8, 15, 15)
    most = request.whole("most", 0, CAPS.bytes_out, CAPS.bytes_out)
    window = bits + kind if kind in {16, 32} else bits * kind
    try:
        unpacking = (
            zlib.decompressobj(window, zdict=request.data[1]) if len(request.data) > 1 else zlib.decompressobj(window)
        )
        plain = unpacking.decompress(request.data[0], most + 1)
    except (zlib.error, ValueError) as error:
        raise _failed(error) from None
    if len(plain) > most:
        raise work_limit(f"the decompressed data has more than {most} bytes")
    if not unpacking.eof and not request.flag("partial"):
        raise crypto_failed("Z_BUF_ERROR unexpected end of file")
    return Result((plain,), {"used": len(request.data[0]) - len(unpacking.unused_data), "done": unpacking.eof})


def checksum(request: Request) -> Result:
    """`{value?}` and the bytes: CRC-32, going on from `value`."""
    request.only("value", data=1)
    return Result(value=zlib.crc32(request.data[0], request.whole("value", 0, 0xFFFFFFFF, 0)))


def _packed(packing: "zlib._Compress", data: bytes) -> bytes:
    """In pieces: some bytes take zlib a hundred times longer than as many others, and nothing stops a call."""
    until = time.thread_time_ns() + CAPS.compressing_ms * 1_000_000
    parts = []
    for at in range(0, len(data), _PIECE_BYTES):
        if time.thread_time_ns() > until:
            raise work_limit("these bytes take too long to compress at this level")
        parts.append(packing.compress(data[at : at + _PIECE_BYTES]))
    return b"".join((*parts, packing.flush()))


def _packing_work(request: Request) -> float:
    """The slowest bytes there are, measured: the highest levels look for matches thirty times as long."""
    us_per_mebibyte = 3_000_000 if request.whole("level", -1, 9, -1) > _FAST_LEVELS else 100_000
    return request.size * us_per_mebibyte / (1 << 20)


def _failed(error: Exception) -> OperationFailed:
    if not isinstance(error, zlib.error):
        return bad_request("these parameters are none of zlib's")
    found = _WORDS.match(str(error))
    code = _CODES.get(int(found[1]), "Z_DATA_ERROR") if found else "Z_DATA_ERROR"
    words = (found and found[2]) or ("Missing dictionary" if code == "Z_NEED_DICT" else "invalid data")
    return crypto_failed(f"{code} {words}")


FUNCTIONS: Final = {
    "compress": Function(compress, _packing_work),
    # A byte may become a thousand: what comes out is the work, and not known before.
    "decompress": Function(decompress, by_size(1_000_000)),
    "crc32": Function(checksum, by_size(1_000)),
}
