"""Console lines arrive in order, up to the limit, and survive however a run was cut off."""

import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.sandbox import Limits, LoadFailed, LogLine, Sandbox, logs

RunJs = Callable[..., Any]


def line(level: int, text: bytes) -> bytes:
    return struct.pack("<II", level, len(text)) + text


def test_lines_are_read_in_their_order_with_their_levels() -> None:
    buffer = b"".join(line(level, f"line {level}".encode()) for level in range(6))
    assert logs.decode(buffer) == tuple(LogLine(name, f"line {i}") for i, name in enumerate(logs.LEVELS))


@pytest.mark.parametrize(
    "end",
    [
        b"\0",
        line(0, b"x")[:-1],
        line(6, b"x"),
        line(2**32 - 1, b""),
        struct.pack("<II", 1, 2**32 - 1),
        struct.pack("<II", 1, 9) + b"short",
    ],
)
def test_a_header_that_does_not_fit_ends_the_list(end: bytes) -> None:
    assert logs.decode(line(1, b"kept") + end) == (LogLine("log", "kept"),)


def test_a_text_cut_within_a_character_is_still_text() -> None:
    assert logs.decode(line(1, "é".encode()[:1])) == (LogLine("log", "\ufffd"),)


@given(st.binary(max_size=200))
def test_no_buffer_raises(buffer: bytes) -> None:
    assert all(one.level in logs.LEVELS for one in logs.decode(buffer))


CUTS = [
    ("cpu_limit", "for (;;) isNaN(0);", Limits(cpu_ms=50)),
    ("cpu_limit", "Array.prototype.reverse.call({ length: 2 ** 53 - 1 });", Limits(cpu_ms=50)),
    ("wall_limit", "await new Promise((resolve) => setTimeout(resolve, 60000));", Limits(wall_ms=50)),
    ("wall_limit", "for (;;) isNaN(0);", Limits(wall_ms=50)),
    ("memory_limit", "new Uint8Array(1 << 30);", Limits()),
    ("action_error", "const deeper = () => deeper() + 1; deeper();", Limits()),
    ("output_limit", "return 'x'.repeat(2000);", Limits(output_bytes=1000)),
    ("result_not_json", "return 1n;", Limits()),
    ("never_settled", "await new Promise(() => {});", Limits()),
    (
        "host_operation_limit",
        "for (let i = 0; i < 200; i++) setTimeout(() => {}, 1); await new Promise(() => {});",
        Limits(),
    ),
    ("action_error", "throw new Error('no');", Limits()),
    ("action_error", "setTimeout(() => { throw new Error('no') }); await new Promise(() => {});", Limits()),
]


@pytest.mark.parametrize(("code", "statement", "limits"), CUTS, ids=lambda one: str(one)[:50])
def test_lines_survive_every_way_to_end(run_js: RunJs, code: str, statement: str, limits: Limits) -> None:
    source = f"""
      console.log('at the top level');
      module.exports = async () => {{
        console.warn('first');
        await new Promise((resolve) => setTimeout(resolve, 1));
        console.error('second', {{ a: 1 }});
        {statement}
      }};"""
    ran = run_js(source, limits=limits)
    assert ran.error.code == code
    assert ran.logs == (
        LogLine("log", "at the top level"),
        LogLine("warn", "first"),
        LogLine("error", "second { a: 1 }"),
    )


@pytest.mark.parametrize(
    "statement", ["throw new Error('no')", "for (;;) isNaN(0)", "new Uint8Array(1 << 30)", "exports.x = 1"]
)
async def test_lines_of_a_failed_load_are_with_its_error(sandbox: Sandbox, statement: str) -> None:
    with pytest.raises(LoadFailed) as failed:
        await sandbox.load(f"console.info('loading'); {statement}", limits=Limits(cpu_ms=50))
    assert failed.value.logs == (LogLine("info", "loading"),)


def test_what_fits_is_delivered_and_then_the_run_ends(run_js: RunJs) -> None:
    ran = run_js(
        "module.exports = () => { console.log('a'.repeat(40)); console.log('b'.repeat(100)) }",
        limits=Limits(log_bytes=100),
    )
    assert ran.error.code == "log_limit"
    assert ran.logs == (LogLine("log", "a" * 40), LogLine("log", "b" * (100 - 40 - 16)))


def test_exactly_the_limit_is_no_error(run_js: RunJs) -> None:
    source = "module.exports = () => { console.log('a'.repeat(42)); console.log('b'.repeat(42)); return 1 }"
    assert run_js(source, limits=Limits(log_bytes=100)).error is None
    assert run_js(source, limits=Limits(log_bytes=99)).error.code == "log_limit"


def test_lines_of_a_run_that_ends_well_have_every_level_in_order(run_js: RunJs) -> None:
    levels = "['debug', 'log', 'info', 'warn', 'error']"
    ran = run_js(f"module.exports = () => {{ for (const level of {levels}) console[level](level, 'é😀') }}")
    assert ran.logs == tuple(LogLine(level, f"{level} é😀") for level in ("debug", "log", "info", "warn", "error"))


def test_lone_surrogates_in_a_line_become_replacement_characters(run_js: RunJs) -> None:
    ran = run_js("module.exports = () => console.log('a\\ud800b')")
    assert ran.console.encode().decode() == ran.console
    assert set(ran.console) == {"a", "\ufffd", "b"}
