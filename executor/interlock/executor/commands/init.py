"""`interlock init`: a project to begin with."""

import os
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Final

from interlock.executor import refusals
from interlock.executor.commands import showing
from interlock.executor.errors import FileRefused
from interlock.executor.local import local_secrets, new_project
from interlock.worker.triggers import Catalogue

_USUAL: Final = ("post-login",)


def init(folder: Path, triggers: Sequence[str], catalogue: Catalogue, *, typescript: bool) -> int:
    """Write the project and say what comes next. Return 0.

    Raises Misused (unknown_trigger) and FileRefused (file_in_the_way): then nothing was written.
    """
    named = [refusals.trigger(each, catalogue) for each in dict.fromkeys(triggers or _USUAL)]
    made = new_project.files(
        folder.resolve().name, named, catalogue, metadata.version("interlock"), typescript=typescript
    )
    there = dict.fromkeys(_shown(place) for place in made if os.path.lexists(folder / place))
    if there:
        raise FileRefused(
            "file_in_the_way",
            f"In {folder} there is already: {', '.join(there)}. Nothing was written.",
            "Name a folder without them: interlock init FOLDER.",
        )
    for place, text in made.items():
        _write(folder / place, text, 0o600 if place.name == local_secrets.NAME else 0o666)
    showing.say(f"Made {folder}:")
    for shown in dict.fromkeys(map(_shown, made)):
        showing.say(f"  {shown}")
    showing.say("")
    showing.say("Next:")
    if folder.absolute() != Path.cwd():
        showing.say(f"  cd {folder}")
    showing.say("  interlock test           runs its cases, offline")
    showing.say("  interlock dev --watch    runs it on this machine, again with each save")
    showing.say("  interlock deploy         puts it in force on a server")
    return 0


def _shown(place: PurePosixPath) -> str:
    """The types are one thing for who reads a list."""
    return f"{new_project.TYPES}/" if place.parts[0] == new_project.TYPES else str(place)


def _write(path: Path, text: str, mode: int) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Whoever makes a file of this name meanwhile keeps it.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "that is no name of a file"
        raise FileRefused("file_unwritable", f"{path} cannot be written: {reason}.") from None
