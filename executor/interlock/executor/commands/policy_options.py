"""Options that say what actions may reach and use, and what becomes of a policy by them.

A list that is named is set anew, added to or removed from; what is not named stays as it is. Imports as in `asking`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

from interlock.executor.errors import Misused

Mode = Literal["set", "add", "remove"]

LISTS: Final = ("allow", "deny", "private")
_ALL: Final[Mapping[str, Any]] = {"private": [], "public": True, "insecure_tls": False}
"""Said in full: what a tenant's key leaves out of a policy is as granted, and here it is to stay as it is."""
_CLEARED: Final = (*LISTS, "actions", "limits")
_LIMIT_HINT: Final = "Write --limit NAME=NUMBER, such as cpu_ms=500; NAME= alone is the default again."

Allow = Annotated[
    list[str] | None,
    typer.Option("--allow", metavar="RULE", help="Of public addresses these alone, such as api.example.com:443."),
]
Deny = Annotated[list[str] | None, typer.Option("--deny", metavar="RULE", help="Never these, such as *:25.")]
Private = Annotated[
    list[str] | None,
    typer.Option("--private", metavar="RULE", help="Addresses that are not public, such as db.internal:5432."),
]
Public = Annotated[
    bool | None,
    typer.Option("--public/--no-public", metavar="", help="Whether public addresses are reached without --allow."),
]
InsecureTls = Annotated[
    bool | None,
    typer.Option("--insecure-tls/--no-insecure-tls", metavar="", help="Whether certificates may be left unverified."),
]
Limit = Annotated[
    list[str] | None,
    typer.Option("--limit", metavar="NAME=NUMBER", help="Such as cpu_ms=500; NAME= alone is the default again."),
]
Clear = Annotated[
    list[str] | None,
    typer.Option("--clear", metavar="PART", help=f"Empties one of: {', '.join(_CLEARED)}. May be given again."),
]
EgressFile = Annotated[
    Path | None, typer.Option("--egress", metavar="FILE", help="The whole egress policy, as JSON, instead of lists.")
]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was given. A limit that is None has its default again."""

    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    flags: Mapping[str, bool] = field(default_factory=dict)
    limits: Mapping[str, int | None] = field(default_factory=dict)
    cleared: frozenset[str] = frozenset()
    document: Mapping[str, Any] | None = None

    @property
    def anything(self) -> bool:
        """Whether something was given."""
        return bool(self.lists or self.flags or self.limits or self.cleared or self.document is not None)

    @property
    def about_egress(self) -> bool:
        """Whether some of it is about egress."""
        return bool(self.lists or self.flags or self.cleared - {"limits"} or self.document is not None)

    @property
    def about_limits(self) -> bool:
        """Whether some of it is about limits."""
        return bool(self.limits) or "limits" in self.cleared

    def egress(self, present: Mapping[str, Any], mode: Mode = "set", action: str = "") -> dict[str, Any]:
        """Return what a policy becomes; with `action`, by that action's own lists. Raises Misused."""
        if self.document is not None:
            return dict(self.document)
        if not action:
            return {**_ALL, **self._changed({**_ALL, **present}, mode), **self.flags}
        if self.flags or "private" in self.lists:
            raise Misused("usage", "An action's own lists are --allow and --deny.", "They only narrow the policy.")
        actions = dict(present.get("actions", {}))
        actions[action] = self._changed(actions.get(action, {}), mode)
        return {**_ALL, **present, "actions": {name: lists for name, lists in actions.items() if lists}}

    def changed_limits(self, present: Mapping[str, int]) -> dict[str, int]:
        """Return what limits become."""
        kept = {} if "limits" in self.cleared else dict(present)
        return {name: value for name, value in (kept | dict(self.limits)).items() if value is not None}

    def _changed(self, present: Mapping[str, Any], mode: Mode) -> dict[str, Any]:
        changed = {name: value for name, value in present.items() if name not in self.cleared}
        for name, rules in self.lists.items():
            changed[name] = _combined(changed.get(name, []), _spelt(rules), mode, name)
        return {name: value for name, value in changed.items() if value not in ([], {})}


def read(
    lists: Mapping[str, Sequence[str] | None],
    flags: Mapping[str, bool | None] | None = None,
    limits: Sequence[str] | None = None,
    clear: Sequence[str] | None = None,
    document: Path | None = None,
    *,
    granting: bool = False,
) -> Wanted:
    """Return what was given. Raises Misused when parts of it exclude each other. `granting`: of a tenant, which is also
    granted how much it may have.
    """
    wanted = Wanted(
        lists={name: rules for name, rules in lists.items() if rules},
        flags={name: value for name, value in (flags or {}).items() if value is not None},
        limits=dict(_limit(each, granting=granting) for each in limits or []),
        cleared=frozenset(clear or []),
        document=None if document is None else _document(document),
    )
    if unknown := sorted(wanted.cleared - set(_CLEARED)):
        raise Misused("usage", f"There is no part {unknown[0]!a} of a policy.", f"There are {', '.join(_CLEARED)}.")
    if wanted.document is not None and (wanted.lists or wanted.flags or wanted.cleared - {"limits"}):
        raise Misused("usage", "--egress is the whole policy.", "Give it alone, or lists without it.")
    return wanted


def require(wanted: Wanted) -> Wanted:
    """Return it. Raises Misused (nothing_given) when there is nothing in it."""
    if not wanted.anything:
        raise Misused(
            "nothing_given",
            "Nothing was given to change.",
            "Give --allow, --deny, --private, --limit or another option; --help shows them all.",
        )
    return wanted


def _spelt(given: Iterable[str]) -> list[str]:
    """Rules in their one spelling, so that one is found under another. The API says what is wrong with one."""
    from interlock.worker.egress import rules  # noqa: PLC0415 - see `asking`
    from interlock.worker.errors import PolicyRejected  # noqa: PLC0415

    try:
        return [str(rules.parse(text)) for text in given]
    except PolicyRejected as rejected:
        raise Misused("egress_invalid", f"{rejected.message}.", "docs/EGRESS.md shows how rules are written.") from None


def _combined(present: Sequence[str], rules: Sequence[str], mode: Mode, name: str) -> list[str]:
    if mode == "set":
        return list(rules)
    if mode == "add":
        return list(dict.fromkeys([*present, *rules]))
    for rule in rules:
        if rule not in present:
            there = ", ".join(present) or "no rule"
            raise Misused("rule_missing", f"{rule} is not in {name}.", f"There is {there}.")
    return [rule for rule in present if rule not in rules]


def _limit(text: str, *, granting: bool) -> tuple[str, int | None]:
    name, equals, value = text.partition("=")
    number = value.replace("_", "").replace(",", "")
    if not equals or not name or (number and not (number.isascii() and number.isdigit() and len(number) <= 15)):
        raise Misused("limit_syntax", f"--limit {text!a} is none.", _LIMIT_HINT)
    from interlock.executor.service.policies import AMOUNTS, RANGES  # noqa: PLC0415 - see `asking`

    known = (*RANGES, *(AMOUNTS if granting else ()))
    if name not in known:
        raise Misused("limit_unknown", f"There is no limit {name!a}.", f"There are {', '.join(known)}.")
    return name, int(number) if number else None


def _document(path: Path) -> Mapping[str, Any]:
    from interlock.executor import files  # noqa: PLC0415 - see `asking`

    try:
        found = json.loads(files.read_text(path))
    except (ValueError, RecursionError):
        raise Misused("egress_invalid", f"{path} is no JSON.", "docs/EGRESS.md shows a policy.") from None
    if not isinstance(found, dict):
        raise Misused("egress_invalid", f"{path} is no JSON object.", "docs/EGRESS.md shows a policy.")
    return found
