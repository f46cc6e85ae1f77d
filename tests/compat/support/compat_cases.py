"""The table of what is proved: an action in actions/NAME.js, and beside it in NAME.json what it must come to.

    {"packages": ["pg"], "trigger": "post-login", "secrets": {"DATABASE_URL": "{database}"},
     "commands": [...], "logs": [...], "received": {"web": [...], "logins": [...]},
     "stops": "why it cannot work, if so", "says": "of its error"}

`{name}` in a secret is one of the stage's. What is expected of an object is part of it; {"$matches": "..."} is a
regular expression that the text must hold.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from stage import Stage

FOLDER: Final = Path(__file__).parents[1]
ACTIONS: Final = FOLDER / "actions"
SHORT: Final = ("pg-client", "postgres", "axios", "jsonwebtoken", "jose", "auth0")
"""What `make test` looks at: one of each kind."""


@dataclass(frozen=True)
class Case:
    """One action and what it must come to."""

    name: str
    about: str
    """What sets it apart from another of the same package."""
    source: Path
    packages: tuple[str, ...]
    trigger: str
    given: dict[str, str]
    commands: list[Any]
    logs: list[Any]
    received: dict[str, list[Any]]
    stops: str | None
    """What is known to stop it in the sandbox, and what to do instead; None: it works."""
    says: str
    """What the error then holds."""

    def secrets(self, stage: Stage) -> dict[str, str]:
        """What the action's event.secrets holds."""
        return {name: _filled(text, stage.secrets) for name, text in self.given.items()}

    def disagreement(self, commands: list[Any], logs: list[Any], received: dict[str, Any]) -> str | None:
        """Return what is not as it must be, in a line; None when all is."""
        said = [f"{line['level']}: {line['message']}" for line in logs]
        parts = [("commands", self.commands, commands), ("console", self.logs, said)]
        parts += [(kind, expected, received[kind]) for kind, expected in self.received.items()]
        for what, expected, actual in parts:
            if not agrees(expected, actual):
                return f"{what}: {json.dumps(actual, default=str)} instead of {json.dumps(expected)}"
        return None


def load() -> list[Case]:
    """Return all, by name."""
    return [_read(path) for path in sorted(ACTIONS.glob("*.json"))]


def versions() -> dict[str, str]:
    """Return which version of each package is installed, by the lock."""
    packages = json.loads((FOLDER / "package-lock.json").read_text())["packages"]
    named = packages[""]["dependencies"]
    return {name: str(packages[f"node_modules/{name}"]["version"]) for name in named}


def agrees(expected: Any, actual: Any) -> bool:
    """Whether what came is what was expected: of an object its named parts, of a list all."""
    if isinstance(expected, dict) and set(expected) == {"$matches"}:
        return re.search(expected["$matches"], actual if isinstance(actual, str) else json.dumps(actual)) is not None
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(agrees(value, actual.get(key)) for key, value in expected.items())
    if isinstance(expected, list):
        return isinstance(actual, list) and len(expected) == len(actual) and all(map(agrees, expected, actual))
    return bool(expected == actual)


def _read(path: Path) -> Case:
    said = json.loads(path.read_text())
    return Case(
        name=path.stem,
        about=said.get("about", ""),
        source=ACTIONS / f"{said.get('action', path.stem)}.js",
        packages=tuple(said["packages"]),
        trigger=said.get("trigger", "post-login"),
        given=said.get("secrets", {}),
        commands=said.get("commands", []),
        logs=said.get("logs", []),
        received=said.get("received", {}),
        stops=said.get("stops"),
        says=said.get("says", ""),
    )


def _filled(text: str, values: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), text)
