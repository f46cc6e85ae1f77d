"""One sandbox for all tests of `api`, short ways to run an action in it, and arguments made from the catalogue."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from interlock.sandbox import GuestError, LoadFailed, LogLine, Sandbox, refuse
from interlock.worker import preludes, simulated_event, triggers
from interlock.worker.lookups import Asking, performing
from interlock.worker.memory import MemoryLookups
from interlock.worker.ports import Lookups, Subject
from interlock.worker.triggers import Field, Method, Trigger

NOW = 1_800_000_000.0
SUBJECT = Subject("acme", "post-login", {})
"""Seconds since 1970 at which every action here runs."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What one run came to. `error` may be from loading the action."""

    commands: list[dict[str, Any]]
    cache: dict[str, Any]
    error: GuestError | None
    logs: tuple[LogLine, ...]

    @property
    def calls(self) -> list[tuple[str, list[Any]]]:
        return [(command["method"], command["args"]) for command in self.commands]

    @property
    def console(self) -> list[str]:
        return [line.message for line in self.logs]


@pytest.fixture(scope="session")
def api_sandbox() -> Iterator[Sandbox]:
    with Sandbox.open(preludes=preludes()) as opened:
        yield opened


@pytest.fixture
def run_module(api_sandbox: Sandbox) -> Callable[..., Ran]:
    """Loads an action's source and runs one handler, with a simulated event unless one is given."""

    def run(
        source: str,
        trigger_id: str = "post-login",
        *,
        handler: str = "",
        event: Mapping[str, Any] | None = None,
        state: Mapping[str, Any] | None = None,
        mentions: str | None = None,
        lookups: Lookups | None = None,
    ) -> Ran:
        trigger = triggers.BUILT_IN.get(trigger_id)
        given = {
            "handler": handler or trigger.handlers[0],
            "event": {"secrets": {}, **(simulated_event(trigger) if event is None else event)},
            "state": {"cache": {}, "lookups": None, "primary_user_set": False, "executed_rules": [], **(state or {})},
        }

        async def once() -> Ran:
            try:
                setup = trigger.setup(source if mentions is None else mentions)
                image = await api_sandbox.load(source, setup=setup)
            except LoadFailed as failed:
                return Ran([], {}, failed.error, failed.logs)
            result = await api_sandbox.run(
                image,
                json.dumps(given).encode(),
                clock=lambda: NOW,
                perform=performing(Asking(lookups or MemoryLookups(), SUBJECT), refuse),
            )
            output: Any = result.output or {"commands": [], "cache": {}}
            return Ran(output["commands"], output["cache"], result.error, result.logs)

        return asyncio.run(once())

    return run


@pytest.fixture
def run_body(run_module: Callable[..., Ran]) -> Callable[..., Ran]:
    """Runs statements as the body of all the trigger's handlers; they see `event` and `api`."""

    def run(body: str, trigger_id: str = "post-login", **given: Any) -> Ran:
        handlers = triggers.BUILT_IN.get(trigger_id).handlers
        exports = " = ".join(f"exports.{name}" for name in handlers)
        return run_module(f"{exports} = async (event, api) => {{\n{body}\n}};", trigger_id, **given)

    return run


@pytest.fixture
def refusal(run_body: Callable[..., Ran]) -> Callable[..., tuple[str, str]]:
    """The code and message of what the statements are refused with."""

    def refused(body: str, trigger_id: str = "post-login", **given: Any) -> tuple[str, str]:
        error = run_body(body, trigger_id, **given).error
        assert error is not None, "nothing was refused"
        return error.code, error.message

    return refused


@pytest.fixture(scope="session")
def valid_args() -> Callable[[Method], list[Any]]:
    return lambda method: [example(method, param, param.name) for param in method.params]


@pytest.fixture(scope="session")
def invalid_args() -> Callable[[Method], Iterator[list[Any]]]:
    return broken


def example(method: Method, field: Field, path: str) -> Any:
    """A value that the catalogue allows there, with all optional fields."""
    rule = method.rules.get(path)
    if field.enum:
        return field.enum[-1]
    if rule and rule.url:
        return "https://example.com/continue?a=1"
    if field.type == "array of objects":
        return [{inner.name: example(method, inner, f"{path}[]") for inner in (rule.each if rule else ())}]
    by_type = {
        "string": "text",
        "number": 60,
        "boolean": True,
        "unknown": {"any": ["value", None, 1.5]},
        "array of string": ["one", "two"],
        "string | number | boolean": 7,
        "string | number | boolean | null | array of those": ["a", 1, None],
    }
    if field.type in by_type:
        return by_type[field.type]
    # One level of a chain that could go on (an actor's `act`) is enough.
    return {inner.name: example(method, inner, f"{path}.{inner.name}") for inner in field.fields if inner.name != "act"}


def broken(method: Method) -> Iterator[list[Any]]:
    """Argument lists with one thing wrong: left out, of another type, outside the choices."""
    good = [example(method, param, param.name) for param in method.params]
    for position, param in enumerate(method.params):
        if not param.optional and param.type != "unknown":
            yield good[:position]
        for wrong in wrong_values(method, param, param.name):
            yield [*good[:position], wrong, *good[position + 1 :]]


def wrong_values(method: Method, field: Field, path: str) -> Iterator[Any]:
    if field.type == "unknown":
        return
    yield {"string": 1, "boolean": "true", "number": "60"}.get(field.type, {} if "|" in field.type else True)
    if field.enum:
        yield "none of the choices"
    if field.fields:
        good = example(method, field, path)
        for inner in field.fields:
            if not inner.optional:
                yield {name: value for name, value in good.items() if name != inner.name}
            for wrong in wrong_values(method, inner, f"{path}.{inner.name}"):
                yield {**good, inner.name: wrong}


def every_pair() -> Sequence[tuple[Trigger, Method]]:
    return [(trigger, method) for trigger in triggers.BUILT_IN for method in trigger.methods.values()]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `pair` runs for each of the 128 (trigger, method) pairs."""
    if "pair" in metafunc.fixturenames:
        metafunc.parametrize("pair", every_pair(), ids=lambda pair: f"{pair[0].id} {pair[1].name}")
