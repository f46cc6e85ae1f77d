"""Compression streams on the host: bounded in number and bytes, a run's own, and gone when it is over."""

import asyncio
import gzip
import hashlib
import json
import random
import time
import zlib
from typing import Any

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interlock.sandbox import Limits, OperationFailed, Sandbox
from interlock.sandbox.compute import CAPS, Budget, Desk, registry, requests
from interlock.sandbox.compute.requests import Result

DEFLATE = {"kind": "deflate", "format": "deflate"}
INFLATE = {"kind": "inflate", "format": "auto"}
OPENINGS: dict[str, tuple[dict[str, Any], dict[str, Any], int]] = {
    "gzip": ({"kind": "deflate", "format": "gzip"}, {"kind": "inflate", "format": "gzip"}, 4),
    "deflate": (DEFLATE, INFLATE, 4),
    "raw": ({"kind": "deflate", "format": "raw"}, {"kind": "inflate", "format": "raw"}, 4),
    "brotli": ({"kind": "brotli", "quality": 3}, {"kind": "unbrotli"}, 2),
}


class Run:
    """What one run asks of its streams."""

    def __init__(self, budget: Budget | None = None, owner: str | None = None) -> None:
        self.desk = Desk(budget or Budget(), owner)

    def call(self, name: str, options: Any, *data: bytes) -> Result:
        request = requests.of(options, data)
        function = self.desk.find(name, request)
        assert function.work(request) >= 0
        return registry.run(function, request)

    def write(self, target: int | dict[str, Any], *data: bytes, flush: int = 0, most: int = 65_536) -> Result:
        where = {"open": target} if isinstance(target, dict) else {"stream": target}
        return self.call("stream.write", {**where, "flush": flush, "most": most}, *data)

    def reason(self, name: str, options: Any, *data: bytes) -> str:
        with pytest.raises(OperationFailed) as failed:
            self.call(name, options, *data)
        return failed.value.reason


def unpacked(run: Run, opening: dict[str, Any], packed: bytes, step: int, most: int) -> bytes:
    """All that is in it, taken in steps, never asked for more than the most at once."""
    plain, target, at, more = b"", opening, 0, False
    while at < len(packed) or more:
        piece = b"" if more and opening["kind"] == "unbrotli" else packed[at : at + step]
        made = run.write(target, piece, most=most)
        at += made.value["used"]
        plain += made.data[0]
        target, more = made.value["stream"], made.value["more"]
        assert len(made.data[0]) <= most + (256 << 10)
        if made.value["done"]:
            assert at == len(packed)
            return plain
    raise AssertionError("there was no end")


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(OPENINGS)),
    st.lists(
        st.tuples(st.one_of(st.binary(max_size=300), st.binary(max_size=40).map(lambda b: b * 900)), st.integers(0, 3)),
        max_size=8,
    ),
    st.integers(1, 5000),
    st.integers(1, CAPS.piece_bytes),
)
def test_what_is_written_in_any_pieces_comes_out_again(name: str, writes: Any, step: int, most: int) -> None:
    packing, unpacking, finish = OPENINGS[name]
    run, packed, target = Run(), b"", packing
    for data, flush in writes:
        made = run.write(target, data, flush=min(flush, 1) if name == "brotli" else flush)
        packed, target = packed + made.data[0], made.value["stream"]
    packed += run.write(target, b"", flush=finish).data[0]
    assert unpacked(run, unpacking, packed, step, most) == b"".join(data for data, _ in writes)
    run.call("stream.close", {"stream": 1})
    assert len(run.desk.streams) <= 1


def test_other_parameters_go_on_with_the_same_stream() -> None:
    for opening, plainly in ((DEFLATE, zlib.decompress), (OPENINGS["raw"][0], lambda data: zlib.decompress(data, -15))):
        run, text = Run(), random.Random(1).randbytes(40_000) + b"abc" * 8_000
        made = run.write(opening, text)
        packed, number = made.data[0], made.value["stream"]
        for level, strategy in ((9, 0), (0, 0), (1, 2), (6, 4)):
            packed += run.call("stream.tune", {"stream": number, "level": level, "strategy": strategy}).data[0]
            packed += run.write(number, text).data[0]
        packed += run.write(number, b"", flush=4).data[0]
        assert plainly(packed) == text * 5
        assert len(packed) < 5 * len(text)


def test_a_bomb_comes_out_piece_by_piece_and_only_when_it_is_asked_for() -> None:
    bombs = {"gzip": gzip.compress(bytes(50 << 20), 9), "brotli": brotli.compress(bytes(50 << 20), quality=5)}
    for name, bomb in bombs.items():
        assert len(bomb) < 60_000
        run = Run()
        made = run.write(OPENINGS[name][1], bomb, most=65_536)
        assert len(made.data[0]) < 200_000
        assert made.value["more"]
        assert not made.value["done"]


def test_a_run_may_have_so_many_streams_and_so_much_in_them() -> None:
    run = Run()
    for _ in range(CAPS.streams):
        run.write(INFLATE, b"\x78")
    assert run.reason("stream.write", {"open": INFLATE, "most": 1}, b"\x78") == "work_limit"
    run.call("stream.close", {"stream": 7})
    run.write(INFLATE, b"\x78")
    heavy = Run()
    heavy.write({"kind": "brotli", "quality": 11}, b"x")
    heavy.write({"kind": "brotli", "quality": 11}, b"x")
    assert heavy.reason("stream.write", {"open": {"kind": "brotli"}, "most": 1}, b"x") == "work_limit"


def test_all_runs_share_what_the_host_has_and_no_owner_has_all_of_it() -> None:
    budget = Budget(all_bytes=2_000_000, owner_bytes=1_000_000)
    runs = [Run(budget, "greedy") for _ in range(5)]
    for run in runs[:2]:
        run.write(DEFLATE, b"x")
    assert runs[2].reason("stream.write", {"open": DEFLATE, "most": 1}, b"x") == "work_limit"
    other = Run(budget, "other")
    for _ in range(2):
        other.write(DEFLATE, b"x")
    assert Run(budget, "third").reason("stream.write", {"open": DEFLATE, "most": 1}, b"x") == "work_limit"
    runs[0].desk.close()
    Run(budget, "third").write(DEFLATE, b"x")
    for run in (*runs, other):
        run.desk.close()
        assert len(run.desk.streams) == 0
    assert budget.held < 1_000_000


def test_a_stream_that_fails_or_ends_holds_nothing() -> None:
    budget = Budget()
    run = Run(budget)
    assert run.write(DEFLATE, b"hello", flush=4).value == {"stream": 0, "used": 5, "more": False, "done": True}
    assert run.reason("stream.write", {"open": INFLATE, "most": 10}, b"nonsense") == "crypto_failed"
    number = run.write(INFLATE, b"\x78").value["stream"]
    assert run.reason("stream.write", {"stream": number, "most": 10}, b"nonsense") == "crypto_failed"
    assert run.reason("stream.write", {"stream": number, "most": 10}, b"") == "bad_request"
    assert budget.held == 0


@pytest.mark.parametrize(
    ("name", "options", "data"),
    [
        ("stream.write", {"stream": 1, "most": 1}, [b""]),
        ("stream.write", {"stream": -1, "most": 1}, [b""]),
        ("stream.write", {"stream": 2**60, "most": 1}, [b""]),
        ("stream.write", {"stream": None, "most": 1}, [b""]),
        ("stream.write", {"open": DEFLATE, "most": 0}, [b""]),
        ("stream.write", {"open": DEFLATE, "most": 2**40}, [b""]),
        ("stream.write", {"open": DEFLATE, "most": 1, "flush": 6}, [b""]),
        ("stream.write", {"open": DEFLATE, "most": 1, "flush": -1}, [b""]),
        ("stream.write", {"open": DEFLATE, "most": 1}, []),
        ("stream.write", {"open": DEFLATE, "most": 1}, [b"", b"", b""]),
        ("stream.write", {"open": DEFLATE, "most": 1}, [bytes(CAPS.piece_bytes + 1)]),
        ("stream.write", {"open": [], "most": 1}, [b""]),
        ("stream.write", {"open": {"kind": "zip"}, "most": 1}, [b""]),
        ("stream.write", {"open": {**DEFLATE, "more": 1}, "most": 1}, [b""]),
        ("stream.write", {"open": {**DEFLATE, "format": "auto"}, "most": 1}, [b""]),
        ("stream.write", {"open": {**DEFLATE, "level": 10}, "most": 1}, [b""]),
        ("stream.write", {"open": {**DEFLATE, "windowBits": 31}, "most": 1}, [b""]),
        ("stream.write", {"open": {"kind": "inflate", "format": "raw", "windowBits": 0}, "most": 1}, [b""]),
        ("stream.write", {"open": {"kind": "brotli", "quality": 12}, "most": 1}, [b""]),
        ("stream.write", {"open": {"kind": "brotli", "window": 30}, "most": 1}, [b""]),
        ("stream.write", {"open": {"kind": "brotli", "block": 3}, "most": 1}, [b""]),
        ("stream.write", {"open": {"kind": "brotli"}, "most": 1, "flush": 3}, [b""]),
        ("stream.write", {"open": {"kind": "brotli"}, "most": 1}, [b"", b"dictionary"]),
        ("stream.tune", {"stream": 1, "level": 1, "strategy": 0}, []),
        ("stream.close", {"stream": 0}, []),
        ("stream.close", {"stream": "1"}, []),
        ("stream.close", {}, []),
    ],
)
def test_a_wrong_call_is_a_coded_refusal_and_leaves_nothing(name: str, options: Any, data: list[bytes]) -> None:
    budget = Budget()
    assert Run(budget).reason(name, options, *data) in {"bad_request", "work_limit"}
    assert len(budget._held) <= 1


def test_no_piece_takes_longer_than_half_a_second_and_none_of_the_slow_ones_holds_the_loop() -> None:
    slow = bytes(97 + byte % 2 for byte in hashlib.shake_256(b"slow").digest(CAPS.piece_bytes))
    for opening, flush in (({"kind": "deflate", "format": "raw", "level": 9}, 0), ({"kind": "brotli"}, 0)):
        run = Run()
        request = requests.of({"open": opening, "flush": flush, "most": 65_536}, (slow[:65_536],))
        function = run.desk.find("stream.write", request)
        assert function.work(request) > CAPS.inline_us
        before = time.thread_time()
        registry.run(function, request)
        assert time.thread_time() - before < 0.5


WORDS = st.sampled_from(
    ["deflate", "inflate", "brotli", "unbrotli", "gzip", "raw", "auto", "crc32", "stream.write", "x"]
)
VALUES = st.one_of(WORDS, st.integers(-2, 40), st.sampled_from([1e308, -0.5, 2**70]), st.booleans(), st.none())
NESTED = st.dictionaries(
    st.sampled_from("kind format level windowBits memLevel strategy quality window block mode".split()), VALUES
)
OPTIONS = st.dictionaries(
    st.sampled_from("open stream flush most level strategy number name options".split()),
    st.one_of(VALUES, NESTED, st.lists(st.integers(), max_size=2)),
    max_size=5,
)
CALLS = st.lists(
    st.tuples(
        st.sampled_from(["stream.write", "stream.write", "stream.tune", "stream.close", "later", "result"]),
        st.one_of(OPTIONS, st.builds(lambda o, n: {"open": o, **n}, NESTED, OPTIONS), VALUES),
        st.lists(st.binary(max_size=50), max_size=3),
    ),
    max_size=6,
)


@settings(max_examples=300, deadline=None)
@given(CALLS)
def test_whatever_a_run_asks_of_its_desk_is_a_result_or_a_coded_refusal(calls: Any) -> None:
    budget, refused = Budget(), list[OperationFailed]()
    run = Run(budget)
    for name, options, data in calls:
        try:
            run.call(name, options, *data)
        except OperationFailed as failed:
            refused.append(failed)
    assert {one.reason for one in refused} <= {"bad_request", "work_limit", "crypto_failed"}
    assert all(len(one.message) < 300 for one in refused)
    run.desk.close()
    assert budget.held == 0


BODY = """const one = compute('stream.write', { open: { kind: 'deflate', format: 'gzip' }, most: 1 }, bytes('a'));"""


async def test_a_run_that_is_over_leaves_no_stream_behind(computing: Sandbox) -> None:
    budget = computing._machine.streams
    ends = {
        "return 1": (None, Limits()),
        "throw new Error('no')": ("action_error", Limits()),
        "for (;;);": ("cpu_limit", Limits(cpu_ms=100)),
        "await new Promise((done) => setTimeout(done, 60000))": ("wall_limit", Limits(wall_ms=300)),
    }
    for end, (code, limits) in ends.items():
        image = await computing.load(f"module.exports = async () => {{ {BODY} {end} }}")
        result = await computing.run(image, b"null", limits=limits)
        assert (result.error and result.error.code) == code
        assert budget.held == 0, end


async def test_a_stream_goes_on_when_its_run_was_parked(computing: Sandbox) -> None:
    image = await computing.load(
        """module.exports = async (input) => {
            const out = []; let stream = 0;
            for (let i = 0; i < 3; i++) {
                const at = stream ? { stream } : { open: { kind: 'deflate', format: 'gzip' } };
                const how = { ...at, most: 1, flush: i === 2 ? 4 : 2 };
                const made = compute('stream.write', how, bytes(`${input} ${i};`));
                stream = made.value.stream;
                out.push(made.data[0].toHex());
                await new Promise((done) => setTimeout(done, 100));
            }
            return out.join('');
        }"""
    )
    count = computing._machine.slots._free + 20
    results = await asyncio.gather(*(computing.run(image, json.dumps(number).encode()) for number in range(count)))
    for number, result in enumerate(results):
        assert result.error is None
        expected = f"{number} 0;{number} 1;{number} 2;"
        assert gzip.decompress(bytes.fromhex(str(result.output))).decode() == expected
    assert computing._machine.streams.held == 0


async def test_a_run_cannot_reach_another_ones_stream(computing: Sandbox) -> None:
    keeper = await computing.load(
        f"""module.exports = async () => {{
            {BODY} await new Promise((done) => setTimeout(done, 300)); return one.value.stream }}"""
    )
    thief = await computing.load(
        """module.exports = () => Array.from({ length: 50 }, (_, stream) =>
            failure(() => compute('stream.write', { stream, most: 10, flush: 2 }, bytes('b')))[0])"""
    )
    kept, stolen = await asyncio.gather(computing.run(keeper, b"null"), computing.run(thief, b"null"))
    assert kept.output == 1
    assert set(stolen.output) == {"bad_request"}


async def test_an_image_never_holds_a_stream_but_may_hold_what_one_gave(computing: Sandbox) -> None:
    open_one = await computing.load(f"{BODY} module.exports = () => one.value.stream")
    assert not open_one.frozen
    rest = "const two = compute('stream.write', { stream: one.value.stream, most: 1, flush: 4 }, bytes('b'));"
    packed = "one.data[0].toHex() + two.data[0].toHex()"
    ended = await computing.load(f"{BODY} {rest} module.exports = () => {packed}")
    assert ended.frozen
    packed = str((await computing.run(ended, b"null")).output)
    assert gzip.decompress(bytes.fromhex(packed)) == b"ab"
    closed = "compute('stream.close', { stream: one.value.stream });"
    assert (await computing.load(f"{BODY} {closed} module.exports = () => 1")).frozen


def test_the_same_writes_give_the_same_bytes() -> None:
    def once() -> list[bytes]:
        run, made = Run(), []
        for packing, _, finish in OPENINGS.values():
            first = run.write(packing, b"abc" * 1000)
            made.append(first.data[0] + run.write(first.value["stream"], b"def", flush=finish).data[0])
        return made

    assert once() == once()
