"""What a command shows of an answer: a table, a record, a sentence; or all of it, as JSON.

Imports as in `asking`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

Column = tuple[str, str | Callable[[Mapping[str, Any]], object]]
"""A heading, and the name of a member or what makes the cell of a record."""

_NOTHING: Final = "-"


def page(answer: Mapping[str, Any], columns: Sequence[Column], *, as_json: bool, none: str) -> int:
    """Print one page of things, and how to see the next. `none` is said when there are none. Return 0."""
    if as_json:
        return whole(answer)
    items = answer.get("items", [])
    if not items:
        note(none if not answer.get("page") else "There is nothing on this page.")
        return 0
    table(items, columns)
    number, total = answer.get("page", 0), answer.get("total", len(items))
    if (number + 1) * answer.get("per_page", total) < total:
        note(f"{len(items)} of {total}; --page {number + 1} shows more.")
    elif answer.get("next"):
        note(f"There are more: --after {answer['next']} shows them.")
    return 0


def table(items: Sequence[Mapping[str, Any]], columns: Sequence[Column]) -> None:
    """Print a line a record; on a terminal too narrow for it, a line a cell. Nothing is cut off: ids are copied."""
    from rich.text import Text  # noqa: PLC0415 - see the top

    from interlock.executor import output  # noqa: PLC0415

    console, names = output.console(), [name for name, _ in columns]
    cells = [[output.visible_line(_cell(item, what)) for _, what in columns] for item in items]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    if console.is_terminal and sum(widths) + 2 * len(widths) - 2 > console.width:
        for number, row in enumerate(cells):
            if number:
                say("")
            record([*zip(names, row, strict=True)])
        return
    for number, row in enumerate([names, *cells]):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        output.write(console, Text(line.rstrip(), "" if number else "bold"))


def record(pairs: Sequence[tuple[str, object]]) -> None:
    """Print the parts of one thing, each with its name."""
    from rich.text import Text  # noqa: PLC0415 - see the top

    from interlock.executor import output  # noqa: PLC0415

    width = max(len(name) for name, _ in pairs)
    text = Text()
    for name, value in pairs:
        text.append(f"{name.ljust(width)}  ", "dim").append(f"{output.visible_line(_shown(value))}\n")
    text.right_crop()
    output.write(output.console(), text)


def whole(answer: Any) -> int:
    """Print an answer as JSON. Return 0."""
    from interlock.executor import output  # noqa: PLC0415 - see the top

    output.write_json(answer)
    return 0


def say(sentence: str) -> None:
    """Print what was done."""
    from rich.text import Text  # noqa: PLC0415 - see the top

    from interlock.executor import output  # noqa: PLC0415

    output.write(output.console(), Text(output.visible(sentence)))


def note(sentence: str) -> None:
    """Print what a person may like to know to standard error: standard output holds the result alone."""
    from rich.text import Text  # noqa: PLC0415 - see the top

    from interlock.executor import output  # noqa: PLC0415

    output.write(output.console(error=True), Text(output.visible(sentence), "dim"))


def time(name: str) -> Callable[[Mapping[str, Any]], str]:
    """Return what makes the cell of a time: to the second, in UTC."""
    return lambda item: str(item.get(name) or "")[:19].replace("T", " ")


def moment(value: object) -> str:
    """Return a time as a record shows it: to the second, and in which zone."""
    return f"{str(value)[:19].replace('T', ' ')} UTC" if value else ""


def clock(value: object) -> str:
    """Return a time without its day, to the second, in UTC."""
    return str(value)[11:19]


def _cell(item: Mapping[str, Any], what: str | Callable[[Mapping[str, Any]], object]) -> str:
    return _shown(what(item) if callable(what) else item.get(what))


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or _NOTHING
    return str(value) if value not in {None, ""} else _NOTHING
