"""Everything that needs wasmtime's raw bindings, and nothing else.

wasmtime-py has no public way to call a guest on a fibre, to set the pooling allocator, or to cross the boundary in a
microsecond (its public call takes 13 to 42). What is used here beyond its public objects are C functions of
wasmtime's own C API, checked one by one when this module builds its table: `BindingsChanged` names what moved.

Two loads of one library: `_held` keeps the interpreter lock (calls of a microsecond or less), `_released` gives it up
(a slice of guest time, so that the ticker can run). One thread enters wasm; nothing here is safe from a second.
A callback from the guest never raises: the binding keeps exceptions in a module global.
"""

import contextlib
import ctypes
import importlib.metadata
from collections.abc import Callable
from ctypes import byref, c_bool, c_char_p, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from typing import Any, Final

import wasmtime
from wasmtime import _ffi

from interlock.sandbox.errors import BindingsChanged

WRITTEN_FOR: Final = "50.0.1"
INSTALLED: Final = importlib.metadata.version("wasmtime")

FIBRE_STACK_BYTES: Final = 17 << 20
NATIVE_STACK_BYTES: Final = 16 << 20
"""Less than the fibre has: a larger one would let the guest run off the real stack. ARCHITECTURE.md, Sandbox."""
KEEP_RESIDENT_BYTES: Final = 8 << 20
"""What a slot keeps of its memory between runs, instead of giving it back to the system and faulting it in again: an
action with `pg` has 5 MiB, and its run takes 0.4 ms so and 1.9 ms with 2 MiB. A small action's costs the same with
both. At worst all slots have held a large action: 512 MiB in a process."""
TABLE_ELEMENTS: Final = 20_000

TRAP_STACK_OVERFLOW: Final = 0
TRAP_OUT_OF_BOUNDS: Final = 1

Compute = Callable[[int, int, int, int, int], int]
"""The one import: (operation, input, input_length, output, output_length) in guest addresses, gives a length or -1."""

_held = ctypes.PyDLL(str(_ffi.filename))
_released = ctypes.CDLL(str(_ffi.filename))


def _function(library: ctypes.CDLL, name: str, result: Any, *arguments: Any) -> Any:
    try:
        function = getattr(library, name)
    except AttributeError as error:
        raise BindingsChanged(
            f"wasmtime {INSTALLED} has no {name}; this version needs wasmtime {WRITTEN_FOR}"
        ) from error
    function.restype = result
    function.argtypes = arguments
    return function


_pointer = c_void_p
_store_new = _function(_held, "wasmtime_store_new", _pointer, _pointer, _pointer, _pointer)
_store_delete = _function(_held, "wasmtime_store_delete", None, _pointer)
_store_context = _function(_held, "wasmtime_store_context", _pointer, _pointer)
_store_limiter = _function(_held, "wasmtime_store_limiter", None, _pointer, c_int64, c_int64, c_int64, c_int64, c_int64)
_set_epoch_deadline = _function(_held, "wasmtime_context_set_epoch_deadline", None, _pointer, c_uint64)
# The header promises an error, the library returns nothing: what is in the register must not be read.
_yield_on_epoch = _function(_held, "wasmtime_context_epoch_deadline_async_yield_and_update", None, _pointer, c_uint64)
_instantiate = _function(_held, "wasmtime_instance_pre_instantiate", _pointer, _pointer, _pointer, _pointer, _pointer)
_export_get = _function(_held, "wasmtime_instance_export_get", c_bool, _pointer, _pointer, c_char_p, c_size_t, _pointer)
_memory_data = _function(_held, "wasmtime_memory_data", _pointer, _pointer, _pointer)
_memory_data_size = _function(_held, "wasmtime_memory_data_size", c_size_t, _pointer, _pointer)
_memory_grow = _function(_held, "wasmtime_memory_grow", _pointer, _pointer, _pointer, c_uint64, _pointer)
_call_async = _function(
    _held, "wasmtime_func_call_async", _pointer, _pointer, _pointer, _pointer, c_size_t, _pointer, c_size_t,
    _pointer, _pointer,
)  # fmt: skip
_poll = _function(_released, "wasmtime_call_future_poll", c_bool, _pointer)
_future_delete = _function(_held, "wasmtime_call_future_delete", None, _pointer)
_trap_code = _function(_held, "wasmtime_trap_code", c_bool, _pointer, _pointer)
_trap_delete = _function(_held, "wasm_trap_delete", None, _pointer)
_error_delete = _function(_held, "wasmtime_error_delete", None, _pointer)
_increment_epoch = _function(_held, "wasmtime_engine_increment_epoch", None, _pointer)
_linker_define = _function(
    _held, "wasmtime_linker_define_func_unchecked", _pointer, _pointer, c_char_p, c_size_t, c_char_p, c_size_t,
    _pointer, _pointer, _pointer, _pointer,
)  # fmt: skip

_Callback = ctypes.CFUNCTYPE(_pointer, _pointer, _pointer, ctypes.POINTER(_ffi.wasmtime_val_raw_t), c_size_t)


class Trap(Exception):
    """The guest trapped. `code` is wasmtime's trap code, or None for an error that is no trap."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"trap {code}")
        self.code = code


class Engine:
    """A wasmtime engine with the pooling allocator: `slots` instances of at most `memory_bytes` each."""

    def __init__(self, *, slots: int, memory_bytes: int) -> None:
        config = wasmtime.Config()
        config.epoch_interruption = True
        pointer = config.ptr()
        # The order matters: wasmtime refuses a native limit beyond the fibre's stack.
        _ffi.wasmtime_config_async_stack_size_set(pointer, FIBRE_STACK_BYTES)
        _ffi.wasmtime_config_max_wasm_stack_set(pointer, NATIVE_STACK_BYTES)
        pool = _ffi.wasmtime_pooling_allocation_config_new()
        for name, value in (
            ("total_core_instances", slots),
            ("total_memories", slots),
            ("total_tables", slots),
            ("total_stacks", slots),
            ("max_memory_size", memory_bytes),
            ("table_elements", TABLE_ELEMENTS),
            ("linear_memory_keep_resident", KEEP_RESIDENT_BYTES),
            ("table_keep_resident", TABLE_ELEMENTS * 8),
        ):
            getattr(_ffi, f"wasmtime_pooling_allocation_config_{name}_set")(pool, value)
        _ffi.wasmtime_pooling_allocation_strategy_set(pointer, pool)
        _ffi.wasmtime_pooling_allocation_config_delete(pool)
        self.public = wasmtime.Engine(config)
        self.pointer = ctypes.cast(self.public.ptr(), c_void_p).value

    def tick(self) -> None:
        """Moves the epoch on: a guest that is running gives way at its next check. Any thread may call this."""
        _increment_epoch(self.pointer)


class Prelinked:
    """A module with its one import bound, ready to be instantiated."""

    def __init__(self, engine: Engine, module: wasmtime.Module, compute: Compute) -> None:
        self.engine = engine
        self._linker = wasmtime.Linker(engine.public)
        self._callback = _as_callback(compute)
        parameters = [wasmtime.ValType.i32()] * 5
        kind = wasmtime.FuncType(parameters, [wasmtime.ValType.i32()])
        failed = _linker_define(
            self._linker.ptr(), b"interlock", 9, b"compute", 7, kind.ptr(), self._callback, None, None
        )
        if failed:
            _error_delete(failed)
            raise BindingsChanged("wasmtime refused the definition of the import interlock.compute")
        self._public = self._linker.instantiate_pre(module)
        self.pointer = ctypes.cast(self._public.ptr(), c_void_p).value


class Instance:
    """One instance in a store of its own. Close it: the pool has few slots.

    Raises `Trap` when it cannot be instantiated (a start function would run here; the engine has none).
    """

    __slots__ = ("_closed", "_instance", "_memory", "_prelinked", "_store", "_yields", "address", "context", "size")

    def __init__(self, prelinked: Prelinked, *, memory_bytes: int) -> None:
        self._prelinked = prelinked  # the guest calls back into it: it must live as long
        self._store = _store_new(prelinked.engine.pointer, None, None)
        self._closed = False
        self.context = _store_context(self._store)
        self._yields = False
        _store_limiter(self._store, memory_bytes, -1, -1, -1, -1)
        self._instance = _ffi.wasmtime_instance_t()
        trap = c_void_p()
        failed = _instantiate(prelinked.pointer, self.context, byref(self._instance), byref(trap))
        if failed or trap.value:
            self.close()
            raise _trap(trap, c_void_p(failed))
        self._memory = self._export(b"memory").memory
        # A slot of the pool: its memory grows in place.
        self.address: int = _memory_data(self.context, byref(self._memory))
        self.look()

    def close(self) -> None:
        """Gives the slot back; the pool resets the memory."""
        if not self._closed:
            self._closed = True
            _store_delete(self._store)

    def look(self) -> None:
        """The memory's size, which may be another once the guest ran."""
        self.size: int = _memory_data_size(self.context, byref(self._memory))

    def grow(self, size: int) -> None:
        """Grows the linear memory to `size` bytes, a multiple of 64 KiB. MemoryError when the limit is lower."""
        more = (size - self.size) // 65536
        if more > 0:
            failed = _memory_grow(self.context, byref(self._memory), more, byref(c_uint64()))
            if failed:
                _error_delete(failed)
                raise MemoryError(f"{size} bytes are more than the instance may have")
            self.look()

    def read(self, offset: int, length: int) -> bytes:
        """Guest memory. ValueError outside of it: offsets that come from the guest are not to be believed."""
        if offset < 0 or length < 0 or offset + length > self.size:
            raise ValueError(f"{length} bytes at {offset} are outside of the guest's memory")
        return ctypes.string_at(self.address + offset, length)

    def write(self, offset: int, data: bytes) -> None:
        """Writes guest memory, within its bounds. ValueError outside."""
        if offset < 0 or offset + len(data) > self.size:
            raise ValueError(f"{len(data)} bytes at {offset} are outside of the guest's memory")
        ctypes.memmove(self.address + offset, data, len(data))

    def write_all(self, runs: tuple[tuple[int, bytes], ...]) -> None:
        """Writes (offset, bytes) in ascending order of their offsets. ValueError when the last is outside."""
        if runs and runs[-1][0] + len(runs[-1][1]) > self.size:
            raise ValueError("an image is larger than the guest's memory")
        address, copy = self.address, ctypes.memmove
        for offset, data in runs:
            copy(address + offset, data, len(data))

    def begin(self, name: bytes, *arguments: int, results: int = 1) -> "Call":
        """A call of an exported function on a fibre, not yet entered."""
        function = self._export(name).func
        if not self._yields:
            # Only from here on: once a store yields, plain calls on it fail.
            _yield_on_epoch(self.context, 1)
            self._yields = True
        # The first slice is one to two ticks long: a run that takes less than a tick should never be cut in two.
        _set_epoch_deadline(self.context, 2)
        return Call(self, function, arguments, results)

    def _export(self, name: bytes) -> Any:
        extern = _ffi.wasmtime_extern_t()
        if not _export_get(self.context, byref(self._instance), name, len(name), byref(extern)):
            raise BindingsChanged(f"the engine exports no {name.decode()}")
        return extern.of


class Call:
    """A guest on its fibre: poll it until it is finished, or close it at any slice and it is gone."""

    __slots__ = ("_arguments", "_error", "_function", "_future", "_instance", "_result", "_trap")

    def __init__(self, instance: Instance, function: Any, arguments: tuple[int, ...], results: int) -> None:
        self._instance = instance
        self._function = function
        self._arguments = (_ffi.wasmtime_val_t * max(1, len(arguments)))()
        for slot, value in zip(self._arguments, arguments, strict=False):
            slot.kind = 0
            slot.of.i32 = value
        self._result = _ffi.wasmtime_val_t()
        self._trap = c_void_p()
        self._error = c_void_p()
        self._future = _call_async(
            instance.context, byref(function), self._arguments, len(arguments), byref(self._result), results,
            byref(self._trap), byref(self._error),
        )  # fmt: skip

    def poll(self) -> bool:
        """Runs the guest for one slice. True when it has returned; raises `Trap` when it trapped."""
        finished = _poll(self._future)
        self._instance.look()  # it may have grown
        if not finished:
            return False
        self.close()
        if self._trap.value or self._error.value:
            raise _trap(self._trap, self._error)
        return True

    @property
    def result(self) -> int:
        """The i32 the function returned, once `poll` said so."""
        return int(self._result.of.i32)

    def close(self) -> None:
        """Drops the fibre, wherever it is."""
        future, self._future = self._future, None
        if future:
            _future_delete(future)


def _trap(trap: c_void_p, error: c_void_p) -> Trap:
    code = None
    if trap.value:
        number = c_uint32()
        if _trap_code(trap, byref(number)):
            code = number.value
        _trap_delete(trap)
    if error.value:
        _error_delete(error)
    return Trap(code)


def _as_callback(compute: Compute) -> Any:
    def call(_environment: int, _caller: int, values: Any, _count: int) -> None:
        answer = -1
        with contextlib.suppress(Exception):  # an exception must never cross the guest's frames
            answer = compute(*(values[i].i32 & 0xFFFFFFFF for i in range(5)))
        values[0].i32 = answer

    return _Callback(call)
