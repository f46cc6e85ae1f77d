"""What differs: between two states of an action's or a module's code, and between two releases of a trigger.

A lock is compared as the packages that it names; code as lines, in the unified form that everybody reads.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from interlock.executor.packages import locks
from interlock.executor.store.drafts import Content
from interlock.executor.store.releases import Release

_CONTEXT: Final = 3
NOTHING: Final = "nothing"


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing that differs, by its name: what it was, and what it is. None: it was, or is, not there."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class State:
    """Code as it is somewhere. `label` says where: `version 3`, `draft`."""

    label: str
    content: Content | None = None
    lock: Mapping[str, Any] | None = None
    """None: it is not built, so nobody knows."""
    modules: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class CodeDifference:
    """How the code of an action or a module differs. `code` is a unified diff, empty where it is the same."""

    kind: str
    name: str
    before: str
    after: str
    code: str = ""
    language: Changed | None = None
    dependencies: tuple[Changed, ...] = ()
    lock: tuple[Changed, ...] = ()
    secret_names: tuple[Changed, ...] = ()
    modules: tuple[Changed, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it is the same."""
        parts = (self.code, self.language, self.dependencies, self.lock, self.secret_names, self.modules)
        return self.before != NOTHING and not any(parts)


@dataclass(frozen=True, slots=True)
class TriggerDifference:
    """How what a trigger runs differs. `actions` are by name, with the numbers of versions, or `new`."""

    trigger: str
    entity: str
    before: int
    after: int | None
    """The numbers of the releases; None: of one that there is not yet."""
    order: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    actions: tuple[Changed, ...] = ()
    limits: tuple[Changed, ...] = ()
    egress: tuple[Changed, ...] = ()
    code: tuple[CodeDifference, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        """Whether it runs the same in the same way."""
        return not any((self.order, self.actions, self.limits, self.egress))


def of_code(kind: str, name: str, old: State, new: State) -> CodeDifference:
    """Return how code differs between two states."""
    before, after = old.content or Content(""), new.content or Content("")
    language = None
    if old.content is not None and before.language != after.language:
        language = Changed("language", before.language, after.language)
    locked: tuple[Changed, ...] = ()
    if old.lock is not None and new.lock is not None:
        locked = of_values(_packages(old.lock), _packages(new.lock))
    return CodeDifference(
        kind,
        name,
        old.label,
        new.label,
        code=_unified(name, old, new),
        language=language,
        dependencies=of_values(_named(before.dependencies, "version"), _named(after.dependencies, "version")),
        lock=locked,
        secret_names=of_values(*({each: each for each in side.secret_names} for side in (before, after))),
        modules=of_values(_named(old.modules, "number"), _named(new.modules, "number")),
    )


def of_releases(old: Release | None, new: Release, code: Sequence[CodeDifference] = ()) -> TriggerDifference:
    """Return how two releases of a trigger differ; `old` None: from one that runs nothing."""
    header = new.header
    before = {} if old is None else {entry.action_name: entry.version_number for entry in old.entries}
    after = {entry.action_name: entry.version_number for entry in new.entries}
    return TriggerDifference(
        header.trigger,
        header.entity,
        0 if old is None else old.number,
        new.number,
        order=ordered(list(before), list(after)),
        actions=of_values(before, after),
        limits=of_values({} if old is None else old.header.limits, header.limits),
        egress=of_values({} if old is None else old.header.egress, header.egress),
        code=tuple(code),
    )


def ordered(before: Sequence[str], after: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return both orders, where they differ in more than in what comes or goes."""
    both = set(before) & set(after)
    if [name for name in before if name in both] == [name for name in after if name in both]:
        return None
    return tuple(before), tuple(after)


def of_values(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Changed, ...]:
    """Return what differs of two mappings, by name."""
    return tuple(
        Changed(name, before.get(name), after.get(name))
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
    )


def _unified(name: str, old: State, new: State) -> str:
    before, after = ((side.content.code if side.content else "").splitlines() for side in (old, new))
    names = (f"{name} ({old.label})", f"{name} ({new.label})")
    lines = difflib.unified_diff(before, after, *names, lineterm="", n=_CONTEXT)
    return "\n".join(lines)


def _named(documents: Sequence[Mapping[str, Any]], value: str) -> dict[str, Any]:
    return {str(each["name"]): each[value] for each in documents}


def _packages(lock: Mapping[str, Any]) -> dict[str, str]:
    found = locks.stored(lock)
    return (
        {} if found is None else {each.place.removeprefix("node_modules/"): each.version for each in found.packages()}
    )
