"""The files of Auth0's deploy tool, read and written without it: a folder, or one YAML file with the code beside it.

    actions/NAME.json             triggers/triggers.json        tenant.yaml
    actions/NAME/code.js          action-modules/NAME.json      (and the same code files)

`read` takes what anybody handed over: every file is opened below the folder, without following links, and is bounded;
`write` makes what `read` and the deploy tool take. Other resources of an export are counted and left alone.
"""

from interlock.executor.auth0_files.keywords import Keywords
from interlock.executor.auth0_files.reading import read
from interlock.executor.auth0_files.tenant import (
    Action,
    Bound,
    Dependency,
    Exported,
    Module,
    ModuleReference,
    Place,
    Secret,
    Trigger,
    TriggerVersion,
    Unhandled,
    Unknown,
)
from interlock.executor.auth0_files.writing import DIRECTORY, FORMATS, YAML, write

__all__ = [
    "DIRECTORY",
    "FORMATS",
    "YAML",
    "Action",
    "Bound",
    "Dependency",
    "Exported",
    "Keywords",
    "Module",
    "ModuleReference",
    "Place",
    "Secret",
    "Trigger",
    "TriggerVersion",
    "Unhandled",
    "Unknown",
    "read",
    "write",
]
