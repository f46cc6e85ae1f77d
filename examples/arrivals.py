"""What arrived at stand-ins, for people: rows as a table, mails as they read, requests with what was sent."""

import json
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.text import Text

from interlock.executor.output import visible_line

_HEADING: Final = "bold"
_QUIET: Final = "dim"


_TITLES: Final = {
    "postgres": "in PostgreSQL",
    "smtp": "at the mail server",
    "web": "at the web server",
    "page": "at the consent page",
}


def report(
    arrived: Mapping[str, Sequence[Mapping[str, Any]]], wanted: Mapping[str, Mapping[str, Any]], *, width: int
) -> Text:
    """Return all of it. `wanted` is the recipe's "stand_ins"."""
    text = Text()
    for name, items in arrived.items():
        is_table = name == "postgres"
        text.append(_TITLES[name], _HEADING).append(f"  {wanted[name]['shows']}\n" if is_table else "\n", _QUIET)
        lines = _table(items) if is_table else [line for item in items for line in _record(item, width - 2)]
        for line in lines or ["nothing"]:
            text.append(f"  {visible_line(line)}".rstrip() + "\n", "" if lines else _QUIET)
    return text


def _table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    columns = [[name, *(str(row[name]) for row in rows)] for name in (rows[0] if rows else ())]
    padded = [[cell.ljust(max(map(len, column))) for cell in column] for column in columns]
    return ["  ".join(line) for line in zip(*padded, strict=True)]


def _record(item: Mapping[str, Any], width: int) -> list[str]:
    lines = []
    for name, value in item.items():
        line = f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        if len(line) <= width or not value:
            lines.append(line)
        elif isinstance(value, dict):
            lines += [f"{name}:", *(f"  {inner}" for inner in _record(value, width - 2))]
        elif isinstance(value, list):
            lines += [f"{name}:", *(f"  {inner}" for inner in value)]
        else:
            lines += [f"{name}:", *(f"  {inner}" for inner in textwrap.wrap(line.partition(": ")[2], width - 2))]
    return lines
