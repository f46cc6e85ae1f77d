"""`interlock doctor`: what is wrong with this installation, and what to do about it."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from rich.text import Text

from interlock.executor import output, settings
from interlock.executor.commands import showing
from interlock.executor.diagnosis import Finding, State, examine
from interlock.executor.errors import SettingsRefused

_STYLES: Final[dict[State, str]] = {"ok": "green", "warning": "yellow", "wrong": "bold red"}


def doctor(*, as_json: bool) -> int:
    """Look at everything and print it. Return 0, or 1 when something is wrong."""
    found = _found()
    count = {state: sum(finding.state == state for finding in found) for state in _STYLES}
    if as_json:
        showing.whole({"findings": [*map(asdict, found)], "wrong": count["wrong"], "warnings": count["warning"]})
    else:
        output.write(output.console(), _report(found).append(f"\n{_summary(count)}"))
    return 1 if count["wrong"] else 0


def _found() -> Sequence[Finding]:
    try:
        loaded = settings.load()
    except SettingsRefused as error:
        # Which parts there are is in the settings.
        return [Finding("settings", "wrong", error.message, "Nothing else can be looked at before.")]
    return asyncio.run(examine(loaded))


def _report(found: Sequence[Finding]) -> Text:
    parts = max(len(finding.part) for finding in found)
    text = Text()
    for finding in found:
        text.append(f"{finding.state:<7}  ", _STYLES[finding.state])
        text.append(f"{finding.part:<{parts}}  ", "dim").append(f"{output.visible_line(finding.says)}\n")
        if finding.hint:
            text.append(" " * (parts + 11)).append(f"{output.visible_line(finding.hint)}\n", "cyan")
    return text


def _summary(count: dict[State, int]) -> str:
    warnings = f"{count['warning']} warning{'' if count['warning'] == 1 else 's'}"
    if count["wrong"]:
        things = "1 thing is" if count["wrong"] == 1 else f"{count['wrong']} things are"
        return f"{things} wrong, {warnings}."
    return f"Nothing is wrong; {warnings}." if count["warning"] else "Everything is as it should be."
