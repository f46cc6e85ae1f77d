"""Every action of the pages beside this file ends as its section says, in time, and hurts nobody after it."""

import sys
from pathlib import Path

import pytest

from interlock.sandbox import GuestError, LoadFailed, LogLine, Result, Sandbox

sys.path.insert(0, str(Path(__file__).parent))
import pages  # found through the line above: tests are no package

SUITE = pages.read()
GRACE_US = 150_000
"""A limit is noticed at a check, a fibre that reaches none is dropped 50 ms later; the rest is a noisy machine."""

GOOD = """
const seen = [];
module.exports = async (input) => {
  seen.push(input.n);
  console.log('sum of', [1, input.n]);
  await new Promise((resolve) => setTimeout(resolve, 0));
  const sum = [1, input.n].reduce((a, b) => a + b);
  return { seen, sum, json: JSON.stringify({ a: [input.n] }), random: Math.random() < 1 };
};
"""


@pytest.fixture(scope="module")
def slots(sandbox: Sandbox) -> int:
    return sandbox._machine.slots._free


@pytest.mark.parametrize("hostile", SUITE, ids=lambda one: f"{one.page}: {one.title}")
async def test_a_hostile_action_ends_as_it_must_and_the_next_one_is_right(
    hostile: pages.Hostile, sandbox: Sandbox, slots: int
) -> None:
    error, result, logs = await attempt(sandbox, hostile)

    if hostile.code is None:
        assert error is None
        assert result
        assert result.output == hostile.output
    else:
        assert error
        assert error.code == hostile.code, error
        assert hostile.words in error.message
        assert (result is None) is not hostile.loads
        assert len(error.name) <= 256
        assert len(error.message) <= 8_192
        assert len(error.stack) <= 40_000
        if hostile.line:
            assert f"(action.js:{hostile.line}:" in error.stack
    assert hostile.logs in "\n".join(line.message for line in logs)
    if result:
        assert result.usage.cpu_us <= hostile.limits.cpu_ms * 1000 + GRACE_US
        assert result.usage.memory_bytes <= hostile.limits.memory_bytes

    good = await sandbox.run(await sandbox.load(GOOD), b'{"n":41}')
    assert good.error is None
    assert good.output == {"seen": [41], "sum": 42, "json": '{"a":[41]}', "random": True}
    assert good.logs == (LogLine("log", "sum of [ 1, 41 ]"),)
    assert sandbox._machine.slots._free == slots, "every slot is back"


def test_the_suite_has_at_least_sixty_actions_in_eight_groups() -> None:
    groups = {"time", "memory", "stack", "output", "globals", "values", "protocol", "clock"}
    assert {one.page for one in SUITE} == groups
    assert len(SUITE) >= 60
    assert len({(one.page, one.title) for one in SUITE}) == len(SUITE)


async def attempt(
    sandbox: Sandbox, hostile: pages.Hostile
) -> tuple[GuestError | None, Result | None, tuple[LogLine, ...]]:
    try:
        image = await sandbox.load(hostile.source, limits=hostile.limits)
    except LoadFailed as failed:
        return failed.error, None, failed.logs
    result = await sandbox.run(image, hostile.input, limits=hostile.limits)
    return result.error, result, result.logs
