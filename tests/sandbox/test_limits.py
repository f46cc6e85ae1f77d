"""Every limit of `Limits` ends a run with its own code, at its own place, and raising it lets the run through."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields, replace
from typing import Any

import pytest

from interlock.sandbox import Limits, LoadFailed, Sandbox

RunJs = Callable[..., Any]
SLEEP = "await new Promise((resolve) => setTimeout(resolve, 1));"
CASES = [
    # what passes each limit, with how much more it needs
    ("cpu_ms", 20, 5_000, "cpu_limit", "let n = 0; for (let i = 0; i < 1000000; i++) n += Math.abs(i); return n;"),
    ("wall_ms", 50, 20_000, "wall_limit", "await new Promise((resolve) => setTimeout(resolve, 100)); return 1;"),
    ("memory_bytes", 8 << 20, 64 << 20, "memory_limit", "return new Uint8Array(10 << 20).length;"),
    ("output_bytes", 1_000, 2_000, "output_limit", "return 'x'.repeat(1000);"),
    ("log_bytes", 100, 200, "log_limit", "console.log('x'.repeat(100)); return 1;"),
    ("host_operations", 3, 4, "host_operation_limit", SLEEP * 4 + "return 1;"),
]


@pytest.mark.parametrize(("name", "low", "high", "code", "body"), CASES, ids=[case[0] for case in CASES])
def test_a_limit_that_is_passed_has_its_own_code_and_a_higher_one_lets_the_run_through(
    run_js: RunJs, name: str, low: int, high: int, code: str, body: str
) -> None:
    source = f"module.exports = async () => {{ {body} }}"
    ran = run_js(source, limits=replace(Limits(), **{name: low}))
    assert ran.error is not None
    assert ran.error.code == code
    assert ran.output is None
    assert run_js(source, limits=replace(Limits(), **{name: high})).error is None


def test_every_limit_is_in_one_of_these_tests() -> None:
    assert {field.name for field in fields(Limits)} == {case[0] for case in CASES} | {"source_bytes", "input_bytes"}


async def test_code_beyond_the_limit_does_not_load_and_the_limit_counts_bytes(sandbox: Sandbox) -> None:
    source = "module.exports = () => 'é';"
    size = len(source.encode())
    await sandbox.load(source, limits=Limits(source_bytes=size))
    with pytest.raises(LoadFailed, match=f"{size} bytes of code, more than the limit of {size - 1}") as failed:
        await sandbox.load(source, limits=Limits(source_bytes=size - 1))
    assert failed.value.error.code == "source_limit"


async def test_an_input_beyond_the_limit_is_no_run(sandbox: Sandbox) -> None:
    image = await sandbox.load("module.exports = (input) => input.length")
    limits = Limits(input_bytes=1_000)
    assert (await sandbox.run(image, b'"' + b"x" * 998 + b'"', limits=limits)).output == 998
    result = await sandbox.run(image, b'"' + b"x" * 999 + b'"', limits=limits)
    assert result.error
    assert result.error.code == "input_limit"
    assert "1001 bytes, more than the limit of 1000" in result.error.message
    assert result.usage.cpu_us == 0


@pytest.mark.parametrize("size", [16 * 1024 - 30, 16 * 1024 - 20, 16 * 1024, 100_000, (1 << 20) - 2])
async def test_inputs_of_any_size_within_the_limit_arrive_whole(sandbox: Sandbox, size: int) -> None:
    image = await sandbox.load("module.exports = (input) => [input.length, input.slice(-3), new Set(input).size]")
    result = await sandbox.run(image, b'"' + b"x" * (size - 3) + b'abc"')
    assert result.output == [size, "abc", 4]


@pytest.mark.parametrize("memory_bytes", [0, 1 << 20, (256 << 20) + 1, -1, 1 << 40])
async def test_a_memory_limit_that_cannot_be_is_a_mistake_of_the_caller(sandbox: Sandbox, memory_bytes: int) -> None:
    image = await sandbox.load("module.exports = () => 1")
    with pytest.raises(ValueError, match="memory_bytes must be from"):
        await sandbox.run(image, b"null", limits=Limits(memory_bytes=memory_bytes))
    assert (await sandbox.run(image, b"null")).output == 1


async def test_an_image_that_alone_is_larger_than_a_runs_memory_is_a_memory_limit(sandbox: Sandbox) -> None:
    image = await sandbox.load("const kept = new Uint8Array(20 << 20).fill(1); module.exports = () => kept.length")
    assert (await sandbox.run(image, b"null")).output == 20 << 20
    result = await sandbox.run(image, b"null", limits=Limits(memory_bytes=8 << 20))
    assert result.error
    assert result.error.code == "memory_limit"


async def test_the_top_level_has_the_same_limits(sandbox: Sandbox) -> None:
    for source, limits, code in [
        ("for (;;) isNaN(0);", Limits(cpu_ms=50), "cpu_limit"),
        ("for (;;) isNaN(0);", Limits(wall_ms=50), "wall_limit"),
        ("new Uint8Array(10 << 20)", Limits(memory_bytes=8 << 20), "memory_limit"),
        ("console.log('x'.repeat(100))", Limits(log_bytes=100), "log_limit"),
    ]:
        with pytest.raises(LoadFailed) as failed:
            await sandbox.load(source, limits=limits)
        assert failed.value.error.code == code
        assert "(action.js:1:" in failed.value.error.stack


async def test_what_a_load_that_failed_cost_is_in_its_usage(sandbox: Sandbox) -> None:
    with pytest.raises(LoadFailed) as failed:
        await sandbox.load("for (;;) isNaN(0);", limits=Limits(cpu_ms=50))
    usage = failed.value.usage
    assert 50_000 <= usage.cpu_us <= usage.wall_us
    assert usage.memory_bytes >= len(sandbox.base.memory)


async def test_what_a_run_cost_is_in_its_usage(sandbox: Sandbox) -> None:
    image = await sandbox.load(
        f"module.exports = async () => {{ for (let i = 0; i < 300000; i++) Math.abs(i); {SLEEP} {SLEEP} }}"
    )
    usage = (await sandbox.run(image, b"null")).usage
    assert usage.host_operations == 2
    assert 1_000 < usage.cpu_us < usage.wall_us
    assert usage.wall_us > 2_000
    assert len(sandbox.base.memory) <= usage.memory_bytes < 4 << 20


async def test_cpu_time_of_all_entries_counts_together(sandbox: Sandbox) -> None:
    image = await sandbox.load(
        f"module.exports = async () => {{ for (;;) {{ for (let i = 0; i < 100000; i++) Math.abs(i); {SLEEP} }} }}"
    )
    result = await sandbox.run(image, b"null", limits=Limits(cpu_ms=60))
    assert result.error
    assert result.error.code == "cpu_limit"
    assert result.usage.host_operations > 1


def test_limits_are_values() -> None:
    assert Limits() == Limits()
    with pytest.raises(FrozenInstanceError):
        Limits().cpu_ms = 5  # type: ignore[misc]
