"""A sandbox whose guests see `host.compute` and `runtime.operation` as globals: only library modules do otherwise."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from interlock.sandbox import Limits, Prelude, Result, Sandbox

_EXPOSE = """(function (host, runtime) {
  globalThis.hostCompute = host.compute;
  globalThis.compute = (name, options, ...views) => host.compute(name, JSON.stringify(options), ...views);
  const given = (name, options, views) => host.compute('later', JSON.stringify({ name, options }), ...views).value;
  globalThis.computeLater = async (name, options, ...views) => {
    const number = given(name, options, views);
    await runtime.operation('compute', { number });
    return host.compute('result', JSON.stringify({ number }));
  };
  globalThis.startComputing = (name, options, data, settle = () => {}) =>
    runtime.startOperation('compute', JSON.stringify({ number: given(name, options, [data]) }), settle);
  globalThis.startNumber = (number, settle) => runtime.startOperation('compute', JSON.stringify({ number }), settle);
  globalThis.cancelOperation = runtime.cancelOperation;
  globalThis.bytes = (text) => new TextEncoder().encode(text);
  globalThis.failure = (work) => { try { return [work()] } catch (e) { return [e.code, e.message] } };
})"""

Execute = Callable[..., Result]


@pytest.fixture(scope="session")
def computing() -> Iterator[Sandbox]:
    with Sandbox.open(preludes=[Prelude("expose", _EXPOSE)]) as opened:
        yield opened


@pytest.fixture
def execute(computing: Sandbox) -> Execute:
    """Runs the body of an async function of `input` and gives the run's result."""

    def run(body: str, input: object = None, limits: Limits | None = None) -> Result:  # noqa: A002 - the word for it
        async def once() -> Result:
            image = await computing.load(f"module.exports = async (input) => {{ {body} }}")
            return await computing.run(image, json.dumps(input).encode(), limits=limits or Limits())

        return asyncio.run(once())

    return run


@pytest.fixture
def value_of(execute: Execute) -> Callable[..., Any]:
    """What such a body returns."""

    def value(body: str, input: object = None) -> Any:  # noqa: A002
        result = execute(body, input)
        assert result.error is None, result.error
        return result.output

    return value
