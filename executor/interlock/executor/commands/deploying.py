"""A deploy as its author sees it: what it waits for, and where the code is wrong when it cannot be built."""

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rich.text import Text

from interlock.executor import excerpts, files, output
from interlock.executor.client import Client
from interlock.executor.commands import showing
from interlock.executor.errors import Misused

_FINAL: Final = frozenset({"built", "failed"})
_ASK_MS: Final = 10_000
"""How long the API is asked to wait for the build, so that most need one request."""
_POLL_S: Final = 0.5


def deploy(
    client: Client, place: tuple[str, ...], wait_s: float, lock: Mapping[str, Any] | None = None
) -> Mapping[str, Any]:
    """Deploy an action's draft, with the packages of a lock where there is one, and return the version as it is when it
    is final, or after the wait.
    """
    ends = time.monotonic() + wait_s
    with progress("Building ...") as tell:
        asked_ms = min(int(wait_s * 1000), _ASK_MS)
        body: dict[str, Any] = {"wait_ms": asked_ms, **({} if lock is None else {"lock": lock})}
        version = client.ask("POST", *place, "deploy", body=body, wait_s=asked_ms / 1000).record
        while version.get("status") not in _FINAL and time.monotonic() < ends:
            tell(f"Version {version.get('number')} is {version.get('status')} ...")
            time.sleep(_POLL_S)
            version = client.get(*place, "versions", str(version.get("number")))
    return version


def read_lock(path: Path) -> dict[str, Any]:
    """Return what a deploy needs of a package-lock.json. Raises FileRefused, Misused (lock_invalid)."""
    try:
        document = json.loads(files.read_text(path))
        return {"lockfileVersion": document["lockfileVersion"], "packages": document["packages"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Misused(
            "lock_invalid",
            f"{path} is no package-lock.json of version 2 or 3.",
            "`npm install --package-lock-only` in its folder writes one.",
        ) from None


def show(name: str, version: Mapping[str, Any]) -> None:
    """Print what became of a version."""
    number, status = version.get("number"), version.get("status")
    if status == "failed":
        output.write(output.console(), _failure(name, version))
    elif status == "built" and not version.get("deployed", True):
        showing.say(f"Version {number} of {name} is built, and not in force: another was deployed meanwhile.")
    elif status == "built":
        showing.say(f"Deployed version {number} of {name}.")
        showing.note("Where the action is bound, events run it from now on.")
    else:
        showing.say(f"Version {number} of {name} is {status}, and will be deployed when it is built.")
        showing.note(f"`interlock actions versions {name}` says how far it is.")


def _failure(name: str, version: Mapping[str, Any]) -> Text:
    text = Text(f"Version {version.get('number')} of {output.visible_line(name)} ").append("failed\n", "bold red")
    code, placed = str(version.get("code", "")), False
    for error in version.get("errors") or []:
        shown = excerpts.excerpt(code, [f":{error['line']}:{error['column']}"]) if error.get("line") else []
        text.append(f"  error[{output.visible_line(str(error.get('id')))}]\n", "bold red")
        text.append_text(_indented(str(error.get("msg")), "red"))
        if shown:
            text.append_text(_indented("\n".join(["", *shown])))
        placed = placed or bool(shown)
    # The log repeats error and line, with what the code wrote to its console: it is for what is about no line.
    if not placed and version.get("log"):
        text.append("  log\n", "dim").append_text(_indented(str(version["log"]).rstrip("\n")))
    return text


def _indented(lines: str, style: str = "") -> Text:
    return Text("".join(f"    {line}".rstrip() + "\n" for line in output.visible(lines).split("\n")), style)


@contextlib.contextmanager
def progress(first: str) -> Iterator[Callable[[str], None]]:
    """Tell on a terminal how far it is; elsewhere nothing is told."""
    if not sys.stderr.isatty():
        yield lambda _text: None
        return
    with output.console(error=True).status(first) as status:
        yield lambda text: status.update(output.visible_line(text))
