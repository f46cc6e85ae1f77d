"""On which line of a TOML file something stands. Python's parser tells it of what is no TOML alone.

It reads headers and keys, which is all that messages need: what it does not find is where the table around it begins.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

_BARE: Final = r"[A-Za-z0-9_-]+"
_QUOTED: Final = r"\"(?:[^\"\\]|\\.)*\"|'[^']*'"
_KEY: Final = rf"(?:{_QUOTED}|{_BARE})"
_KEYS: Final = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER: Final = re.compile(rf"\s*\[(?P<one>\[?)\s*(?P<keys>{_KEYS})\s*\]")
_PAIR: Final = re.compile(rf"\s*(?P<keys>{_KEYS})\s*=\s*(?P<value>.*)")
_ONE: Final = re.compile(_KEY)
_INSIDE: Final = re.compile(rf"[{{,]\s*(?P<keys>{_KEYS})\s*=")
_LONG: Final = re.compile(r"\"\"\"|'''")

Path = tuple[str, ...]


def places(text: str) -> Mapping[Path, int]:
    """Return the line (from 1) of each table and key, by its path. One of several tables of a name has its position
    there, from 0, as a text.
    """
    found: dict[Path, int] = {}
    table: Path = ()
    counts: Counter[Path] = Counter()
    ends = ""
    for number, line in enumerate(text.splitlines(), 1):
        if ends:
            ends = "" if ends in line else ends
            continue
        if header := _HEADER.match(line):
            table = _path(header["keys"])
            for length in range(1, len(table) + 1):  # [a.b] makes a, too
                found.setdefault(table[:length], number)
            if header["one"]:
                # One of several tables: its keys stand below its position, from 0.
                table = (*table, str(counts[table]))
                counts[table[:-1]] += 1
                found[table] = number
        elif pair := _PAIR.match(line):
            here = (*table, *_path(pair["keys"]))
            found.setdefault(here, number)
            for inside in _INSIDE.finditer(pair["value"]):
                found.setdefault((*here, *_path(inside["keys"])), number)
            opened = _LONG.search(pair["value"])
            if opened and pair["value"].count(opened[0]) % 2:
                ends = opened[0]
    return found


def line_of(found: Mapping[Path, int], path: Sequence[object]) -> int:
    """Return the line of a path, or of the nearest around it; 1 where there is none."""
    names = tuple(map(str, path))
    while names and names not in found:
        names = names[:-1]
    return found.get(names, 1)


def _path(keys: str) -> Path:
    return tuple(each[1:-1] if each[0] in "\"'" else each for each in _ONE.findall(keys))
