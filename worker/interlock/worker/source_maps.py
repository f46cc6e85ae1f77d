"""From places in a bundle to the author's, for stacks.

A source map (ECMA-426) says where each piece of a bundle comes from, as one text that must be read from its start.
That is done once, when a bundle is built: `compact` writes the places as a sorted table in pieces that are packed one
by one, so that an error costs a worker the unpacking of a few of them, and a run without an error nothing at all.

    {"version": 1, "sources": ["", "pg/lib/client.js"], "blocks": [[line, column, "base64 of rows"], ...]}

A row is line and column of the bundle, the number of the source, line and column there: all from 0, five 32-bit
numbers. A row of `NOWHERE` begins what comes from no source.
"""

import base64
import bisect
import itertools
import json
import re
import sys
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

NOWHERE: Final = 0xFFFFFFFF
_VERSION: Final = 1
_ROWS: Final = 2_048
"""Rows a block: about 40 kB unpacked."""
_WIDTH: Final = 5
_MOST_IN_TEXT: Final = 64
"""Places in one text: as many as a few stacks have."""
_DIGITS: Final = {
    character: number
    for number, character in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
}
_PACKAGES: Final = "node_modules/"
_ENTRIES: Final = ("action.js", "action.ts")
_FRAME: Final = re.compile(r"^    at (?P<where>.*?) ?\((?P<file>[^()]*):(?P<line>\d{1,9}):(?P<column>\d{1,9})\)$")
_STATE: Final = 4


_Block = tuple[list[tuple[int, int]], list[list[int]]]
"""Unpacked rows: where each begins in the bundle, and columns of source, line and column there."""


class MapInvalid(ValueError):
    """A source map is not what the standard says, or has more places than it may."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a source: line and column from 1. The source is empty for the author's own."""

    source: str
    line: int
    column: int


def compact(source_map: str, *, entry: str, most_segments: int) -> str:
    """Return the table of a source map as JSON text. The source `entry` is the author's, whose name the table leaves
    empty: an action may be called otherwise later. Packages are called by what follows `node_modules/`.

    Raises MapInvalid.
    """
    try:
        document = json.loads(source_map)
        sources = [_named(str(name), entry) for name in document["sources"]]
        mappings = str(document["mappings"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise MapInvalid("it is no source map") from None
    rows, blocks = array("I"), list[list[Any]]()
    for count, row in enumerate(_segments(mappings, len(sources)), 1):
        if count > most_segments:
            raise MapInvalid(f"it has more than {most_segments:,} places")
        rows.extend(row)
        if len(rows) == _ROWS * _WIDTH:
            blocks.append(_packed(rows))
            rows = array("I")
    if rows:
        blocks.append(_packed(rows))
    return json.dumps({"version": _VERSION, "sources": sources, "blocks": blocks}, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Part:
    """A script in a larger one: on which line of that it begins (from 0), its table, and what its own text is called
    there; empty: it is the author's.
    """

    line: int
    table: str
    name: str = ""


def joined(parts: Sequence[Part]) -> str:
    """Return the table of a script that is made of several, which begin on lines of their own, in this order."""
    sources: list[str] = []
    rows, blocks = array("I"), list[list[Any]]()
    for part in parts:
        table = _Table.read(part.table)
        first = len(sources)
        sources += [source or part.name for source in table.sources]
        for block in table.blocks:
            starts, columns = _unpacked(block[2])
            for (line, column), source, *there in zip(starts, *columns, strict=True):
                rows.extend((line + part.line, column, NOWHERE if source == NOWHERE else source + first, *there))
                if len(rows) == _ROWS * _WIDTH:
                    blocks.append(_packed(rows))
                    rows = array("I")
    if rows:
        blocks.append(_packed(rows))
    return json.dumps({"version": _VERSION, "sources": sources, "blocks": blocks}, separators=(",", ":"))


def mapped(stack: str, filename: str, table: str) -> str:
    """Return a stack with the author's places in its frames; what is of no source, as glue of esbuild, is left out.

    A table that cannot be read changes nothing.
    """
    header, frames = _parted(stack)
    if not frames:
        return stack
    try:
        found = _Table.read(table)
        return "\n".join([*header, *(line for frame in frames for line in _frame(frame, filename, found))])
    except (ValueError, KeyError, TypeError, IndexError, zlib.error):
        return stack


def mapped_text(text: str, filename: str, table: str) -> str:
    """Return a text with the author's places wherever it names one of the bundle as a stack does: a line of the
    console, say. The first of them alone when there are very many. A table that cannot be read changes nothing.
    """
    if f"({filename}:" not in text:
        return text
    try:
        found = _Table.read(table)
        named = re.compile(rf"\({re.escape(filename)}:(\d{{1,9}}):(\d{{1,9}})\)")
        return named.sub(lambda match: found.replaced(match, filename), text, count=_MOST_IN_TEXT)
    except (ValueError, KeyError, TypeError, IndexError, zlib.error):
        return text


def place(table: str, line: int, column: int) -> Place | None:
    """Return where a place of the bundle (both from 1) comes from; None for no source."""
    return _Table.read(table).find(line - 1, column - 1)


@dataclass(slots=True)
class _Table:
    sources: Sequence[str]
    blocks: Sequence[Sequence[Any]]
    starts: Sequence[tuple[int, int]]
    unpacked: dict[int, "_Block"]

    @classmethod
    def read(cls, text: str) -> "_Table":
        document = json.loads(text)
        if document["version"] != _VERSION:
            raise ValueError("another version")
        blocks = document["blocks"]
        return cls(document["sources"], blocks, [(block[0], block[1]) for block in blocks], {})

    def replaced(self, match: "re.Match[str]", filename: str) -> str:
        found = self.find(int(match[1]) - 1, int(match[2]) - 1)
        return match[0] if found is None else f"({found.source or filename}:{found.line}:{found.column})"

    def find(self, line: int, column: int) -> Place | None:
        number = bisect.bisect_right(self.starts, (line, column)) - 1
        if number < 0:
            return None
        block = self.unpacked.get(number)
        if block is None:
            block = self.unpacked[number] = _unpacked(self.blocks[number][2])
        starts, columns = block
        at = bisect.bisect_right(starts, (line, column)) - 1
        # Only what begins on the same line says anything of it.
        if at < 0 or starts[at][0] != line:
            return None
        source, source_line, source_column = (column[at] for column in columns)
        if source == NOWHERE:
            return None
        return Place(self.sources[source], source_line + 1, source_column + 1)


def _parted(stack: str) -> tuple[list[str], list[str]]:
    """The message, which may have lines of any kind, and the frames behind it."""
    lines = stack.split("\n")
    first = len(lines)
    while first > 0 and lines[first - 1].startswith("    at "):
        first -= 1
    return lines[:first], lines[first:]


def _frame(line: str, filename: str, table: _Table) -> Iterator[str]:
    match = _FRAME.match(line)
    if match is None or match["file"] != filename:
        yield line
        return
    found = table.find(int(match["line"]) - 1, int(match["column"]) - 1)
    if found is not None:
        yield f"    at {_function(match['where'])} ({found.source or filename}:{found.line}:{found.column})"


def _function(where: str) -> str:
    # A CommonJS module becomes a function whose name is its path.
    return "<anonymous>" if where.startswith(_PACKAGES) or where in _ENTRIES else where


def _named(source: str, entry: str) -> str:
    if source == entry:
        return ""
    # Nothing that a package calls its files may look like another frame, or like the author's file.
    name = re.sub(r"[^\w@./+~-]", "_", source.rpartition(_PACKAGES)[2])[-200:]
    return name if "/" in name else f"package/{name}"


def _segments(mappings: str, sources: int) -> Iterator[tuple[int, int, int, int, int]]:
    """Each segment as a row. VLQ: base 64, five bits a digit, the sixth says that another follows, the lowest of a
    number is its sign (ECMA-426, 5.1).
    """
    state = [0] * (_STATE + 1)
    for line, group in enumerate(mappings.split(";")):
        state[0] = 0
        for segment in group.split(",") if group else ():
            fields = _numbers(segment)
            if len(fields) not in {1, 4, 5}:
                raise MapInvalid("a segment has neither one nor four nor five numbers")
            for index, value in enumerate(fields):
                state[index] += value
            column, source, source_line, source_column = state[:_STATE]
            if not (0 <= column < NOWHERE and 0 <= source_line < NOWHERE and 0 <= source_column < NOWHERE):
                raise MapInvalid("a place is outside its text")
            if len(fields) == 1:
                yield line, column, NOWHERE, 0, 0
            elif 0 <= source < sources:
                yield line, column, source, source_line, source_column
            else:
                raise MapInvalid("a segment names a source that there is not")


def _numbers(segment: str) -> list[int]:
    numbers, value, shift = [], 0, 0
    for character in segment:
        digit = _DIGITS.get(character)
        if digit is None or shift > 30:
            raise MapInvalid("a number is not of base 64, or too large")
        value |= (digit & 31) << shift
        if digit & 32:
            shift += 5
            continue
        numbers.append(-(value >> 1) if value & 1 else value >> 1)
        value = shift = 0
    if shift:
        raise MapInvalid("a number has no end")
    return numbers


def _packed(rows: "array[int]") -> list[Any]:
    # Rows of a column lie together, which packs far better; the order of bytes is the same on every machine.
    columns = array("I")
    for column in range(_WIDTH):
        columns.extend(_differences(rows[column::_WIDTH]))
    return [rows[0], rows[1], base64.b64encode(zlib.compress(_little(columns).tobytes(), 6)).decode()]


def _unpacked(text: str) -> "_Block":
    values = array("I")
    values.frombytes(zlib.decompressobj().decompress(base64.b64decode(text), _ROWS * _WIDTH * 4))
    values = _little(values)
    count = len(values) // _WIDTH
    line, column, *columns = (
        [value & NOWHERE for value in itertools.accumulate(values[at * count : (at + 1) * count])]
        for at in range(_WIDTH)
    )
    return list(zip(line, column, strict=True)), columns


def _differences(values: "array[int]") -> Iterator[int]:
    before = 0
    for value in values:
        yield (value - before) & NOWHERE
        before = value


def _little(values: "array[int]") -> "array[int]":
    if sys.byteorder == "big":
        values = array("I", values)
        values.byteswap()
    return values
