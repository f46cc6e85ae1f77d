"""The author's line that an error points at, with a mark below it."""

import re
from collections.abc import Sequence
from typing import Final

LONGEST_LINE: Final = 160
"""Characters of a line that are shown; bundled code has lines without end."""

_PLACE: Final = re.compile(r":(\d{1,6}):(\d{1,6})\)?$")


def frames(stack: str) -> list[str]:
    """Return the frames of a stack, the innermost first."""
    return [line.strip() for line in stack.splitlines() if line.strip().startswith("at ")]


def place(frames: Sequence[str], filename: str | None = None) -> tuple[int, int] | None:
    """Return line and column of the innermost frame that has them, and that is in the file if one is named: what a
    package threw, an action called.
    """
    own = frames if filename is None else [frame for frame in frames if f"({filename}:" in frame]
    found = next((match for frame in own if (match := _PLACE.search(frame))), None)
    return None if found is None else (int(found.group(1)), int(found.group(2)))


def excerpt(source: str, frames: Sequence[str], filename: str | None = None) -> list[str]:
    """Return the line of the innermost frame (of that file), the one before it, and a mark; nothing when there is no
    such line.
    """
    found = place(frames, filename)
    if found is None:
        return []
    number, column = found
    # JavaScript ends lines at these, and so does the engine that counts them.
    lines = re.split("\r\n|[\n\r\u2028\u2029]", source)
    if not 1 <= number <= len(lines) or column > LONGEST_LINE:
        return []
    gutter = len(str(number))
    shown = [f"{line:>{gutter}} | {lines[line - 1][:LONGEST_LINE]}" for line in (number - 1, number) if line >= 1]
    # Tabs stay tabs, so that the mark stands below its character however wide they are.
    before = "".join("\t" if character == "\t" else " " for character in lines[number - 1][: column - 1])
    return [line.rstrip() for line in [*shown, f"{'':{gutter}} | {before}^"]]
