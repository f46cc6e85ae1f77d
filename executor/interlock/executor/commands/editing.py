"""Changing a draft: with a file's text, or in the author's editor.

A draft is saved on the condition that it is still the one that was read: two authors never overwrite each other. What
an author wrote is never lost: when it cannot be saved, its file stays and the error names it.
"""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from interlock.executor import files
from interlock.executor.client import Client
from interlock.executor.errors import ExecutorError, Misused

_SUFFIXES: Final = {"javascript": ".js", "typescript": ".ts"}
_EDITORS: Final = ("VISUAL", "EDITOR")
_KEPT: Final = ("code", "dependencies", "secret_names", "runtime", "language", "modules")
_DEPLOYED: Final = "deployed"


@dataclass(frozen=True, slots=True)
class Packages:
    """What changes of an action's packages: these, as `{"name", "version"}`, come or get another version; those go. And
    of the versions of modules that it chose, as `NAME@VERSION`.
    """

    named: tuple[Mapping[str, str], ...] = ()
    without: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()

    def applied(self, present: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
        """Return a draft's packages with these changes, those that stay in their order. Raises Misused."""
        packages = {each["name"]: each for each in present}
        for name in self.without:
            if packages.pop(name, None) is None:
                raise Misused("usage", f"The draft names no package {name!r}.", "`interlock actions show` lists them.")
        return list({**packages, **{each["name"]: each for each in self.named}}.values())


def edit(
    client: Client, place: tuple[str, ...], changed: Mapping[str, Any], packages: Packages
) -> Mapping[str, Any] | None:
    """Save the draft with what is changed, or with what the author makes of its code when nothing is; None when it is
    the same as before. Raises ExecutorError.
    """
    draft = client.get(*place)
    if packages.named or packages.without:
        changed = {**changed, "dependencies": packages.applied(draft.get("dependencies") or [])}
    if packages.modules:
        changed = {**changed, "modules": chosen(packages.modules, draft.get("modules") or [])}
    if changed:
        return _save(client, place, draft, changed)
    path = _written(str(draft.get("code", "")), _SUFFIXES.get(str(draft.get("language")), ".js"))
    try:
        saved = _save(client, place, draft, {"code": _edited(path)})
    except ExecutorError as error:
        kept = f"What you wrote is in {path}."
        raise type(error)(error.code, error.message, f"{error.hint} {kept}".strip()) from None
    path.unlink()
    path.parent.rmdir()
    return saved


def chosen(given: Sequence[str], present: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the versions of modules that a draft chose, with these, `NAME@VERSION`, among them. Raises Misused."""
    found = {str(each["name"]): int(each["number"]) for each in present}
    for text in given:
        name, _, number = text.rpartition("@")
        if name and number == _DEPLOYED:
            found.pop(name, None)
        elif name and number.isascii() and number.isdigit() and int(number[:10]) > 0 and len(number) < 10:
            found[name] = int(number)
        else:
            raise Misused(
                "usage", f"{text!a} is no version of a module.", "Write NAME@VERSION, such as crm@3, or NAME@deployed."
            )
    return [{"name": name, "number": number} for name, number in found.items()]


def _save(
    client: Client, place: tuple[str, ...], draft: Mapping[str, Any], changed: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    if all(draft.get(name) == value for name, value in changed.items()):
        return None
    # A module's own draft chooses none.
    kept = {name: draft[name] for name in _KEPT if name in draft and (name != "modules" or draft[name])}
    return client.put(*place, body={**kept, **changed, "expected_revision": draft.get("revision")})


def _written(code: str, suffix: str) -> Path:
    path = Path(tempfile.mkdtemp(prefix="interlock-")) / f"action{suffix}"
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
