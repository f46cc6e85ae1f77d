"""The result of a flow for people: per action its commands, console, error and cost, then the outcome and the status.

All of it is made from the printable result, in which secrets are masked already.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.text import Text

from interlock.executor import excerpts, stack_names
from interlock.executor.output import visible, visible_line

_STATUS_STYLES: Final = {
    "completed": "bold green",
    "denied": "bold yellow",
    "suspended": "bold cyan",
    "failed": "bold red",
}
_LEVEL_STYLES: Final = {"debug": "dim", "info": "cyan", "warn": "yellow", "error": "red", "trace": "dim"}
_HEADING: Final = "bold"
_QUIET: Final = "dim"
_LEVEL_COLUMNS: Final = 7
_ASKED: Final = {"retry": "and {} asks for another attempt", "drop": "and {} drops the message"}
"""What a completed run may have asked for that nobody would call done."""


def event(trigger: str, parts: Sequence[tuple[str, str]]) -> Text:
    """Return the event's trigger and its summary."""
    text = Text.assemble(("event", _HEADING), f"  {trigger}\n")
    columns = max((len(label) for label, _ in parts), default=0)
    for label, value in parts:
        text.append(f"  {label.ljust(columns)}  ", _QUIET).append(f"{visible_line(value)}\n")
    return text


def result(printable: Mapping[str, Any], sources: Sequence[tuple[str, str | None]], *, width: int) -> Text:
    """Return the whole report. `sources` are the names and the masked codes of all actions, in their order; None where
    the code is elsewhere.
    """
    ran = printable["actions"]
    parts = [_action(action, source, width) for action, (_, source) in zip(ran, sources, strict=False)]
    parts += [
        Text.assemble((visible_line(name), _HEADING), ("  did not run\n", _QUIET)) for name, _ in sources[len(ran) :]
    ]
    return Text("\n").join([*parts, _outcome(printable, width), _status(printable)])


def attempt(heading: str, printable: Mapping[str, Any] | None, *, width: int) -> Text:
    """Return what the actions did in an attempt that another one followed."""
    text = Text.assemble((heading, _HEADING), "\n")
    for action in (printable or {}).get("actions", []):
        text.append_text(_indented(_action(action, None, width - 2), 2))
    return text


def _action(action: Mapping[str, Any], source: str | None, width: int) -> Text:
    error = action["error"]
    sections = (
        ("commands", [Text(visible(_call(command, width - 4))) for command in action["commands"]]),
        ("console", [_console_line(log) for log in action["logs"]]),
        (f"error[{error['code']}]" if error else "", _error(error, action["name"], source) if error else []),
        ("cost", _cost(action["usage"])),
    )
    text = Text.assemble((visible_line(action["name"]), _HEADING), "\n")
    for title, lines in sections:
        if lines:
            text.append(f"  {title}\n", "bold red" if title.startswith("error") else _QUIET)
            for line in lines:
                text.append_text(_indented(line, 4)).append("\n")
    return text


def _call(command: Mapping[str, Any], width: int) -> str:
    """A command as it would stand in the action: on one line where it has room, else an argument a line."""
    line = f"{command['method']}({', '.join(map(_json, command['args']))})"
    if len(line) <= width:
        return line
    arguments = [_wrapped(argument, width - 4) for argument in command["args"]]
    inner = ",\n".join(arguments).replace("\n", "\n  ")
    return f"{command['method']}(\n  {inner}\n)"


def _console_line(log: Mapping[str, str]) -> Text:
    style = _LEVEL_STYLES.get(log["level"], "")
    first, *more = visible(log["message"]).split("\n")
    text = Text.assemble((log["level"].ljust(_LEVEL_COLUMNS), style or _QUIET), (first, style))
    for line in more:
        text.append(f"\n{' ' * _LEVEL_COLUMNS}{line}", style)
    return text


def _error(error: Mapping[str, str], name: str, source: str | None) -> list[Text]:
    frames = excerpts.frames(error["stack"])
    lines = [Text(visible(f"{error['name']}: {error['message']}"), "red")]
    lines += [Text(f"  {visible(frame)}", _QUIET) for frame in frames]
    # The name of its file, or of what is stored: frames of packages are other files.
    names = (stack_names.of_file(name), stack_names.of_action(name), stack_names.of_action(name, "typescript"))
    filename = next((each for each in names if excerpts.place(frames, each)), names[0])
    shown = excerpts.excerpt(source, frames, filename) if source is not None else []
    return [*lines, *([Text(), *(Text(visible(line)) for line in shown)] if shown else [])]


def _cost(usage: Mapping[str, int]) -> list[Text]:
    # Code that is too long is refused before anything is spent.
    if not any(usage.values()):
        return []
    return [
        Text(
            f"{usage['cpu_us'] / 1000:.1f} ms CPU, {usage['wall_us'] / 1000:.1f} ms wall, "
            f"{usage['memory_bytes'] / 2**20:.1f} MiB memory, {usage['host_operations']} host operations"
        )
    ]


def _outcome(printable: Mapping[str, Any], width: int) -> Text:
    text = Text.assemble(("outcome", _HEADING), "\n")
    if printable["status"] == "failed":
        return text.append("  no command of any action has an effect\n", _QUIET)
    if not printable["outcome"]:
        return text.append("  nothing to do\n", _QUIET)
    for key, value in printable["outcome"].items():
        for line in _tree({key: value}, width - 2, expand=2):
            text.append(f"  {visible_line(line)}\n", "yellow" if key == "left_out" else "")
    return text


def _tree(value: Mapping[str, Any], width: int, *, expand: int) -> Iterator[str]:
    """Objects as indented lines `expand` levels deep, and deeper where they have no room on one line."""
    for key, item in value.items():
        line = f"{key}: {_json(item)}"
        if isinstance(item, dict) and item and (expand > 1 or len(line) > width):
            yield f"{key}:"
            yield from (f"  {inner}" for inner in _tree(item, width - 2, expand=expand - 1))
        elif isinstance(item, list) and item and len(line) > width:
            yield f"{key}:"
            for each in item:
                first, *more = _tree(each, width - 4, expand=1) if isinstance(each, dict) and each else [_json(each)]
                yield f"  - {first}"
                yield from (f"    {inner}" for inner in more)
        else:
            yield line


def _status(printable: Mapping[str, Any]) -> Text:
    status, outcome = printable["status"], printable["outcome"]
    last = printable["actions"][-1]["name"] if printable["actions"] else ""
    asked = _ASKED.get(outcome.get("notification", {}).get("result", ""), "every action ran")
    because = {
        "completed": asked.format(last) if last else "no action is bound",
        "denied": f"{last} refused",
        "suspended": f"{last} waits for: {', '.join(outcome.get('waits_for', []))}",
        "failed": f"{last}: {outcome.get('error', {}).get('code', '')}",
    }[status]
    return Text.assemble(
        ("status", _HEADING), "  ", (status, _STATUS_STYLES[status]), (f", {visible_line(because)}\n", _QUIET)
    )


def _wrapped(value: Any, width: int) -> str:
    line = _json(value)
    return line if len(line) <= width else json.dumps(value, ensure_ascii=False, indent=2)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _indented(text: Text, columns: int) -> Text:
    lines = text.split("\n", allow_blank=True)
    return Text("\n").join(Text(" " * columns).append_text(line) if line else Text() for line in lines)
