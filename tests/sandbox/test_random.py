"""No two runs share a random value, and a run that is given its entropy and clock is the same again."""

import asyncio
import random
from typing import Any

from interlock.sandbox import Prelude, Sandbox

SOURCE = """
module.exports = async () => {
  const drawn = [Math.random(), crypto.randomUUID(), [...crypto.getRandomValues(new Uint32Array(2))]];
  await new Promise((resolve) => setTimeout(resolve, 1));
  return [...drawn, Math.random(), Date.now()];
};
"""


async def test_a_hundred_runs_share_no_random_value(sandbox: Sandbox) -> None:
    image = await sandbox.load(SOURCE)
    assert image.frozen, "the same memory for all of them"
    results = await asyncio.gather(*(sandbox.run(image, b"null") for _ in range(100)))
    outputs = [result.output for result in results]
    for position in (0, 1, 3):
        assert len({output[position] for output in outputs}) == 100
    assert len({number for output in outputs for number in output[2]}) >= 199, "of 200 numbers of 32 bits"
    assert not {output[0] for output in outputs} & {output[3] for output in outputs}


async def test_sequences_of_two_runs_do_not_overlap(sandbox: Sandbox) -> None:
    image = await sandbox.load("module.exports = () => Array.from({ length: 500 }, Math.random)")
    first, second = [(await sandbox.run(image, b"null")).output for _ in range(2)]
    assert len({*first, *second}) == 1000
    assert all(0 <= number < 1 for number in first)
    assert 0.4 < sum(first) / 500 < 0.6


async def test_images_that_draw_at_the_top_level_do_not_share_it_either(sandbox: Sandbox) -> None:
    source = "const value = [Math.random(), crypto.randomUUID()]; module.exports = () => value"
    image = await sandbox.load(source)
    outputs = [(await sandbox.run(image, b"null")).output for _ in range(10)]
    assert len({str(output) for output in outputs}) == 10


async def test_the_same_entropy_and_clock_replay_a_run_exactly(sandbox: Sandbox) -> None:
    image = await sandbox.load(SOURCE)

    async def replay(seed: int) -> Any:
        entropy, times = random.Random(seed), iter(range(1_000_000_000, 1_000_001_000))
        result = await sandbox.run(image, b"null", clock=lambda: next(times) + 0.25, entropy=entropy.randbytes)
        assert result.error is None
        return result.output

    first = await replay(1)
    assert first == await replay(1)
    assert first[4] == 1_000_000_001_250, "the clock was asked once an entry"
    assert first[:4] != (await replay(2))[:4]


async def test_math_random_is_seeded_anew_at_every_entry(sandbox: Sandbox) -> None:
    image = await sandbox.load(SOURCE)
    drawn: list[int] = []

    def entropy(count: int) -> bytes:
        drawn.append(count)
        return bytes([len(drawn)]) * count

    result = await sandbox.run(image, b"null", entropy=entropy)
    assert result.error is None
    assert drawn == [32, 16, 8, 32], "two entries, a UUID, two numbers"


async def test_a_host_without_entropy_ends_the_run_and_nothing_else(sandbox: Sandbox) -> None:
    image = await sandbox.load("module.exports = () => crypto.randomUUID()")
    calls = []

    def entropy(count: int) -> bytes:
        calls.append(count)
        if len(calls) > 1:
            raise OSError("no entropy")
        return bytes(count)

    result = await sandbox.run(image, b"null", entropy=entropy)
    assert result.error
    assert result.error.code == "engine_fault"
    assert (await sandbox.run(image, b"null")).error is None


async def test_all_of_a_long_key_is_random(sandbox: Sandbox) -> None:
    source = """module.exports = async () => {
      const key = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256', length: 2 ** 20 }, true, ['sign']);
      const bytes = new Uint8Array(await crypto.subtle.exportKey('raw', key));
      return [0, 1, 2, 3].map((quarter) => bytes.subarray(quarter * 32768).slice(0, 32).every((byte) => byte === 0));
    }"""
    result = await sandbox.run(await sandbox.load(source), b"null")
    assert (result.output, result.error) == ([False] * 4, None)


def test_whoever_asks_for_more_entropy_than_there_is_at_once_learns_how_much_came() -> None:
    expose = Prelude("expose", "(function (host) { globalThis.random = host.random; })")
    with Sandbox.open(preludes=[expose]) as opened:
        image = asyncio.run(opened.load("module.exports = () => random(new Uint8Array(65537))"))
        error = asyncio.run(opened.run(image, b"null")).error
    assert error
    assert error.code == "engine_fault"
