"""The settings: whether they can be read at all, and which of them nobody reads."""

import os
from collections.abc import Mapping
from typing import Final

from interlock.executor import operator_egress, output
from interlock.executor.diagnosis.findings import Finding, Findings
from interlock.executor.diagnosis.situation import Kind
from interlock.executor.errors import SettingsRefused
from interlock.executor.settings import Settings, unknown

PART: Final = "settings"

_SAYS: Final[Mapping[Kind, str]] = {
    "servers": "they are those of an installation with servers of its own",
    "dev": "they are those of `interlock dev`",
    "commands": "they are those of a machine that only asks an API elsewhere",
}


async def check(kind: Kind, settings: Settings) -> Findings:
    """Look at what is set. A misspelt setting does nothing, and nobody would know."""
    if kind == "nothing":
        hint = "Run `interlock dev`: it makes everything in a folder. For servers of your own, see docs/OPERATING.md."
        yield Finding(PART, "wrong", "nothing is set up here", hint)
    else:
        yield Finding(PART, "ok", _SAYS[kind])
    if kind in {"servers", "dev"}:
        yield _egress(settings)
    for name in unknown(os.environ):
        yield Finding(PART, "warning", f"{name} is no setting: it does nothing", "docs/SETTINGS.md lists all settings.")


def _egress(settings: Settings) -> Finding:
    try:
        egress = operator_egress.of(settings)
    except SettingsRefused as refused:
        return Finding("egress", "wrong", refused.message.rstrip("."), output.sentence(refused.hint))
    denied = f"{len(egress.deny)} rules deny" if len(egress.deny) != 1 else "1 rule denies"
    new = "; new tenants begin with INTERLOCK_EGRESS_DEFAULT" if egress.default else ""
    says = f"{denied} something to all tenants{new}" if egress.deny else f"nothing is denied to all tenants{new}"
    return Finding("egress", "ok", says)
