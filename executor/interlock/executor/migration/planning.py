"""What Interlock is asked for, to have what an export has: one change set, drafts that stay drafts, secrets to be set.

Where a tenant has an action already that is what the export says, it is asked for as it is: packages that were chosen
for a range are those very versions, and who names no secret sees all of them. So the same import twice changes nothing,
and an export goes back where it came from without a build.

An export names versions of modules by their numbers and holds the newest alone. Numbers count what was deployed in one
tenant, so an older one is taken at its word only where the newest is the same here by number and content: then an
action is asked for with the version that it has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from interlock.executor.auth0_files import Action, Bound, Exported, Module, Secret
from interlock.executor.migration.amounts import usable_name
from interlock.executor.migration.examining import Triggers, secrets_of
from interlock.worker.modules import required

ACTIONS: Final = "actions"
MODULES: Final = "modules"


@dataclass(frozen=True, slots=True)
class Present:
    """What a tenant has of an action or a module: what is deployed of it, its draft, the secrets that it may see, and
    of a module the numbers of the versions that can be chosen.
    """

    deployed: Mapping[str, Any] | None = None
    draft: Mapping[str, Any] | None = None
    secrets: frozenset[str] = frozenset()
    numbers: frozenset[int] = frozenset()


Existing = Mapping[tuple[str, str], Present]
"""By `actions` or `modules`, and the name."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A secret that an action or a module needs. `value` None: nobody has said one yet."""

    kind: str
    owner: str
    name: str
    value: str | None = field(default=None, repr=False)
    is_set: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for. `change` is the body of a change set; `drafts` are code that is not deployed; `code` is where
    an author finds a line; `left_out` are actions of triggers that are not here.
    """

    change: Mapping[str, Any] = field(repr=False)
    drafts: Sequence[tuple[str, Mapping[str, Any]]] = field(repr=False)
    secrets: Sequence[Wanted]
    code: Mapping[tuple[str, str], tuple[Path, str]] = field(repr=False)
    left_out: Sequence[str] = ()


def names(exported: Exported) -> list[tuple[str, str]]:
    """Return the kinds and names of all that an export has, as they are called here."""
    return [(MODULES, each.name) for each in exported.modules] + [
        (ACTIONS, usable_name(each.name)) for each in exported.actions
    ]


def same_numbers(exported: Exported, existing: Existing) -> dict[str, frozenset[int]]:
    """Return, by modules, the versions whose numbers mean what they mean in the export."""
    found = {}
    for module in exported.modules:
        present = existing.get((MODULES, module.name), Present())
        deployed = present.deployed or {}
        content = _content(module, module.secrets, present)
        if deployed.get("number") == module.latest is not None and _is(deployed, content):
            found[module.name] = present.numbers
    return found


def plan(exported: Exported, triggers: Triggers, existing: Existing, root: Path) -> Plan:
    """Return what is to be asked for. `root` is where the export is."""
    left_out = [each.name for each in exported.actions if each.triggers[0].id not in triggers]
    bound = {each.action for trigger in exported.triggers for each in trigger.bound}
    modules, actions, drafts = [], [], list[tuple[str, Mapping[str, Any]]]()
    secrets: list[Wanted] = []
    code: dict[tuple[str, str], tuple[Path, str]] = {}
    numbers = same_numbers(exported, existing)
    newest = {module.name: module.latest for module in exported.modules}
    for module in exported.modules:
        present = existing.get((MODULES, module.name), Present())
        body = {"name": module.name, **_content(module, module.secrets, present)}
        code[MODULES, module.name] = (root / module.file, module.code)
        secrets += _wanted(MODULES, module.name, module.secrets, present)
        if module.published:
            modules.append(body)
        else:
            drafts.append((MODULES, body))
    for action in exported.actions:
        if action.name in left_out:
            continue
        name = usable_name(action.name)
        present = existing.get((ACTIONS, name), Present())
        own = secrets_of(action, exported)
        content = _content(action, own, present)
        older = _older(action, numbers, newest)
        body = {"name": name, "trigger": action.triggers[0].id, **content, **({"modules": older} if older else {})}
        code[ACTIONS, name] = (root / action.file, action.code)
        secrets += _wanted(ACTIONS, name, own, present)
        if older and _is(present.deployed or {}, content) and _has(present.deployed or {}, action, numbers):
            # It was not chosen, it only was not deployed since: asked for anew, it would be chosen.
            continue
        if action.deployed or action.name in bound:
            actions.append(body)
        else:
            drafts.append((ACTIONS, body))
    orders = [
        {"trigger": trigger, "entity": entity, "actions": [_bound(each) for each in found.bound]}
        for found in exported.triggers
        for trigger, _, entity in (found.id.partition("/"),)
        if trigger in triggers
    ]
    change = {"modules": modules, "actions": actions, "triggers": orders}
    return Plan(change, drafts, secrets, code, left_out)


def _content(code: Action | Module, secrets: Sequence[Secret], present: Present) -> dict[str, Any]:
    deployed = present.deployed or {}
    named = {each["name"]: str(each["version"]) for each in deployed.get("dependencies") or ()}
    chosen = versions_of(deployed)
    dependencies = [
        {
            "name": each.name,
            "version": named[each.name] if chosen.get(each.name) == each.version else each.version,
        }
        for each in code.dependencies
    ]
    secret_names = list(dict.fromkeys(each.name for each in secrets))
    if deployed and not deployed.get("secret_names") and present.secrets.issuperset(secret_names):
        secret_names = []
    elif deployed and set(deployed["secret_names"]) == set(secret_names):
        secret_names = list(deployed["secret_names"])
    was = [each["name"] for each in deployed.get("dependencies") or ()]
    if {each["name"] for each in dependencies} == set(was):
        dependencies.sort(key=lambda each: was.index(each["name"]))
    return {
        "code": code.code,
        "language": code.language,
        "dependencies": dependencies,
        "secret_names": secret_names,
    }


def _older(
    action: Action, numbers: Mapping[str, frozenset[int]], newest: Mapping[str, int | None]
) -> list[dict[str, Any]]:
    asked = required(action.code)
    return [
        {"name": each.name, "number": each.number}
        for each in action.modules
        if each.name in asked and each.number in numbers.get(each.name, ()) and each.number != newest.get(each.name)
    ]


def _is(deployed: Mapping[str, Any], content: Mapping[str, Any]) -> bool:
    return all(part in deployed and deployed[part] == asked for part, asked in content.items())


def _has(deployed: Mapping[str, Any], action: Action, numbers: Mapping[str, frozenset[int]]) -> bool:
    there = {each["name"]: each for each in deployed.get("modules") or ()}
    named = {each.name: each.number for each in action.modules if each.name in required(action.code)}
    chosen = any(each.get("chosen") for each in there.values())
    same = {name: each["number"] for name, each in there.items()} == named
    return same and not chosen and named.keys() <= numbers.keys()


def versions_of(version: Mapping[str, Any]) -> dict[str, str]:
    """Return the version that was chosen for each package that a version names."""
    packages = (version.get("lock") or {}).get("packages") or {}
    found = {}
    for each in version.get("dependencies") or ():
        chosen = packages.get(f"node_modules/{each['name']}") or {}
        found[str(each["name"])] = str(chosen.get("version") or each["version"])
    return found


def _wanted(kind: str, owner: str, secrets: Sequence[Secret], present: Present) -> list[Wanted]:
    unique = {each.name: each for each in secrets}
    return [Wanted(kind, owner, each.name, each.value, each.name in present.secrets) for each in unique.values()]


def _bound(bound: Bound) -> dict[str, str]:
    name = usable_name(bound.action)
    shown = bound.display_name if bound.display_name != bound.action else ""
    return {"action": name, **({"display_name": shown} if shown else {})}
