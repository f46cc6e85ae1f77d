"""Where a flow stopped to wait for its user, what it takes along, and how it goes on when the user is back.

    suspended by                     goes on in
    redirect.sendUserTo              the same action, in its `onContinue...` handler
    prompt.render                    the same
    challengeWith..., enrollWith...  the next action; after the last one, at the end
A redirect or form beside a challenge goes on as the redirect does. Earlier actions do not run again.

What is taken along is every command so far, so that all legs together have the effects of one flow, and the event that
the flow began with. Of that, whoever resumes it gives the newest: a field of the posted event replaces the whole field.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue, SkipValidation

from interlock.secrets import SHORTEST_MASKED, Masker
from interlock.worker.commands import Command

VERSION: Final = 1
SUSPENDED_MS: Final = 15 * 60 * 1_000
"""How long a flow waits, unless a release says otherwise: as long as a redirect's token is valid by default."""
LARGEST_BYTES: Final = 2 << 20
"""An event of 1 MiB, and as much of commands."""


@dataclass(frozen=True, slots=True)
class Suspended:
    """A flow that waits. `position` is that of the action it goes on with, `handler` its handler."""

    position: int
    handler: str
    event: Mapping[str, JsonValue] = field(repr=False)
    """As the flow began with it, with what it wrote to the user: that is applied before the user is sent away."""
    lookups: Mapping[str, JsonValue] | None = field(repr=False)
    commands: tuple[Command, ...] = field(repr=False)
    """Of all legs, in order. They may hold secrets."""
    hidden: tuple[str, ...] = field(repr=False)
    """Secrets that stand in the commands: they may have other values by the time the flow goes on, and are masked too.
    """

    def event_with(self, posted: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """Return the event of the next leg: what is posted with it, and of what is not, what was."""
        return {**self.event, **posted}

    def lookups_with(self, posted: Mapping[str, JsonValue] | None) -> Mapping[str, JsonValue] | None:
        """Return the lookups of the next leg: those posted with it, or what was."""
        return self.lookups if posted is None else posted

    def to_json(self) -> bytes:
        """Return what `from_json` reads. All in ASCII: an event may hold lone surrogates, which have no UTF-8."""
        kept = {
            "version": VERSION,
            "position": self.position,
            "handler": self.handler,
            "event": self.event,
            "lookups": self.lookups,
            "commands": [command.to_json() for command in self.commands],
            "hidden": self.hidden,
        }
        return json.dumps(kept, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "Suspended":
        """Read what `to_json` wrote. It comes out of a seal of ours: anything else is a fault, a ValueError."""
        read = _Kept.model_validate(json.loads(text))
        commands = tuple(Command(command.method, tuple(command.args)) for command in read.commands)
        return cls(read.position, read.handler, read.event, read.lookups, commands, tuple(read.hidden))


def digest(state: str) -> bytes:
    """Return what is kept of the `state` that resumes a flow: who reads it can resume nothing with it."""
    return hashlib.sha256(state.encode("utf-8", "surrogatepass")).digest()


def hidden(commands: Iterable[Command], values: Iterable[str]) -> tuple[str, ...]:
    """Return those of these secrets that stand in the commands, in any form that is masked."""
    arguments: list[JsonValue] = [list(command.args) for command in commands]
    longer = {value for value in values if len(value) >= SHORTEST_MASKED}
    if Masker(longer).json(arguments) == arguments:
        return ()
    return tuple(sorted(value for value in longer if Masker([value]).json(arguments) != arguments))


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class _Command(_Closed):
    method: str
    args: list[SkipValidation[JsonValue]]


class _Kept(_Closed):
    version: Annotated[int, Field(ge=VERSION, le=VERSION)]
    position: Annotated[int, Field(ge=0)]
    handler: str
    # What was sealed as JSON is JSON, all the way down.
    event: dict[str, SkipValidation[JsonValue]]
    lookups: dict[str, SkipValidation[JsonValue]] | None
    commands: list[_Command]
    hidden: list[str]
