"""How worker processes are started: the command, how many, and what each kind is told by its environment."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from interlock.executor.settings import PREFIX, Settings
from interlock.worker.supervision import Workers

EVENTS: Final = "events"
BUILDS: Final = "builds"

_KEYS: Final = f"{PREFIX}KEY"
"""What the names of all settings of key-encryption keys begin with."""
_OF_COMMANDS: Final = (f"{PREFIX}API_KEY", f"{PREFIX}API_KEY_FILE")


def workers(settings: Settings, changed: Mapping[str, str], *, beside: int = 0) -> Sequence[Workers]:
    """Return the workers for events, by default one a core, and the one that builds. `changed`: what differs from our
    environment. `beside`: cores that others on this machine keep busy.
    """
    processes = settings.processes or max(1, (os.cpu_count() or 1) - beside)
    return (
        Workers(EVENTS, _command(EVENTS), processes, environment(os.environ, changed)),
        Workers(BUILDS, _command(BUILDS), 1, environment(os.environ, changed, keys=False)),
    )


def environment(own: Mapping[str, str], changed: Mapping[str, str], *, keys: bool = True) -> dict[str, str]:
    """Return a child's environment. Without `keys` nothing in it names or holds a key-encryption key: what loads
    tenants' code to build it could not open a secret if it broke out of the sandbox.
    """
    # A setting that is changed must not meet the file that was named for it: both together are refused.
    replaced = {f"{name}_FILE" for name in changed}
    kept = {name: value for name, value in own.items() if name not in replaced and name not in _OF_COMMANDS}
    kept.update(changed)
    return {name: value for name, value in kept.items() if keys or not name.upper().startswith(_KEYS)}


def _command(queue: str) -> list[str]:
    return [sys.executable, "-m", "interlock.executor", "worker-process", "--queue", queue]
