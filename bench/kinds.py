"""Actions that are deployed again and again: without packages, in TypeScript, and with `pg`. Each makes a claim that
says which deploy ran.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from whole_path import stack

RECIPE: Final = Path(__file__).resolve().parents[1] / "examples" / "postgres-upsert"
CLAIM: Final = "https://example.com/deploy"
_PLAIN: Final = "exports.onExecutePostLogin = async (event, api) => { api.idToken.setCustomClaim('%s', %d); };\n"
_TYPED: Final = (
    "type Api = { idToken: { setCustomClaim(name: string, value: number): Api } };\n"
    "export const onExecutePostLogin = async (_event: unknown, api: Api): Promise<void> => {\n"
    "  api.idToken.setCustomClaim('%s', %d);\n};\n"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """An action to deploy. `lock` says which packages, where that is not to be chosen."""

    name: str
    code: str
    language: str = "javascript"
    dependencies: tuple[dict[str, str], ...] = ()
    lock: dict[str, Any] | None = None

    def draft(self, number: int) -> dict[str, Any]:
        """The draft that makes the claim `number`."""
        code = self.code % (CLAIM, number)
        return {"code": code, "language": self.language, "dependencies": [*self.dependencies]}


PLAIN: Final = Kind("plain", _PLAIN)
TYPED: Final = Kind("typescript", _TYPED, "typescript")


def pg(*, locked: bool) -> Kind:
    """The action with `pg`, and with the recipe's lock or without one."""
    named = json.loads((RECIPE / "package.json").read_text())["dependencies"]
    lock = json.loads((RECIPE / "package-lock.json").read_text()) if locked else None
    dependencies = tuple({"name": name, "version": version} for name, version in named.items())
    return Kind("pg", f"const {{ Client }} = require('pg');\n{_PLAIN}", "javascript", dependencies, lock)


def fetch_packages() -> str:
    """Have the packages of `pg` where builds look for them. Returns why they are not there, or nothing."""
    script = RECIPE.parent / "fetch_packages.py"
    fetched = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    return fetched.stderr.strip() if fetched.returncode else ""


def make(client: httpx.Client, kind: Kind) -> None:
    """Make the action. The client is of the tenant."""
    stack.done(client.post("/actions", json={"name": kind.name, "trigger": "post-login", **kind.draft(0)}))


def change(client: httpx.Client, kind: Kind, number: int) -> None:
    """Give it another draft."""
    stack.done(client.put(f"/actions/{kind.name}/draft", json=kind.draft(number)))


def deploy(client: httpx.Client, kind: Kind) -> dict[str, Any]:
    """Deploy it, and return its version when that is built or has failed."""
    wanted = {"wait_ms": 30_000, **({} if kind.lock is None else {"lock": kind.lock})}
    return stack.done(client.post(f"/actions/{kind.name}/deploy", json=wanted))


def bind(client: httpx.Client, kind: Kind) -> None:
    """Have it alone bound to its trigger."""
    stack.done(client.put("/triggers/post-login/bindings", json={"bindings": [{"action": kind.name}]}))
