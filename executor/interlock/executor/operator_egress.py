"""What an operator says of egress for all tenants: what none may reach, and what a new one may."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from interlock.executor.errors import Invalid, SettingsRefused
from interlock.executor.service import egress_policies
from interlock.executor.settings import PREFIX, Settings
from interlock.worker.egress import rules
from interlock.worker.egress.rules import Rule
from interlock.worker.errors import PolicyRejected

MOST_RULES: Final = 1_000
"""Each is tried for every connection of every action."""


@dataclass(frozen=True, slots=True)
class OperatorEgress:
    """`deny` wins over every policy; `default` is the policy of a tenant that is made without one."""

    deny: tuple[Rule, ...] = ()
    default: Mapping[str, Any] = field(default_factory=dict)


def of(settings: Settings) -> OperatorEgress:
    """Return what the settings say. Raises SettingsRefused."""
    return OperatorEgress(_deny(settings.egress_deny or ""), _default(settings.egress_default or ""))


def _deny(text: str) -> tuple[Rule, ...]:
    lines = (line.partition("#")[0] for line in text.splitlines())
    words = [word for line in lines for word in line.replace(",", " ").split()]
    if len(words) > MOST_RULES:
        raise SettingsRefused(
            f"{PREFIX}EGRESS_DENY has more than {MOST_RULES:,} rules.", "Deny networks instead of single addresses."
        )
    found: dict[Rule, None] = {}
    for number, word in enumerate(words, 1):
        try:
            found[rules.parse(word)] = None
        except PolicyRejected as rejected:
            raise SettingsRefused(
                f"{PREFIX}EGRESS_DENY: its rule {number} is none{_why(rejected.message)}.", _HINT
            ) from None
    return tuple(found)


def _default(text: str) -> Mapping[str, Any]:
    if not text.strip():
        return {}
    try:
        document = json.loads(text)
        return egress_policies.check_grant(document if isinstance(document, dict) else {"": document})
    except (ValueError, RecursionError):
        raise SettingsRefused(f"{PREFIX}EGRESS_DEFAULT is no JSON.", _HINT) from None
    except Invalid as invalid:
        what = "a rule of it is none" if _NO_RULE in invalid.message else invalid.message
        raise SettingsRefused(f"{PREFIX}EGRESS_DEFAULT: {what}{_why(invalid.message)}.", _HINT) from None


def _why(message: str) -> str:
    """What is wrong with a rule, without the rule: a setting's value may be anything that got into the wrong place."""
    return f": {why}" if (why := message.partition(_NO_RULE)[2]) else ""


_NO_RULE: Final = " is no rule: "
_HINT: Final = "docs/EGRESS.md shows how rules and policies are written."
