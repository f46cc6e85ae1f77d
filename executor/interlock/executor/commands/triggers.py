"""`interlock triggers`: where in the login pipeline an action can run."""

from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue
from rich.text import Text

from interlock.executor import output
from interlock.worker.triggers import Catalogue, Trigger


def triggers(catalogue: Catalogue, *, as_json: bool) -> int:
    """List all triggers. Return 0."""
    return show([_record(trigger) for trigger in catalogue], as_json=as_json)


def show(records: Sequence[Any], *, as_json: bool) -> int:
    """Show triggers as the API, too, says them. Return 0."""
    if as_json:
        output.write_json([*records])
        return 0
    rows = [("TRIGGER", "HANDLERS", "LOGIN WAITS", "VERSION"), *(_row(record) for record in records)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    heading, *lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    output.write(output.console(), Text("\n").join([Text(heading, "bold"), *map(Text, lines)]))
    return 0


def _row(record: Any) -> tuple[str, str, str, str]:
    return record["id"], ", ".join(record["handlers"]), "yes" if record["blocking"] else "no", record["version"]


def _record(trigger: Trigger) -> dict[str, JsonValue]:
    return {
        "id": trigger.id,
        "version": trigger.version,
        "handlers": [*trigger.handlers],
        "blocking": trigger.blocking,
        "suspends": [*trigger.suspends],
        "methods": [*trigger.methods],
        "own": trigger.is_own,
        "description": trigger.description,
    }
