"""Tables of locales and time zones for the guest's Intl, read piece by piece from the file that the build packed.

They are those of the Node that bundled the guest, never the machine's: what an action shows depends on the installation
alone. `guest/locale_pack.mjs` wrote the file and says how it is laid out.
"""

import json
import os
import zlib
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate
from typing import Any, Final

from interlock.sandbox import installation
from interlock.sandbox.compute.caps import CAPS
from interlock.sandbox.compute.requests import Function, Request, Result, bad_request

_HEAD_BYTES: Final = 8
_WINDOW: Final = 32 << 10
"""What deflate looks back at: of the parent's table, its end."""


@dataclass(frozen=True, slots=True)
class _Index:
    file: int
    """Its descriptor, kept open: another version that takes the file's place has its pieces elsewhere."""
    kinds: dict[str, int]
    locales: dict[str, list[int]]
    zones: dict[str, int]
    shared: dict[str, int]
    pieces: list[tuple[int, int, int]]
    """Where each piece begins, its length, and the piece it was compressed beside, or -1."""


def table(request: Request) -> Result:
    """`{kind, locale}`: the table as JSON text; nothing when there is none."""
    request.only("kind", "locale", data=0)
    index = _index()
    pieces, kind = index.locales.get(request.text("locale")), index.kinds.get(request.text("kind"))
    if pieces is None or kind is None:
        raise bad_request("there is no such table")
    return Result((_piece(pieces[kind]),))


def match(request: Request) -> Result:
    """`{tag}`: the longest beginning of the tag that is a locale, or null."""
    request.only("tag", data=0)
    tag, known = request.text("tag"), _index().locales
    while tag and tag not in known:
        tag = tag.rpartition("-")[0]
    return Result(value=tag or None)


def zone(request: Request) -> Result:
    """`{name}` in small letters: the time zone as JSON text; nothing when there is none."""
    request.only("name", data=0)
    piece = _index().zones.get(request.text("name"))
    return Result() if piece is None else Result((_piece(piece),))


def shared(request: Request) -> Result:
    """`{name}`: what belongs to no locale, as JSON text."""
    request.only("name", data=0)
    return Result((_piece(request.choice("name", _index().shared)),))


@cache
def _index() -> _Index:
    """Read once in a process."""
    file = os.open(installation.locales(), os.O_RDONLY | os.O_CLOEXEC)
    length = int.from_bytes(os.pread(file, _HEAD_BYTES, 0), "little")
    found: dict[str, Any] = json.loads(zlib.decompress(os.pread(file, length, _HEAD_BYTES), -zlib.MAX_WBITS))
    lengths = [piece[0] for piece in found["pieces"]]
    starts = accumulate(lengths, initial=_HEAD_BYTES + length)
    pieces = [(start, size, beside) for start, (size, beside) in zip(starts, found["pieces"], strict=False)]
    kinds = {kind: number for number, kind in enumerate(found["kinds"])}
    return _Index(file, kinds, found["locales"], found["zones"], found["shared"], pieces)


@lru_cache(CAPS.locale_tables)
def _piece(number: int) -> bytes:
    start, length, beside = _index().pieces[number]
    packed = os.pread(_index().file, length, start)
    if beside < 0:
        return zlib.decompress(packed, -zlib.MAX_WBITS)
    inflating = zlib.decompressobj(-zlib.MAX_WBITS, zdict=_piece(beside)[-_WINDOW:])
    return inflating.decompress(packed) + inflating.flush()


FUNCTIONS: Final = {
    "intl.match": Function(match, lambda _: 20),
    "intl.shared": Function(shared, lambda _: 300),
    "intl.table": Function(table, lambda _: 1_000),
    "intl.zone": Function(zone, lambda _: 100),
}
