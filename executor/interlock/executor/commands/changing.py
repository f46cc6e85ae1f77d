"""A change as who asked for it sees it: what it waits for, what it put in force, or where a part of it is wrong."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rich.text import Text

from interlock.executor import excerpts, output
from interlock.executor.client import Client
from interlock.executor.commands import deploying, showing

_BUILDING: Final = "building"
_ASK_MS: Final = 2_000
"""How long the API is asked to wait at a time: so often it is told how far the builds are."""

Code = Mapping[tuple[str, str], tuple[Path, str]]


def watched(
    client: Client,
    place: tuple[str, ...],
    body: Mapping[str, Any],
    wait_s: float,
    told: Callable[[Mapping[str, Any]], None] | None = None,
) -> Mapping[str, Any]:
    """Ask for a change at a place of a tenant, and return it as it is when it has ended, or after the wait. `told` is
    called with it as it is at first, and each time that it was looked at.
    """
    ends = time.monotonic() + wait_s
    # Who is told each step wants to see the first one, too, and no other line that moves among theirs.
    asked_ms = 0 if told else min(int(wait_s * 1_000), _ASK_MS)
    with contextlib.nullcontext(told) if told else _telling_how_far() as tell:
        answer = client.ask("POST", *place, body={**body, "wait_ms": asked_ms}, wait_s=asked_ms / 1_000).record
        tell(answer)
        while answer.get("status") == _BUILDING and time.monotonic() < ends:
            asked = {"wait_ms": _ASK_MS}
            here = ("tenants", place[1], "releases", str(answer["id"]))
            answer = client.ask("GET", *here, query=asked, wait_s=_ASK_MS / 1_000).record
            tell(answer)
    return answer


def show(change: Mapping[str, Any], code: Code | None = None) -> int:
    """Print what became of a change. Return the exit status: 1 when it failed."""
    if change.get("status") == "failed":
        output.write(output.console(), _failure(change, code or {}))
        return 1
    if change.get("status") == _BUILDING:
        showing.say(f"The change {change.get('id')} is being built, and takes effect when that is done.")
        showing.note("`interlock release history` says how far it is.")
        return 0
    releases = change.get("releases") or []
    built = [f"{each['kind']} {each['name']} {each['number']}" for each in change.get("versions") or []]
    if built:
        showing.say(f"Built {', '.join(built)}.")
    if not releases:
        nothing = "Nothing that a trigger runs was to be changed." if not built else "No trigger runs what was built."
        showing.say(f"Change {change.get('change')} is in force. {nothing}")
        return 0
    showing.say(f"Change {change.get('change')} is in force.")
    columns: list[showing.Column] = [
        ("TRIGGER", place_of),
        ("RELEASE", "number"),
        ("", lambda each: "" if each.get("in_force") else "canary"),
    ]
    showing.table(releases, columns)
    return 0


def place_of(record: Mapping[str, Any]) -> str:
    """Return a trigger with its entity, if it has one."""
    return f"{record['trigger']}/{record['entity']}" if record.get("entity") else str(record["trigger"])


@contextlib.contextmanager
def _telling_how_far() -> Iterator[Callable[[Mapping[str, Any]], None]]:
    with deploying.progress("Building ...") as tell:
        yield lambda change: tell(_progress(change))


def _progress(change: Mapping[str, Any]) -> str:
    parts = change.get("versions") or []
    done = sum(part["status"] in {"built", "failed"} for part in parts)
    at = next((f", {part['kind']} {part['name']}" for part in parts if part["status"] == _BUILDING), "")
    return f"Built {done} of {len(parts)}{at} ..."


def _failure(change: Mapping[str, Any], code: Code) -> Text:
    text = Text("The change ").append("failed", "bold red").append(", and everything runs as before.\n", "not bold")
    for error in change.get("errors") or []:
        kind = next((kind for kind in ("action", "module") if kind in error), "")
        path, source = code.get((f"{kind}s", str(error.get(kind))), (None, ""))
        line, column = error.get("line"), error.get("column")
        what = f"{kind} {error.get(kind)}" if kind else ""
        if path is not None and line:
            what = f"{path}:{line}:{column}"
        text.append(f"  error[{output.visible_line(str(error.get('id')))}]", "bold red")
        text.append(f" {output.visible_line(what)}\n" if what else "\n", "not bold")
        shown = excerpts.excerpt(source, [f":{line}:{column}"]) if source and line else []
        lines = "\n".join([str(error.get("msg")), *([""] if shown else []), *shown])
        text.append("".join(f"    {each}".rstrip() + "\n" for each in output.visible(lines).split("\n")), "not bold")
    text.rstrip()
    return text
