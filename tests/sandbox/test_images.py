"""Memory kept as the pages that differ from what every instance starts with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.sandbox import Sandbox
from interlock.sandbox.images import PAGE_BYTES, changed, whole

BASE = bytes(range(256)) * (40 * PAGE_BYTES // 256)


@given(
    st.lists(st.tuples(st.integers(0, 59 * PAGE_BYTES), st.binary(min_size=1, max_size=3 * PAGE_BYTES)), max_size=8),
    st.integers(40, 60),
)
def test_changed_pages_and_the_base_are_the_memory_again(writes: list[tuple[int, bytes]], pages: int) -> None:
    memory = bytearray(BASE.ljust(pages * PAGE_BYTES, b"\0"))
    for offset, data in writes:
        piece = data[: max(0, len(memory) - offset)]
        memory[offset : offset + len(piece)] = piece
    kept = changed(bytes(memory), BASE)
    assert whole(kept, BASE) == memory
    assert kept.size == len(memory)
    ends = 0
    for offset, data in kept.runs:
        assert offset % PAGE_BYTES == len(data) % PAGE_BYTES == 0
        assert offset >= ends, "in ascending order, without overlap"
        ends = offset + len(data)
    assert ends <= len(memory)


def test_what_did_not_change_is_not_kept() -> None:
    assert changed(BASE, BASE).runs == ()
    assert changed(BASE + bytes(8 * PAGE_BYTES), BASE).runs == (), "new memory is zero anyway"


def test_one_changed_byte_keeps_one_page() -> None:
    memory = bytearray(BASE)
    memory[7 * PAGE_BYTES + 5] ^= 1
    assert changed(bytes(memory), BASE).count == 1


FROZEN = [
    ("nothing but code", "module.exports = () => 1"),
    ("constants", "const table = new Map([[1, { a: [1, 2] }]]); module.exports = () => table.get(1)"),
    ("a console line", "console.log('loaded'); module.exports = () => 1"),
    ("a fixed date", "const d = new Date(0).toISOString(); module.exports = () => d"),
    ("a promise that settles", "let v; Promise.resolve(5).then((x) => (v = x)); module.exports = () => v"),
    ("a timer that was cleared", "clearTimeout(setTimeout(() => {}, 1)); module.exports = () => 1"),
    ("URL, Buffer and the rest of the library", "new URL('http://a.b/?c'); Buffer.from('x'); module.exports = () => 1"),
]
UNFROZEN = [
    ("Date.now", "const t = Date.now(); module.exports = () => t"),
    ("new Date", "const t = new Date(); module.exports = () => t"),
    ("Date called", "const t = Date(); module.exports = () => t"),
    ("Math.random", "const r = Math.random(); module.exports = () => r"),
    ("crypto", "const id = crypto.randomUUID(); module.exports = () => id"),
    ("getRandomValues", "const b = crypto.getRandomValues(new Uint8Array(4)); module.exports = () => [...b]"),
    ("a timer", "setTimeout(() => {}, 1); module.exports = () => 1"),
    ("a console timer", "console.time('a'); module.exports = () => 1"),
    ("time in a promise job", "let t; Promise.resolve().then(() => (t = Date.now())); module.exports = () => t"),
    ("time in a getter", "const o = { get t() { return Date.now() } }; JSON.stringify(o); module.exports = () => 1"),
]


@pytest.mark.parametrize(("what", "source"), FROZEN)
async def test_an_evaluation_that_draws_nothing_is_frozen(sandbox: Sandbox, what: str, source: str) -> None:
    image = await sandbox.load(source)
    assert image.frozen
    assert (await sandbox.run(image, b"null")).error is None


@pytest.mark.parametrize(("what", "source"), UNFROZEN)
async def test_an_evaluation_that_draws_time_entropy_or_an_operation_is_not(
    sandbox: Sandbox, what: str, source: str
) -> None:
    image = await sandbox.load(source)
    assert not image.frozen
    assert (await sandbox.run(image, b"null")).error is None


async def test_what_is_drawn_at_the_top_level_is_drawn_by_each_run_anew(sandbox: Sandbox) -> None:
    image = await sandbox.load("const r = Math.random(), t = Date.now(); module.exports = () => [r, t]")
    seconds = iter([1e9, 1e9, 1e9 + 1, 1e9 + 1, 1e9 + 2, 1e9 + 2])  # of two entries each
    results = [await sandbox.run(image, b"null", clock=lambda: next(seconds)) for _ in range(3)]
    assert [result.output[1] for result in results] == [1e12, 1e12 + 1000, 1e12 + 2000]
    assert len({result.output[0] for result in results}) == 3


async def test_an_image_made_twice_from_one_source_is_the_same(sandbox: Sandbox) -> None:
    source = "const table = { a: [1, 2, 3] }; module.exports = (input) => table"
    assert await sandbox.load(source) == await sandbox.load(source)


async def test_nothing_of_the_hosts_clock_or_entropy_stays_in_an_image(sandbox: Sandbox) -> None:
    source = "const r = Math.random(); module.exports = () => [r, Date.now()]"
    assert await sandbox.load(source) == await sandbox.load(source)


async def test_every_run_starts_from_the_images_memory(sandbox: Sandbox) -> None:
    image = await sandbox.load(
        "let n = 0; const seen = []; module.exports = (x) => { seen.push(x); return [++n, seen] }"
    )
    for value in range(3):
        result = await sandbox.run(image, str(value).encode())
        assert result.output == [1, [value]]
