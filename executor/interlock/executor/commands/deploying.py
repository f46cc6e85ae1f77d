"""A deploy as its author sees it: what it waits for, and where the code is wrong when it cannot be built."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from rich.text import Text

from interlock.executor import excerpts, output
from interlock.executor.client import Client
from interlock.executor.commands import showing

_FINAL: Final = frozenset({"built", "failed"})
_ASK_MS: Final = 10_000
"""How long the API is asked to wait for the build, so that most need one request."""
_POLL_S: Final = 0.5


def deploy(client: Client, place: tuple[str, ...], wait_s: float) -> Mapping[str, Any]:
    """Deploy an action's draft and return the version as it is when it is final, or after the wait."""
    ends = time.monotonic() + wait_s
    with _progress("Building ...") as tell:
        asked_ms = min(int(wait_s * 1000), _ASK_MS)
        body: dict[str, Any] = {"wait_ms": asked_ms}
        version = client.ask("POST", *place, "deploy", body=body, wait_s=asked_ms / 1000).record
        while version.get("status") not in _FINAL and time.monotonic() < ends:
            tell(f"Version {version.get('number')} is {version.get('status')} ...")
            time.sleep(_POLL_S)
            version = client.get(*place, "versions", str(version.get("number")))
    return version


def show(name: str, version: Mapping[str, Any]) -> None:
    """Print what became of a version."""
    number, status = version.get("number"), version.get("status")
    if status == "failed":
        output.write(output.console(), _failure(name, version))
    elif status == "built":
        showing.say(f"Deployed version {number} of {name}.")
        showing.note("Where the action is bound, events run it from now on.")
    else:
        showing.say(f"Version {number} of {name} is {status}, and will be deployed when it is built.")
        showing.note(f"`interlock actions versions {name}` says how far it is.")


def _failure(name: str, version: Mapping[str, Any]) -> Text:
    text = Text.assemble(
        (f"Version {version.get('number')} of {output.visible_line(name)} ", ""), ("failed", "bold red")
    )
    code = str(version.get("code", ""))
    for error in version.get("errors") or []:
        title, *more = output.visible(str(error.get("msg") or error.get("message") or error)).splitlines() or [""]
        text.append(
            f"\n  error[{output.visible_line(str(error.get('id') or error.get('code') or 'build'))}]\n", "bold red"
        )
        text.append(f"    {title}\n", "red")
        frames = _frames([*more, *str(error.get("stack") or "").splitlines()])
        for line in [*(f"  {frame}" for frame in frames), "", *excerpts.excerpt(code, frames)]:
            text.append(f"    {output.visible_line(line)}".rstrip() + "\n", "dim" if line.startswith("  at") else "")
    log = str(version.get("log") or "").strip()
    if log:
        text.append("\n  log\n", "dim")
        text.append("".join(f"    {line}\n" for line in output.visible(log).splitlines()))
    return text


def _frames(lines: list[str]) -> list[str]:
    return [line.strip() for line in lines if line.strip().startswith("at ")]


@contextlib.contextmanager
def _progress(first: str) -> Iterator[Callable[[str], None]]:
    """Tell on a terminal how far it is; elsewhere nothing is told."""
    if not sys.stderr.isatty():
        yield lambda _text: None
        return
    with output.console(error=True).status(first) as status:
        yield lambda text: status.update(output.visible_line(text))
