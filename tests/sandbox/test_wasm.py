"""Rewriting a module so that its instances start with a memory of our choice."""

import pytest
import wasmtime
from hypothesis import given
from hypothesis import strategies as st

from interlock.sandbox import wasm

TEXT = """(module
  (import "interlock" "compute" (func (param i32) (result i32)))
  (memory (export "memory") 1 4)
  (global $n (mut i32) (i32.const 5))
  (data (i32.const 16) "hello")
  (func (export "read") (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func (export "size") (result i32) memory.size)
  (func $begin (i32.store8 (i32.const 0) (i32.const 99)))
  (start $begin))"""


@given(st.integers(0, 2**63))
def test_unsigned_numbers_come_back(number: int) -> None:
    encoded = wasm._unsigned(number)
    assert wasm._read_unsigned(encoded + b"\x80", 0) == (number, len(encoded))
    assert all(byte & 0x80 for byte in encoded[:-1])
    assert not encoded[-1] & 0x80


@given(st.integers(0, 2**31 - 1))
def test_signed_numbers_are_read_as_positive_ones(number: int) -> None:
    value = shift = 0
    encoded = wasm._signed(number)
    for byte in encoded:
        value |= (byte & 0x7F) << shift
        shift += 7
    assert value == number
    assert not encoded[-1] & 0x40, "the last bit is the sign"
    assert len(encoded) <= 5


@pytest.mark.parametrize(
    "memory",
    [
        bytes(65536),
        b"x" * 65536,
        bytes(70) + b"a" + bytes(64) + b"b" + bytes(65) + b"c" + bytes(3 * 65536 - 202),
        bytes(range(256)) * 512,
        bytes(65535) + b"\xff",
    ],
)
def test_an_instance_of_a_baked_module_starts_with_that_memory_and_runs_no_start_function(memory: bytes) -> None:
    engine = wasmtime.Engine()
    baked = wasm.bake(bytes(wasmtime.wat2wasm(TEXT)), memory)
    store = wasmtime.Store(engine)
    module = wasmtime.Module(engine, baked)
    answer = wasmtime.Func(store, wasmtime.FuncType([wasmtime.ValType.i32()], [wasmtime.ValType.i32()]), lambda _: 0)
    exports = wasmtime.Instance(store, module, [answer]).exports(store)
    found = exports["memory"]
    assert isinstance(found, wasmtime.Memory)
    assert bytes(found.read(store, 0, found.data_len(store))) == memory
    assert wasm.bake(baked, memory) == baked, "baking what is baked changes nothing"


def test_baking_is_deterministic_and_keeps_all_other_sections() -> None:
    module = bytes(wasmtime.wat2wasm(TEXT))
    memory = bytes(100) + b"text" + bytes(65536 - 104)
    assert wasm.bake(module, memory) == wasm.bake(module, memory)
    before, after = dict(wasm.sections(module)), dict(wasm.sections(wasm.bake(module, memory)))
    assert {key: value for key, value in before.items() if key not in (0, 5, 8, 11, 12)} == {
        key: value for key, value in after.items() if key not in (5, 11)
    }


@given(st.integers(1, 200))
def test_a_module_that_is_cut_short_is_refused_unless_it_ends_with_a_section(cut: int) -> None:
    module = bytes(wasmtime.wat2wasm(TEXT))
    short = module[: max(8, len(module) - cut)]
    whole = list(wasm.sections(module))
    try:
        found = list(wasm.sections(short))
    except ValueError:
        return
    assert found == whole[: len(found)]
    assert len(found) < len(whole)
