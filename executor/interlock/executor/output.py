"""Writing to the terminal: JSON for programs, text for people, errors for both.

What people see holds text of tenants' actions and events. Control characters in it are written as escapes: a console
line must not be able to move the cursor, hide itself, or change what stands above it.
"""

import json
import os
import re
import sys
from typing import Final

from pydantic import JsonValue
from rich.console import Console
from rich.text import Text

from interlock.executor import errors
from interlock.executor.errors import ExecutorError

WIDTH: Final = 100
"""Columns of what is written to a file or a pipe, unless COLUMNS says otherwise."""

# C0 and C1 without tab and line feed, the other separators of lines, what changes the direction of text, and half of a
# character.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

_WORD: Final = re.compile(r"[a-z]+(?:'[a-z]*)? ")
"""A first word of prose, which is no name."""
_ENDS_IN_A_WORD: Final = re.compile(r"(?:^|\s)[\w'\"`()-]+$")
"""No path, address or command, which somebody copies with the full stop."""


def console(*, error: bool = False) -> Console:
    """Return a console for standard output or standard error: colours on a terminal only, and not under NO_COLOR."""
    # rich takes the width of a terminal and COLUMNS by itself, and 80 where there is neither.
    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else WIDTH
    return Console(stderr=error, highlight=False, markup=False, emoji=False, width=width)


def write(target: Console, text: Text) -> None:
    """Write text as it is: lines are broken by whoever shows them, so that they can be copied and searched."""
    with errors.writing():
        target.print(text, soft_wrap=True)


def write_json(value: JsonValue) -> None:
    """Write one JSON value and a line feed to standard output."""
    unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(value, indent=2, ensure_ascii=not unicode)
    # JSON does not escape all of them; a terminal obeys C1, too, and half a surrogate pair has no UTF-8. They can only
    # stand inside a string, where JSON has an escape for each.
    escaped = _CONTROL.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
    with errors.writing():
        sys.stdout.write(escaped + "\n")


def write_error(error: ExecutorError, *, as_json: bool) -> None:
    """Write why a command could not begin to standard error."""
    if as_json:
        record = {"code": error.code, "message": error.message, **({"hint": error.hint} if error.hint else {})}
        sys.stderr.write(json.dumps({"error": record}) + "\n")
        return
    text = Text.assemble((f"error[{error.code}]", "bold red"), ": ", visible(sentence(error.message)))
    if error.hint:
        text.append("\nhint", "bold cyan").append(f": {visible(sentence(error.hint))}")
    write(console(error=True), text)


def sentence(text: str) -> str:
    """Return a text as a sentence: what is written to stand in a log or behind another one begins small."""
    if _WORD.match(text):
        text = text[0].upper() + text[1:]
    return f"{text}." if _ENDS_IN_A_WORD.search(text) else text


def visible(text: str) -> str:
    """Return the text with control characters as escapes. It keeps its lines: whoever shows them sets them in, or a
    text could add lines that look like ours.
    """
    return _CONTROL.sub(lambda found: _escape(ord(found.group())), text.replace("\r\n", "\n"))


def visible_line(text: str) -> str:
    """Return the text as one line: as `visible`, with line feeds as escapes, too."""
    return visible(text).replace("\n", "\\n")


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
