"""Instances that are ready for the next run: as fresh as any, and in nobody's way."""

import asyncio
from collections.abc import Iterator

import pytest

from interlock.sandbox import Image, Limits, Sandbox, spares

COUNTS = "let runs = 0; module.exports = () => ++runs"
SLOTS = 3


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    # At the loop's next turn, so that nothing is waited for.
    monkeypatch.setattr(spares, "AFTER_S", 0)
    with Sandbox.open(slots=SLOTS, spares=2) as opened:
        yield opened
        # Whatever was kept ready: with it, all slots are accounted for.
        slots = opened._machine.slots
        assert slots._free + len(opened._spares) == SLOTS
    assert slots._free == SLOTS
    assert len(opened._spares) == 0


async def _run(sandbox: Sandbox, image: Image, limits: Limits | None = None) -> object:
    result = await sandbox.run(image, b"null", limits=limits or Limits())
    await asyncio.sleep(0.001)  # the timer of 0 s has had its turn
    return result.output if result.error is None else result.error.code


async def test_what_runs_again_finds_an_instance_ready_that_nobody_ever_entered(sandbox: Sandbox) -> None:
    image = await sandbox.load(COUNTS)
    ready = []
    for _ in range(4):
        assert await _run(sandbox, image) == 1
        ready.append(len(sandbox._spares))
    assert ready == [0, 1, 1, 1]


async def test_runs_at_the_same_time_share_nothing(sandbox: Sandbox) -> None:
    image = await sandbox.load(COUNTS)
    for _ in range(3):
        assert await asyncio.gather(*(_run(sandbox, image) for _ in range(2 * SLOTS))) == [1] * 2 * SLOTS
    assert len(sandbox._spares) == 1


async def test_a_run_that_needs_the_slot_has_it(sandbox: Sandbox) -> None:
    often, waits = (
        await sandbox.load(COUNTS),
        await sandbox.load("module.exports = () => new Promise((r) => setTimeout(r, 50, 'waited'))"),
    )
    for _ in range(2):
        await _run(sandbox, often)
    assert len(sandbox._spares) == 1
    assert await asyncio.gather(*(_run(sandbox, waits) for _ in range(SLOTS))) == ["waited"] * SLOTS
    assert await _run(sandbox, often) == 1


async def test_images_that_take_turns_are_not_made_ready_in_vain(sandbox: Sandbox) -> None:
    images = [await sandbox.load(f"module.exports = () => {number}") for number in range(3)]
    for _ in range(3):
        assert [await _run(sandbox, image) for image in images] == [0, 1, 2]
        assert len(sandbox._spares) == 0


async def test_the_first_run_of_another_image_takes_the_memory_of_what_is_kept_ready(sandbox: Sandbox) -> None:
    old, new = await sandbox.load(COUNTS), await sandbox.load("module.exports = () => 'new'")
    for _ in range(2):
        await _run(sandbox, old)
    assert len(sandbox._spares) == 1
    assert await _run(sandbox, new) == "new"
    assert len(sandbox._spares) == 0
    for _ in range(2):
        assert [await _run(sandbox, old), await _run(sandbox, new)] == [1, "new"]
    assert len(sandbox._spares) == 2


async def test_the_instance_of_what_ran_longest_ago_is_given_up(sandbox: Sandbox) -> None:
    images = [await sandbox.load(f"module.exports = () => {number}") for number in range(3)]
    for ran in (images[:2], images[:2], images[1:], images[1:]):
        for image in ran:
            assert await _run(sandbox, image) == images.index(image)
    assert len(sandbox._spares) == 2


async def test_an_instance_has_the_limit_of_the_run_that_takes_it(sandbox: Sandbox) -> None:
    image = await sandbox.load("module.exports = () => 'a'.repeat(20e6).length")
    for _ in range(2):
        assert await _run(sandbox, image, Limits(memory_bytes=64 << 20)) == 20_000_000
    assert await _run(sandbox, image, Limits(memory_bytes=16 << 20)) == "memory_limit"
    assert await _run(sandbox, image, Limits(memory_bytes=64 << 20)) == 20_000_000


async def test_what_does_not_fit_is_told_by_its_run(sandbox: Sandbox) -> None:
    image = await sandbox.load("const held = new Uint8Array(12e6).fill(1); module.exports = () => held.length")
    for _ in range(3):
        assert await _run(sandbox, image, Limits(memory_bytes=8 << 20)) == "memory_limit"
    assert len(sandbox._spares) == 0


async def test_a_run_that_was_cancelled_in_it_gives_it_back(sandbox: Sandbox) -> None:
    image = await sandbox.load("module.exports = (input) => input && new Promise((r) => setTimeout(r, 60_000))")
    for _ in range(2):
        await _run(sandbox, image)
    assert len(sandbox._spares) == 1
    waiting = asyncio.create_task(sandbox.run(image, b"true"))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    assert await _run(sandbox, image) is None
