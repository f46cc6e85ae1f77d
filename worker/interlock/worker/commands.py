"""The commands of a run, validated on the host.

A guest returns the calls its action made on `api`. The recorder that wrote them shares a realm with the action, so
every command is checked again before anybody acts on it: that the trigger has the method, the arguments (`arguments`),
and what the calls may be together and in this run. A command that is not right fails the run with `invalid_command`.

    Command(method="api.accessToken.setCustomClaim", args=("https://example.com/tier", "gold"))
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from pydantic import JsonValue

from interlock.secrets import MASK
from interlock.worker import arguments
from interlock.worker.data_limits import DEFAULT, DataLimits
from interlock.worker.errors import InvalidCommand
from interlock.worker.triggers import Method, Trigger

SIGNING: Final = frozenset({"api.redirect.encodeToken", "api.redirect.validateToken"})
"""Methods that were given a key. It did its work inside the run: no command holds it, whether or not it is, as it
stands there, one of the run's secrets.
"""

COMMANDS: Final = 1_000
"""Calls that one run may leave. Each is validated and reduced in the event loop's own time: 20 actions with 20,000 each
kept it for half a second an action."""

ACTOR_LEVELS: Final = 5
ACTOR_PROPERTIES: Final = 5
ACTOR_CHARACTERS: Final = 64

CACHE_CLOCK_MS: Final = 60_000
"""How far the guest's clock, which stands still while it computes, may be from the time its output is read."""


@dataclass(frozen=True, slots=True)
class Command:
    """One call of an `api` method. `args` are JSON values by position, without trailing ones that were undefined; they
    may hold secrets.
    """

    method: str
    args: tuple[JsonValue, ...] = field(repr=False)

    def to_json(self) -> dict[str, JsonValue]:
        """Return the command as `interlock run --json` prints it."""
        return {"method": self.method, "args": list(self.args)}


@dataclass(frozen=True, slots=True)
class Situation:
    """What a run was started with, as far as it decides which commands are right."""

    handler: str = ""
    event: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    primary_user_set: bool = False
    limits: DataLimits = DEFAULT


def validate(raw: object, trigger: Trigger, situation: Situation) -> tuple[Command, ...]:
    """Return the commands of a run's output (parsed JSON). Raises `InvalidCommand` for the first that is not right."""
    if not isinstance(raw, list):
        raise InvalidCommand("The guest returned commands that are not a list.")
    if len(raw) > COMMANDS:
        raise InvalidCommand(
            f"The action called methods of api {len(raw):,} times; a run may do so {COMMANDS:,} times."
        )
    commands = tuple(_command(entry, trigger, situation.limits) for entry in raw)
    _check_counts(commands, trigger)
    _check_leaving(commands)
    for command in commands:
        semantic = _SEMANTICS.get(command.method)
        if semantic:
            semantic(command, situation)
    return commands


def validate_cache(raw: object, now_ms: float, limits: DataLimits = DEFAULT) -> dict[str, JsonValue]:
    """Return the cache that a run left, without what has expired: key to `{"value", "expires_at"}`, in ms since 1970.

    Raises `InvalidCommand` when it breaks the limits that `api.cache.set` keeps.
    """
    if not isinstance(raw, dict) or len(raw) > limits.cache_entries:
        most = limits.cache_entries
        raise InvalidCommand(f"The guest returned a cache that is not an object of at most {most} entries.")
    total = 0
    latest = now_ms + limits.cache_lifetime_ms + CACHE_CLOCK_MS
    kept: dict[str, JsonValue] = {}
    for key, entry in raw.items():
        value, expires_at = _cache_entry(entry)
        key_bytes, value_bytes = _utf8_length(key), _utf8_length(value)
        total += key_bytes + value_bytes
        is_too_big = key_bytes > limits.cache_key_bytes or value_bytes > limits.cache_value_bytes
        # Written so that a NaN is refused.
        if is_too_big or total > limits.cache_bytes or not expires_at <= latest:
            raise InvalidCommand("The guest returned a cache beyond its limits.")
        if expires_at > now_ms:
            kept[key] = {"value": value, "expires_at": expires_at}
    return kept


def _command(entry: object, trigger: Trigger, limits: DataLimits) -> Command:
    if not isinstance(entry, dict) or entry.keys() != {"method", "args"}:
        raise InvalidCommand("The guest returned a command that is not {method, args}.")
    name, args = entry["method"], entry["args"]
    if not isinstance(name, str) or not isinstance(args, list):
        raise InvalidCommand("The guest returned a command whose method is not text or whose args are not a list.")
    method = trigger.methods.get(name)
    if method is None:
        raise InvalidCommand(f"The guest returned {name[:100]!r}, a method that trigger {trigger.id} does not have.")
    arguments.check(method, args, trigger.id, limits)
    if method.name == "api.authentication.setActor":
        _check_actor(method, args[0], "actor", 1)
    if method.name in SIGNING:
        args = [{**args[0], "secret": MASK}]
    return Command(name, tuple(args))


def _check_counts(commands: Sequence[Command], trigger: Trigger) -> None:
    calls = Counter(command.method for command in commands)
    for counter in trigger.counters:
        if sum(calls[method] for method in counter.methods) > counter.max:
            methods = ", ".join(sorted(counter.methods))
            raise InvalidCommand(f"The guest called {methods} more than {counter.max} times.")


def _check_leaving(commands: Sequence[Command]) -> None:
    methods = {command.method for command in commands}
    if {"api.redirect.sendUserTo", "api.prompt.render"} <= methods:
        raise InvalidCommand("The guest asked for a redirect and for a prompt, which the recorder refuses.")


def _check_actor(method: Method, actor: object, path: str, level: int) -> None:
    """Check the actor chain of RFC 8693: `sub` at each level, and both depth and width bounded."""
    if not isinstance(actor, dict) or level > ACTOR_LEVELS:
        raise InvalidCommand(f"{method.name}: {path} is not an actor, or is nested deeper than {ACTOR_LEVELS} levels.")
    sub = actor.get("sub")
    more = {key: value for key, value in actor.items() if key not in {"sub", "act"}}
    if not isinstance(sub, str) or not sub or len(more) > ACTOR_PROPERTIES:
        raise InvalidCommand(f"{method.name}: {path} has no sub, or more than {ACTOR_PROPERTIES} further properties.")
    for key, value in more.items():
        texts = [text for text in (key, value) if isinstance(text, str)]
        if isinstance(value, dict | list) or any(len(text) > ACTOR_CHARACTERS for text in texts):
            raise InvalidCommand(f"{method.name}: {path} has a property that is too long or not a plain value.")
    if "act" in actor:
        _check_actor(method, actor["act"], f"{path}.act", level + 1)


def _check_record_method(command: Command, situation: Situation) -> None:
    if situation.handler != "onContinuePostLogin":
        raise InvalidCommand(f"The guest called {command.method} outside onContinuePostLogin.")


def _check_primary_user(command: Command, situation: Situation) -> None:
    if situation.primary_user_set:
        raise InvalidCommand(f"The guest called {command.method} a second time in one transaction.")


def _check_session(command: Command, situation: Situation) -> None:
    _check_holder(command, situation, "session")


def _check_refresh_token(command: Command, situation: Situation) -> None:
    _check_holder(command, situation, "refresh_token")


def _check_holder(command: Command, situation: Situation, name: str) -> None:
    if not isinstance(situation.event.get(name), dict):
        raise InvalidCommand(f"The guest called {command.method}, but the event has no {name}.")


_SEMANTICS: Final[Mapping[str, Callable[[Command, Situation], None]]] = MappingProxyType(
    {
        "api.authentication.recordMethod": _check_record_method,
        "api.authentication.setPrimaryUser": _check_primary_user,
        "api.refreshToken.deleteMetadata": _check_refresh_token,
        "api.refreshToken.evictMetadata": _check_refresh_token,
        "api.refreshToken.setMetadata": _check_refresh_token,
        "api.session.deleteMetadata": _check_session,
        "api.session.evictMetadata": _check_session,
        "api.session.setMetadata": _check_session,
    }
)


def _cache_entry(entry: object) -> tuple[str, float]:
    if not isinstance(entry, dict) or entry.keys() != {"value", "expires_at"}:
        raise InvalidCommand("The guest returned a cache entry that is not {value, expires_at}.")
    value, expires_at = entry["value"], entry["expires_at"]
    if not isinstance(value, str) or isinstance(expires_at, bool) or not isinstance(expires_at, int | float):
        raise InvalidCommand("The guest returned a cache entry without a text value or a number for expires_at.")
    return value, expires_at


def _utf8_length(text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise InvalidCommand("The guest returned a cache entry with half of a character.") from None
