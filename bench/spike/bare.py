"""The bare spike: a fresh WebAssembly instance a run and nothing else. It bounds what a sandbox can reach.

It is the feasibility spike that the project began with, and does in a run what that did: a public wasmtime store, the
changed pages written one by one, two plain calls, the answer copied out, the store closed. It has no fibre, no time
slices, no limit but memory, no console and no messages, and it is not safe.
"""

import ctypes
from ctypes import byref
from typing import Any, Final

import wasmtime
from wasmtime import _ffi

from interlock.sandbox import wasm

PAGE_BYTES: Final = 4096
MEMORY_BYTES: Final = 64 << 20
SLOTS: Final = 64
POOL: Final = {
    "total_core_instances": SLOTS,
    "total_memories": SLOTS,
    "total_tables": SLOTS,
    "max_memory_size": MEMORY_BYTES,
    "table_elements": 20_000,
    "linear_memory_keep_resident": 2 << 20,
    "table_keep_resident": 200_000,
}


class Spike:
    """The engine baked with nothing in it, and one script loaded into it."""

    def __init__(self, compiled: bytes, script: str) -> None:
        self._engine = _engine()
        boot = _VM(self._engine, self._prelinked(compiled))
        boot.call(b"_initialize")
        if boot.call(b"boot") & 1:
            raise RuntimeError("the spike does not boot")
        base = boot.memory()
        self._baked = self._prelinked(wasm.bake(compiled, base))
        self._image = self._load(script.encode())
        base = base.ljust(len(self._image), b"\0")
        pages = range(0, len(self._image), PAGE_BYTES)
        self._changed = [
            (page, self._image[page : page + PAGE_BYTES])
            for page in pages
            if self._image[page : page + PAGE_BYTES] != base[page : page + PAGE_BYTES]
        ]

    @property
    def image_bytes(self) -> int:
        """The size of an instance's memory."""
        return len(self._image)

    @property
    def changed_pages(self) -> int:
        """The pages that each run restores."""
        return len(self._changed)

    def run(self, event: bytes) -> bytes:
        """One run in a fresh instance: the event and the answer as JSON text."""
        vm = _VM(self._engine, self._baked)
        address, size = vm.span()
        if size < len(self._image):
            vm.grow(len(self._image) - size)
            address, _ = vm.span()
        for offset, page in self._changed:
            ctypes.memmove(address + offset, page, PAGE_BYTES)
        offset = vm.call(b"alloc", len(event) + 1)
        ctypes.memmove(address + offset, event + b"\0", len(event) + 1)
        packed = vm.call(b"invoke", offset, len(event))
        address, _ = vm.span()
        answer = ctypes.string_at(address + (packed >> 32 & 0xFFFFFFFF), packed & 0xFFFFFFFF)
        vm.store.close()
        return answer

    def _load(self, script: bytes) -> bytes:
        vm = _VM(self._engine, self._baked)
        offset = vm.call(b"alloc", len(script) + 1)
        ctypes.memmove(vm.span()[0] + offset, script + b"\0", len(script) + 1)
        if vm.call(b"load", offset, len(script)) & 1:
            raise RuntimeError("the script does not evaluate")
        return vm.memory()

    def _prelinked(self, module: bytes) -> Any:
        return wasmtime.Linker(self._engine).instantiate_pre(wasmtime.Module(self._engine, module))


class _VM:
    """One instance, by way of wasmtime's C functions where the public ones take many times as long."""

    def __init__(self, engine: wasmtime.Engine, prelinked: Any) -> None:
        self.store = wasmtime.Store(engine)
        self.store.set_epoch_deadline(10**6)
        self.store.set_limits(memory_size=MEMORY_BYTES)
        self._instance = prelinked.instantiate(self.store)
        self._context = self.store._context()
        self._memory = self._export(b"memory").memory

    def _export(self, name: bytes) -> Any:
        extern = _ffi.wasmtime_extern_t()
        found = _ffi.wasmtime_instance_export_get(
            self._context, byref(self._instance._instance), ctypes.create_string_buffer(name), len(name), byref(extern)
        )
        if not found:
            raise RuntimeError(f"the spike exports no {name.decode()}")
        return extern.of

    def call(self, name: bytes, *arguments: int) -> int:
        values = (_ffi.wasmtime_val_raw_t * max(1, len(arguments)))()
        for index, argument in enumerate(arguments):
            values[index].i32 = argument
        trap: Any = ctypes.POINTER(_ffi.wasm_trap_t)()
        function = self._export(name).func
        failed: Any = _ffi.wasmtime_func_call_unchecked(
            self._context, byref(function), values, len(values), byref(trap)
        )
        if failed or trap:
            raise RuntimeError(f"{name.decode()} failed")
        return int(values[0].i64)

    def span(self) -> tuple[int, int]:
        address = ctypes.cast(_ffi.wasmtime_memory_data(self._context, byref(self._memory)), ctypes.c_void_p).value
        return address or 0, _ffi.wasmtime_memory_data_size(self._context, byref(self._memory))

    def memory(self) -> bytes:
        return ctypes.string_at(*self.span())

    def grow(self, missing: int) -> None:
        _ffi.wasmtime_memory_grow(self._context, byref(self._memory), missing // 65536, byref(ctypes.c_uint64()))


def _engine() -> wasmtime.Engine:
    config = wasmtime.Config()
    config.epoch_interruption = True
    pool = _ffi.wasmtime_pooling_allocation_config_new()
    for name, value in POOL.items():
        getattr(_ffi, f"wasmtime_pooling_allocation_config_{name}_set")(pool, value)
    _ffi.wasmtime_pooling_allocation_strategy_set(config.ptr(), pool)
    _ffi.wasmtime_pooling_allocation_config_delete(pool)
    return wasmtime.Engine(config)
