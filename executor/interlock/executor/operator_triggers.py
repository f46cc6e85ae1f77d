"""The catalogue of a process: the documented triggers, and those that its operator adds in a file.

The file is TOML, as release files are: it takes comments, and a message can name the line. docs/TRIGGERS.md has
all of it.
"""

import tomllib
from pathlib import Path
from typing import Final

from interlock.executor import files, settings, toml_places
from interlock.executor.errors import FileRefused, SettingsRefused
from interlock.executor.settings import PREFIX, Settings
from interlock.worker import own_triggers
from interlock.worker.errors import TriggersRejected
from interlock.worker.triggers import BUILT_IN, Catalogue

_SETTING: Final = f"{PREFIX}TRIGGERS"
_HINT: Final = "docs/TRIGGERS.md shows how triggers are written."


def given(path: Path | None) -> Catalogue:
    """Return what there is for a command that was given this file, or None. Raises SettingsRefused."""
    return of(settings.load(triggers=path))


def of(found: Settings) -> Catalogue:
    """Return what there is for this process. Raises SettingsRefused, with the line of the file."""
    path = found.triggers
    if path is None:
        return BUILT_IN
    try:
        text = files.read_text(path)
    except FileRefused as refused:
        raise SettingsRefused(f"{_SETTING}: {refused.message}", refused.hint or "Correct the path.") from None
    try:
        return own_triggers.catalogue(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SettingsRefused(f"{_SETTING}: {path} is no TOML: {error}.", _HINT) from None
    except RecursionError:
        raise SettingsRefused(f"{_SETTING}: {path} is nested too deep.", _HINT) from None
    except TriggersRejected as rejected:
        line = toml_places.line_of(toml_places.places(text), rejected.place)
        where = ".".join(map(str, rejected.place))
        said = f"{where}: {rejected.message}" if where else rejected.message
        raise SettingsRefused(f"{_SETTING}: {path}:{line}: {said}.", _HINT) from None
