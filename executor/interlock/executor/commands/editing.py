"""Changing a draft: with a file's text, or in the author's editor.

A draft is saved on the condition that it is still the one that was read: two authors never overwrite each other. What
an author wrote is never lost: when it cannot be saved, its file stays and the error names it.
"""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from interlock.executor import files
from interlock.executor.client import Client
from interlock.executor.errors import ExecutorError, Misused

_EDITORS: Final = ("VISUAL", "EDITOR")
_KEPT: Final = ("dependencies", "secret_names", "runtime")


def edit(client: Client, place: tuple[str, ...], code: str | None) -> Mapping[str, Any] | None:
    """Save this code as the draft, or what the author makes of it; None when that is the same. Raises ExecutorError."""
    draft = client.get(*place)
    if code is not None:
        return None if code == draft.get("code") else _save(client, place, draft, code)
    path = _written(str(draft.get("code", "")))
    try:
        code = _edited(path)
        saved = None if code == draft.get("code") else _save(client, place, draft, code)
    except ExecutorError as error:
        kept = f"What you wrote is in {path}."
        raise type(error)(error.code, error.message, f"{error.hint} {kept}".strip()) from None
    path.unlink()
    path.parent.rmdir()
    return saved


def _save(client: Client, place: tuple[str, ...], draft: Mapping[str, Any], code: str) -> Mapping[str, Any]:
    kept = {name: draft[name] for name in _KEPT if name in draft}
    return client.put(*place, body={"code": code, **kept, "expected_revision": draft.get("revision")})


def _written(code: str) -> Path:
    path = Path(tempfile.mkdtemp(prefix="interlock-")) / "action.js"
    path.write_text(code, "utf-8")
    return path


def _edited(path: Path) -> str:
    command = next((found for name in _EDITORS if (found := os.environ.get(name))), "vi")
    try:
        finished = subprocess.run([*shlex.split(command), str(path)], check=False)  # noqa: S603 - the author's choice
    except (OSError, ValueError):
        raise Misused("editor_failed", "The editor cannot be started.", "Set EDITOR, or name a file.") from None
    if finished.returncode:
        raise Misused("editor_failed", f"The editor ended with status {finished.returncode}.", "Nothing was saved.")
    return files.read_text(path)
