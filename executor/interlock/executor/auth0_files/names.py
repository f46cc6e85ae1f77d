"""What a file is called that stands for an action: its name without what a file's name cannot hold, as the deploy tool
writes it.
"""

import re
from collections.abc import Iterable
from typing import Final

# What sanitize-filename, which the deploy tool uses, puts a hyphen for: https://github.com/parshap/node-sanitize-filename
_ILLEGAL: Final = re.compile(r"[/?<>\\:*|\"\x00-\x1f\x80-\x9f]")
_DOTS: Final = re.compile(r"\.+")
_DEVICE: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_ENDS: Final = re.compile(r"[. ]+\Z")
_MOST_BYTES: Final = 200
"""File systems take 255; a suffix and a number have room behind it."""


def sanitized(name: str) -> str:
    """Return a name for a file, without a suffix. Two names may give the same."""
    plain = _ILLEGAL.sub("-", name)
    if _DOTS.fullmatch(plain) or _DEVICE.fullmatch(plain):
        plain = f"-{plain}"
    short = plain.encode("utf-8", "replace")[:_MOST_BYTES].decode("utf-8", "ignore")
    return _ENDS.sub("-", short) or "-"


def of_all(names: Iterable[str]) -> dict[str, str]:
    """Return a name for a file for each name, no two alike, on file systems that do not tell capitals either."""
    taken: set[str] = set()
    found: dict[str, str] = {}
    for name in names:
        plain = free = sanitized(name)
        number = 2
        while free.casefold() in taken:
            free = f"{plain}-{number}"
            number += 1
        taken.add(free.casefold())
        found[name] = free
    return found
