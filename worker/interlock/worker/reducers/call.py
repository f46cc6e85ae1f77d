"""A command with its arguments by name: what every reducer reads."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from interlock.worker.commands import Command
from interlock.worker.errors import TriggerChanged
from interlock.worker.triggers import Effect, Trigger


@dataclass(frozen=True, slots=True)
class Call:
    """One command. `arguments` has the parameter names of the trigger's data; what the action left out is missing.

    `effect` is that of a method that an operator made up.
    """

    method: str
    arguments: Mapping[str, JsonValue] = field(repr=False)
    effect: Effect | None = None

    def text(self, name: str) -> str:
        """Return an argument that validation has already found to be text; empty when it was left out."""
        value = self.arguments.get(name)
        return value if isinstance(value, str) else ""

    def record(self, name: str) -> Mapping[str, JsonValue]:
        """Return an argument that is an object; empty when it was left out."""
        value = self.arguments.get(name)
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class Concern:
    """What one group of methods does to the outcome.

    `reduce` takes the group's own calls of the whole flow, in order (never empty), and the event the flow began with.
    It returns the outcome's keys that it alone owns, and raises `CommandsRejected` when the calls together go beyond a
    limit.

    `stays_when_denied`: the effect is the user's, not the login's, and is applied even when the login is denied.
    `due_when_suspended`: the caller acts on it before the user is sent away, so it is reduced leg by leg; everything
    else waits for the end.
    """

    methods: frozenset[str]
    reduce: Callable[[Sequence[Call], Mapping[str, JsonValue]], dict[str, JsonValue]]
    stays_when_denied: bool = False
    due_when_suspended: bool = False


def named(trigger: Trigger, commands: Iterable[Command]) -> tuple[Call, ...]:
    """Give the arguments of validated commands their names. The same method has other parameters in other triggers.

    Raises `TriggerChanged` for a method that the trigger has no more, when a flow goes on that waited meanwhile.
    """
    return tuple(_call(trigger, command) for command in commands)


def _call(trigger: Trigger, command: Command) -> Call:
    method = trigger.methods.get(command.method)
    if method is None:
        raise TriggerChanged(f"This flow used {command.method}, which the trigger {trigger.id} does not have any more.")
    arguments = dict(zip((param.name for param in method.params), command.args, strict=False))
    return Call(command.method, arguments, method.effect)
