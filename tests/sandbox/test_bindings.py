"""The raw bindings do what this version relies on. When an upgrade of wasmtime moves them, it fails here, and says how.

Nothing of ours runs in the guest here: the modules are a few lines of WebAssembly text.
"""

import ctypes
import gc
import inspect
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import wasmtime
from wasmtime import _ffi

from interlock.sandbox import bindings
from interlock.sandbox.errors import BindingsChanged
from interlock.sandbox.ticker import Ticker

SANDBOX = Path(bindings.__file__).parent
ADVICE = "wasmtime was upgraded: check every function of bindings.py against its C header, then change WRITTEN_FOR"
TEXT = """(module
  (import "interlock" "compute" (func $compute (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "seven") (result i32) (i32.const 7))
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "ask") (param i32) (result i32)
    (call $compute (local.get 0) (i32.const 2) (i32.const -3) (i32.const 4) (i32.const 5)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "spin") (loop $again (br $again)))
  (func (export "count") (param i32) (result i32) (local $n i32)
    (loop $again (local.set $n (i32.add (local.get $n) (i32.const 1)))
      (br_if $again (i32.lt_u (local.get $n) (local.get 0))))
    (local.get $n))
  (func $deeper (export "deeper") (result i32) (i32.add (call $deeper) (i32.const 1)))
  (func (export "outside") (result i32) (i32.load (i32.const 0x7fffffff)))
  (func (export "unreachable") unreachable)
  (func (export "divide") (result i32) (i32.div_u (i32.const 1) (i32.const 0))))"""


@pytest.fixture(scope="module")
def engine() -> bindings.Engine:
    return bindings.Engine(slots=3, memory_bytes=4 << 20)


@pytest.fixture(scope="module")
def module(engine: bindings.Engine) -> wasmtime.Module:
    return wasmtime.Module(engine.public, bytes(wasmtime.wat2wasm(TEXT)))


@pytest.fixture
def instance(engine: bindings.Engine, module: wasmtime.Module) -> Iterator[bindings.Instance]:
    prelinked = bindings.Prelinked(engine, module, lambda *_: -1)
    opened = bindings.Instance(prelinked, memory_bytes=4 << 20)
    yield opened
    opened.close()


def call(instance: bindings.Instance, name: bytes, *arguments: int, results: int = 1) -> int:
    begun = instance.begin(name, *arguments, results=results)
    try:
        while not begun.poll():
            pass
    finally:
        begun.close()
    return begun.result


def test_the_installed_version_is_the_one_the_bindings_were_written_for() -> None:
    assert bindings.INSTALLED == bindings.WRITTEN_FOR, ADVICE
    assert f'"wasmtime=={bindings.WRITTEN_FOR}"' in (SANDBOX.parents[2] / "pyproject.toml").read_text(), (
        "and the requirement pins it"
    )


def test_every_c_function_the_bindings_name_is_in_the_library() -> None:
    source = inspect.getsource(bindings)
    names = re.findall(r'_function\(\s*_\w+, "(\w+)"', source) + re.findall(r"_ffi\.(wasmtime_\w+(?<!_t))\(", source)
    assert len(names) > 20
    library = ctypes.CDLL(str(_ffi.filename))
    assert [name for name in names if not hasattr(library, name)] == [], ADVICE


def test_a_function_that_is_gone_is_named() -> None:
    with pytest.raises(
        BindingsChanged, match=f"has no wasmtime_gone; this version needs wasmtime {bindings.WRITTEN_FOR}"
    ):
        bindings._function(bindings._held, "wasmtime_gone", None)


def test_an_export_that_is_gone_is_named(instance: bindings.Instance) -> None:
    with pytest.raises(BindingsChanged, match="exports no gone"):
        instance.begin(b"gone")


def test_a_call_gives_its_result(instance: bindings.Instance) -> None:
    assert call(instance, b"seven") == 7
    assert call(instance, b"add", 40, 2) == 42
    assert call(instance, b"add", -1, -1) == -2


def test_the_import_gets_its_arguments_as_unsigned_numbers_and_its_answer_arrives(
    engine: bindings.Engine, module: wasmtime.Module
) -> None:
    asked: list[tuple[int, ...]] = []

    def compute(*arguments: int) -> int:
        asked.append(arguments)
        if arguments[0] == 99:
            raise RuntimeError("never across the guest's frames")
        return 1234

    opened = bindings.Instance(bindings.Prelinked(engine, module, compute), memory_bytes=4 << 20)
    try:
        assert call(opened, b"ask", 1) == 1234
        assert asked == [(1, 2, 2**32 - 3, 4, 5)]
        assert call(opened, b"ask", 99) == -1, "an exception in the host is an answer to the guest"
        assert call(opened, b"seven") == 7
    finally:
        opened.close()


def test_an_epoch_makes_a_guest_give_way_and_it_goes_on_where_it_was(
    engine: bindings.Engine, instance: bindings.Instance
) -> None:
    with Ticker(engine) as ticker:
        begun = instance.begin(b"count", 200_000_000)
        slices = 1
        ticker.want(time.monotonic())
        while not begun.poll():
            ticker.want(time.monotonic())
            slices += 1
        begun.close()
    assert begun.result == 200_000_000
    assert slices > 5


def test_a_fibre_that_is_dropped_is_gone_and_the_instance_still_answers(
    engine: bindings.Engine, instance: bindings.Instance
) -> None:
    with Ticker(engine) as ticker:
        for _ in range(5):
            begun = instance.begin(b"spin", results=0)
            for _ in range(3):
                ticker.want(time.monotonic())
                assert not begun.poll()
            begun.close()
            begun.close()  # again does nothing
    assert call(instance, b"seven") == 7
    assert instance.read(0, 4) == bytes(4)


def test_an_instance_keeps_alive_what_its_guest_calls(engine: bindings.Engine, module: wasmtime.Module) -> None:
    opened = bindings.Instance(bindings.Prelinked(engine, module, lambda *_: 5), memory_bytes=4 << 20)
    gc.collect()
    assert call(opened, b"ask", 1) == 5
    opened.close()


def test_one_guest_gives_way_to_another(engine: bindings.Engine, module: wasmtime.Module) -> None:
    prelinked = bindings.Prelinked(engine, module, lambda *_: -1)
    busy, other = (bindings.Instance(prelinked, memory_bytes=4 << 20) for _ in range(2))
    with Ticker(engine) as ticker:
        spinning = busy.begin(b"spin", results=0)
        for number in range(20):
            ticker.want(time.monotonic())
            assert not spinning.poll()
            assert call(other, b"add", number, 1) == number + 1
        spinning.close()
    busy.close()
    other.close()


TRAPS = [
    (b"deeper", 1, bindings.TRAP_STACK_OVERFLOW),
    (b"outside", 1, bindings.TRAP_OUT_OF_BOUNDS),
    (b"divide", 1, 7),
    (b"unreachable", 0, 9),
]


@pytest.mark.parametrize(("name", "results", "code"), TRAPS)
def test_a_trap_has_its_code_and_the_next_call_works(
    instance: bindings.Instance, name: bytes, results: int, code: int
) -> None:
    with pytest.raises(bindings.Trap) as trapped:
        call(instance, name, results=results)
    assert trapped.value.code == code, ADVICE
    assert call(instance, b"seven") == 7


def test_memory_is_read_and_written_within_its_bounds_only(instance: bindings.Instance) -> None:
    instance.write(65530, b"abcdef")
    assert instance.read(65530, 6) == b"abcdef"
    for offset, length in [(65531, 6), (-1, 1), (0, 65537), (0, -1), (2**32, 1), (65536, 1)]:
        with pytest.raises(ValueError, match="outside of the guest's memory"):
            instance.read(offset, length)
    for offset in (65531, -1, 2**40):
        with pytest.raises(ValueError, match="outside of the guest's memory"):
            instance.write(offset, b"abcdef")
    with pytest.raises(ValueError, match="larger than the guest's memory"):
        instance.write_all(((0, b"a"), (65536, b"b")))


def test_memory_grows_from_both_sides_up_to_its_limit(engine: bindings.Engine, module: wasmtime.Module) -> None:
    prelinked = bindings.Prelinked(engine, module, lambda *_: -1)
    opened = bindings.Instance(prelinked, memory_bytes=3 * 65536)
    try:
        opened.grow(2 * 65536)
        assert opened.size == 2 * 65536
        assert call(opened, b"grow", 1) == 2
        assert opened.size == 3 * 65536
        assert call(opened, b"grow", 1) == -1
        with pytest.raises(MemoryError):
            opened.grow(4 * 65536)
        opened.grow(65536)
        assert opened.size == 3 * 65536, "growing to less does nothing"
    finally:
        opened.close()


def test_an_instance_given_back_leaves_nothing_in_its_slot(engine: bindings.Engine, module: wasmtime.Module) -> None:
    prelinked = bindings.Prelinked(engine, module, lambda *_: -1)
    for _ in range(12):  # four times round the pool
        opened = bindings.Instance(prelinked, memory_bytes=4 << 20)
        assert opened.read(0, 65536) == bytes(65536)
        opened.grow(2 << 20)
        assert opened.read(65536, opened.size - 65536) == bytes(opened.size - 65536)
        opened.write(0, b"\xff" * opened.size)
        opened.close()
        opened.close()  # again does nothing


def test_a_pool_without_a_free_slot_refuses(engine: bindings.Engine, module: wasmtime.Module) -> None:
    prelinked = bindings.Prelinked(engine, module, lambda *_: -1)
    opened = [bindings.Instance(prelinked, memory_bytes=4 << 20) for _ in range(3)]
    with pytest.raises(bindings.Trap):
        bindings.Instance(prelinked, memory_bytes=4 << 20)
    for one in opened:
        one.close()
    bindings.Instance(prelinked, memory_bytes=4 << 20).close()


def test_the_native_stack_is_larger_than_a_recursion_within_the_engines_limit_needs() -> None:
    # docs/ARCHITECTURE.md, Sandbox: a RangeError needs 21 times the engine's own limit in native stack.
    guest = (SANDBOX.parents[1] / "guest" / "engine" / "guest.c").read_text()
    found = re.search(r"#define STACK_LIMIT \((\d+) \* 1024\)", guest)
    assert found
    assert int(found[1]) * 1024 * 21 <= bindings.NATIVE_STACK_BYTES < bindings.FIBRE_STACK_BYTES
