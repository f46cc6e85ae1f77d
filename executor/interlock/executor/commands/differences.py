"""Differences, as people read them: code as a unified diff in colours, everything else as `name: before -> after`."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.text import Text

from interlock.executor import output
from interlock.executor.commands import showing

_STYLES: Final = {"+": "green", "-": "red", "@": "cyan"}
_PARTS: Final = (
    ("dependencies", "dependency"),
    ("lock", "package"),
    ("secret_names", "secret"),
    ("modules", "module"),
)


def show_all(difference: Mapping[str, Any]) -> None:
    """Print what a release file would change."""
    for each in difference.get("code") or []:
        show_code(each)
    for each in difference.get("triggers") or []:
        show_trigger(each)
    if difference.get("same"):
        showing.note("Nothing would change.")


def show_code(difference: Mapping[str, Any]) -> None:
    """Print how the code of an action or a module differs."""
    name, before, after = (output.visible_line(str(difference[part])) for part in ("name", "before", "after"))
    text = Text(f"{difference['kind']} {name}", "bold").append(f"  {before} -> {after}\n", "not bold")
    if difference["same"]:
        text.append("  the same\n", "dim not bold")
    if difference.get("language"):
        text.append_text(_changed("language", [difference["language"]]))
    for part, called in _PARTS:
        text.append_text(_changed(called, difference[part]))
    for line in str(difference["code"]).split("\n") if difference["code"] else ():
        style = "bold" if line.startswith(("+++", "---")) else _STYLES.get(line[:1], "")
        text.append(f"  {output.visible_line(line)}".rstrip() + "\n", f"not bold {style}".strip())
    _write(text)


def show_trigger(difference: Mapping[str, Any]) -> None:
    """Print how what a trigger runs differs."""
    where = difference["trigger"] + (f"/{difference['entity']}" if difference["entity"] else "")
    after = "a new release" if difference["after"] is None else f"release {difference['after']}"
    before = f"release {difference['before']}" if difference["before"] else "nothing"
    text = Text(output.visible_line(f"trigger {where}"), "bold").append(f"  {before} -> {after}\n", "not bold")
    if difference["same"]:
        text.append("  the same\n", "dim not bold")
    if difference["order"]:
        was, now = (", ".join(map(output.visible_line, order)) or "nothing" for order in difference["order"])
        text.append(f"  order: {was}\n", "not bold red").append(f"     now: {now}\n", "not bold green")
    text.append_text(_changed("action", difference["actions"], of="version"))
    text.append_text(_changed("limit", difference["limits"]))
    text.append_text(_changed("egress", difference["egress"]))
    _write(text)
    for code in difference["code"]:
        show_code(code)


def _changed(called: str, changed: Sequence[Mapping[str, Any]], of: str = "") -> Text:
    text = Text()
    for each in changed:
        name = output.visible_line(f"{called} {each['name']}")
        before, after = (_value(each[side], of) for side in ("before", "after"))
        if each["before"] is None:
            text.append(f"  + {name}: {after}\n", "not bold green")
        elif each["after"] is None:
            text.append(f"  - {name}: {before}\n", "not bold red")
        else:
            text.append(f"  ~ {name}: {before} -> {after}\n", "not bold yellow")
    return text


def _value(value: object, of: str) -> str:
    shown = value if isinstance(value, str) else json.dumps(value)
    return output.visible_line(f"{of} {shown}".strip())


def _write(text: Text) -> None:
    text.rstrip()
    output.write(output.console(), text)
