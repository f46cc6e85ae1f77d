"""Values of secrets and of keywords, from files and from the environment.

Rule of this file: no message repeats a value.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from interlock.executor import files
from interlock.executor.errors import Misused
from interlock.executor.migration import planning
from interlock.executor.migration.planning import Wanted

_MAPPINGS: Final = "AUTH0_KEYWORD_REPLACE_MAPPINGS"
"""Where the deploy tool's own configuration has them."""
_OURS: Final = "INTERLOCK_"


@dataclass(frozen=True, slots=True)
class Values:
    """What secrets are to be: `NAME` for whoever has one, `ACTION/NAME` and `actions:MODULE/NAME` for one of them."""

    named: Mapping[str, str] = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)

    def of(self, wanted: Wanted) -> str | None:
        """Return a value: the most exact one given, else that of the export itself, else the environment's."""
        prefix = "actions:" if wanted.kind == planning.MODULES else ""
        for name in (f"{prefix}{wanted.owner}/{wanted.name}", wanted.name):
            if name in self.named:
                return self.named[name]
        if wanted.value is not None:
            return wanted.value
        return None if wanted.name.startswith(_OURS) else self.environment.get(wanted.name)


def read(path: Path | None, environment: Mapping[str, str] | None) -> Values:
    """Return the values of a file, and those of the environment where it may be asked. Raises Misused, FileRefused."""
    named: dict[str, str] = {}
    if path is not None:
        document = _document(path)
        if not all(isinstance(value, str) for value in document.values()):
            raise Misused("secrets_file_invalid", f"{path}: a value is no text.", "Every value is a text, in quotes.")
        named = document
    return Values(named, environment or {})


def mappings(path: Path | None) -> dict[str, Any]:
    """Return what keywords stand for: of a file of its own, or of the deploy tool's config.json."""
    if path is None:
        return {}
    document = _document(path)
    inside = document.get(_MAPPINGS, document)
    if not isinstance(inside, dict):
        raise Misused("mappings_invalid", f"{path}: {_MAPPINGS} is no object.", "It is an object of names and values.")
    return inside


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(files.read_text(path))
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise Misused("usage", f"{path} is no JSON object.", 'It has names and values: {"API_KEY": "..."}.')
    return document
