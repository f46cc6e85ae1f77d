"""The report of an import, as people read it: a line for each action, and below it what is found, the worst first."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

from rich.text import Text

from interlock.executor import output
from interlock.executor.auth0_files import Exported
from interlock.executor.migration import DIFFERS, FAILS, NOTE, Finding

_STYLES: Final = {FAILS: "bold red", DIFFERS: "yellow", NOTE: "dim"}
_WORDS: Final[Mapping[str, str]] = {FAILS: "will fail", DIFFERS: "differs", NOTE: "note"}


def show(exported: Exported, found: Sequence[Finding]) -> None:
    """Print what an export has, and the findings."""
    bound = {each.action: trigger.id for trigger in exported.triggers for each in trigger.bound}
    about = {key: list(group) for key, group in groupby(found, key=lambda each: (each.kind, each.about))}
    text = Text()
    for module in exported.modules:
        _append(text, f"module {module.name}", "", about.pop(("module", module.name), []))
    for action in exported.actions:
        where = f"for {action.triggers[0].id}{'' if action.name in bound else ', bound nowhere'}"
        _append(text, f"action {action.name}", where, about.pop(("action", action.name), []))
    for rest in about.values():
        _append(text, "export", "", rest)
    if exported.keywords:
        text.append(f"Taken from the environment: {', '.join(exported.keywords)}.\n", "dim")
    counted = {severity: sum(each.severity == severity for each in found) for severity in _STYLES}
    text.append(
        f"{counted_all(exported)}: {counted[FAILS]} will fail, {counted[DIFFERS]} will differ, notes: {counted[NOTE]}.",
        "bold",
    )
    output.write(output.console(), text)


def counted_all(exported: Exported) -> str:
    """Return how much there is in an export: `3 actions, 1 module, 2 triggers`."""
    counts = (len(exported.actions), "action"), (len(exported.modules), "module"), (len(exported.triggers), "trigger")
    return ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts)


def _append(text: Text, called: str, where: str, found: Sequence[Finding]) -> None:
    text.append(output.visible_line(called), "bold")
    text.append(f"  {output.visible_line(where)}".rstrip() + "\n", "not bold")
    for each in found:
        column = f":{each.column}" if each.column else ""
        text.append(f"  {_WORDS[each.severity]}", _STYLES[each.severity])
        text.append(f"  {output.visible_line(str(each.place))}{column}  [{each.code}]\n", "not bold")
        for line in (each.message, each.advice):
            for part in output.visible(line).split("\n"):
                text.append(f"    {part}".rstrip() + "\n", "not bold" if line == each.message else "dim not bold")
    if not found:
        text.append("  as it is\n", "dim not bold")
