"""The settings: whether they can be read at all, and which of them nobody reads."""

import os
from collections.abc import Mapping
from typing import Final

from interlock.executor import settings
from interlock.executor.diagnosis.findings import Finding, Findings
from interlock.executor.diagnosis.situation import Kind

PART: Final = "settings"

_SAYS: Final[Mapping[Kind, str]] = {
    "servers": "they are those of an installation with servers of its own",
    "dev": "they are those of `interlock dev`",
    "commands": "they are those of a machine that only asks an API elsewhere",
}


async def check(kind: Kind) -> Findings:
    """Look at what is set. A misspelt setting does nothing, and nobody would know."""
    if kind == "nothing":
        hint = "Run `interlock dev`: it makes everything in a folder. For servers of your own, see docs/OPERATING.md."
        yield Finding(PART, "wrong", "nothing is set up here", hint)
    else:
        yield Finding(PART, "ok", _SAYS[kind])
    for name in settings.unknown(os.environ):
        yield Finding(PART, "warning", f"{name} is no setting: it does nothing", "docs/SETTINGS.md lists all settings.")
