"""One run of one action, seen from the flow: what goes in, what comes out, and who runs it.

The flow knows no sandbox. It is given an `ActionRunner`: the real one is `actions.SandboxRunner`, tests give it others.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from pydantic import JsonValue

from interlock.worker.commands import Command
from interlock.worker.data_limits import DEFAULT, DataLimits
from interlock.worker.modules import Used
from interlock.worker.triggers import Trigger

if TYPE_CHECKING:  # the flow knows no sandbox
    from interlock.worker.recordings import Recorded


@dataclass(frozen=True, slots=True)
class Action:
    """An action's code. `name` is what people call it, `filename` what stands in its stacks.

    `id` never changes, which a name may: an action's own secrets stand under it. `secret_names` are the secrets that
    its code uses; none named: it sees all that it may see.
    """

    name: str
    source: str = field(repr=False)
    filename: str
    id: str = ""
    """By default the name."""
    secret_names: tuple[str, ...] = ()
    source_map: str | None = field(default=None, repr=False)
    """The table of `source_maps` when the source is a bundle; None when it is the author's own text."""
    modules: tuple[Used, ...] = ()
    """The modules in its source."""
    mentions_cache: bool = field(init=False)
    """Whether its text has the word, or that of a module in it: looked for once, and for all others the cache is not
    even read.
    """

    digest: bytes = field(init=False, repr=False)
    """SHA-256 of the source, by which its image is found: made once, as a bundle has hundreds of kilobytes."""

    def __post_init__(self) -> None:
        if not self.id:
            object.__setattr__(self, "id", self.name)
        object.__setattr__(self, "mentions_cache", "cache" in self.source)
        object.__setattr__(self, "digest", hashlib.sha256(self.source.encode("utf-8", "surrogatepass")).digest())


@dataclass(frozen=True, slots=True)
class Task:
    """What one run is about. `event` holds the run's secrets and is never printed."""

    trigger: Trigger
    handler: str
    event: Mapping[str, JsonValue] = field(repr=False)
    cache: Mapping[str, JsonValue] = field(repr=False)
    lookups: Mapping[str, JsonValue] | None
    primary_user_set: bool
    executed_rules: Sequence[str]
    wall_ms: int
    """What is left of the flow's wall time."""
    limits: DataLimits = DEFAULT


@dataclass(frozen=True, slots=True)
class LogLine:
    """One console line: `level` is debug, log, info, warn, error or trace."""

    level: str
    message: str


@dataclass(frozen=True, slots=True)
class ActionError:
    """Why a run failed. `code` is one of ours; `name`, `message` and `stack` may be the author's own words."""

    code: str
    name: str
    message: str
    stack: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What a run cost."""

    cpu_us: int = 0
    wall_us: int = 0
    memory_bytes: int = 0
    host_operations: int = 0


@dataclass(frozen=True, slots=True)
class ActionRun:
    """What a run left: validated commands, the cache afterwards, console lines, its error if it failed, its cost.

    A failed run may have commands too: what it asked before it failed, for the author to read. They have no effect.
    Nothing is masked yet, so its representation shows no more than the names of methods.
    """

    commands: tuple[Command, ...]
    cache: Mapping[str, JsonValue] = field(repr=False)
    logs: tuple[LogLine, ...] = field(default=(), repr=False)
    error: ActionError | None = field(default=None, repr=False)
    usage: Usage = Usage()
    recorded: "Recorded | None" = field(default=None, repr=False)
    """What it was given from outside, where that is kept."""


class ActionRunner(Protocol):
    """Runs an action in an instance of its own. Never raises for what the action did: that is the run's `error`."""

    async def run(self, action: Action, task: Task) -> ActionRun:
        """Run the action once, in the event loop's own time: a cancelled call leaves nothing running."""
        ...
