"""`interlock triggers`: where in the login pipeline an action can run."""

from pydantic import JsonValue
from rich.text import Text

from interlock.executor import output
from interlock.worker.triggers import Catalogue, Trigger


def triggers(catalogue: Catalogue, *, as_json: bool) -> int:
    """List all triggers. Return 0."""
    if as_json:
        output.write_json([_record(trigger) for trigger in catalogue])
        return 0
    rows = [("TRIGGER", "HANDLERS", "LOGIN WAITS", "VERSION"), *(_row(trigger) for trigger in catalogue)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    heading, *lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    output.write(output.console(), Text("\n").join([Text(heading, "bold"), *map(Text, lines)]))
    return 0


def _row(trigger: Trigger) -> tuple[str, str, str, str]:
    return trigger.id, ", ".join(trigger.handlers), "yes" if trigger.blocking else "no", trigger.version


def _record(trigger: Trigger) -> dict[str, JsonValue]:
    return {
        "id": trigger.id,
        "version": trigger.version,
        "handlers": [*trigger.handlers],
        "blocking": trigger.blocking,
        "suspends": [*trigger.suspends],
        "methods": [*trigger.methods],
    }
