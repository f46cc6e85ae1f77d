"""Console lines as the guest left them in its memory: they survive a run that was cut off."""

import struct
from dataclasses import dataclass
from typing import Final

LEVELS: Final = ("debug", "log", "info", "warn", "error", "trace")

_HEADER: Final = struct.Struct("<II")  # LOG_HEADER of guest.h: level, length of the text in bytes


@dataclass(frozen=True, slots=True)
class LogLine:
    """One call of a console method: its level (one of `LEVELS`) and the formatted text."""

    level: str
    message: str


def decode(buffer: bytes) -> tuple[LogLine, ...]:
    """The lines of a console buffer, in the order they were written.

    The buffer is guest memory: a header that does not fit ends the list instead of being believed.
    """
    return decoded(buffer)[0]


def decoded(buffer: bytes) -> tuple[tuple[LogLine, ...], int]:
    """The same, and how many bytes they took: the next line begins there."""
    lines = []
    position = 0
    while position + _HEADER.size <= len(buffer):
        level, length = _HEADER.unpack_from(buffer, position)
        begin = position + _HEADER.size
        if level >= len(LEVELS) or begin + length > len(buffer):
            break
        position = begin + length
        lines.append(LogLine(LEVELS[level], buffer[begin:position].decode("utf-8", "replace")))
    return tuple(lines), position
