"""Stacks as the author of an action wants to see them: their own frames, their own lines."""

import re
from typing import Final

WRAPPER_HEAD: Final = "(function (module, exports, require, console) {"
WRAPPER_TAIL: Final = "\n})"
"""An action is compiled as this function's body, its first line behind the head: lines need no correction."""

_FRAME: Final = re.compile(r"^    at (?P<where>[^\n]*?) ?\((?P<file>[^()\n]*):(?P<line>\d{1,9}):(?P<column>\d{1,9})\)$")
_BARE: Final = re.compile(r"^    at (?P<file>[^()\n ]*):(?P<line>\d{1,9}):(?P<column>\d{1,9})$")
_MAX_FRAMES: Final = 50


def wrap(source: str) -> str:
    """The source as a function expression of (module, exports, require, console)."""
    return WRAPPER_HEAD + source + WRAPPER_TAIL


def clean(raw: str, *, name: str, message: str, filename: str, last_line: int | None = None) -> str:
    """A stack in Node's form: `Name: message`, then the frames that are in `filename`.

    With `last_line` a frame behind the file's end is moved there: what a brace that was never closed runs into is the
    wrapper's.

    `raw` is the engine's: frames only, those of the runtime and of native functions among them. Guests can write
    anything into it, so whatever does not look like a frame of the author's file is left out.
    """
    frames = []
    for line in raw.splitlines():
        match = _FRAME.match(line) or _BARE.match(line)
        if not match or match["file"] != filename:
            continue
        number, column = int(match["line"]), int(match["column"])
        if last_line is not None and number > last_line:
            number, column = last_line, 1
        elif number == 1:
            column = max(1, column - len(WRAPPER_HEAD))
        where = match.groupdict().get("where") or "<anonymous>"
        frames.append(f"    at {where} ({filename}:{number}:{column})")
    return "\n".join([f"{name}: {message}" if message else name, *frames[:_MAX_FRAMES]])
