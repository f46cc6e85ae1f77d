"""Recipes as data: what is in each folder, and what running a case of it has to give.

action.js     the recipe; action.ts where it is TypeScript
event.json    a complete event of its first case
package.json, package-lock.json
              the packages that it requires, where it requires any, and exactly which
tables.sql    what the database has before the first case
cases.json    {"title", "trigger", "secrets", "stand_ins", "cases": [{"name", "expected", ...}]}
              "secrets"   `{postgres}`, `{smtp}` and `{web}` in them are the places of stand-ins, `{ours.private}` a key
              "stand_ins" what is talked to: {"postgres": {"shows": a query}, "smtp": {}, "web": see scripted_web.py}
              of a case, may be left out:
              "trigger"   where it differs from the recipe's
              "event"     the file, by default event.json
              "change"    what differs in the event, as a JSON merge patch (RFC 7396)
              "continue"  true: the event of the file suspends the flow, and "change" is what differs in that of the
                          user who is back
              "answers"   what the web answers in this case, where that differs from the recipe's
              "expected"  status, outcome, commands, logs; "error", the code of one; "arrived", what came to stand-ins
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import tokens
from interlock.executor.composition import Flow
from interlock.worker import Action, events, triggers

FOLDER: Final = Path(__file__).parent

# A token holds times, so it is another one at each run.
_TOKEN: Final = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+")
# What an execution finds in the cache is what others left there.
_CACHE: Final = "api.cache."


@dataclass(frozen=True, slots=True)
class Recipe:
    """A folder. `packages` are names and versions, and `lock` is the file that says exactly which."""

    folder: Path
    document: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def title(self) -> str:
        return str(self.document["title"])

    @property
    def action(self) -> Path:
        [path] = self.folder.glob("action.[jt]s")
        return path

    @property
    def stand_ins(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.document.get("stand_ins", {})
        return found

    @property
    def packages(self) -> Mapping[str, str]:
        manifest = self.folder / "package.json"
        found: Mapping[str, str] = _read(manifest)["dependencies"] if manifest.exists() else {}
        return found

    @property
    def lock(self) -> Path:
        return self.folder / "package-lock.json"

    def secrets(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return the secrets with the places and keys of stand-ins in them."""
        found: Mapping[str, str] = self.document.get("secrets", {})
        return {name: re.sub(r"\{([\w.]+)\}", lambda named: values[named[1]], text) for name, text in found.items()}

    def cases(self, values: Mapping[str, str]) -> list["Case"]:
        """Return its cases. `values` are the places and keys of stand-ins."""
        return [_case(self, case, self.secrets(values)) for case in self.document["cases"]]


@dataclass(frozen=True, slots=True)
class Case:
    """One event of a recipe. `action` is what its action is called for this trigger; `changes` say how the event
    differs from the one in the file, and what is answered otherwise; a case without any is what `command` sends.
    `answers` are those of the web.
    """

    name: str
    action: str
    flow: Flow
    changes: tuple[str, ...]
    command: str
    answers: Mapping[str, Any]
    expected: Mapping[str, Any]


def recipes(names: list[str], folder: Path = FOLDER) -> list[Recipe]:
    """Return the recipes that are named, all of them when none is."""
    found = [Recipe(path.parent, _read(path)) for path in sorted(folder.glob("*/cases.json"))]
    return [recipe for recipe in found if not names or recipe.name in names]


def observed(printable: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `expected` says of a printable result: all but times, places in the code and what was cached."""
    [action] = printable["actions"]
    text = json.dumps(
        {
            "status": printable["status"],
            "outcome": {} if action["error"] else printable["outcome"],
            "commands": [each for each in action["commands"] if not each["method"].startswith(_CACHE)],
            "logs": action["logs"],
            **({"error": action["error"]["code"]} if action["error"] else {}),
        }
    )
    observed: dict[str, Any] = json.loads(_TOKEN.sub("<token>", text))
    return observed


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _case(recipe: Recipe, case: Mapping[str, Any], secrets: Mapping[str, str]) -> Case:
    own = recipe.document["trigger"]
    trigger = triggers.BUILT_IN.get(case.get("trigger", own))
    event = _read(recipe.folder / case.get("event", "event.json"))
    change = case.get("change", {})
    changed = _patched(event, _signed(change, secrets))
    first, returns = (event, [{key: changed[key] for key in change}]) if case.get("continue") else (changed, [])
    action = Action(recipe.action.name, recipe.action.read_text("utf-8"), recipe.action.name)
    return Case(
        name=case["name"],
        action=recipe.name if trigger.id == own else f"{recipe.name}-{trigger.id}",
        flow=Flow(
            trigger,
            events.accept(first, trigger),
            [action],
            secrets,
            [events.accept(back, trigger, resumes=True) for back in returns],
        ),
        changes=(*_changes(change), *_answered(case.get("answers", {}))),
        command=_command(recipe.name, trigger.id, case),
        answers=case.get("answers", {}),
        expected=case["expected"],
    )


def _command(name: str, trigger: str, case: Mapping[str, Any]) -> str:
    event = f"examples/{name}/{case.get('event', 'event.json')}"
    return shlex.join(["interlock", "events", "send", trigger, "--event", event])


def _changes(patch: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for key, value in patch.items():
        place = f"{path}{key}"
        if value is None:
            yield f"without {place}"
        elif tokens.is_described(value):
            yield f"{place}: a token signed with {value['signed_with']}, {json.dumps(value['claims'])}"
        elif isinstance(value, dict):
            yield from _changes(value, f"{place}.")
        else:
            yield f"{place}: {json.dumps(value, ensure_ascii=False)}"


def _answered(answers: Mapping[str, Any]) -> Iterator[str]:
    for route, answer in answers.items():
        if answer.get("after_s"):
            yield f"{route} is not answered"
        elif "token" in answer:
            yield f"{route} is answered with a token signed with {answer['token']['signed_with']}"
        else:
            body = json.dumps(answer["json"]) if "json" in answer else answer.get("text", "")
            yield f"{route} is answered with {answer.get('status', 200)} {body}".rstrip()


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
    """The value with what describes a token as the token that another site would make of it."""
    if not isinstance(value, dict):
        return value
    if tokens.is_described(value):
        return tokens.made(value, secrets)
    return {key: _signed(item, secrets) for key, item in value.items()}
