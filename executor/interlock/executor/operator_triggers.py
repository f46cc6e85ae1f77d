"""The catalogue of a process: the documented triggers, and those that its operator adds in a file."""

from pathlib import Path

from interlock.executor import settings
from interlock.executor.settings import Settings
from interlock.worker.triggers import BUILT_IN, Catalogue


def given(path: Path | None) -> Catalogue:
    """Return what there is for a command that was given this file, or None. Raises SettingsRefused."""
    return of(settings.load(triggers=path))


def of(found: Settings) -> Catalogue:
    """Return what there is for this process."""
    del found
    return BUILT_IN
