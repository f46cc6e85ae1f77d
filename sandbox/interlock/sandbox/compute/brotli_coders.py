"""Brotli (RFC 7932), by Google's own library."""

from collections.abc import Callable, Mapping
from typing import Final

import brotli

from interlock.sandbox.compute.coders import Coded, Coder
from interlock.sandbox.compute.requests import Request, bad_request, crypto_failed

_FLUSH, _FINISH = 1, 2
"""encode.h, BrotliEncoderOperation; the third kind writes metadata, which nobody has asked for."""
_SLOW_QUALITY: Final = 10
"""From here on it searches for the best way: a hundred times as long, and its tree has eight bytes for each of the
window. Nobody who asks for the best way notices a window of a MiB."""
_SLOW_WINDOW_BITS: Final = 20
_WINDOW_BITS: Final = 22
"""What more would hold is bounded so. A window is the packer's own choice: it is written into the stream."""
_BLOCK_BITS: Final = 18
"""The most the library takes by itself: a block is worked on in one go."""
_SLOW_BLOCK_BITS: Final = 17
"""At the two slowest qualities, a third of a second."""
_PART_BYTES: Final = 1 << 20
"""After so many bytes what there is is put out: the last step of a part reads all of it once more."""
_MEBIBYTE: Final = 1 << 20


class Packer:
    """Compresses."""

    def __init__(self, request: Request) -> None:
        """`{quality?, window?, block?, mode?}` and the bytes."""
        request.only("kind", "quality", "window", "block", "mode", data=1)
        quality, window = request.whole("quality", 0, 11, 11), request.whole("window", 10, 24, _WINDOW_BITS)
        block = request.whole("block", 0, 24, 0)
        if 0 < block < 16:
            raise bad_request("the block must have from 16 to 24 bits")
        if quality >= _SLOW_QUALITY:
            block = min(block or _SLOW_BLOCK_BITS, _SLOW_BLOCK_BITS)
        window = min(window, _SLOW_WINDOW_BITS if quality >= _SLOW_QUALITY else _WINDOW_BITS)
        self._quality = quality
        self._packing = brotli.Compressor(
            mode=request.whole("mode", 0, 2, 0),
            quality=quality,
            lgwin=window,
            lgblock=min(block, _BLOCK_BITS),
        )
        self._part = 0
        self.weight = (2 << window) + (8 << window if quality >= _SLOW_QUALITY else 1 << max(20, 16 + quality))
        if quality >= _SLOW_QUALITY:
            self.weight += 12 * _MEBIBYTE  # a part's ways

    def work(self, size: int, flush: int, _most: int) -> float:
        """Of the slowest bytes, measured; a flush works on what the part has until now."""
        slow = self._quality >= _SLOW_QUALITY
        ends = flush or self._part + size >= _PART_BYTES
        return 50 + size * (3.0 if slow else 0.2) + ((self._part + size) * (0.5 if slow else 0.05) if ends else 0)

    def write(self, data: bytes, flush: int, _most: int) -> Coded:
        """All that comes out: little more than went in."""
        if not 0 <= flush <= _FINISH:
            raise bad_request("flush must be one of Brotli's operations, without metadata")
        try:
            packed = self._packing.process(data)
            self._part += len(data)
            if flush == _FINISH:
                packed += self._packing.finish()
            elif flush == _FLUSH or self._part >= _PART_BYTES:
                packed += self._packing.flush()
                self._part = 0
        except brotli.error:
            raise crypto_failed("ERR_BROTLI_COMPRESSION_FAILED Compression failed") from None
        return Coded(packed, len(data), done=flush == _FINISH)

    def tune(self, _level: int, _strategy: int) -> bytes:
        """Its parameters are set once."""
        raise bad_request("a Brotli stream has no level")


class Unpacker:
    """Decompresses. Bytes behind the end are an error: the library does not tell how many they are."""

    def __init__(self, request: Request) -> None:
        """No options, and the first bytes."""
        request.only("kind", data=1)
        self._unpacking = brotli.Decompressor()
        self.weight = _MEBIBYTE + (1 << _window_bits(request.data[0]))

    def work(self, size: int, _flush: int, most: int) -> float:
        """What comes out, with the tables of the blocks that come in."""
        return 20 + (size * 12 + most * 10) / 1024

    def write(self, data: bytes, _flush: int, most: int) -> Coded:
        """All input is taken; while there is `more`, none may come."""
        if data and not self._unpacking.can_accept_more_data():
            raise bad_request("there is more to come before the next bytes")
        try:
            plain = self._unpacking.process(data, output_buffer_limit=most)
        except brotli.error:
            raise crypto_failed("ERR__ERROR_FORMAT Decompression failed") from None
        done = self._unpacking.is_finished()
        more = len(plain) >= most or not self._unpacking.can_accept_more_data()
        return Coded(plain, len(data), more and not done, done)

    def tune(self, _level: int, _strategy: int) -> bytes:
        """There is nothing to tune."""
        return b""


def _window_bits(data: bytes) -> int:
    """What the stream's first bits say of its window (RFC 7932, section 9.1); of none, the most there is."""
    first = data[0] if data else 0x0F
    if not first & 1:
        return 16
    if high := first >> 1 & 7:
        return 17 + high
    low = first >> 4 & 7
    return 8 + low if low > 1 else 17 if not low else 24


CODERS: Final[Mapping[str, Callable[[Request], Coder]]] = {"brotli": Packer, "unbrotli": Unpacker}
