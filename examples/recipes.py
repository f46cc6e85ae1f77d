"""Recipes as data: what is in each folder, and what running a case of it has to give.

action.js     the recipe
event.json    a complete event of its first case
cases.json    {"title", "trigger", "secrets", "cases": [{"name", "expected", ...}]}; of a case, may be left out:
              "trigger"   where it differs from the recipe's
              "event"     the file, by default event.json
              "change"    what differs in the event, as a JSON merge patch (RFC 7396)
              "continue"  true: the event of the file suspends the flow, and "change" is what differs in that of the
                          user who is back
"""

import base64
import hashlib
import hmac
import json
import re
import shlex
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from interlock.executor.composition import Flow
from interlock.worker import Action, events, triggers

FOLDER: Final = Path(__file__).parent

# A token holds times, so it is another one at each run.
_TOKEN: Final = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+")


@dataclass(frozen=True, slots=True)
class Case:
    """One event of a recipe. `action` is what its action is called for this trigger; `changes` say how the event
    differs from the one in the file; a case without any is what `command` sends. `expected` holds status, outcome,
    commands, console lines, and the code of an error.
    """

    folder: str
    title: str
    name: str
    action: str
    flow: Flow
    changes: tuple[str, ...]
    command: str
    expected: Mapping[str, Any]


def recipes(names: list[str]) -> Iterator[list[Case]]:
    """Yield the cases of each recipe that is named, of all when none is."""
    for path in sorted(FOLDER.glob("*/cases.json")):
        if not names or path.parent.name in names:
            recipe = json.loads(path.read_text(encoding="utf-8"))
            yield [_case(path.parent, recipe, case) for case in recipe["cases"]]


def observed(printable: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `expected` says of a printable result: all but times and places in the code."""
    [action] = printable["actions"]
    text = json.dumps(
        {
            "status": printable["status"],
            "outcome": {} if action["error"] else printable["outcome"],
            "commands": action["commands"],
            "logs": action["logs"],
            **({"error": action["error"]["code"]} if action["error"] else {}),
        }
    )
    observed: dict[str, Any] = json.loads(_TOKEN.sub("<token>", text))
    return observed


def _case(folder: Path, recipe: Mapping[str, Any], case: Mapping[str, Any]) -> Case:
    trigger = triggers.get(case.get("trigger", recipe["trigger"]))
    secrets = recipe.get("secrets", {})
    event = json.loads((folder / case.get("event", "event.json")).read_text(encoding="utf-8"))
    change = case.get("change", {})
    changed = _patched(event, _signed(change, secrets))
    first, returns = (event, [{key: changed[key] for key in change}]) if case.get("continue") else (changed, [])
    action = Action("action.js", (folder / "action.js").read_text(encoding="utf-8"), "action.js")
    return Case(
        folder=folder.name,
        title=recipe["title"],
        name=case["name"],
        action=folder.name if trigger.id == recipe["trigger"] else f"{folder.name}-{trigger.id}",
        flow=Flow(
            trigger,
            events.accept(first, trigger),
            [action],
            secrets,
            [events.accept(back, trigger, resumes=True) for back in returns],
        ),
        changes=tuple(_changes(change)),
        command=_command(folder, trigger.id, case),
        expected=case["expected"],
    )


def _command(folder: Path, trigger: str, case: Mapping[str, Any]) -> str:
    event = f"examples/{folder.name}/{case.get('event', 'event.json')}"
    return shlex.join(["interlock", "events", "send", trigger, "--event", event])


def _changes(patch: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for key, value in patch.items():
        place = f"{path}{key}"
        if value is None:
            yield f"without {place}"
        elif isinstance(value, dict) and "signed_with" in value:
            yield f"{place}: a token signed with {value['signed_with']}, {json.dumps(value['claims'])}"
        elif isinstance(value, dict):
            yield from _changes(value, f"{place}.")
        else:
            yield f"{place}: {json.dumps(value)}"


def _patched(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    patched = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            patched.pop(key, None)
        else:
            patched[key] = _patched(patched.get(key), value)
    return patched


def _signed(value: Any, secrets: Mapping[str, str]) -> Any:
    """The value with {"signed_with", "expires_in_s", "claims"} as the token that another site would make of it."""
    if not isinstance(value, dict):
        return value
    if "signed_with" not in value:
        return {key: _signed(item, secrets) for key, item in value.items()}
    claims = {**value["claims"], "exp": int(time.time()) + value["expires_in_s"]}
    signed = ".".join(_base64url(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    signature = hmac.new(secrets[value["signed_with"]].encode(), signed.encode(), hashlib.sha256)
    return f"{signed}.{_base64url(signature.digest())}"


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")
