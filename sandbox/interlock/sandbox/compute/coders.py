"""What takes a stream of bytes apart or packs it, piece by piece: the shape that zlib's and Brotli's have in common."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Coded:
    """What one write gave."""

    data: bytes
    used: int
    """Bytes of the input that were taken. The rest belongs to the next write, or is behind the stream's end."""
    more: bool = False
    """There may be more to come without any input: what was asked for at most is reached."""
    done: bool = False
    """The stream's end was there; nothing more is taken."""


class Coder(Protocol):
    """One stream's state. It is used by one thread at a time."""

    @property
    def weight(self) -> int:
        """Bytes of this process that it may hold between two writes."""

    def work(self, size: int, flush: int, most: int, /) -> float:
        """An estimate of a write's microseconds."""

    def write(self, data: bytes, flush: int, most: int, /) -> Coded:
        """Takes bytes and gives what is ready: when it takes a stream apart, not much more than `most` of them.

        `flush`: the number in the format's own header, 0 for none. Raises `OperationFailed`.
        """

    def tune(self, level: int, strategy: int, /) -> bytes:
        """Goes on with other parameters, and gives what the ones until now have left.

        Raises `OperationFailed` where there are none to change.
        """
