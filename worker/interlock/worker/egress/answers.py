"""An answer as the guest reads it: decoded, counted, in pieces of bounded size."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Final

from interlock.worker.egress.decoding import Decoder
from interlock.worker.egress.exchanges import Exchange, Head
from interlock.worker.egress.traffic import Traffic

_ENOUGH_BYTES: Final = 64 << 10
"""From here on a piece is given out, though more may have come."""
_MOST_STEPS: Final = 4
"""Of decoding that may come to nothing before others have their turn: each takes milliseconds at worst."""


class Answer:
    """One answer. Reads are one after the other; after the end the exchange is closed."""

    def __init__(self, head: Head, exchange: Exchange, decoders: Sequence[Decoder], traffic: Traffic) -> None:
        """Read from an exchange whose head has come."""
        self.head = head
        self.done = False
        self._exchange = exchange
        self._decoders = decoders
        self._traffic = traffic
        self._pieces: Iterator[bytes] = iter(())
        self._rest = b""
        self._raw_over = False
        self._counted = 0
        self._steps = 0

    def read_at_once(self, most: int) -> bytes:
        """Return at most that much of what has come."""
        gathered = bytearray()
        self._steps = 0
        while self._gather(gathered, most) and not self._raw_over:
            raw = self._exchange.read_at_once()
            if raw is None:
                break
            self._take(raw)
        self._look_for_the_end()
        return bytes(gathered)

    async def read(self, most: int) -> bytes:
        """Wait for 1 to `most` bytes; none at the end, when `done` is set, which it may be before."""
        while not (gathered := self.read_at_once(most)) and not self.done:
            if self._paused:
                await asyncio.sleep(0)
            else:
                self._take(await self._exchange.read())
        return gathered

    def close(self) -> None:
        """Let go of the exchange."""
        self.done = True
        self._exchange.close()

    @property
    def _paused(self) -> bool:
        """Whether decoding stopped in the middle of what has come."""
        return self._steps >= _MOST_STEPS

    def _gather(self, gathered: bytearray, most: int) -> bool:
        """Take what is decoded; whether there is room for more."""
        while len(gathered) < min(most, _ENOUGH_BYTES) and not self._paused:
            piece = self._rest or next(self._pieces, None)
            if piece is None:
                return True
            self._steps += not piece
            room = most - len(gathered)
            gathered += piece[:room]
            self._rest = piece[room:]
        return False

    def _take(self, raw: bytes) -> None:
        if raw:
            self._counted += len(raw)
            self._pieces = self._count(_decoded(self._decoders, raw, self._traffic))
        else:
            self._raw_over = True

    def _count(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """What a compressed answer becomes counts, too, as far as it is more than what came."""
        for piece in pieces:
            more = len(piece) - self._counted
            self._counted = max(0, -more)
            if more > 0 and self._decoders:
                self._traffic.receive(more, 0)
            yield piece

    def _look_for_the_end(self) -> None:
        if self.done or self._rest or self._paused:
            return
        while (piece := next(self._pieces, None)) is not None:
            self._steps += not piece
            if piece or self._paused:
                self._rest = piece
                return
        if not self._raw_over:
            raw = self._exchange.read_at_once()
            if raw is None:
                return
            self._take(raw)
            if raw:
                self._look_for_the_end()
                return
        for decoder in self._decoders:
            decoder.finish()
        self.close()


def _decoded(decoders: Sequence[Decoder], raw: bytes, traffic: Traffic) -> Iterator[bytes]:
    """Give what the decoders make of what came; an empty piece is a step that came to nothing yet.

    What is between two of them counts, too: a few bytes may become gigabytes there, and nothing in the end.
    """
    if not decoders:
        yield raw
        return
    for piece in decoders[0].feed(raw):
        if len(decoders) > 1:
            traffic.receive(len(piece), 0)
            yield b""
        yield from _decoded(decoders[1:], piece, traffic)
