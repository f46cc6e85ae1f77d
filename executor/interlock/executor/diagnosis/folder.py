"""The data folder: it holds keys and events, so it is its owner's alone."""

import os
import stat
from pathlib import Path
from typing import Final

from interlock.executor.data_folder import DataFolder
from interlock.executor.diagnosis.findings import Finding, Findings

PART: Final = "folder"


async def check(folder: DataFolder) -> Findings:
    """Look at the folder, and at what in it nobody else may read."""
    faults = [
        fault
        for path, mode in ((folder.path, "700"), *((path, "600") for path in _private(folder)))
        if (fault := _fault(path, mode)) is not None
    ]
    for fault in faults:
        yield fault
    if not faults:
        yield Finding(PART, "ok", f"{folder.path} is its owner's alone")


def _private(folder: DataFolder) -> tuple[Path, ...]:
    return folder.database, folder.key_file, folder.operator_key


def _fault(path: Path, mode: str) -> Finding | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        hint = "Run this as the user who runs Interlock."
        return Finding(PART, "wrong", f"{path} cannot be looked at: {error.strerror}", hint)
    if found.st_uid != os.geteuid():
        hint = "Run this, and everything of Interlock, as the user to whom the folder belongs."
        return Finding(PART, "wrong", f"{path} belongs to another user (number {found.st_uid})", hint)
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Finding(PART, "wrong", f"other users can get at {path}", f"chmod {mode} {path}")
    return None
