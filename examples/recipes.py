"""Recipes as data: what is in each folder, and what running a case of it has to give.

action.js     the recipe; action.ts where it is TypeScript
event.json    a complete event of its first case
package.json, package-lock.json
              the packages that it requires, where it requires any, and exactly which
tables.sql    what the database has before the first case
cases.json    {"title", "trigger", "actions", "attempts", "secrets", "stand_ins", "cases": [{"name", "expected", ...}]}
              "actions"   the files of a recipe of several, in the order in which they run
              "attempts"  how often its background events are tried, where that is not as usual
              "secrets"   `{postgres}`, `{smtp}`, `{web}` and `{page}` in them are the places of stand-ins,
                          `{ours.private}` a key
              "stand_ins" what is talked to: {"postgres": {"shows": a query}, "smtp": {}, "web": see scripted_web.py,
                          "page": {}}
              of a case, may be left out:
              "trigger"   where it differs from the recipe's
              "event"     the file, by default event.json
              "change"    what differs in the event, as a JSON merge patch (RFC 7396)
              "after"     the name of another case, with which it begins. Where that one suspended its flow, its user is
                          back: "change" is what differs in the event that says so
              "visit"     where the user is before: on the page; see consent_page.py
              "resend"    true: after a case that ended as a dead letter, that is sent again
              "answers"   what the web answers in this case, where that differs from the recipe's
              "expected"  status, outcome, commands, logs, of all actions; "error", the code of one; "attempts", how
                          each of several ended, and "dead"; "arrived", what came to stand-ins; or "refused", the code
                          with which the API refuses it. Secrets are ***, tokens <token>, the execution's id
                          <execution>.
"""

import json
import re
import shlex
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import tokens
from interlock.secrets import SHORTEST_MASKED
from interlock.worker import events, triggers
from interlock.worker.events import Accepted
from interlock.worker.triggers import Trigger

FOLDER: Final = Path(__file__).parent

# A token holds times, so it is another one at each run.
_TOKEN: Final = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+")
_EXECUTION: Final = re.compile(r"\bexe_\w+")
# What an execution finds in the cache is what others left there.
_CACHE: Final = "api.cache."
_BODY: Final = 100
"""How much of an answer is told: all of it is in the cases."""


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
        """The one that the recipe is about."""
        [path] = self.folder.glob("action.[jt]s")
        return path

    @property
    def actions(self) -> list[Path]:
        """All, in the order in which they run."""
        return [self.folder / name for name in self.document.get("actions", [self.action.name])]

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
        made: dict[str, Case] = {}
        for case in self.document["cases"]:
            made[case["name"]] = _case(self, case, made, values)
        return [*made.values()]


@dataclass(frozen=True, slots=True)
class Case:
    """One event of a recipe. `actions` are the files of its actions, by what these are called for this trigger;
    `changes` say how the event differs from the one in the file, and what is answered otherwise. `answers` are those of
    the web; `after` is the case that it begins with, and `visit` how its user decided on the page.
    """

    name: str
    actions: Mapping[str, Path]
    trigger: Trigger
    event: Accepted
    secrets: Mapping[str, str] = field(repr=False)
    after: "Case | None"
    visit: Mapping[str, Any] | None
    resends: bool
    changes: tuple[str, ...]
    command: str
    answers: Mapping[str, Any]
    expected: Mapping[str, Any]

    @property
    def sources(self) -> list[tuple[str, str | None]]:
        return [(name, path.read_text("utf-8")) for name, path in self.actions.items()]


def recipes(names: list[str], folder: Path = FOLDER) -> list[Recipe]:
    """Return the recipes that are named, all of them when none is."""
    found = [Recipe(path.parent, _read(path)) for path in sorted(folder.glob("*/cases.json"))]
    return [recipe for recipe in found if not names or recipe.name in names]


def observed(answer: Mapping[str, Any], arrived: Mapping[str, Any] | None, secrets: Iterable[str]) -> dict[str, Any]:
    """Return what `expected` says of an answer: all but times, places in the code and what was cached."""
    if "refused" in answer:
        return {"refused": answer["refused"]}
    error = next((action["error"] for action in answer["actions"] if action["error"]), None)
    ends = [attempt["result"] for attempt in answer.get("attempts", ())]
    commands = [command for action in answer["actions"] for command in action["commands"]]
    seen = {
        "status": answer["status"],
        "outcome": {} if error else answer["outcome"],
        "commands": [each for each in commands if not each["method"].startswith(_CACHE)],
        "logs": [line for action in answer["actions"] for line in action["logs"]],
        **({"error": error["code"]} if error else {}),
        **({"attempts": ends} if len(ends) > 1 else {}),
        **({"dead": True} if answer.get("dead") else {}),
        **({"arrived": arrived} if arrived is not None else {}),
    }
    hidden = sorted((value for value in secrets if len(value) >= SHORTEST_MASKED), key=len, reverse=True)
    same: dict[str, Any] = _same(seen, hidden)
    return same


def _same(value: Any, hidden: list[str]) -> Any:
    """The value as it is in every run."""
    if isinstance(value, dict):
        return {key: _same(item, hidden) for key, item in value.items()}
    if isinstance(value, list):
        return [_same(item, hidden) for item in value]
    if not isinstance(value, str):
        return value
    for secret in hidden:
        value = value.replace(secret, "***")
    return _EXECUTION.sub("<execution>", _TOKEN.sub("<token>", value))


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _case(recipe: Recipe, case: Mapping[str, Any], earlier: Mapping[str, Case], values: Mapping[str, str]) -> Case:
    own, secrets = recipe.document["trigger"], recipe.secrets(values)
    trigger = triggers.BUILT_IN.get(case.get("trigger", own))
    event = _read(recipe.folder / case.get("event", "event.json"))
    change, after = case.get("change", {}), earlier[case["after"]] if "after" in case else None
    changed = _patched(event, _signed(change, {**values, **secrets}))
    resumes = after is not None and "resend" not in case
    posted = {key: changed[key] for key in ("request", *change)} if resumes else changed
    return Case(
        name=case["name"],
        actions={_called(recipe, path, trigger.id, own): path for path in recipe.actions},
        trigger=trigger,
        event=events.accept(posted, trigger, resumes=resumes),
        secrets=secrets,
        after=after,
        visit=case.get("visit"),
        resends="resend" in case,
        changes=(*_visited(case.get("visit")), *_changes(change), *_answered(case.get("answers", {}))),
        command=_command(recipe.name, trigger.id, case),
        answers=case.get("answers", {}),
        expected=case["expected"],
    )


def _called(recipe: Recipe, path: Path, trigger: str, own: str) -> str:
    name = recipe.name if path == recipe.action else f"{recipe.name}-{path.stem}"
    return name if trigger == own else f"{name}-{trigger}"


def _command(name: str, trigger: str, case: Mapping[str, Any]) -> str:
    if "resend" in case:
        return "interlock executions resend EXECUTION"
    if "after" in case:
        return "interlock events resume EXECUTION --event BACK.json"
    event = f"examples/{name}/{case.get('event', 'event.json')}"
    return shlex.join(["interlock", "events", "send", trigger, "--event", event])


def _changes(patch: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for key, value in patch.items():
        place = f"{path}{key}"
        if value is None:
            yield f"without {place}"
        elif tokens.is_described(value):
            named = f" as {value['kid']}" if "kid" in value else ""
            over = ", and over" if value["expires_in_s"] <= 0 else ""
            yield f"{place}: a token signed with {value['signed_with']}{named}{over}, {json.dumps(value['claims'])}"
        elif isinstance(value, dict):
            yield from _changes(value, f"{place}.")
        else:
            yield f"{place}: {json.dumps(value, ensure_ascii=False)}"


def _visited(visit: Mapping[str, Any] | None) -> Iterator[str]:
    if visit is not None:
        more = [f"{name} {value}" for name, value in visit.items() if name != "decision"]
        yield f"by way of the page: {visit['decision']}" + (f", {', '.join(more)}" if more else "")


def _answered(answers: Mapping[str, Any]) -> Iterator[str]:
    for route, answer in answers.items():
        several = answer if isinstance(answer, list) else [answer]
        yield f"{route} is {', then '.join(map(_answer, several))}"


def _answer(answer: Mapping[str, Any]) -> str:
    if answer.get("after_s"):
        return "not answered"
    if "hangs_up" in answer:
        return "hung up on"
    if "token" in answer:
        return f"answered with a token signed with {answer['token']['signed_with']}"
    if "keys" in answer:
        return f"answered with the keys {', '.join(answer['keys'])}"
    body = json.dumps(answer["json"]) if "json" in answer else answer.get("text", "")
    return f"answered with {answer.get('status', 200)} {textwrap.shorten(body, _BODY, placeholder=' ...')}".rstrip()


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
